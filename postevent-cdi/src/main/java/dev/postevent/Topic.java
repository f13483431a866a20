package dev.postevent;

import jakarta.enterprise.util.AnnotationLiteral;
import jakarta.enterprise.util.Nonbinding;
import jakarta.inject.Qualifier;
import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Names the topic an {@link EventPublisher} or a CDI {@code Event} publishes to, or an observer receives from.
 *
 * <pre>{@code
 * @Inject @Topic("orders") EventPublisher orders;
 *
 * @Transactional
 * public void place(Order order) {
 *     orders.publish("order.placed", order.customer(), order);
 * }
 *
 * @Subscription("shipping")
 * void ship(@Observes @Topic("orders") OrderPlaced order) { ... }
 * }</pre>
 *
 * <p>To be named here is all that a topic needs (see {@link dev.postevent}). The parameter of an observer is a {@code CloudEvent}, its
 * data as {@code byte[]} or as a {@code JsonValue} or {@code JsonObject} of JSON-P, or a class with {@link EventType} that JSON-B makes of
 * it; of a durable observer also a {@code List} of one of these; {@code @EventType} at the parameter selects. An event without the data
 * that the parameter needs, or with data that JSON-B cannot read, is parked at once ({@link ParkNowException}).
 *
 * <ul>
 *   <li>{@code @Inject @Topic("orders") EventPublisher} publishes in the caller's transaction.
 *   <li>{@code @Inject @Topic("orders") Event<OrderPlaced>}: {@code fire} publishes, too.
 *   <li>{@code @Inject @Topic("orders") Provider<EventPublisher>}, or {@code Instance}, gives either of them when it is needed.
 *   <li>{@code @Observes @Topic("orders")} is a durable {@link Subscription}: every event, in order per subject, each with an
 *       effect exactly once.
 *       It is called in a JTA transaction that postevent begins, on a thread of the server's, and what it does in the data source of
 *       the inbox is committed with the event's being handled. It may be called by several threads at once, for different subjects.
 *   <li>{@code @Live} with {@code @ObservesAsync @Topic("orders")} is a live observer: best effort, from now on, nothing remembered.
 *       On a node whose feed does not stream (with Debezium all nodes of an application but one) it gets nothing. See {@link Live}.
 * </ul>
 *
 * @since 0.1.0
 */
@Qualifier
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.FIELD, ElementType.PARAMETER, ElementType.METHOD, ElementType.TYPE})
public @interface Topic {

    /**
     * The topic's name in this application: {@code ^[a-z][a-z0-9_]{0,47}$}.
     *
     * <p>Not binding, because postevent and not the container routes by it: so an event fired at a topic that does not exist is
     * an error and not an event that nobody observes.
     */
    @Nonbinding
    String value();

    /** Makes {@code @Topic} for programmatic look-up. */
    @SuppressWarnings("ClassExplicitlyAnnotation") // the way CDI literals are made
    final class Literal extends AnnotationLiteral<Topic> implements Topic {
        private static final long serialVersionUID = 1L;
        private final String value;

        private Literal(String value) {
            this.value = value;
        }

        /**
         * Returns {@code @Topic(value)}.
         *
         * <pre>{@code
         * EventPublisher orders = CDI.current().select(EventPublisher.class, Topic.Literal.of("orders")).get();
         * }</pre>
         */
        public static Literal of(String value) {
            return new Literal(value);
        }

        @Override
        public String value() {
            return value;
        }
    }
}
