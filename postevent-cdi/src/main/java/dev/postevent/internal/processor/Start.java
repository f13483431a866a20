package dev.postevent.internal.processor;

import dev.postevent.spi.LogEntry;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Where a subscription begins. What is before that is passed over like an event that the subscription does not want; the cursors of its
 * lanes begin at 0 as any others and go over it, so none is ever above the mark.
 *
 * @param after everything at or below it is passed over
 * @param time every event with a time before it is passed over; null: none is for its time
 */
public record Start(Kind kind, long after, @Nullable Instant time) {
    /** With the whole history. */
    public static final Start BEGINNING = new Start(Kind.BEGINNING, 0, null);

    /** Where the topic is when the subscription is registered for the first time. */
    public static final Start NOW = new Start(Kind.OPEN, 0, null);

    /** What was asked for. */
    public enum Kind {
        /** Everything there is. */
        BEGINNING,
        /** What comes after its registration: which place that is, nobody has found out yet. It is not stored. */
        OPEN,
        /** What comes after its registration, from a place that is known. */
        NOW,
        /** What is at or above a position. */
        POSITION,
        /** What has a time at or after one, or none. */
        TIME;

        /** As it is stored; one that is open, as it will be. */
        String stored() {
            return (this == OPEN ? NOW : this).name().toLowerCase(Locale.ROOT);
        }
    }

    /** Such a {@link #NOW}: the topic was settled through {@code after} when the subscription was registered. */
    static Start nowAfter(long after) {
        return new Start(Kind.NOW, after, null);
    }

    /** With what is at {@code first} or above, at least 1. */
    public static Start at(long first) {
        return new Start(Kind.POSITION, first - 1, null);
    }

    /** With what has a time at or after this one; what has none cannot be told apart and comes, too. */
    public static Start at(Instant time) {
        return new Start(Kind.TIME, 0, time);
    }

    /** True of {@link #NOW} as it is asked for, whose place nobody has found out yet. */
    boolean isOpen() {
        return kind == Kind.OPEN;
    }

    /** True if {@code other} was asked for in the same words; now is now, whenever that was. */
    boolean isAskedAs(Start other) {
        return isNow() ? other.isNow() : equals(other);
    }

    private boolean isNow() {
        return kind == Kind.OPEN || kind == Kind.NOW;
    }

    /** True if the subscription is not given this one. */
    boolean passesOver(LogEntry entry) {
        return entry.position() <= after || isBefore(entry.time());
    }

    private boolean isBefore(@Nullable OffsetDateTime of) {
        return time != null && of != null && of.toInstant().isBefore(time);
    }

    /** For a person: as the key is written, and of a now that is known which position that was. */
    public String text() {
        return switch (kind) {
            case BEGINNING -> "beginning";
            case OPEN -> "now";
            case NOW -> "now (after position " + after + ")";
            case POSITION -> "position " + (after + 1);
            case TIME -> "time " + time;
        };
    }
}
