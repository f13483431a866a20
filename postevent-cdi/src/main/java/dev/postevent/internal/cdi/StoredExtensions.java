package dev.postevent.internal.cdi;

import dev.postevent.spi.LogEntry;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import jakarta.json.JsonReaderFactory;
import jakarta.json.JsonString;
import jakarta.json.JsonValue;
import jakarta.json.spi.JsonProvider;
import java.io.StringReader;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The extension attributes of an entry, for a person: as text, and also where they are none, because whoever may insert may write what
 * is legal in that column. How they are stored is told at the codec of {@link LogEntry}.
 *
 * @param exactTime the event's time in full, where its column does not hold all of it
 * @param texts by name
 */
record StoredExtensions(Optional<Instant> exactTime, Map<String, String> texts) {
    private static final String EXACT_TIME = "time";
    /** What of a value that is an object is the text of it, by the type of the attribute. */
    private static final String[] TYPES = {"uri", "timestamp", "binary"};

    private static final JsonReaderFactory READERS = JsonProvider.provider().createReaderFactory(Map.of());

    /** Of an entry that was read as a whole; of another one there are none. */
    static StoredExtensions of(LogEntry entry) {
        Map<String, String> texts = new TreeMap<>();
        Optional<Instant> exactTime = Optional.empty();
        String stored = entry.extensions();
        if (stored != null) {
            try (JsonReader reader = READERS.createReader(new StringReader(stored))) {
                reader.readObject().forEach((name, value) -> texts.put(name, text(value)));
                exactTime = time(texts);
            } catch (RuntimeException e) {
                // no object, which JSON providers say with exceptions of any kind: it is shown as it is
                texts.clear();
                texts.put("extensions", stored);
            }
        }
        String traceparent = entry.traceparent();
        if (traceparent != null) {
            texts.put("traceparent", traceparent);
        }
        return new StoredExtensions(exactTime, Collections.unmodifiableMap(texts));
    }

    /** One that is no time is shown. */
    private static Optional<Instant> time(Map<String, String> texts) {
        String text = texts.get(EXACT_TIME);
        if (text == null) {
            return Optional.empty();
        }
        try {
            Instant time = OffsetDateTime.parse(text).toInstant();
            texts.remove(EXACT_TIME);
            return Optional.of(time);
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }

    private static String text(JsonValue value) {
        if (value instanceof JsonString string) {
            return string.getString();
        }
        if (value instanceof JsonObject typed && typed.size() == 1) {
            for (String type : TYPES) {
                if (typed.get(type) instanceof JsonString string) {
                    return string.getString();
                }
            }
        }
        return value.toString();
    }
}
