package dev.postevent.internal.outbox;

import dev.postevent.InvalidEventException;
import dev.postevent.internal.text.Printable;
import dev.postevent.spi.LogEntry;
import io.cloudevents.CloudEvent;
import io.cloudevents.SpecVersion;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The rules an event has to keep to be published: CloudEvents 1.0.2 (sections "Type System", "Context Attributes"), what
 * PostgreSQL can hold, and the size limit. Pure.
 */
final class EventRules {
    /** The source of voids; no event may have it, or it could be taken for one. */
    private static final Pattern EXTENSION_NAME = Pattern.compile("[a-z0-9]+");

    private static final Set<String> RESERVED_NAMES =
            Set.of("data", "id", "source", "specversion", "type", "datacontenttype", "dataschema", "subject", "time");
    private static final String TOKEN = "[A-Za-z0-9!#$%&'*+.^_`{|}~-]++";
    // RFC 2046 in the grammar of RFC 2045 5.1; possessive, so that hostile input cannot make it backtrack
    private static final Pattern CONTENT_TYPE = Pattern.compile(
            TOKEN + "/" + TOKEN + "(?: *+; *+" + TOKEN + "=(?:" + TOKEN + "|\"(?:[^\"\\\\]|\\\\.)*+\"))*+ *+");
    // what PostgreSQL reads back from OffsetDateTime's text
    private static final long FIRST_SECOND =
            OffsetDateTime.of(1, 1, 1, 0, 0, 0, 0, ZoneOffset.UTC).toEpochSecond();
    private static final long LAST_SECOND =
            OffsetDateTime.of(9999, 12, 31, 23, 59, 59, 0, ZoneOffset.UTC).toEpochSecond();

    /**
     * Most bytes of id and source together: they are the key of an index, an entry of which has 2,704 bytes at most, less what stands
     * before and between the two. What compresses well would fit in if it is longer, but nobody can rely on that.
     */
    static final int KEY_MAX_BYTES = 2_680;

    /** Most bytes of all extension attributes as they are stored, which the topic's table checks. */
    static final int EXTENSIONS_MAX_BYTES = 1 << 20;

    private final int sizeMaxBytes;

    EventRules(int sizeMaxBytes) {
        this.sizeMaxBytes = sizeMaxBytes;
    }

    /**
     * Checks {@code event} and takes it apart.
     *
     * @param which names the event in messages: "the event", "event 3 of 5"
     * @throws InvalidEventException naming the first rule that is broken
     */
    LogEntry check(@Nullable CloudEvent event, String which) {
        if (event == null) {
            throw broken("PSTEV31010", which, "is null");
        }
        long size = attributes(event, which) + extensions(event, which);
        LogEntry entry = encode(event, which);
        stored(entry.extensions(), event.getExtensionNames().size(), which);
        byte[] data = entry.data();
        size += data == null ? 0 : data.length;
        if (size > sizeMaxBytes) {
            throw broken(
                    "PSTEV31016",
                    which,
                    "has " + size + " bytes of data and attributes, at most " + sizeMaxBytes
                            + " are allowed (postevent.publish.size-max); put what is large elsewhere and publish"
                            + " a reference");
        }
        return entry;
    }

    private static void stored(@Nullable String extensions, int count, String which) {
        if (extensions == null || extensions.length() < EXTENSIONS_MAX_BYTES / 4) {
            return;
        }
        // PostgreSQL writes a space before each value and each name; a value of a type of its own has two
        long size = extensions.getBytes(StandardCharsets.UTF_8).length + 4L * (count + 1);
        if (size > EXTENSIONS_MAX_BYTES) {
            throw broken(
                    "PSTEV31016",
                    which,
                    "has " + size + " bytes of extension attributes, at most " + EXTENSIONS_MAX_BYTES
                            + " are allowed; put what is large into the data");
        }
    }

    private static LogEntry encode(CloudEvent event, String which) {
        try {
            return LogEntry.of(0, event);
        } catch (RuntimeException e) {
            throw new InvalidEventException(
                    "PSTEV31017", which + " cannot be turned into columns: " + e.getMessage(), e);
        }
    }

    private static long attributes(CloudEvent event, String which) {
        SpecVersion version = event.getSpecVersion();
        if (version != SpecVersion.V1) {
            throw broken("PSTEV31011", which, "has the specversion " + version + ", must be 1.0");
        }
        long size = required("id", event.getId(), which);
        size += required("source", textOrNull(event.getSource()), which);
        long key = size - "id".length() - "source".length();
        if (key > KEY_MAX_BYTES) {
            throw broken(
                    "PSTEV31016",
                    which,
                    "has " + key + " bytes of id and source, at most " + KEY_MAX_BYTES
                            + " are allowed: PostgreSQL has to find by them what was published already");
        }
        size += required("type", event.getType(), which);
        if (LogEntry.VOID_SOURCE.equals(String.valueOf(event.getSource()))) {
            throw broken("PSTEV31012", which, "has the source " + LogEntry.VOID_SOURCE + ", which is reserved");
        }
        size += optional("subject", event.getSubject(), which);
        size += contentType(event.getDataContentType(), which);
        size += schema(event.getDataSchema(), which);
        time(event.getTime(), which);
        return size;
    }

    private static long contentType(@Nullable String value, String which) {
        long size = optional("datacontenttype", value, which);
        if (value != null && !CONTENT_TYPE.matcher(value).matches()) {
            throw broken(
                    "PSTEV31012",
                    which,
                    "has the datacontenttype " + Printable.quoted(value)
                            + ", must be type/subtype with parameters (RFC 2046)");
        }
        return size;
    }

    private static long schema(@Nullable URI value, String which) {
        long size = optional("dataschema", textOrNull(value), which);
        if (value != null && !value.isAbsolute()) {
            throw broken(
                    "PSTEV31012",
                    which,
                    "has the dataschema " + Printable.quoted(value.toString()) + ", must be an absolute URI");
        }
        return size;
    }

    private static void time(@Nullable OffsetDateTime value, String which) {
        if (value == null) {
            return;
        }
        long second = value.toEpochSecond(); // in UTC: the shift may cross a year
        if (second < FIRST_SECOND || second > LAST_SECOND) {
            throw broken("PSTEV31015", which, "has the time " + value + ", must be in the years 1 to 9999 UTC");
        }
    }

    private static long extensions(CloudEvent event, String which) {
        long size = 0;
        for (String name : event.getExtensionNames()) {
            if (!EXTENSION_NAME.matcher(name).matches() || RESERVED_NAMES.contains(name)) {
                throw broken(
                        "PSTEV31014",
                        which,
                        "has an extension attribute named " + Printable.quoted(name)
                                + ", must be of a-z and 0-9, and neither 'data' nor the name of a"
                                + " core attribute");
            }
            size += name.length() + extension(name, event.getExtension(name), which);
        }
        return size;
    }

    private static long extension(String name, @Nullable Object value, String which) {
        if (value == null || value instanceof Boolean || value instanceof Integer) {
            return 4;
        }
        if (value instanceof byte[] bytes) {
            return bytes.length;
        }
        if (value instanceof String || value instanceof URI || value instanceof OffsetDateTime) {
            return characters(name, value.toString(), which);
        }
        throw broken(
                "PSTEV31014",
                which,
                "has the extension attribute " + name + " of "
                        + value.getClass().getName()
                        + ", must be Boolean, Integer, String, byte[], URI or OffsetDateTime (a number beyond 32 bits"
                        + " travels as a String)");
    }

    private static long required(String name, @Nullable String value, String which) {
        if (value == null) {
            throw broken("PSTEV31011", which, "has no " + name + ", which is required");
        }
        return optional(name, value, which);
    }

    private static long optional(String name, @Nullable String value, String which) {
        if (value == null) {
            return 0;
        }
        if (value.isEmpty()) {
            throw broken("PSTEV31011", which, "has an empty " + name + ", must not be empty");
        }
        return name.length() + characters(name, value, which);
    }

    /** Returns the bytes {@code value} takes in UTF-8 after checking that CloudEvents allows each character. */
    private static long characters(String name, String value, String which) {
        for (int i = 0; i < value.length(); ) {
            int point = value.codePointAt(i);
            if (isForbidden(point)) {
                throw broken(
                        "PSTEV31013",
                        which,
                        String.format(
                                Locale.ROOT,
                                "has U+%04X at index %d of %s %s; control characters, unpaired surrogates and"
                                        + " noncharacters are forbidden",
                                point,
                                i,
                                name,
                                Printable.quoted(value)));
            }
            i += Character.charCount(point);
        }
        return value.getBytes(StandardCharsets.UTF_8).length;
    }

    private static boolean isForbidden(int point) {
        return point <= 0x1F
                || (point >= 0x7F && point <= 0x9F)
                || (point >= Character.MIN_SURROGATE && point <= Character.MAX_SURROGATE)
                || (point >= 0xFDD0 && point <= 0xFDEF)
                || (point & 0xFFFE) == 0xFFFE;
    }

    private static @Nullable String textOrNull(@Nullable Object value) {
        return value == null ? null : value.toString();
    }

    private static InvalidEventException broken(String code, String which, String what) {
        return new InvalidEventException(code, which + " " + what);
    }
}
