package dev.postevent.sample.intake;

import io.cloudevents.CloudEvent;
import jakarta.json.JsonNumber;
import jakarta.json.stream.JsonParser.Event;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** CloudEvents in the JSON format 1.0.2: one event (structured mode) or an array of them (batch mode), read event by event. */
final class JsonEvents {
    /** They are published in one transaction, and all kept until then. */
    static final int BATCH_MAX = 1_000;
    /** An attribute of three characters costs a hundred bytes of memory. */
    static final int MEMBERS_MAX = 100;

    private static final String DATA = "data";
    private static final String DATA_BASE64 = "data_base64";

    private JsonEvents() {}

    static CloudEvent one(InputStream body) throws Malformed {
        try (JsonTokens tokens = new JsonTokens(body)) {
            if (tokens.next() != Event.START_OBJECT) {
                throw new Malformed("a structured event is a JSON object");
            }
            CloudEvent event = event(tokens);
            tokens.end();
            return event;
        }
    }

    static List<CloudEvent> batch(InputStream body) throws Malformed {
        try (JsonTokens tokens = new JsonTokens(body)) {
            if (tokens.next() != Event.START_ARRAY) {
                throw new Malformed("a batch is a JSON array");
            }
            List<CloudEvent> events = new ArrayList<>();
            for (Event token = tokens.next(); token != Event.END_ARRAY; token = tokens.next()) {
                if (events.size() == BATCH_MAX) {
                    throw new Malformed("a batch has at most " + BATCH_MAX + " events");
                }
                if (token != Event.START_OBJECT) {
                    throw new Malformed("element " + events.size() + " of the batch is not a JSON object");
                }
                try {
                    events.add(event(tokens));
                } catch (Malformed e) {
                    throw new Malformed("element " + events.size() + " of the batch: " + e.getMessage(), e);
                }
            }
            tokens.end();
            return events;
        }
    }

    /** The object that has just begun, up to its end. */
    private static CloudEvent event(JsonTokens tokens) throws Malformed {
        EventAttributes attributes = new EventAttributes();
        JsonData data = new JsonData();
        String contentType = null;
        Set<String> names = new HashSet<>();
        while (tokens.next() != Event.END_OBJECT) {
            String name = tokens.string();
            if (!names.add(name)) {
                throw new Malformed("the event has \"" + name + "\" more than once");
            }
            if (names.size() > MEMBERS_MAX) {
                throw new Malformed("an event has at most " + MEMBERS_MAX + " attributes here");
            }
            Event value = tokens.next();
            switch (name) {
                case DATA -> data.plain(value, tokens);
                case DATA_BASE64 -> data.base64(value, tokens);
                case "datacontenttype" -> contentType = text(attributes, name, value, tokens);
                default -> attribute(attributes, name, value, tokens);
            }
        }
        data.into(attributes, contentType);
        return attributes.build();
    }

    /** Sets an attribute that is a text and returns it; null, which is the same as absent, for null. */
    private static @Nullable String text(EventAttributes attributes, String name, Event value, JsonTokens tokens)
            throws Malformed {
        attribute(attributes, name, value, tokens);
        return value == Event.VALUE_STRING ? tokens.string() : null;
    }

    private static void attribute(EventAttributes attributes, String name, Event value, JsonTokens tokens)
            throws Malformed {
        if (value == Event.VALUE_NULL) {
            return; // the same as absent
        }
        if (value == Event.VALUE_STRING) {
            attributes.put(name, tokens.string());
        } else if (EventAttributes.isContextAttribute(name)) {
            throw new Malformed(name + " must be a JSON string, found " + word(value));
        } else if (value == Event.VALUE_TRUE || value == Event.VALUE_FALSE) {
            attributes.put(name, value == Event.VALUE_TRUE);
        } else if (value == Event.VALUE_NUMBER) {
            attributes.put(name, integer(name, (JsonNumber) tokens.scalar()));
        } else {
            throw new Malformed(
                    "extension attribute " + name + " must be a string, a boolean or an integer, found " + word(value));
        }
    }

    private static String word(Event value) {
        return switch (value) {
            case START_OBJECT -> "an object";
            case START_ARRAY -> "an array";
            case VALUE_NUMBER -> "a number";
            default -> "a boolean";
        };
    }

    private static int integer(String name, JsonNumber number) throws Malformed {
        try {
            return number.intValueExact();
        } catch (ArithmeticException e) {
            throw new Malformed("extension attribute " + name + " must be an integer of 32 bits, found " + number, e);
        }
    }
}
