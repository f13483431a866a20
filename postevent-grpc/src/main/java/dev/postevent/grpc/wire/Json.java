package dev.postevent.grpc.wire;

import jakarta.json.JsonException;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import jakarta.json.JsonReaderFactory;
import jakarta.json.spi.JsonProvider;
import java.io.StringReader;
import java.util.Map;

/** JSON-P, with the provider looked up once. */
final class Json {
    static final JsonProvider PROVIDER = JsonProvider.provider();
    private static final JsonReaderFactory READERS = PROVIDER.createReaderFactory(Map.of());

    private Json() {}

    /**
     * Parses an object.
     *
     * @throws RuntimeException of any kind: beside what is no JSON, providers refuse what is beyond limits of their own (how deep, how
     *     many digits), each with exceptions of its own
     */
    static JsonObject object(String text) {
        try (JsonReader reader = READERS.createReader(new StringReader(text))) {
            return reader.readObject();
        }
    }

    /** False if it is no JSON object. What is only beyond a provider's limits may be one: PostgreSQL has others, and decides. */
    static boolean mayBeObject(String text) {
        if (!text.stripLeading().startsWith("{")) {
            return false;
        }
        try {
            JsonObject unused = object(text);
            return true;
        } catch (JsonException e) {
            return false;
        } catch (RuntimeException e) {
            return true;
        }
    }
}
