package dev.postevent.sample.intake;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.cloudevents.CloudEvent;
import jakarta.servlet.http.HttpServletRequest;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.Collections;
import java.util.Locale;

/** A CloudEvent in binary mode: attributes in {@code ce-} headers, data in the body. */
final class BinaryEvent {
    private static final String PREFIX = "ce-";

    private BinaryEvent() {}

    static boolean is(HttpServletRequest request) {
        return Collections.list(request.getHeaderNames()).stream()
                .anyMatch(name -> name.toLowerCase(Locale.ROOT).startsWith(PREFIX));
    }

    static CloudEvent of(HttpServletRequest request, byte[] body) throws Malformed {
        EventAttributes attributes = new EventAttributes();
        for (String header : Collections.list(request.getHeaderNames())) {
            String name = header.toLowerCase(Locale.ROOT);
            if (name.startsWith(PREFIX)) {
                attribute(attributes, request, name);
            }
        }
        if (request.getContentType() != null) {
            attributes.put("datacontenttype", request.getContentType());
        }
        if (body.length > 0) {
            attributes.data(body);
        }
        return attributes.build();
    }

    private static void attribute(EventAttributes attributes, HttpServletRequest request, String header)
            throws Malformed {
        if (Collections.list(request.getHeaders(header)).size() > 1) {
            throw new Malformed("header " + header + " is there more than once");
        }
        String name = header.substring(PREFIX.length());
        if (name.equals("datacontenttype")) {
            throw new Malformed("in binary mode datacontenttype is the header Content-Type");
        }
        attributes.put(name, decoded(header, request.getHeader(header)));
    }

    /**
     * The text that a header stands for, as 3.1.3.2 of the HTTP binding says: unquoted first, as older senders quote, then
     * percent-decoded once.
     *
     * <p>A sender encodes a percent sign and all that is not printable ASCII. One that does not (two of the SDKs do not) is told so: what
     * such bytes mean differs between servers, and where a "%" by itself were taken for itself, "%41" of the same sender would be
     * another text than it meant.
     */
    static String decoded(String header, String value) throws Malformed {
        return percentDecoded(header, unquoted(header, value));
    }

    /** A quoted-string of RFC 7230, 3.2.6, is what it quotes; a quote elsewhere stands for itself. */
    private static String unquoted(String header, String value) throws Malformed {
        if (!value.startsWith("\"")) {
            return value;
        }
        StringBuilder text = new StringBuilder(value.length());
        for (int i = 1; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c == '"') {
                if (i == value.length() - 1) {
                    return text.toString();
                }
                break;
            }
            if (c == '\\' && ++i < value.length()) {
                c = value.charAt(i);
            }
            text.append(c);
        }
        throw new Malformed("header " + header + " begins with a quote, and does not end with the one that closes it");
    }

    private static String percentDecoded(String header, String value) throws Malformed {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(value.length());
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c < ' ' || c > '~') {
                throw new Malformed("header " + header
                        + " has a character that is not printable ASCII; it has to be percent-encoded UTF-8");
            }
            if (c != '%') {
                bytes.write(c);
                continue;
            }
            int high = hex(value, i + 1);
            int low = hex(value, i + 2);
            if (high < 0 || low < 0) {
                throw new Malformed(
                        "header " + header + " has a percent sign that is no escape; it has to be sent as %25");
            }
            bytes.write(high * 16 + low);
            i += 2;
        }
        try {
            return UTF_8.newDecoder()
                    .decode(ByteBuffer.wrap(bytes.toByteArray()))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new Malformed("header " + header + " is not percent-encoded UTF-8", e);
        }
    }

    /** -1 where there is no such digit; {@code Character.digit} alone takes those of all scripts. */
    private static int hex(String value, int index) {
        return index < value.length() && value.charAt(index) <= 'f' ? Character.digit(value.charAt(index), 16) : -1;
    }
}
