package dev.postevent.spi;

import io.cloudevents.CloudEvent;
import io.cloudevents.CloudEventData;
import io.cloudevents.core.builder.CloudEventBuilder;
import jakarta.json.JsonNumber;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import jakarta.json.JsonReader;
import jakarta.json.JsonReaderFactory;
import jakarta.json.JsonString;
import jakarta.json.JsonValue;
import jakarta.json.spi.JsonProvider;
import java.io.StringReader;
import java.net.URI;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * CloudEvent to columns and back, without loss.
 *
 * <p>Extension attributes keep their CloudEvents type in the JSON object {@code extensions}: boolean, integer and string as the
 * JSON value of that kind; binary, URI and timestamp as an object with the one member {@code binary} (base64), {@code uri} or
 * {@code timestamp} (RFC 3339). {@code traceparent} has a column of its own. {@code timestamptz} holds microseconds and no
 * offset: a {@code time} that would not come back equal stands in full under the name {@code time} in the same object, a name
 * no extension can have.
 *
 * <p>An event's bytes are copied on the way in and on the way out: what a publisher does to its buffer after it has published, and
 * what an observer does to the bytes it was given, is nobody else's business.
 */
final class EntryCodec {
    private static final String TRACEPARENT = "traceparent";
    private static final String EXACT_TIME = "time";
    private static final JsonProvider JSON = JsonProvider.provider();
    private static final JsonReaderFactory READERS = JSON.createReaderFactory(Map.of());

    private EntryCodec() {}

    static LogEntry encode(long position, CloudEvent event) {
        CloudEventData data = event.getData();
        OffsetDateTime time = event.getTime();
        OffsetDateTime stored =
                time == null ? null : time.withOffsetSameInstant(ZoneOffset.UTC).truncatedTo(ChronoUnit.MICROS);
        String traceparent = event.getExtension(TRACEPARENT) instanceof String text ? text : null;
        return LogEntry.at(position)
                .kind('e')
                .id(event.getId())
                .source(event.getSource().toString())
                .type(event.getType())
                .datacontenttype(event.getDataContentType())
                .dataschema(
                        event.getDataSchema() == null
                                ? null
                                : event.getDataSchema().toString())
                .subject(event.getSubject())
                .data(data == null ? null : data.toBytes().clone())
                .time(stored)
                .traceparent(traceparent)
                .extensions(encodeExtensions(event, traceparent != null, exactOrNull(time, stored)))
                .build();
    }

    private static @Nullable OffsetDateTime exactOrNull(
            @Nullable OffsetDateTime time, @Nullable OffsetDateTime stored) {
        return time == null || time.equals(stored) ? null : time;
    }

    private static @Nullable String encodeExtensions(
            CloudEvent event, boolean traceparentApart, @Nullable OffsetDateTime exactTime) {
        JsonObjectBuilder json = null;
        if (exactTime != null) {
            json = JSON.createObjectBuilder().add(EXACT_TIME, exactTime.toString());
        }
        for (String name : event.getExtensionNames()) {
            Object value = event.getExtension(name);
            if (value == null || (traceparentApart && name.equals(TRACEPARENT))) {
                continue;
            }
            json = (json == null ? JSON.createObjectBuilder() : json).add(name, encodeValue(name, value));
        }
        return json == null ? null : json.build().toString();
    }

    private static JsonValue encodeValue(String name, Object value) {
        if (value instanceof String text) {
            return JSON.createValue(text);
        }
        if (value instanceof Boolean flag) {
            return flag ? JsonValue.TRUE : JsonValue.FALSE;
        }
        if (value instanceof Integer number) {
            return JSON.createValue(number);
        }
        if (value instanceof URI uri) {
            return typed("uri", uri.toString());
        }
        if (value instanceof OffsetDateTime time) {
            return typed("timestamp", time.toString());
        }
        if (value instanceof byte[] bytes) {
            return typed("binary", Base64.getEncoder().encodeToString(bytes));
        }
        throw new IllegalArgumentException("the extension attribute " + name + " has the type "
                + value.getClass().getName() + ", which CloudEvents does not know");
    }

    private static JsonObject typed(String member, String value) {
        return JSON.createObjectBuilder().add(member, value).build();
    }

    static CloudEvent decode(LogEntry entry) {
        CloudEventBuilder builder = CloudEventBuilder.v1()
                .withId(entry.id())
                .withSource(uri("source", entry.source()))
                .withType(entry.type())
                .withDataContentType(entry.datacontenttype())
                .withSubject(entry.subject());
        String dataschema = entry.dataschema();
        if (dataschema != null) {
            builder.withDataSchema(uri("dataschema", dataschema));
        }
        byte[] data = entry.data();
        if (data != null) {
            builder.withData(data.clone());
        }
        OffsetDateTime time = entry.time();
        if (time != null) {
            builder.withTime(time);
        }
        String traceparent = entry.traceparent();
        if (traceparent != null) {
            builder.withExtension(TRACEPARENT, traceparent);
        }
        String extensions = entry.extensions();
        if (extensions != null) {
            decodeExtensions(extensions, builder);
        }
        return builder.build();
    }

    private static URI uri(String column, String text) {
        try {
            return URI.create(text);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("the column " + column + " is no URI: " + e.getMessage(), e);
        }
    }

    private static void decodeExtensions(String extensions, CloudEventBuilder builder) {
        try (JsonReader reader = READERS.createReader(new StringReader(extensions))) {
            for (Map.Entry<String, JsonValue> extension : reader.readObject().entrySet()) {
                decodeValue(extension.getKey(), extension.getValue(), builder);
            }
        } catch (RuntimeException e) {
            // whoever may insert may write what is legal there; JSON providers refuse with exceptions of any kind
            throw new IllegalArgumentException("the column extensions is not what attributes are stored as: " + e, e);
        }
    }

    private static void decodeValue(String name, JsonValue value, CloudEventBuilder builder) {
        switch (value.getValueType()) {
            case STRING -> {
                String text = ((JsonString) value).getString();
                if (name.equals(EXACT_TIME)) {
                    builder.withTime(OffsetDateTime.parse(text));
                } else {
                    builder.withExtension(name, text);
                }
            }
            case TRUE, FALSE -> builder.withExtension(name, value == JsonValue.TRUE);
            case NUMBER -> builder.withExtension(name, (Integer) ((JsonNumber) value).intValueExact());
            case OBJECT -> decodeTyped(name, value.asJsonObject(), builder);
            case ARRAY, NULL ->
                throw new IllegalArgumentException("the extension attribute " + name + " is a JSON "
                        + value.getValueType() + ", which no CloudEvents type is stored as");
        }
    }

    private static void decodeTyped(String name, JsonObject typed, CloudEventBuilder builder) {
        if (typed.containsKey("uri")) {
            builder.withExtension(name, URI.create(typed.getString("uri")));
        } else if (typed.containsKey("timestamp")) {
            builder.withExtension(name, OffsetDateTime.parse(typed.getString("timestamp")));
        } else if (typed.containsKey("binary")) {
            builder.withExtension(name, Base64.getDecoder().decode(typed.getString("binary")));
        } else {
            throw new IllegalArgumentException(
                    "the extension attribute " + name + " has none of the members uri, timestamp, binary");
        }
    }
}
