package dev.postevent.internal.processor;

import java.time.Duration;

/**
 * How long lanes stay with a node that gives no sign of life.
 *
 * @param duration from the last sign
 */
public record Lease(Duration duration) {
    private static final long RENEWED_EVERY_LEAST_MILLIS = 100;

    /** How often a node renews its lanes, in milliseconds: three times within a lease. */
    long renewedEveryMillis() {
        return Math.max(RENEWED_EVERY_LEAST_MILLIS, duration.toMillis() / 3);
    }

    /** Milliseconds, as text: who takes a lane over waits for a transaction of its owner no longer than for the lease. */
    String idleLimit() {
        return Long.toString(duration.toMillis());
    }
}
