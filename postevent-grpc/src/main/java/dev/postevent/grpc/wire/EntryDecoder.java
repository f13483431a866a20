package dev.postevent.grpc.wire;

import com.google.protobuf.Timestamp;
import dev.postevent.grpc.v1.Entry;
import dev.postevent.spi.LogEntry;
import io.cloudevents.v1.proto.CloudEvent;
import io.cloudevents.v1.proto.CloudEvent.CloudEventAttributeValue;
import jakarta.json.JsonObjectBuilder;
import jakarta.json.JsonValue;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Message to columns. What PostgreSQL could not store is refused here, so that it names the source and not the inbox. */
final class EntryDecoder {
    private final Entry message;
    private final CloudEvent event;
    private final LogEntry.Builder entry;
    private final JsonObjectBuilder extensions = Json.PROVIDER.createObjectBuilder();
    private boolean extended;

    private EntryDecoder(Entry message) {
        this.message = message;
        this.event = message.getEvent();
        this.entry = LogEntry.at(message.getPosition());
    }

    static LogEntry decode(Entry message) {
        if (message.getPosition() < 1) {
            throw new IllegalArgumentException("the position is not at least 1");
        }
        return switch (message.getContentCase()) {
            case VOID ->
                LogEntry.at(message.getPosition())
                        .kind('v')
                        .id(storable(message.getVoid().getId()))
                        .source(storable(message.getVoid().getSource()))
                        .type(storable(message.getVoid().getType()))
                        .build();
            case EVENT -> new EntryDecoder(message).event();
            case CONTENT_NOT_SET -> throw new IllegalArgumentException("it has neither event nor void");
        };
    }

    private LogEntry event() {
        entry.kind('e')
                .id(storable(event.getId()))
                .source(storable(event.getSource()))
                .type(storable(event.getType()));
        switch (event.getDataCase()) {
            case BINARY_DATA -> entry.data(event.getBinaryData().toByteArray());
            case TEXT_DATA -> entry.data(event.getTextDataBytes().toByteArray());
            case PROTO_DATA -> throw new IllegalArgumentException("its data is proto_data");
            case DATA_NOT_SET -> entry.data(null);
        }
        for (Map.Entry<String, CloudEventAttributeValue> attribute :
                event.getAttributesMap().entrySet()) {
            take(attribute.getKey(), attribute.getValue());
        }
        if (message.hasStoredExtensions()) {
            String stored = storable(message.getStoredExtensions());
            if (!Json.mayBeObject(stored)) {
                throw new IllegalArgumentException("its stored extensions are no JSON object");
            }
            entry.extensions(stored);
        } else if (extended) {
            entry.extensions(extensions.build().toString());
        }
        return entry.build();
    }

    private void take(String name, CloudEventAttributeValue value) {
        switch (name) {
            case "datacontenttype" -> entry.datacontenttype(text(value));
            case "dataschema" -> entry.dataschema(text(value));
            case "subject" -> entry.subject(text(value));
            case "traceparent" -> entry.traceparent(text(value));
            case "time" -> takeTime(value);
            default -> {
                extensions.add(storable(name), json(name, value));
                extended = true;
            }
        }
    }

    private void takeTime(CloudEventAttributeValue value) {
        OffsetDateTime exact = timestamp("time", value.getCeTimestamp());
        OffsetDateTime stored = exact.withOffsetSameInstant(ZoneOffset.UTC).truncatedTo(ChronoUnit.MICROS);
        entry.time(stored);
        if (!exact.equals(stored)) {
            extensions.add("time", exact.toString());
            extended = true;
        }
    }

    private OffsetDateTime timestamp(String name, Timestamp timestamp) {
        Integer seconds = message.getUtcOffsetsMap().get(name);
        ZoneOffset offset = seconds == null ? ZoneOffset.UTC : ZoneOffset.ofTotalSeconds(seconds);
        return OffsetDateTime.ofInstant(Instant.ofEpochSecond(timestamp.getSeconds(), timestamp.getNanos()), offset);
    }

    private static String text(CloudEventAttributeValue value) {
        return switch (value.getAttrCase()) {
            case CE_STRING -> storable(value.getCeString());
            case CE_URI -> storable(value.getCeUri());
            case CE_URI_REF -> storable(value.getCeUriRef());
            default ->
                throw new IllegalArgumentException("an attribute that is text has the type " + value.getAttrCase());
        };
    }

    private JsonValue json(String name, CloudEventAttributeValue value) {
        return switch (value.getAttrCase()) {
            case CE_STRING -> Json.PROVIDER.createValue(storable(value.getCeString()));
            case CE_BOOLEAN -> value.getCeBoolean() ? JsonValue.TRUE : JsonValue.FALSE;
            case CE_INTEGER -> Json.PROVIDER.createValue(value.getCeInteger());
            case CE_URI, CE_URI_REF -> typed("uri", text(value));
            case CE_TIMESTAMP ->
                typed("timestamp", timestamp(name, value.getCeTimestamp()).toString());
            case CE_BYTES ->
                typed(
                        "binary",
                        Base64.getEncoder().encodeToString(value.getCeBytes().toByteArray()));
            case ATTR_NOT_SET -> throw new IllegalArgumentException("the attribute " + name + " has no value");
        };
    }

    private static JsonValue typed(String member, String value) {
        return Json.PROVIDER.createObjectBuilder().add(member, value).build();
    }

    private static String storable(@Nullable String text) {
        if (text == null || text.indexOf('\0') >= 0) {
            throw new IllegalArgumentException("a text has the character U+0000, which PostgreSQL does not store");
        }
        return text;
    }
}
