package dev.postevent.simulation;

import dev.postevent.ParkNowException;
import dev.postevent.RetryLaterException;
import dev.postevent.internal.jdbc.FailureParts;
import java.time.Duration;
import java.util.List;

/** Whether what an observer threw is a failure, or what it may say. */
enum Refusal {
    /** The event will never be handled. */
    PARK_NOW,
    /** It will be, but not yet. */
    RETRY_LATER,
    /** A simulated fault came through the observer. */
    NONE_SIMULATED,
    /** The observer's own failure. */
    NONE_OWN;

    /** Nobody can tell how long something takes in a world without clocks, and a world shall end. */
    private static final Duration LONGEST = Duration.ofSeconds(1);

    static Refusal of(Throwable thrown) {
        List<Throwable> parts = FailureParts.of(thrown);
        if (has(parts, ProcessDied.class) || has(parts, Violation.class)) {
            return NONE_SIMULATED;
        } else if (has(parts, ParkNowException.class)) {
            return PARK_NOW;
        } else if (has(parts, RetryLaterException.class)) {
            return RETRY_LATER;
        }
        return has(parts, Broken.class) ? NONE_SIMULATED : NONE_OWN;
    }

    boolean isOne() {
        return this == PARK_NOW || this == RETRY_LATER;
    }

    private static boolean has(List<Throwable> parts, Class<? extends Throwable> type) {
        return parts.stream().anyMatch(type::isInstance);
    }

    /** As {@code thrown}, with a wait that a world can afford. */
    static RetryLaterException shortened(Throwable thrown) {
        for (Throwable part : FailureParts.of(thrown)) {
            if (part instanceof RetryLaterException later && later.after().compareTo(LONGEST) <= 0) {
                return new RetryLaterException(later.after(), later.getMessage(), thrown);
            }
        }
        return new RetryLaterException(LONGEST, String.valueOf(thrown.getMessage()), thrown);
    }
}
