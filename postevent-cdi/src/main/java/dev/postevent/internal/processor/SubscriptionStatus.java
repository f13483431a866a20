package dev.postevent.internal.processor;

import dev.postevent.Subscriptions;
import java.time.Duration;
import java.util.Map;

/** Where a subscription was when it was asked. */
record SubscriptionStatus(
        String name,
        String topic,
        long handled,
        long lag,
        Duration lagTime,
        long waiting,
        long behind,
        long parked,
        boolean paused,
        Duration failingFor,
        Map<String, Integer> owners,
        String start)
        implements Subscriptions.Status {

    SubscriptionStatus {
        owners = Map.copyOf(owners);
    }
}
