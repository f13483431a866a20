package dev.postevent.spi;

import dev.postevent.PosteventException;
import java.util.regex.Pattern;

/**
 * A checked topic name: {@code ^[a-z][a-z0-9_]{0,47}$}. SQL identifiers are built from this type only.
 *
 * @param value the name, at most 48 characters, because PostgreSQL cuts identifiers at 63 bytes without an error
 * @since 0.1.0
 */
public record TopicName(String value) implements Comparable<TopicName> {
    private static final Pattern VALID = Pattern.compile("[a-z][a-z0-9_]{0,47}");

    /** Checks the name. */
    public TopicName {
        if (!isValid(value)) {
            throw new PosteventException(
                    "PSTEV10001",
                    "the topic name '" + printable(value)
                            + "' is not valid: a topic name has 1 to 48 of a-z, 0-9 and _ and begins"
                            + " with a letter");
        }
    }

    /** True if {@code value} may name a topic. */
    public static boolean isValid(String value) {
        return VALID.matcher(value).matches();
    }

    /** The outbox table of the topic, qualified, safe to put into SQL. */
    public String table() {
        return "postevent." + quoted();
    }

    private String quoted() {
        return '"' + value + '"';
    }

    private static String printable(String value) {
        String cut = value.length() > 60 ? value.substring(0, 60) + "..." : value;
        return cut.replaceAll("[^ -~]", "?"); // all that a topic has is ASCII
    }

    @Override
    public int compareTo(TopicName other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}
