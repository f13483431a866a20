package dev.postevent;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Operates the durable subscriptions of this application: look, pause, resume, retry, skip. Injectable.
 *
 * <pre>{@code
 * @Inject Subscriptions subscriptions;
 *
 * void retryAll(String name) {
 *     for (HeldEvent event : subscriptions.held(name, 1_000)) {
 *         if (event.state() == HeldEvent.State.PARKED) {
 *             subscriptions.retry(name, event.position());
 *         }
 *     }
 * }
 * }</pre>
 *
 * <p>All methods work on the consumer's database and may be called on any node, by many threads at once. They block as long as the
 * database takes. Call them on a thread that has no transaction: each is a transaction of its own, and a change is there for all nodes
 * when the call returns.
 *
 * <p>Experimental: what operators need of it grows with the console.
 *
 * @since 0.1.0
 */
@Experimental
public interface Subscriptions {

    /**
     * One entry per subscription, by name.
     *
     * <pre>{@code
     * long parked = subscriptions.status().stream().mapToLong(Status::parked).sum();
     * }</pre>
     *
     * @throws TransientFailureException if the database is away for a moment
     * @throws PosteventException if postevent has not started yet (PSTEV20016), or the database refuses (PSTEV34004)
     */
    List<Status> status();

    /**
     * Held events of a subscription (waiting, behind, parked) in position order.
     *
     * <pre>{@code
     * subscriptions.held("billing", 20).forEach(event -> page.add(event.position(), event.cause().orElse("")));
     * }</pre>
     *
     * @param limit at most so many, 1 to 10,000
     * @throws NotFoundException if there is no such subscription; the message has those that there are
     * @throws IllegalArgumentException if {@code limit} is out of its bounds
     * @throws TransientFailureException if the database is away for a moment
     * @throws PosteventException if postevent has not started yet (PSTEV20016), or the database refuses (PSTEV34004)
     */
    List<HeldEvent> held(String subscription, int limit);

    /**
     * Gives a parked event all its attempts again, and the whole time until it is given up ({@code give-up-after}); the next attempt
     * follows at once, on the node that has its lane, or after {@link #resume} while the subscription is paused. Its subject stays held
     * until the event is handled. One that waits for its next attempt needs none of this, and cannot be hurried.
     *
     * <pre>{@code
     * subscriptions.retry("billing", 4711);
     * }</pre>
     *
     * @param position of the event, as {@link #held} tells it
     * @throws NotFoundException if there is no such subscription; the message has those that there are
     * @throws NotHeldException if the subscription does not hold the event, or it is not parked
     * @throws TransientFailureException if the database is away for a moment
     * @throws PosteventException if postevent has not started yet (PSTEV20016), the database refuses (PSTEV34004), or the calling thread
     *     has a transaction (PSTEV34006)
     */
    void retry(String subscription, long position);

    /**
     * Gives up a parked or waiting event for good: it counts as handled, and its subject goes on.
     *
     * <pre>{@code
     * subscriptions.skip("billing", 4711);
     * }</pre>
     *
     * @param position of the event, as {@link #held} tells it
     * @throws NotFoundException if there is no such subscription; the message has those that there are
     * @throws NotHeldException if the subscription does not hold the event, or only behind another one
     * @throws TransientFailureException if the database is away for a moment
     * @throws PosteventException if postevent has not started yet (PSTEV20016), the database refuses (PSTEV34004), or the calling thread
     *     has a transaction (PSTEV34006)
     */
    void skip(String subscription, long position);

    /**
     * Stops handing events to the subscription, held ones too, on all nodes, until {@link #resume}; does nothing if it is paused.
     * Survives restarts. What is under way is finished, and this node begins nothing more once this returns; other nodes notice within
     * the lease time ({@code postevent.lease}).
     *
     * <pre>{@code
     * subscriptions.pause("billing"); // before the maintenance of what it calls
     * }</pre>
     *
     * @throws NotFoundException if there is no such subscription; the message has those that there are
     * @throws TransientFailureException if the database is away for a moment
     * @throws PosteventException if it starts with {@link Subscription.Start#NOW} and where that is, is not known yet (PSTEV34007), if postevent has not started yet
     *     (PSTEV20016), the database refuses (PSTEV34004), or the calling thread has a transaction (PSTEV34006)
     */
    void pause(String subscription);

    /**
     * Ends a {@link #pause}; does nothing if there is none.
     *
     * <pre>{@code
     * subscriptions.resume("billing");
     * }</pre>
     *
     * @throws NotFoundException if there is no such subscription; the message has those that there are
     * @throws TransientFailureException if the database is away for a moment
     * @throws PosteventException if postevent has not started yet (PSTEV20016), the database refuses (PSTEV34004), or the calling thread
     *     has a transaction (PSTEV34006)
     */
    void resume(String subscription);

    /**
     * Why is this subscription where it is? One sentence for a person.
     *
     * <pre>{@code
     * page.show(subscriptions.explain("billing"));
     * }</pre>
     *
     * @throws NotFoundException if there is no such subscription; the message has those that there are
     * @throws TransientFailureException if the database is away for a moment
     * @throws PosteventException if postevent has not started yet (PSTEV20016), or the database refuses (PSTEV34004)
     */
    String explain(String subscription);

    /**
     * The state of everything on this node: feeds, topics, subscriptions, faults. Asks the databases, briefly. Throws nothing: what
     * cannot be asked is one of the {@link StatusReport#faults}, and so is a start that is not over.
     *
     * <pre>{@code
     * boolean well = subscriptions.report().faults().isEmpty();
     * }</pre>
     */
    StatusReport report();

    /** Where a subscription is. Made by postevent alone: it may gain methods. Immutable. */
    interface Status {

        /** The subscription's name. */
        String name();

        /** The topic's name in this application. */
        String topic();

        /** Everything at or below this position is handled, held or parked. */
        long handled();

        /** Events in the inbox, at or below the mark, not yet handled; an upper bound, as positions sealed as void count. */
        long lag();

        /** Age of the oldest stored and not yet handled event; zero if there is none. */
        Duration lagTime();

        /** Events waiting for their next attempt. */
        long waiting();

        /** Events held only because an earlier one of their subject waits or is parked. */
        long behind();

        /** Events that were given up and wait for a person. */
        long parked();

        /** Whether an operator paused it. */
        boolean paused();

        /**
         * How long ago the first attempt of an event failed that waits for its next one, of several the earliest; zero if there is none.
         */
        Duration failingFor();

        /**
         * How many of its lanes each node has at work, by the node's name; lanes of a node that died are missing until another takes
         * them.
         */
        Map<String, Integer> owners();

        /**
         * Where it began when it was registered, which does not change: {@code beginning}, {@code now (after position 4711)},
         * {@code position 4712} or {@code time 2026-01-01T00:00:00Z}.
         */
        String start();

        /** Events that are not handled and out of the lanes' way: waiting, behind and parked. */
        default long held() {
            return waiting() + behind() + parked();
        }
    }

    /** An event a subscription could not handle, or one behind it. Made by postevent alone: it may gain methods. Immutable. */
    interface HeldEvent {

        /** The event's place in the topic. */
        long position();

        /** The CloudEvents {@code id}; empty if the event is not in the inbox any more. */
        Optional<String> eventId();

        /** The CloudEvents {@code subject}; empty if it has none. */
        Optional<String> subject();

        /** Where it stands. */
        State state();

        /** Tries counted so far. */
        int attempts();

        /** When the next try is due; empty unless waiting. */
        Optional<Instant> nextAttempt();

        /** When the first of the tries failed; empty if none has. */
        Optional<Instant> failingSince();

        /**
         * When it will have failed for as long as it may ({@code give-up-after}), if it is tried in time until then; empty unless waiting,
         * and where no time is set.
         */
        Optional<Instant> givesUp();

        /** Class and message of the last failure; empty for an event that is only behind. */
        Optional<String> cause();

        /** The states of a held event. May gain constants: a {@code switch} over them needs a {@code default}. */
        enum State {
            /** Failed, the next attempt is due at a known time. */
            WAITING,
            /** An earlier event of its subject waits or is parked. */
            BEHIND,
            /** Given up after the last attempt, waits for retry or skip. */
            PARKED
        }
    }
}
