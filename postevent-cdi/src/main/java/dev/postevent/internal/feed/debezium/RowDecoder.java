package dev.postevent.internal.feed.debezium;

import dev.postevent.spi.LogEntry;
import dev.postevent.spi.TopicName;
import java.nio.ByteBuffer;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.source.SourceRecord;
import org.jspecify.annotations.Nullable;

/**
 * A change record to an entry. Fields are read by name, so a column that somebody added does not matter.
 *
 * <p>Only inserts into our topics' tables are entries. Heartbeats, messages and whatever else comes is none of ours.
 */
final class RowDecoder {
    /** The columns of a topic's table; others are nobody's business here. */
    static final List<String> COLUMNS = List.of(
            "idn",
            "kind",
            "id",
            "source",
            "type",
            "datacontenttype",
            "dataschema",
            "subject",
            "data",
            "time",
            "traceparent",
            "extensions");

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
     * The transaction that inserted the row of a record that has a topic, its 32 bits as the stream tells them when it begins.
     *
     * @throws IllegalArgumentException if the record does not tell
     */
    static long transaction(SourceRecord record) {
        if (value((Struct) record.value(), "source") instanceof Struct source
                && value(source, "txId") instanceof Long transaction) {
            return transaction;
        }
        throw new IllegalArgumentException("the record does not tell which transaction it is of");
    }

    /** Where in the WAL the row of a record that has a topic was inserted; 0 if the record does not tell. */
    static long place(SourceRecord record) {
        return value((Struct) record.value(), "source") instanceof Struct source
                        && value(source, "lsn") instanceof Long place
                ? place
                : 0;
    }

    /**
     * The entry of a record that has a topic.
     *
     * @throws RuntimeException if a column is missing or of another type than ours
     */
    LogEntry entry(SourceRecord record) {
        Struct row = after(record);
        return LogEntry.at(position(row))
                .kind(kind(required(row, "kind")))
                .id(required(row, "id"))
                .source(required(row, "source"))
                .type(required(row, "type"))
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

    private static long position(Struct row) {
        if (present(row, "idn", Schema.Type.INT64) instanceof Long position) {
            return position;
        }
        throw new IllegalArgumentException("the column idn is null");
    }

    private static char kind(String value) {
        if (value.length() != 1) {
            throw new IllegalArgumentException("the column kind has '" + value + "', not one character");
        }
        return value.charAt(0);
    }

    private static byte @Nullable [] bytes(Struct row) {
        Object value = present(row, "data", Schema.Type.BYTES);
        if (value instanceof ByteBuffer buffer) {
            // the common case is a buffer that is the whole of its array, which nobody else has: no copy
            if (buffer.hasArray() && buffer.arrayOffset() == 0 && buffer.remaining() == buffer.array().length) {
                return buffer.array();
            }
            byte[] bytes = new byte[buffer.remaining()];
            buffer.duplicate().get(bytes);
            return bytes;
        }
        return (byte[]) value;
    }

    private static @Nullable OffsetDateTime time(Struct row) {
        String text = text(row, "time");
        // infinity is no time that anything but PostgreSQL could hold: none, as for LogEntry
        return text == null || text.endsWith("infinity")
                ? null
                : OffsetDateTime.parse(text).withOffsetSameInstant(ZoneOffset.UTC);
    }

    private static @Nullable String text(Struct row, String name) {
        return (String) present(row, name, Schema.Type.STRING);
    }

    // Debezium puts an empty text where a column that may not be null is null
    private static String required(Struct row, String name) {
        String value = text(row, name);
        if (value == null || value.isEmpty()) {
            throw new IllegalArgumentException("the column " + name + " is empty");
        }
        return value;
    }

    // the type, too: of a column of another type Debezium may make a null
    private static @Nullable Object present(Struct row, String name, Schema.Type type) {
        Field field = row.schema().field(name);
        if (field == null) {
            throw new IllegalArgumentException("the column " + name + " is missing");
        }
        if (field.schema().type() != type) {
            throw new IllegalArgumentException(
                    "the column " + name + " came as " + field.schema().type() + ", expected " + type);
        }
        return row.getWithoutDefault(name);
    }

    // not Struct.get: that puts a column's default where the row has null
    private static @Nullable Object value(Struct row, String name) {
        Field field = row.schema().field(name);
        return field == null ? null : row.getWithoutDefault(name);
    }
}
