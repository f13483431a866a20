package dev.postevent.internal.processor;

import java.time.Duration;

/**
 * How long lanes stay with a node that gives no sign of life.
 *
 * @param duration from the last sign
 */
record Lease(Duration duration) {
    private static final long RENEWED_EVERY_LEAST_MILLIS = 100;

    /** How often a node renews its lanes, in milliseconds: three times within a lease. */
    long renewedEveryMillis() {
        return Math.max(RENEWED_EVERY_LEAST_MILLIS, duration.toMillis() / 3);
    }
}
