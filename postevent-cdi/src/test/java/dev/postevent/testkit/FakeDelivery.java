package dev.postevent.testkit;

import dev.postevent.Delivery;
import io.cloudevents.CloudEvent;

/**
 * A delivery for a test that calls an observer by itself: the first attempt, at position 1, unless something else is said.
 *
 * <pre>{@code
 * shipping.ship(event, FakeDelivery.of(event).attempt(3).last());
 * }</pre>
 */
public final class FakeDelivery implements Delivery {
    private final CloudEvent event;
    private String topic = "topic";
    private String subscription = "subscription";
    private long position = 1;
    private int attempt = 1;
    private boolean redelivered;
    private boolean lastAttempt;

    private FakeDelivery(CloudEvent event) {
        this.event = event;
    }

    /** Of {@code event}. */
    public static FakeDelivery of(CloudEvent event) {
        return new FakeDelivery(event);
    }

    /** From {@code name}. */
    public FakeDelivery from(String name) {
        topic = name;
        return this;
    }

    /** To {@code name}. */
    public FakeDelivery to(String name) {
        subscription = name;
        return this;
    }

    /** At {@code at}, at least 1. */
    public FakeDelivery at(long at) {
        if (at < 1) {
            throw new IllegalArgumentException("a position is at least 1, got " + at);
        }
        position = at;
        return this;
    }

    /** The attempt {@code number}, at least 1; from the second on the event is redelivered. */
    public FakeDelivery attempt(int number) {
        if (number < 1) {
            throw new IllegalArgumentException("an attempt is at least 1, got " + number);
        }
        attempt = number;
        redelivered |= number > 1;
        return this;
    }

    /** Called before, whatever the attempt: as after the death of a node. */
    public FakeDelivery calledBefore() {
        redelivered = true;
        return this;
    }

    /** With no attempt after it. */
    public FakeDelivery last() {
        lastAttempt = true;
        return this;
    }

    @Override
    public CloudEvent event() {
        return event;
    }

    @Override
    public String topic() {
        return topic;
    }

    @Override
    public long position() {
        return position;
    }

    @Override
    public String subscription() {
        return subscription;
    }

    @Override
    public int attempt() {
        return attempt;
    }

    @Override
    public boolean redelivered() {
        return redelivered;
    }

    @Override
    public boolean lastAttempt() {
        return lastAttempt;
    }

    @Override
    public String toString() {
        return subscription + ": " + topic + " " + position + ", attempt " + attempt
                + (redelivered ? ", redelivered" : "") + (lastAttempt ? ", the last" : "");
    }
}
