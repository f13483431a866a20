package dev.postevent.internal.config;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** The values of the group {@link Key#SUBSCRIPTION_PREFIX} for one subscription; meaning, unit and bounds are with the keys; what is unlimited is null. */
public record SubscriptionSettings(
        int lanes,
        int concurrency,
        int batchMax,
        @Nullable Integer attemptsMax,
        @Nullable Duration giveUpAfter,
        Duration backoffFirst,
        double backoffFactor,
        Duration backoffMax,
        boolean blockOnFailure,
        boolean synchronousCommit,
        int heldMax,
        long bufferMaxBytes,
        Duration transactionTimeout) {}
