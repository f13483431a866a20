package dev.postevent.internal.config;

import java.time.Duration;

/** The values of the group {@link Key#SUBSCRIPTION_PREFIX} for one subscription; meaning, unit and bounds are with the keys. */
public record SubscriptionSettings(
        int lanes,
        int concurrency,
        int batchMax,
        int attemptsMax,
        Duration backoffFirst,
        double backoffFactor,
        Duration backoffMax,
        boolean blockOnFailure,
        boolean synchronousCommit,
        int heldMax,
        long bufferMaxBytes,
        Duration transactionTimeout) {}
