package dev.postevent;

import io.cloudevents.CloudEvent;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Publishes events to one topic as part of the caller's JTA transaction: the events exist if and only if that transaction
 * commits.
 *
 * <pre>{@code
 * @Inject @Topic("orders") EventPublisher orders;
 *
 * @Transactional
 * public void place(Order order) {
 *     entityManager.persist(order);
 *     orders.publish(new OrderPlaced(order.id(), order.customer()));  // type and subject by the annotations of its class
 *     orders.publish("order.placed", order.customer(), order);        // or said here
 *     orders.event("order.placed").subject(order.customer()).extension("tenant", "north").data(order).publish();
 * }
 * }</pre>
 *
 * <p>{@code publish} checks its input at once and writes right before the commit, in one statement per topic and transaction,
 * so that positions are drawn late and gaps live for milliseconds; of a transaction that publishes more than {@code
 * postevent.publish.pending-size-max}, in several. {@code publishNow} and {@code publishAllNow} write at once and tell the
 * positions. A rollback to a savepoint takes back what they wrote since, as it does with any row; what {@code publish} has taken
 * it does not take back: that is published if the transaction commits. Data is copied: a buffer may be filled anew after the call.
 *
 * <p>Every method that publishes throws {@link InvalidEventException} for an event that breaks a rule of CloudEvents 1.0 or the size limit and
 * {@link NoTransactionException} where the calling thread has no usable transaction. Neither exception marks the caller's
 * transaction for rollback; nothing of the refused call is published. {@link NotFoundException} says that there is no such topic.
 *
 * <p>What the database answers marks the transaction for rollback. {@link DuplicateEventException}: that source and id are in the
 * topic already, do not try again. {@link PosteventException#isTransient()}: run the transaction again. It comes where the database is
 * asked. That is the call, of {@code publishNow} and {@code publishAllNow}; and of {@code publish}, too, where that has to take a
 * connection or to write already. What {@code publish} writes before the commit fails the commit: whoever commits gets the
 * transaction manager's exception (a {@code RollbackException}, in EJBs one of theirs), with ours among its causes or suppressed
 * ones, where the server keeps it. Instances are safe for use by many threads.
 *
 * @since 0.1.0
 */
public interface EventPublisher {

    /**
     * Publishes {@code event} when the current transaction commits.
     *
     * @return the event as it is published; its position is there once it is written
     * @throws InvalidEventException if the event breaks a rule; the message names the rule
     * @throws NoTransactionException if there is no active transaction and {@code postevent.publish.without-transaction} does
     *     not allow one per publish
     * @throws NotFoundException if there is no such topic in this application; the message has those that there are
     * @throws DuplicateEventException where it writes at once, as at {@link #publishNow(CloudEvent)}
     * @throws TransientFailureException where it writes or takes a connection at once, as there
     */
    Publication publish(CloudEvent event);

    /**
     * Publishes an event made of {@code payload}, whose class has {@link EventType} and, where events have a subject, {@link Subject}:
     * as {@code Event.fire} does with such an object.
     *
     * @param payload the data, made JSON through JSON-B; null, a {@code CloudEvent} and an {@link EventBuilder} are refused
     * @return the event as it is published; its position is there once it is written
     * @throws InvalidEventException also if its class does not say its type, or two things, or JSON-B cannot write it
     * @throws NoTransactionException as at {@link #publish(CloudEvent)}
     * @throws NotFoundException as there
     */
    Publication publish(Object payload);

    /**
     * Publishes an event made of {@code payload}: JSON through JSON-B, {@code id} a random UUID, {@code source} from {@code
     * postevent.source}, {@code time} now. {@link EventType} and {@link Subject} of the payload's class are not looked at.
     *
     * @param type the CloudEvents {@code type}, not empty
     * @param subject the CloudEvents {@code subject}, which is the ordering key; null for an unordered event
     * @param payload the data; null for an event without data, {@code byte[]} is taken as it is, a {@code CloudEvent} is refused
     * @return the event as it is published; its position is there once it is written
     * @throws InvalidEventException also if JSON-B cannot write the payload
     * @throws NoTransactionException as at {@link #publish(CloudEvent)}
     * @throws NotFoundException as there
     */
    Publication publish(String type, @Nullable String subject, @Nullable Object payload);

    /**
     * Begins the event that {@link #publish(Object)} makes of {@code payload}, to say more of it.
     *
     * @throws InvalidEventException as there
     */
    EventBuilder event(Object payload);

    /**
     * Begins an event of {@code type} that needs more than subject and data; it is published by the last call of the chain, and checked
     * there: this one throws nothing.
     *
     * <pre>{@code
     * orders.event("order.placed").subject(order.customer()).time(order.placedAt()).data(order).publish();
     * }</pre>
     *
     * @param type the CloudEvents {@code type}, not empty
     */
    EventBuilder event(String type);

    /**
     * Publishes all of {@code events} or, if one of them is refused, none.
     *
     * @return in their order
     * @throws InvalidEventException if one of them breaks a rule; the message says which one
     * @throws NoTransactionException as at {@link #publish(CloudEvent)}
     * @throws NotFoundException as there
     */
    List<Publication> publishAll(Iterable<? extends CloudEvent> events);

    /**
     * Writes {@code event} at once, still in the current transaction.
     *
     * <p>The subject stays locked for other publishers until the transaction ends, and the position is a gap for every consumer
     * until then: for short transactions only.
     *
     * @return the event as it is published, and its position, which counts only if the transaction commits
     * @throws InvalidEventException if the event breaks a rule
     * @throws NoTransactionException as at {@link #publish(CloudEvent)}
     * @throws NotFoundException as there
     * @throws DuplicateEventException if the topic has an event of that source and id
     * @throws TransientFailureException if the transaction has to be run again, as another one publishes to the subject for longer
     *     than {@code postevent.publish.lock-timeout}, or the database is away
     */
    Publication publishNow(CloudEvent event);

    /**
     * Writes all of {@code events} at once, still in the current transaction, or, if one of them is refused, none.
     *
     * <pre>{@code
     * List<Publication> written = orders.publishAllNow(batch); // written.get(i).position() is where batch[i] stands
     * }</pre>
     *
     * <p>The subjects are locked together, in an order that is the same for everybody. Calls of {@link #publishNow(CloudEvent)} one
     * after the other lock in the order of the calls: two transactions that have the same subjects in opposite order can deadlock
     * then, and the database ends one of them.
     *
     * @return in the order of the events, which is that of their positions; they count only if the transaction commits
     * @throws InvalidEventException if one of them breaks a rule; the message says which one
     * @throws NoTransactionException as at {@link #publish(CloudEvent)}
     * @throws NotFoundException as there
     * @throws DuplicateEventException as at {@link #publishNow(CloudEvent)}
     * @throws TransientFailureException as there
     */
    List<Publication> publishAllNow(Iterable<? extends CloudEvent> events);

    /**
     * As {@link #publishNow(CloudEvent)}, for an event made as in {@link #publish(String, String, Object)}.
     *
     * @throws InvalidEventException as in both
     * @throws NoTransactionException as in both
     * @throws NotFoundException as in both
     * @throws DuplicateEventException as at {@link #publishNow(CloudEvent)}
     * @throws TransientFailureException as there
     */
    Publication publishNow(String type, @Nullable String subject, @Nullable Object payload);
}
