package dev.postevent.internal.processor;

import java.time.Duration;
import java.util.random.RandomGenerator;

/** For how long an event of one subscription waits after an attempt. */
final class RetryWaits {
    /** What failed by something transient is tried again after so long, so that it is noticed when that is over. */
    private static final Duration TRANSIENT_MAX = Duration.ofSeconds(5);

    private final SubscriptionSpec.Retry retry;
    private final RandomGenerator random;

    RetryWaits(SubscriptionSpec.Retry retry, RandomGenerator random) {
        this.retry = retry;
        this.random = random;
    }

    /** After so many transient failures in a row. */
    Duration afterTransients(int failures) {
        Duration wait = retry.backoff().waitAfter(failures, random);
        return wait.compareTo(TRANSIENT_MAX) < 0 ? wait : TRANSIENT_MAX;
    }

    /** As the back-off has it. */
    Duration afterAttempts(int attempts) {
        return retry.backoff().waitAfter(attempts, random);
    }

    /**
     * After an attempt that counted, and is not the last.
     *
     * @param failing for how long the event had been failing as it began
     * @param took how long it took
     */
    LaneStore.Again after(int attempt, Throwable cause, Duration failing, Duration took) {
        Duration byBackoff = afterAttempts(attempt);
        if (!retry.blocks()) {
            byBackoff = retry.giveUp()
                    .within(byBackoff, failing.plus(took), retry.backoff().first());
        }
        Duration said = Failures.saidAfter(cause);
        Duration wait = said == null ? byBackoff : said;
        // longer than the back-off would have it the observer wants to wait, not the event
        return new LaneStore.Again(wait, took.plus(wait.compareTo(byBackoff) < 0 ? wait : byBackoff));
    }
}
