package dev.postevent.sample.intake;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.cloudevents.CloudEvent;
import jakarta.json.Json;
import jakarta.json.JsonArray;
import jakarta.json.JsonException;
import jakarta.json.JsonNumber;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import jakarta.json.JsonString;
import jakarta.json.JsonValue;
import java.io.ByteArrayInputStream;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;

/** CloudEvents in the JSON format 1.0.2: one event (structured mode) or an array of them (batch mode). */
final class JsonEvents {
    private static final String DATA = "data";
    private static final String DATA_BASE64 = "data_base64";

    private JsonEvents() {}

    static CloudEvent one(byte[] body) throws Malformed {
        if (read(body) instanceof JsonObject event) {
            return event(event);
        }
        throw new Malformed("a structured event is a JSON object");
    }

    static List<CloudEvent> batch(byte[] body) throws Malformed {
        if (!(read(body) instanceof JsonArray batch)) {
            throw new Malformed("a batch is a JSON array");
        }
        List<CloudEvent> events = new ArrayList<>();
        for (JsonValue value : batch) {
            if (!(value instanceof JsonObject event)) {
                throw new Malformed("element " + events.size() + " of the batch is not a JSON object");
            }
            try {
                events.add(event(event));
            } catch (Malformed e) {
                throw new Malformed("element " + events.size() + " of the batch: " + e.getMessage(), e);
            }
        }
        return events;
    }

    private static CloudEvent event(JsonObject json) throws Malformed {
        EventAttributes attributes = new EventAttributes();
        for (Map.Entry<String, JsonValue> member : json.entrySet()) {
            if (!member.getKey().equals(DATA) && !member.getKey().equals(DATA_BASE64)) {
                attribute(attributes, member.getKey(), member.getValue());
            }
        }
        data(attributes, json);
        return attributes.build();
    }

    private static void attribute(EventAttributes attributes, String name, JsonValue value) throws Malformed {
        if (value.equals(JsonValue.NULL)) {
            return; // the same as absent
        }
        if (value instanceof JsonString text) {
            attributes.put(name, text.getString());
        } else if (EventAttributes.isContextAttribute(name)) {
            throw new Malformed(name + " must be a JSON string, found " + value.getValueType());
        } else if (value.equals(JsonValue.TRUE) || value.equals(JsonValue.FALSE)) {
            attributes.put(name, value.equals(JsonValue.TRUE));
        } else if (value instanceof JsonNumber number) {
            attributes.put(name, integer(name, number));
        } else {
            throw new Malformed("extension attribute " + name + " must be a string, a boolean or an integer, found "
                    + value.getValueType());
        }
    }

    private static int integer(String name, JsonNumber number) throws Malformed {
        try {
            return number.intValueExact();
        } catch (ArithmeticException e) {
            throw new Malformed("extension attribute " + name + " must be an integer of 32 bits, found " + number, e);
        }
    }

    /** Data is what a receiver in another format gets: the JSON text, the bytes, or the text of another content type. */
    private static void data(EventAttributes attributes, JsonObject json) throws Malformed {
        JsonValue data = json.getOrDefault(DATA, JsonValue.NULL);
        JsonValue base64 = json.getOrDefault(DATA_BASE64, JsonValue.NULL);
        boolean both = json.containsKey(DATA) && json.containsKey(DATA_BASE64);
        if (both) {
            throw new Malformed("an event has data or data_base64, not both");
        }
        if (base64 instanceof JsonString text) {
            attributes.data(decode(text.getString()));
        } else if (!base64.equals(JsonValue.NULL)) {
            throw new Malformed("data_base64 must be a JSON string");
        } else if (!data.equals(JsonValue.NULL)) {
            attributes.data(bytes(attributes, json, data));
        }
    }

    private static byte[] bytes(EventAttributes attributes, JsonObject json, JsonValue data) throws Malformed {
        JsonValue contentType = json.getOrDefault("datacontenttype", JsonValue.NULL);
        if (contentType.equals(JsonValue.NULL)) {
            attributes.put(
                    "datacontenttype", "application/json"); // what the JSON format says it is when nothing is said
        } else if (contentType instanceof JsonString type
                && !isJson(type.getString())
                && data instanceof JsonString text) {
            return text.getString().getBytes(UTF_8);
        }
        return data.toString().getBytes(UTF_8);
    }

    private static boolean isJson(String contentType) {
        return contentType.matches("(?i)[^;]*[/+]json\\s*(;.*)?");
    }

    private static byte[] decode(String base64) throws Malformed {
        try {
            return Base64.getDecoder().decode(base64);
        } catch (IllegalArgumentException e) {
            throw new Malformed("data_base64 is not Base64: " + e.getMessage(), e);
        }
    }

    private static JsonValue read(byte[] body) throws Malformed {
        try (JsonReader reader = Json.createReader(new ByteArrayInputStream(body))) {
            return reader.readValue();
        } catch (JsonException e) {
            throw new Malformed("the body is not JSON: " + e.getMessage(), e);
        }
    }
}
