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

    /** Percent-encoded UTF-8, as the HTTP binding says; everything that is not an escape stands for itself. */
    static String decoded(String header, String value) throws Malformed {
        if (value.indexOf('%') < 0) {
            return value;
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(value.length());
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c != '%') {
                bytes.writeBytes(String.valueOf(c).getBytes(UTF_8));
                continue;
            }
            int high = i + 2 <= value.length() - 1 ? Character.digit(value.charAt(i + 1), 16) : -1;
            int low = i + 2 <= value.length() - 1 ? Character.digit(value.charAt(i + 2), 16) : -1;
            if (high < 0 || low < 0) {
                throw new Malformed("header " + header + " has a percent sign that is no escape");
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
}
