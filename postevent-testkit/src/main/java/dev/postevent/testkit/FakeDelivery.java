package dev.postevent.testkit;

import dev.postevent.Delivery;
import dev.postevent.spi.TopicName;
import io.cloudevents.CloudEvent;
import java.util.Objects;

/**
 * A delivery for a test that calls an observer by itself: the first attempt, at position 1 of the topic {@code topic}, to the
 * subscription {@code subscription}, unless something else is said.
 *
 * <pre>{@code
 * CloudEvent event = CloudEventBuilder.v1()
 *         .withId("o1").withSource(URI.create("/shop")).withType("order.placed").withSubject("customer-1")
 *         .build();
 * shipping.ship(new OrderPlaced("o1", "customer-1"), FakeDelivery.of(event).attempt(3).last());
 * }</pre>
 *
 * <p>An observer that takes an object is handed one: what JSON-B makes of an event's data is tested with {@link DeliverySimulation}, or
 * with {@code JsonbBuilder.create().fromJson(...)}, which is what postevent does. One that takes a {@code List} takes no delivery.
 *
 * <p>The methods that say something change this object and return it.
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

    /**
     * A first delivery.
     *
     * @param event that is delivered, not null
     */
    public static FakeDelivery of(CloudEvent event) {
        return new FakeDelivery(Objects.requireNonNull(event, "event"));
    }

    /**
     * Says which topic it comes from; {@code topic} if it is not said.
     *
     * @param name {@code ^[a-z][a-z0-9_]{0,47}$}
     * @throws IllegalArgumentException if no topic has such a name
     */
    public FakeDelivery from(String name) {
        topic = topicName(name);
        return this;
    }

    /** {@code name}, if it is one. */
    static String topicName(String name) {
        if (!TopicName.isValid(name)) {
            throw new IllegalArgumentException(
                    "the topic name '" + name + "' is not valid: 1 to 48 of a-z, 0-9, _, beginning with a letter");
        }
        return name;
    }

    /**
     * Says which subscription it goes to; {@code subscription} if it is not said.
     *
     * @param name not empty
     * @throws IllegalArgumentException if it is empty
     */
    public FakeDelivery to(String name) {
        if (name.isEmpty()) {
            throw new IllegalArgumentException("a subscription's name is not empty");
        }
        subscription = name;
        return this;
    }

    /**
     * Says at which position of the topic the event is; 1 if it is not said.
     *
     * @param at at least 1
     * @throws IllegalArgumentException if it is less
     */
    public FakeDelivery at(long at) {
        if (at < 1) {
            throw new IllegalArgumentException("a position is at least 1, got " + at);
        }
        position = at;
        return this;
    }

    /**
     * Says which attempt it is; 1 if it is not said. From the second on the event is redelivered, too.
     *
     * @param number at least 1
     * @throws IllegalArgumentException if it is less
     */
    public FakeDelivery attempt(int number) {
        if (number < 1) {
            throw new IllegalArgumentException("an attempt is at least 1, got " + number);
        }
        attempt = number;
        redelivered |= number > 1;
        return this;
    }

    /** Says that the observer was called for the event before, whatever the attempt: as after the death of a node. */
    public FakeDelivery calledBefore() {
        redelivered = true;
        return this;
    }

    /** Says that there is no attempt after this one. */
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
