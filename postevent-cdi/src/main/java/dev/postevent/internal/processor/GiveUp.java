package dev.postevent.internal.processor;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * When an event that fails is parked: at the bound that is reached first. Pure.
 *
 * <p>An event is given up by an attempt that failed, never between two: so that whoever comes back after a time in which nobody tried
 * it tries it once more, and an observer knows of each attempt, as it begins, whether it is the last.
 *
 * @param attemptsMax attempts, at least 1; {@link #UNLIMITED}: no bound
 * @param after for how long it may fail, more than zero, counted from the first attempt that failed; null: no bound. Only time in
 *     which it was tried, or waited as the back-off has it, counts
 * @param lostMax attempts with which the node was lost, at least 1: what kills nodes is not waited for like what fails
 */
public record GiveUp(int attemptsMax, @Nullable Duration after, int lostMax) {
    /** No bound of attempts. */
    public static final int UNLIMITED = Integer.MAX_VALUE;

    private static final int LOST_MAX = 10;

    /** Checks the bounds. */
    public GiveUp {
        if (attemptsMax < 1 || lostMax < 1 || (after != null && (after.isNegative() || after.isZero()))) {
            throw new IllegalArgumentException("an event is given up after 1 or more attempts, 1 or more lost ones, and"
                    + " more than no time; got " + attemptsMax + ", " + lostMax + ", " + after);
        }
    }

    /** With the bound of lost attempts that holds for all. */
    public GiveUp(int attemptsMax, @Nullable Duration after) {
        this(attemptsMax, after, LOST_MAX);
    }

    /**
     * True if the event is parked where this attempt fails.
     *
     * @param attempt 1 for the first
     * @param failing for how long it had been failing when the attempt began
     */
    boolean isLast(int attempt, Duration failing) {
        return attempt >= attemptsMax || (after != null && failing.compareTo(after) >= 0);
    }

    /**
     * True if there is no further attempt: the one thing for which an event is given up without one, because it could take its node
     * along. Who has had more attempts than are allowed by now has one more, which is the last.
     *
     * @param lost attempts that were lost with their node
     */
    boolean isOver(int lost) {
        return lost >= Math.min(attemptsMax, lostMax);
    }

    /**
     * {@code wait}, or what is left of the time, so that the last attempt is not made long after it.
     *
     * @param failing for how long it has been failing by now
     * @param least the wait is not cut to less
     */
    Duration within(Duration wait, Duration failing, Duration least) {
        if (after == null || failing.compareTo(after) >= 0) {
            return wait;
        }
        Duration left = after.minus(failing);
        Duration cut = left.compareTo(least) > 0 ? left : least;
        return wait.compareTo(cut) < 0 ? wait : cut;
    }

    /** How long it is tried, for an operator. */
    @Override
    public String toString() {
        String attempts = attemptsMax == UNLIMITED ? "" : attemptsMax + " attempts";
        String time = after == null ? "" : after.toSeconds() + " s of failing";
        if (attempts.isEmpty() && time.isEmpty()) {
            return "it is never given up";
        }
        return "it is given up after " + attempts + (attempts.isEmpty() || time.isEmpty() ? "" : ", or ") + time;
    }
}
