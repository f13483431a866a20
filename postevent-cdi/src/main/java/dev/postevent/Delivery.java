package dev.postevent;

/**
 * What an observer may want to know about the delivery under way: a parameter of an {@code @Topic} observer, or injected.
 *
 * <pre>{@code
 * @Subscription("shipping")
 * void ship(@Observes @Topic("orders") CloudEvent event, Delivery delivery) { ... }
 * }</pre>
 */
public interface Delivery {

    /** The topic's name in this application. */
    String topic();

    /** The event's place in the topic, at least 1. */
    long position();

    /** The subscription's name; of a live observer, its class and method. */
    String subscription();

    /** 1 for the first try of this event by this subscription. */
    int attempt();

    /** True if this event may have been handed to the observer before (a further attempt, or after a crash). */
    boolean again();
}
