package dev.postevent;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Operates the durable subscriptions of this application: look, pause, resume, retry, skip. Injectable.
 *
 * <p>All methods work on the consumer's database and may be called on any node. They throw {@link NotFoundException} for an unknown
 * subscription, naming the known ones, and {@link TransientFailureException} where that database is away for a moment.
 *
 * <p>Experimental: what operators need of it grows with the console.
 *
 * @since 0.1.0
 */
@Experimental
public interface Subscriptions {

    /** One entry per subscription, by name. */
    List<Status> status();

    /** Held events of a subscription (waiting, behind, parked) in position order, at most {@code limit} (1 to 10,000). */
    List<HeldEvent> held(String subscription, int limit);

    /**
     * Gives a parked event a new set of attempts, beginning now. Its subject stays held until the event is handled.
     *
     * @throws NotHeldException if the subscription does not hold the event, or it is not parked
     */
    void retry(String subscription, long position);

    /**
     * Gives up a parked or waiting event for good: it counts as handled, and its subject goes on.
     *
     * @throws NotHeldException if the subscription does not hold the event, or only behind another one
     */
    void skip(String subscription, long position);

    /** Stops handing events to the subscription, on all nodes, until {@link #resume}. Survives restarts. */
    void pause(String subscription);

    /** Ends a {@link #pause}. */
    void resume(String subscription);

    /** Why is this subscription where it is? One sentence for a person. */
    String explain(String subscription);

    /** The state of everything on this node: feeds, topics, subscriptions, faults. Asks the databases, briefly. */
    StatusReport report();

    /**
     * Where a subscription is.
     *
     * @param name the subscription's name
     * @param topic the topic's name in this application
     * @param handled everything at or below this position is handled, held or parked
     * @param lag events in the inbox, at or below the mark, not yet handled; an upper bound, as positions sealed as void count
     * @param lagSeconds age of the oldest stored and not yet handled event in seconds, 0 if there is none
     * @param waiting events waiting for their next attempt
     * @param behind events held only because an earlier one of their subject waits or is parked
     * @param parked events that gave up and wait for a person
     * @param paused whether an operator paused it
     * @param owners how many of its lanes each node has at work, by the node's name; lanes of a node that died are missing until
     *     another takes them
     */
    record Status(
            String name,
            String topic,
            long handled,
            long lag,
            double lagSeconds,
            long waiting,
            long behind,
            long parked,
            boolean paused,
            Map<String, Integer> owners) {

        /** Copies the map. */
        public Status {
            owners = Map.copyOf(owners);
        }

        /** Events that are not handled and out of the lanes' way: waiting, behind and parked. */
        public long held() {
            return waiting + behind + parked;
        }
    }

    /**
     * An event a subscription could not handle, or one behind it.
     *
     * @param position the event's place in the topic
     * @param eventId the CloudEvents {@code id}
     * @param subject the CloudEvents {@code subject}
     * @param state where it stands
     * @param attempts tries counted so far
     * @param nextAttempt when the next try is due; null unless waiting
     * @param cause class and message of the last failure; null for an event that is only behind
     */
    record HeldEvent(
            long position,
            String eventId,
            @Nullable String subject,
            State state,
            int attempts,
            @Nullable Instant nextAttempt,
            @Nullable String cause) {

        /** The states of a held event. */
        public enum State {
            /** Failed, the next attempt is due at a known time. */
            WAITING,
            /** An earlier event of its subject waits or is parked. */
            BEHIND,
            /** Gave up after the last attempt, waits for retry or skip. */
            PARKED
        }
    }
}
