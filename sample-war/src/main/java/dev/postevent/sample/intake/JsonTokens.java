package dev.postevent.sample.intake;

import static java.nio.charset.StandardCharsets.UTF_8;

import jakarta.json.Json;
import jakarta.json.JsonValue;
import jakarta.json.stream.JsonGenerator;
import jakarta.json.stream.JsonGeneratorFactory;
import jakarta.json.stream.JsonParser;
import jakarta.json.stream.JsonParser.Event;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetEncoder;
import java.nio.charset.CodingErrorAction;
import java.util.Map;
import java.util.function.Supplier;

/**
 * A body as JSON tokens, one after the other: a tree of it would need twenty times its memory and more.
 *
 * <p>Whatever a provider throws is its word on the body: besides {@code JsonException} that is {@code UnsupportedOperationException} for a
 * number that is too long for it, and {@code RuntimeException} for what is nested too deeply.
 */
final class JsonTokens implements Closeable {
    /** Made once: to find the provider takes longer than to write an event. */
    private static final JsonGeneratorFactory GENERATORS = Json.createGeneratorFactory(Map.of());

    private final JsonParser parser;
    private final CharsetEncoder utf8 = UTF_8.newEncoder();

    /** JSON between systems is UTF-8 (RFC 8259, 8.1); a decoder that is not told to report replaces what is not. */
    JsonTokens(InputStream body) throws Malformed {
        Reader text = new InputStreamReader(
                body,
                UTF_8.newDecoder()
                        .onMalformedInput(CodingErrorAction.REPORT)
                        .onUnmappableCharacter(CodingErrorAction.REPORT));
        this.parser = ask(() -> Json.createParser(text));
    }

    /** The next token; there has to be one. */
    Event next() throws Malformed {
        return ask(parser::next);
    }

    /** The key or string this is at. */
    String string() throws Malformed {
        String string = ask(parser::getString);
        if (!utf8.canEncode(string)) {
            throw new Malformed("the body has half of a surrogate pair in a string, which is no character");
        }
        return string;
    }

    /** The number or literal this is at. */
    JsonValue scalar() throws Malformed {
        return ask(parser::getValue);
    }

    /** After the outermost value: nothing may follow. */
    void end() throws Malformed {
        if (ask(parser::hasNext)) {
            throw new Malformed("the body has something behind its end");
        }
    }

    /** The text of the value that begins with {@code first}, whatever is in it. */
    byte[] text(Event first) throws Malformed {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        JsonGenerator copy = GENERATORS.createGenerator(bytes);
        int open = 0;
        for (Event token = first; ; token = next()) {
            switch (token) {
                case START_OBJECT -> copy.writeStartObject();
                case START_ARRAY -> copy.writeStartArray();
                case END_OBJECT, END_ARRAY -> copy.writeEnd();
                case KEY_NAME -> copy.writeKey(string());
                case VALUE_STRING -> copy.write(string());
                default -> copy.write(scalar());
            }
            open += switch (token) {
                case START_OBJECT, START_ARRAY -> 1;
                case END_OBJECT, END_ARRAY -> -1;
                default -> 0;
            };
            if (open == 0) {
                copy.close();
                return bytes.toByteArray();
            }
        }
    }

    /** The text of a JSON string. */
    static byte[] quoted(String string) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (JsonGenerator text = GENERATORS.createGenerator(bytes)) {
            text.write(string);
        }
        return bytes.toByteArray();
    }

    /** Closes the body. */
    @Override
    public void close() {
        parser.close();
    }

    private static <T> T ask(Supplier<T> provider) throws Malformed {
        try {
            return provider.get();
        } catch (RuntimeException e) {
            if (e.getCause() instanceof CharacterCodingException) {
                throw new Malformed("the body is not UTF-8", e);
            }
            throw new Malformed("the body is not JSON that can be read: " + e.getMessage(), e);
        }
    }
}
