package dev.postevent;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Names the durable subscription that an {@code @Observes @Topic} method is. A method without it is a fault at deployment: the name
 * is the key of the progress kept in the database, and must not change when the method is renamed.
 *
 * <pre>{@code
 * @Subscription("shipping")
 * void ship(@Observes @Topic("orders") OrderPlaced order) { ... }
 * }</pre>
 *
 * <p>The method is called in a JTA transaction that postevent has begun, which may hold other events as well, one event after the
 * other for each subject, on threads of the server's; different subjects run side by side. What it throws rolls its effects back:
 * the event is tried again, about once a minute, for a day unless configured otherwise ({@code
 * postevent.subscriptions.<name>.give-up-after}, {@code .attempts-max}, {@code .on-failure}), then parked, and only its subject waits.
 * {@link ParkNowException} and {@link RetryLaterException} say it more exactly. To mark the transaction for rollback is to fail, too.
 *
 * <p>A failure rolls back what the transaction did for the events before it as well, and for these the observer is called again: {@link
 * Delivery#redelivered} says so, and what was done outside of the transaction (a mail) is done twice where it is not asked. With {@code
 * postevent.subscriptions.<name>.batch-max=1} each event has a transaction of its own. {@code @Transactional} at the method changes
 * nothing as long as it joins the transaction that is there ({@code REQUIRED}, {@code MANDATORY}, {@code SUPPORTS}).
 *
 * <p>The event parameter may be a {@code List} of what it could be alone: the method is called once with what there is, up to {@code
 * postevent.subscriptions.<name>.batch-max}, events of different subjects among it, each subject in order. If it fails, nothing of it stays, and its
 * events come again in lists of one; the one that fails alone is held, as any other that fails, and the rest is handled.
 *
 * <pre>{@code
 * @Subscription("search-index")
 * void index(@Observes @Topic("orders") List<OrderPlaced> orders) { ... } // one request for all of them
 * }</pre>
 *
 * @since 0.1.0
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
public @interface Subscription {

    /** The subscription's name, unique in the application: {@code ^[A-Za-z][A-Za-z0-9_.-]{0,199}$}. */
    String value();

    /**
     * True: the application knows that the observer works outside of the transaction it is called in, the one that counts the event
     * as handled, and that its effects are there at least once and not exactly once: whatever fails between its own commit and that
     * one has it called again.
     *
     * <pre>{@code
     * @Subscription(value = "invoices", atLeastOnce = true)
     * @Transactional(REQUIRES_NEW)
     * public void print(@Observes @Topic("orders") CloudEvent event) { ... } // does the same thing twice without harm
     * }</pre>
     *
     * <p>Without it, {@code @Transactional(REQUIRES_NEW)} or {@code NOT_SUPPORTED}, the same attributes of an EJB, and an EJB that
     * manages its transactions itself are faults at deployment. It changes nothing else.
     */
    boolean atLeastOnce() default false;

    /**
     * Where the subscription begins when it is registered for the first time, which is when the first node starts with it. It counts
     * then and never again: where a subscription is there already it goes on, whatever this is changed to. The key {@code
     * postevent.subscriptions.<name>.start} comes before it, and can say more: a position, or a time.
     *
     * <pre>{@code
     * @Subscription(value = "welcome-mail", start = NOW) // and not a mail to everybody of the last two years
     * void welcome(@Observes @Topic("customers") CustomerRegistered customer) { ... }
     * }</pre>
     */
    Start start() default Start.BEGINNING;

    /**
     * Where a subscription begins. May gain constants.
     *
     * @since 0.1.0
     */
    enum Start {
        /** With the whole history, then what comes. */
        BEGINNING,

        /**
         * With what comes, without history.
         *
         * <p>When the subscription is registered for the first time, its topic's source is asked for the greatest position with nothing
         * to come at or below it: each position there holds an event that was committed, or never will. That position is kept, and
         * everything above it is handed over. So an event whose transaction commits after the registration is always handed over, be
         * its position smaller than others that were committed before. An event that was committed before the source was asked is
         * handed over only if a transaction that had drawn a smaller position was still open, for longer than {@code
         * postevent.catchup.settle-wait}, or hung prepared: what stands above such a one nobody was given yet.
         */
        NOW
    }
}
