package dev.postevent.internal.feed;

import dev.postevent.spi.LogEntry;
import dev.postevent.spi.TopicName;
import java.nio.ByteBuffer;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.source.SourceRecord;
import org.jspecify.annotations.Nullable;

/**
 * A change record to an entry. Fields are read by name, so a column that somebody added does not matter.
 *
 * <p>Only inserts into our topics' tables are entries. Heartbeats, messages and whatever else comes is none of ours.
 */
final class RowDecoder {
    private final Map<String, TopicName> topics;

    RowDecoder(Collection<TopicName> topics) {
        this.topics = topics.stream().collect(Collectors.toUnmodifiableMap(TopicName::value, Function.identity()));
    }

    /** The topic {@code record} is an insert into; null if it is anything else. */
    @Nullable
    TopicName topic(SourceRecord record) {
        if (!(record.value() instanceof Struct change)
                || !(value(change, "op") instanceof String operation)
                || !(operation.equals("c") || operation.equals("r"))
                || !(value(change, "source") instanceof Struct source)
                || !(value(change, "after") instanceof Struct)
                || !"postevent".equals(value(source, "schema"))) {
            return null;
        }
        return value(source, "table") instanceof String table ? topics.get(table) : null;
    }

    /** The position of a record that has a topic; 0 if even that cannot be read. */
    long position(SourceRecord record) {
        return value(after(record), "idn") instanceof Long position ? position : 0;
    }

    /**
     * The entry of a record that has a topic.
     *
     * @throws RuntimeException if a column is missing or of another type than ours
     */
    LogEntry entry(SourceRecord record) {
        Struct row = after(record);
        return LogEntry.at(required(row, "idn", Long.class))
                .kind(kind(required(row, "kind", String.class)))
                .id(required(row, "id", String.class))
                .source(required(row, "source", String.class))
                .type(required(row, "type", String.class))
                .datacontenttype(text(row, "datacontenttype"))
                .dataschema(text(row, "dataschema"))
                .subject(text(row, "subject"))
                .data(bytes(row))
                .time(time(row))
                .traceparent(text(row, "traceparent"))
                .extensions(text(row, "extensions"))
                .build();
    }

    private static Struct after(SourceRecord record) {
        return (Struct) ((Struct) record.value()).get("after");
    }

    private static char kind(String value) {
        if (value.length() != 1) {
            throw new IllegalArgumentException("the column kind has '" + value + "', not one character");
        }
        return value.charAt(0);
    }

    private static byte @Nullable [] bytes(Struct row) {
        Object value = present(row, "data");
        if (value == null) {
            return null;
        }
        if (value instanceof byte[] bytes) {
            return bytes;
        }
        if (value instanceof ByteBuffer buffer) {
            // the common case is a buffer that is the whole of its array, which nobody else has: no copy
            if (buffer.hasArray() && buffer.arrayOffset() == 0 && buffer.remaining() == buffer.array().length) {
                return buffer.array();
            }
            byte[] bytes = new byte[buffer.remaining()];
            buffer.duplicate().get(bytes);
            return bytes;
        }
        throw wrongType("data", value);
    }

    private static @Nullable OffsetDateTime time(Struct row) {
        String text = text(row, "time");
        return text == null ? null : OffsetDateTime.parse(text).withOffsetSameInstant(ZoneOffset.UTC);
    }

    private static @Nullable String text(Struct row, String name) {
        Object value = present(row, name);
        if (value == null || value instanceof String) {
            return (String) value;
        }
        throw wrongType(name, value);
    }

    private static <T> T required(Struct row, String name, Class<T> type) {
        Object value = present(row, name);
        if (!type.isInstance(value)) {
            throw wrongType(name, value);
        }
        return type.cast(value);
    }

    private static @Nullable Object present(Struct row, String name) {
        if (row.schema().field(name) == null) {
            throw new IllegalArgumentException("the column " + name + " is missing");
        }
        return value(row, name);
    }

    // not Struct.get: that puts a column's default where the row has null
    private static @Nullable Object value(Struct row, String name) {
        Field field = row.schema().field(name);
        return field == null ? null : row.getWithoutDefault(name);
    }

    private static IllegalArgumentException wrongType(String name, @Nullable Object value) {
        return new IllegalArgumentException("the column " + name + " came as "
                + (value == null ? "null" : value.getClass().getName()));
    }
}
