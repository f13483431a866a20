package dev.postevent.grpc.wire;

import com.google.protobuf.ByteString;
import com.google.protobuf.Timestamp;
import com.google.protobuf.UnsafeByteOperations;
import dev.postevent.grpc.v1.Entry;
import dev.postevent.grpc.v1.Void;
import dev.postevent.spi.LogEntry;
import io.cloudevents.v1.proto.CloudEvent;
import io.cloudevents.v1.proto.CloudEvent.CloudEventAttributeValue;
import jakarta.json.JsonNumber;
import jakarta.json.JsonObject;
import jakarta.json.JsonString;
import jakarta.json.JsonValue;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Columns to message. Works on the columns and not on a CloudEvent: a row that is no valid CloudEvent (somebody inserted it by hand)
 * has to reach the consumer as it is, where it is parked; it must not stop the stream.
 */
final class EntryEncoder {
    /** Names of attributes that are columns; an extension cannot have them. */
    private static final Set<String> COLUMNS =
            Set.of("id", "source", "specversion", "type", "datacontenttype", "dataschema", "subject", "data");

    private final LogEntry entry;
    private final Map<String, CloudEventAttributeValue> extensions = new HashMap<>();
    private final Map<String, Integer> offsets = new HashMap<>();
    private @Nullable OffsetDateTime time;

    private EntryEncoder(LogEntry entry) {
        this.entry = entry;
        this.time = entry.time();
    }

    static Entry encode(LogEntry entry) {
        if (entry.isVoid()) {
            return Entry.newBuilder()
                    .setPosition(entry.position())
                    .setVoid(Void.newBuilder()
                            .setId(entry.id())
                            .setSource(entry.source())
                            .setType(entry.type()))
                    .build();
        }
        return new EntryEncoder(entry).event();
    }

    private Entry event() {
        Entry.Builder message = Entry.newBuilder().setPosition(entry.position());
        String stored = entry.extensions();
        if (stored != null && !takeExtensions(stored)) {
            extensions.clear();
            offsets.clear();
            time = entry.time();
            message.setStoredExtensions(stored);
        }
        CloudEvent.Builder event = CloudEvent.newBuilder()
                .setId(entry.id())
                .setSource(entry.source())
                .setSpecVersion("1.0")
                .setType(entry.type())
                .putAllAttributes(extensions);
        putText(event, "datacontenttype", entry.datacontenttype());
        putText(event, "subject", entry.subject());
        putText(event, "traceparent", entry.traceparent());
        String dataschema = entry.dataschema();
        if (dataschema != null) {
            event.putAttributes(
                    "dataschema",
                    CloudEventAttributeValue.newBuilder().setCeUri(dataschema).build());
        }
        OffsetDateTime when = time;
        if (when != null) {
            event.putAttributes("time", timestamp("time", when));
        }
        byte[] data = entry.data();
        if (data != null) {
            // the bytes of an entry are never changed
            event.setBinaryData(UnsafeByteOperations.unsafeWrap(data));
        }
        return message.setEvent(event).putAllUtcOffsets(offsets).build();
    }

    private static void putText(CloudEvent.Builder event, String name, @Nullable String value) {
        if (value != null) {
            event.putAttributes(
                    name,
                    CloudEventAttributeValue.newBuilder().setCeString(value).build());
        }
    }

    private CloudEventAttributeValue timestamp(String name, OffsetDateTime value) {
        if (!value.getOffset().equals(ZoneOffset.UTC)) {
            offsets.put(name, value.getOffset().getTotalSeconds());
        }
        return CloudEventAttributeValue.newBuilder()
                .setCeTimestamp(
                        Timestamp.newBuilder().setSeconds(value.toEpochSecond()).setNanos(value.getNano()))
                .build();
    }

    /** False if attributes cannot say exactly what is stored. */
    private boolean takeExtensions(String stored) {
        try {
            for (Map.Entry<String, JsonValue> extension : Json.object(stored).entrySet()) {
                if (!takeExtension(extension.getKey(), extension.getValue())) {
                    return false;
                }
            }
            return true;
        } catch (RuntimeException e) {
            // not what EntryCodec writes, or beyond what the JSON provider takes: it goes as it is
            return false;
        }
    }

    private boolean takeExtension(String name, JsonValue value) {
        if (COLUMNS.contains(name) || name.equals("traceparent")) {
            return false;
        }
        if (name.equals("time")) {
            return takeExactTime(value);
        }
        CloudEventAttributeValue attribute = attribute(name, value);
        if (attribute == null) {
            return false;
        }
        extensions.put(name, attribute);
        return true;
    }

    /** The time in full stands among the extensions where the column cannot hold it. */
    private boolean takeExactTime(JsonValue value) {
        if (!(value instanceof JsonString text)) {
            return false;
        }
        OffsetDateTime exact = OffsetDateTime.parse(text.getString());
        OffsetDateTime column = time;
        time = exact;
        return exact.toString().equals(text.getString())
                && exact.withOffsetSameInstant(ZoneOffset.UTC)
                        .truncatedTo(ChronoUnit.MICROS)
                        .equals(column)
                && !exact.equals(column);
    }

    private @Nullable CloudEventAttributeValue attribute(String name, JsonValue value) {
        CloudEventAttributeValue.Builder attribute = CloudEventAttributeValue.newBuilder();
        return switch (value.getValueType()) {
            case STRING ->
                attribute.setCeString(((JsonString) value).getString()).build();
            case TRUE -> attribute.setCeBoolean(true).build();
            case FALSE -> attribute.setCeBoolean(false).build();
            case NUMBER -> integer((JsonNumber) value);
            case OBJECT -> typed(name, value.asJsonObject());
            case ARRAY, NULL -> null;
        };
    }

    private static @Nullable CloudEventAttributeValue integer(JsonNumber number) {
        long value = number.isIntegral() ? number.bigDecimalValue().longValue() : Long.MAX_VALUE;
        return value == (int) value && number.toString().equals(Long.toString(value))
                ? CloudEventAttributeValue.newBuilder()
                        .setCeInteger((int) value)
                        .build()
                : null;
    }

    private @Nullable CloudEventAttributeValue typed(String name, JsonObject typed) {
        if (typed.size() != 1 || !(typed.values().iterator().next() instanceof JsonString text)) {
            return null;
        }
        String value = text.getString();
        return switch (typed.keySet().iterator().next()) {
            case "uri" -> CloudEventAttributeValue.newBuilder().setCeUri(value).build();
            case "binary" -> {
                byte[] bytes = Base64.getDecoder().decode(value);
                yield Base64.getEncoder().encodeToString(bytes).equals(value)
                        ? CloudEventAttributeValue.newBuilder()
                                .setCeBytes(ByteString.copyFrom(bytes))
                                .build()
                        : null;
            }
            case "timestamp" -> {
                OffsetDateTime when = OffsetDateTime.parse(value);
                yield when.toString().equals(value) ? timestamp(name, when) : null;
            }
            default -> null;
        };
    }
}
