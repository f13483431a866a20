package dev.postevent.console;

import jakarta.json.JsonBuilderFactory;
import jakarta.json.JsonException;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import jakarta.json.JsonReaderFactory;
import jakarta.json.JsonValue;
import jakarta.json.JsonWriter;
import jakarta.json.JsonWriterFactory;
import jakarta.json.spi.JsonProvider;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** JSON to and from bytes, by the server's implementation, which is looked for once. */
final class Json {
    private final JsonBuilderFactory builders;
    private final JsonReaderFactory readers;
    private final JsonWriterFactory writers;

    Json() {
        JsonProvider provider = JsonProvider.provider();
        builders = provider.createBuilderFactory(Map.of());
        readers = provider.createReaderFactory(Map.of());
        writers = provider.createWriterFactory(Map.of());
    }

    JsonBuilderFactory builders() {
        return builders;
    }

    Fields fields() {
        return new Fields(this);
    }

    byte[] bytes(JsonValue value) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (JsonWriter writer = writers.createWriter(bytes, StandardCharsets.UTF_8)) {
            writer.write(value);
        }
        return bytes.toByteArray();
    }

    /**
     * Reads a value of any kind.
     *
     * @throws JsonException if it is none
     */
    JsonValue value(byte[] bytes) {
        try (JsonReader reader = readers.createReader(new ByteArrayInputStream(bytes), StandardCharsets.UTF_8)) {
            return reader.readValue();
        }
    }

    /** Reads a file beside this class. */
    JsonObject resource(String name) {
        try (InputStream stream = Json.class.getResourceAsStream(name)) {
            if (stream == null) {
                throw new IllegalStateException("postevent-console has no file " + name);
            }
            return value(stream.readAllBytes()).asJsonObject();
        } catch (IOException e) {
            throw new UncheckedIOException("reading " + name, e);
        }
    }

    /**
     * Reads the body of a request.
     *
     * @throws Problem if it is no JSON object
     */
    JsonObject object(byte[] bytes) {
        JsonValue value;
        try {
            value = value(bytes);
        } catch (JsonException e) {
            throw Problem.badRequest("the body is no JSON: " + e.getMessage());
        }
        if (value instanceof JsonObject object) {
            return object;
        }
        throw Problem.badRequest("the body has to be a JSON object");
    }
}
