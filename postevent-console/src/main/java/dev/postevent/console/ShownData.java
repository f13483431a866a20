package dev.postevent.console;

import jakarta.json.JsonException;
import jakarta.json.JsonValue;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.Locale;
import java.util.Optional;

/** What of the data of an event is shown, as {@code postevent.console.payload} allows. Text stays as it was written, so numbers are exact. */
final class ShownData {
    private final ConsoleSettings settings;
    private final Json json;

    ShownData(ConsoleSettings settings, Json json) {
        this.settings = settings;
        this.json = json;
    }

    /**
     * As members of an object: {@code shown} (none, masked, limited, full), {@code size} in bytes, and, if anything is shown, {@code
     * encoding} (text, base64), {@code value} and {@code cut}.
     */
    Fields of(byte[] data, Optional<String> contentType) {
        Fields fields = json.fields().add("size", data.length);
        return switch (settings.payload()) {
            case NONE -> none(fields);
            case MASKED -> masked(fields, data, contentType);
            case LIMITED -> shown(fields, data, Math.min(data.length, settings.payloadMax()));
            case FULL -> shown(fields, data, data.length);
        };
    }

    private static Fields none(Fields fields) {
        return fields.add("shown", ConsoleSettings.Payload.NONE.toString());
    }

    private Fields masked(Fields fields, byte[] data, Optional<String> contentType) {
        if (!isJson(contentType)) {
            return none(fields);
        }
        JsonValue value;
        try {
            value = json.value(data);
        } catch (JsonException e) {
            // what cannot be read could hide anything
            return none(fields);
        }
        for (MaskedPath path : settings.masked()) {
            value = path.hide(value, json.builders());
        }
        byte[] masked = json.bytes(value);
        return shown(fields, masked, Math.min(masked.length, settings.payloadMax()));
    }

    /** Data of a CloudEvent without a content type are JSON. */
    private static boolean isJson(Optional<String> contentType) {
        String type =
                contentType.orElse("application/json").split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
        return type.equals("application/json") || type.endsWith("+json");
    }

    private Fields shown(Fields fields, byte[] data, int length) {
        byte[] part = Arrays.copyOf(data, length);
        boolean cut = length < data.length;
        Optional<String> text = text(part, !cut);
        return fields.add("shown", settings.payload().toString())
                .add("cut", cut)
                .add("encoding", text.isPresent() ? "text" : "base64")
                .add("value", text.orElseGet(() -> Base64.getEncoder().encodeToString(part)));
    }

    /** What is UTF-8 to its end, or to within a letter of it where it was cut; empty: it is none. */
    private static Optional<String> text(byte[] bytes, boolean whole) {
        CharsetDecoder decoder = StandardCharsets.UTF_8
                .newDecoder()
                .onMalformedInput(CodingErrorAction.REPORT)
                .onUnmappableCharacter(CodingErrorAction.REPORT);
        CharBuffer chars = CharBuffer.allocate(bytes.length);
        if (decoder.decode(ByteBuffer.wrap(bytes), chars, whole).isError()) {
            return Optional.empty();
        }
        String text = chars.flip().toString();
        return text.chars().anyMatch(c -> Character.isISOControl(c) && c != '\n' && c != '\r' && c != '\t')
                ? Optional.empty()
                : Optional.of(text);
    }
}
