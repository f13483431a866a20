package dev.postevent.sample.intake;

import static java.nio.charset.StandardCharsets.UTF_8;

import jakarta.json.stream.JsonParser.Event;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * The data of one event in the JSON format, as they come. Which bytes that means can be said at the end only, when the content type is known:
 * the JSON text, the bytes that Base64 stands for, or the text of another content type.
 */
final class JsonData {
    private boolean plainGiven;
    private boolean base64Given;
    private @Nullable String base64;
    private @Nullable String string;
    private byte @Nullable [] json;

    /** Reads {@code data}, whose value begins with {@code first}. */
    void plain(Event first, JsonTokens tokens) throws Malformed {
        plainGiven = true;
        if (first == Event.VALUE_STRING) {
            string = tokens.string();
        } else if (first != Event.VALUE_NULL) {
            json = tokens.text(first);
        }
    }

    /** Reads {@code data_base64}, whose value begins with {@code first}. */
    void base64(Event first, JsonTokens tokens) throws Malformed {
        base64Given = true;
        if (first == Event.VALUE_STRING) {
            base64 = tokens.string();
        } else if (first != Event.VALUE_NULL) {
            throw new Malformed("data_base64 must be a JSON string");
        }
    }

    /**
     * Gives them to the event.
     *
     * @param contentType the event's {@code datacontenttype}; null: not given
     */
    void into(EventAttributes event, @Nullable String contentType) throws Malformed {
        if (plainGiven && base64Given) {
            throw new Malformed("an event has data or data_base64, not both");
        }
        String encoded = base64;
        byte[] document = json;
        String text = string;
        if (encoded != null) {
            event.data(decode(encoded));
        } else if (document != null) {
            json(event, contentType, document);
        } else if (text != null) {
            if (contentType == null || isJson(contentType)) {
                json(event, contentType, JsonTokens.quoted(text));
            } else {
                event.data(text.getBytes(UTF_8));
            }
        }
    }

    private static void json(EventAttributes event, @Nullable String contentType, byte[] text) throws Malformed {
        if (contentType == null) {
            event.put("datacontenttype", "application/json"); // what the JSON format says it is when nothing is said
        }
        event.data(text);
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
}
