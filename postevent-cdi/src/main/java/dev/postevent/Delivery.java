package dev.postevent;

import io.cloudevents.CloudEvent;

/**
 * What an observer may want to know about the delivery under way: a parameter of an {@code @Topic} observer, or injected.
 *
 * <pre>{@code
 * @Subscription("shipping")
 * void ship(@Observes @Topic("orders") OrderPlaced order, Delivery delivery) {
 *     String id = delivery.event().getId();
 *     ...
 * }
 * }</pre>
 *
 * <p>It is there while the observer runs, on the thread it was called on: anywhere else its methods throw {@link
 * IllegalStateException}. So they do for an observer that takes a {@code List}, as a delivery is of one event.
 *
 * @since 0.1.0
 */
public interface Delivery {

    /**
     * The event, whatever the observer's parameter makes of it.
     *
     * <pre>{@code
     * Object tenant = delivery.event().getExtension("tenant");
     * }</pre>
     *
     * @throws IllegalStateException anywhere but on the thread of a call, or where the observer takes a {@code List}
     */
    CloudEvent event();

    /**
     * The topic's name in this application.
     *
     * <pre>{@code
     * log.info("from " + delivery.topic() + ", position " + delivery.position());
     * }</pre>
     *
     * @throws IllegalStateException anywhere but on the thread of a call, or where the observer takes a {@code List}
     */
    String topic();

    /**
     * The event's place in the topic, at least 1: with {@link #topic} a key that no other event has, whatever its publisher called it.
     *
     * <pre>{@code
     * sent.remember(delivery.topic(), delivery.position());
     * }</pre>
     *
     * @throws IllegalStateException anywhere but on the thread of a call, or where the observer takes a {@code List}
     */
    long position();

    /**
     * The subscription's name; of a live observer, its class and method.
     *
     * <pre>{@code
     * timer(delivery.subscription()).start();
     * }</pre>
     *
     * @throws IllegalStateException anywhere but on the thread of a call, or where the observer takes a {@code List}
     */
    String subscription();

    /**
     * 1, and one more for each attempt that failed or was lost with its node; 1 again after an operator's retry. A
     * transient failure does not count: see {@link #redelivered}.
     *
     * <pre>{@code
     * Duration patience = delivery.attempt() == 1 ? SHORT : LONG;
     * }</pre>
     *
     * @throws IllegalStateException anywhere but on the thread of a call, or where the observer takes a {@code List}
     */
    int attempt();

    /**
     * True if the observer was called for this event before; what it wrote through the transaction is gone, what it did elsewhere
     * is not. After a node vanished it is true, too, for the next events of its lanes, at most one batch each, of those that
     * were there by then: nobody can know whether it was called for them.
     *
     * <pre>{@code
     * if (!delivery.redelivered() || !mails.wasSent(order.id())) {
     *     mails.send(order);
     * }
     * }</pre>
     *
     * @throws IllegalStateException anywhere but on the thread of a call, or where the observer takes a {@code List}
     */
    boolean redelivered();

    /**
     * True if this one is the last that the configuration allows ({@code attempts-max}, or {@code give-up-after} as this attempt began):
     * where it fails, the event is parked, unless the failure was transient and does not count (see {@link #attempt}), or by
     * others of its transaction. Of a live observer always, of a subscription with {@code on-failure=block} never. {@link
     * ParkNowException} makes any attempt the last.
     *
     * <pre>{@code
     * catch (Unreachable e) {
     *     if (delivery.lastAttempt()) {
     *         people.tell("order " + order.id() + " is going to be parked", e);
     *     }
     *     throw e;
     * }
     * }</pre>
     *
     * @throws IllegalStateException anywhere but on the thread of a call, or where the observer takes a {@code List}
     */
    boolean lastAttempt();
}
