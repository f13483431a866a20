package dev.postevent.internal.config;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** The values of the group {@link Key#SUBSCRIPTION_PREFIX} for one subscription; meaning, unit and bounds are with the keys. */
public record SubscriptionSettings(int lanes, Retry retry, Limits limits, boolean synchronousCommit) {

    /** What becomes of an event that fails; what is unlimited is null. */
    public record Retry(
            @Nullable Integer attemptsMax,
            @Nullable Duration giveUpAfter,
            Duration backoffFirst,
            double backoffFactor,
            Duration backoffMax,
            boolean blockOnFailure) {}

    /** How much of anything there may be. */
    public record Limits(
            int concurrency, int batchMax, int heldMax, long bufferMaxBytes, Duration transactionTimeout) {}
}
