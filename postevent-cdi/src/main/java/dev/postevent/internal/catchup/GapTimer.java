package dev.postevent.internal.catchup;

import java.time.Duration;
import java.util.OptionalLong;

/**
 * When the event log is asked for what is missing: a gap that outlives the grace is asked for, but not more often than a part of the time
 * allows, and one whose transaction still runs is asked for again in proportion to its age.
 *
 * <p>It has no clock and no thread: whoever owns it says what time it is, and makes the timer that it wants, one at a time. Not safe for
 * use by several threads.
 */
final class GapTimer {
    /** Greatest wait until a gap is asked for again whose transaction still runs. */
    static final long OPEN_MAX_NANOS = 100_000_000;
    /** After a pass a gap waits for so many times what it took: where gaps never end, asking takes a part of the time only. */
    static final int REST_FACTOR = 3;

    static final long REST_MAX_NANOS = 50_000_000;
    /** Least wait: a timer that fires at once gains nothing. */
    static final long TIMER_MIN_NANOS = 1_000_000;

    private final Grace grace;
    /** Since when the gap above the mark is open; if there is none, not before this. */
    private long openSince;
    /** Until then gaps rest because a pass has asked for them. */
    private long restEnds;
    /** True while a timer of ours is set. */
    private boolean set;

    /** A gap is waited for no longer than {@code graceMax}. */
    GapTimer(Duration graceMax) {
        grace = new Grace(graceMax);
    }

    /** The mark is known, or has moved, or nothing above it is: a gap that is there now is a new one. */
    void noneBefore(long now) {
        openSince = now;
    }

    /** Since when the gap above the mark is open. */
    long openSince() {
        return openSince;
    }

    /** The gap was filled by what the feed brought, after it was open for so long. */
    void filled(long nanos) {
        grace.filled(nanos);
    }

    /** The gap was void: nothing was going to fill it. */
    void sealed() {
        grace.wasted();
    }

    /** After how many nanoseconds a timer shall fire for the gap there is; empty: one is set. */
    OptionalLong wanted(long now) {
        if (set) {
            return OptionalLong.empty();
        }
        long wait = Math.max(grace.nanos() - (now - openSince), restEnds - now);
        return OptionalLong.of(Math.max(TIMER_MIN_NANOS, wait));
    }

    /** The timer that was wanted is set, or could not be. */
    void set(boolean taken) {
        set = taken;
    }

    /** It fired. */
    void fired() {
        set = false;
    }

    /** True if the gap there is has outlived the grace. */
    boolean isDue(long now) {
        return now - openSince >= grace.nanos();
    }

    /** A pass over what is missing has ended. */
    void passEnded(long began, long now) {
        restEnds = now + Math.min(REST_MAX_NANOS, REST_FACTOR * (now - began));
    }

    /** For a gap whose transaction still runs: as long again as it has been open, so that its end is noticed in proportion. */
    long untilAskedAgain(long now) {
        return Math.min(OPEN_MAX_NANOS, Math.max(Grace.LEAST_NANOS, now - openSince));
    }
}
