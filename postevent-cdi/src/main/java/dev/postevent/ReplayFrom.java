package dev.postevent;

import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * From where a subscription is to be handled anew, and what becomes of what it holds below that. Immutable.
 *
 * <pre>{@code
 * subscriptions.replay("search-index", ReplayFrom.time(yesterday), Operator.of("anna", "the index was lost"));
 * }</pre>
 *
 * @since 0.1.0
 */
@Experimental
public final class ReplayFrom {

    /** What is meant. May gain constants. */
    public enum Kind {
        /** All there is. */
        BEGINNING,
        /** A position. */
        POSITION,
        /** A time. */
        TIME,
        /** What comes after this. */
        NOW
    }

    private final Kind kind;
    private final long position;
    private final Instant time;
    private final boolean dropsHeld;

    private ReplayFrom(Kind kind, long position, Instant time, boolean dropsHeld) {
        this.kind = kind;
        this.position = position;
        this.time = time;
        this.dropsHeld = dropsHeld;
    }

    /**
     * With all events there are, as a new subscription that begins at the beginning.
     *
     * <pre>{@code
     * subscriptions.replay("search-index", ReplayFrom.beginning(), by);
     * }</pre>
     */
    public static ReplayFrom beginning() {
        return new ReplayFrom(Kind.BEGINNING, 0, Instant.EPOCH, false);
    }

    /**
     * With what is at a position or above it. One above the position where the subscription is passes over what lies between.
     *
     * <pre>{@code
     * subscriptions.replay("search-index", ReplayFrom.position(4_711), by);
     * }</pre>
     *
     * @param first at least 1
     * @throws IllegalArgumentException if it is not
     */
    public static ReplayFrom position(long first) {
        if (first < 1) {
            throw new IllegalArgumentException("a position is at least 1, got " + first);
        }
        return new ReplayFrom(Kind.POSITION, first, Instant.EPOCH, false);
    }

    /**
     * With the first event that has this CloudEvents {@code time} or a later one, or none, and everything after it.
     *
     * <pre>{@code
     * subscriptions.replay("search-index", ReplayFrom.time(Instant.now().minus(Duration.ofDays(1))), by);
     * }</pre>
     */
    public static ReplayFrom time(Instant first) {
        return new ReplayFrom(Kind.TIME, 0, Objects.requireNonNull(first, "time"), false);
    }

    /**
     * With what is published from now on: all that is not handled yet is passed over ("reset to now").
     *
     * <pre>{@code
     * subscriptions.replay("dashboard", ReplayFrom.now(), Operator.of("anna", "an hour old is too old for it"));
     * }</pre>
     */
    public static ReplayFrom now() {
        return new ReplayFrom(Kind.NOW, 0, Instant.EPOCH, false);
    }

    /**
     * The same, and everything that the subscription holds is given up. Not said: what it holds below the place stays held and is tried
     * on, and holds its subject up as before. What it holds above comes again with the rest in any case.
     *
     * <pre>{@code
     * subscriptions.replay("dashboard", ReplayFrom.now().droppingHeld(), by);
     * }</pre>
     */
    public ReplayFrom droppingHeld() {
        return new ReplayFrom(kind, position, time, true);
    }

    /** What is meant. */
    public Kind kind() {
        return kind;
    }

    /** The position; empty unless it is meant. */
    public OptionalLong firstPosition() {
        return kind == Kind.POSITION ? OptionalLong.of(position) : OptionalLong.empty();
    }

    /** The time; empty unless it is meant. */
    public Optional<Instant> firstTime() {
        return kind == Kind.TIME ? Optional.of(time) : Optional.empty();
    }

    /** Whether everything that is held is given up. */
    public boolean dropsHeld() {
        return dropsHeld;
    }

    /** For a person. */
    @Override
    public String toString() {
        String where = switch (kind) {
            case BEGINNING -> "the beginning";
            case POSITION -> "position " + position;
            case TIME -> "time " + time;
            case NOW -> "now";
        };
        return dropsHeld ? where + ", dropping what is held" : where;
    }
}
