package dev.postevent.internal.processor;

import dev.postevent.Subscriptions;
import java.time.Duration;
import java.util.Map;

/** Where a subscription was when it was asked. */
record SubscriptionStatus(
        String name,
        String topic,
        Progress progress,
        HeldNumbers heldNumbers,
        boolean paused,
        Map<String, Integer> owners,
        String start)
        implements Subscriptions.Status {

    SubscriptionStatus {
        owners = Map.copyOf(owners);
    }

    /** How far it is, and how far behind. */
    record Progress(long handled, long lag, Duration lagTime) {}

    /** How many events are held in which state, and for how long one of them has been failing. */
    record HeldNumbers(long waiting, long behind, long parked, Duration failingFor) {}

    @Override
    public long handled() {
        return progress.handled();
    }

    @Override
    public long lag() {
        return progress.lag();
    }

    @Override
    public Duration lagTime() {
        return progress.lagTime();
    }

    @Override
    public long waiting() {
        return heldNumbers.waiting();
    }

    @Override
    public long behind() {
        return heldNumbers.behind();
    }

    @Override
    public long parked() {
        return heldNumbers.parked();
    }

    @Override
    public Duration failingFor() {
        return heldNumbers.failingFor();
    }
}
