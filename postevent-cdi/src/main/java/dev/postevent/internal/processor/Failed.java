package dev.postevent.internal.processor;

import java.time.Duration;

/**
 * What an attempt failed of.
 *
 * @param took from the call of the observer to the failure
 */
record Failed(Throwable cause, Duration took) {
    /** Where no observer was called, or nobody knows when. */
    static Failed of(Throwable cause) {
        return new Failed(cause, Duration.ZERO);
    }
}
