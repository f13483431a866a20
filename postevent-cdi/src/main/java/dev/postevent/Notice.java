package dev.postevent;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Something that happened to postevent on this node and that an application may want to react to: page a person, close a screen,
 * count. Each kind is a CDI event of its own; who observes {@code Notice} gets all.
 *
 * <pre>{@code
 * @ApplicationScoped
 * public class Pager {
 *     void parked(@Observes Notice.EventParked parked) {
 *         page("order event " + parked.position() + " is parked: " + parked.cause());
 *     }
 *
 *     void any(@Observes Notice notice) {
 *         log.info(notice.toString());
 *     }
 * }
 * }</pre>
 *
 * <p><b>When.</b> After the commit of what it tells, never for something that was rolled back; a moment later, in the order in which
 * things happened on the node. Each at most once on a node: a notice is not stored, so one whose node dies in that moment is told by
 * nobody. What must not be missed is in the tables: ask {@link Subscriptions}.
 *
 * <p><b>Where.</b> On the node where it happened, which each kind says. The other nodes are not told.
 *
 * <p><b>How.</b> One after the other, on one thread of the server's thread factory that does nothing else. No transaction and no
 * request context is active: put {@code @Transactional} or {@code @ActivateRequestContext} at the observer where it needs one. What an
 * observer throws is logged with the notice, once per cause, and the other observers are called all the same. An observer that takes
 * long makes the notices after it wait, and nothing else: 1000 may wait, and while so many do the newest is dropped, which a WARNING
 * says. At the stop of the application what still waits is told, as far as the time for the stop goes.
 *
 * <p><b>Who.</b> An observer with {@code @Observes} whose parameter is {@code Notice} or one of its kinds, without qualifiers. One with
 * {@code @ObservesAsync}, in a bean of a scope that is not active there, or that takes {@code EventMetadata} would not work, and is a
 * fault at deployment. Where nobody observes a kind, nothing is done for it.
 *
 * <p>Made by postevent alone: there may be more kinds, and a kind may gain methods. Two notices that say the same are equal. Immutable.
 *
 * <p>Experimental: what applications react to is learned with them.
 *
 * @since 0.1.0
 */
@Experimental
public interface Notice {

    /**
     * An event was given up by a subscription: after its last attempt, because its observer threw {@link ParkNowException}, because it
     * failed for longer than it may, because nodes were lost while they handled it, or because it is not in the inbox any more. It waits
     * for {@link Subscriptions#retry} or {@link Subscriptions#skip}, and so do later events of its subject.
     *
     * <pre>{@code
     * void page(@Observes Notice.EventParked parked) {
     *     pager.send(parked.subscription() + " parked " + parked.position() + ": " + parked.cause());
     * }
     * }</pre>
     *
     * <p>Each time an event is parked, so again where it is retried and fails for good; on the node that tried it last. Where a failing
     * event stops its lane ({@code on-failure=block}), it is tried for ever and not parked.
     */
    interface EventParked extends Notice {

        /** The subscription whose observer it was. */
        String subscription();

        /** The topic of the event. */
        String topic();

        /** Where the event is in its topic; with the subscription it says what to retry or skip. */
        long position();

        /** The subject of the event; empty: it has none, and no other event waits for it. */
        Optional<String> subject();

        /** The CloudEvents id; empty where the event was not read again, as where its node was lost. */
        Optional<String> eventId();

        /** How many attempts failed, at least 0. */
        int attempts();

        /** What the last attempt failed of: class and message, as in {@link Subscriptions.HeldEvent#cause}. */
        String cause();
    }

    /**
     * An event that was parked is not held any more, so the next event of its subject is handed out. It is the end of an {@link
     * EventParked} of the same subscription and position.
     *
     * <p>Once for each such event; where it was {@link By#HANDLED}, on the node that handled it, else on the node where the operator's
     * call was made. Not told where an event was retried and its lane went to another node, or its node was started anew, before it
     * was handled: the node that handles it then does not know that it was parked.
     */
    interface EventResumed extends Notice {

        /** The subscription whose event it was. */
        String subscription();

        /** The topic of the event. */
        String topic();

        /** Where the event is in its topic. */
        long position();

        /** The subject of the event; empty: it has none. */
        Optional<String> subject();

        /** How it ended. */
        By by();

        /** How an event that was parked is not held any more. May gain constants: a {@code switch} needs a {@code default}. */
        enum By {
            /** An operator retried it, and its observer returned. */
            HANDLED,
            /** An operator skipped it: {@link Subscriptions#skip} or {@link Subscriptions#skipAll}. */
            SKIPPED,
            /** A replay began, which drops it from what is held: {@link Subscriptions#replay}. */
            REPLAYED
        }
    }

    /**
     * A feed of this node has brought nothing for more than 30 seconds, which is when health says so, too. Nothing is lost: catch-up
     * brings the events, later than the feed would.
     *
     * <p>Once until it is {@linkplain FeedUp up} again; on each node whose feed is down. A node that waits because another one streams is
     * not down.
     */
    interface FeedDown extends Notice {

        /** {@link StatusReport#LOCAL}, or the remote topic that it brings. */
        String feed();

        /** What implements it: {@code debezium}, {@code jdbc}, {@code grpc}. */
        String engine();

        /** When it brought something last, or tried to begin. */
        Instant since();

        /** What it failed of; empty: it does not say. */
        Optional<String> detail();
    }

    /**
     * A feed that was {@linkplain FeedDown down} brings events again, or another node streams by now. Once for each {@code FeedDown}, on
     * the same node.
     */
    interface FeedUp extends Notice {

        /** {@link StatusReport#LOCAL}, or the remote topic that it brings. */
        String feed();

        /** What implements it: {@code debezium}, {@code jdbc}, {@code grpc}. */
        String engine();

        /** As {@link FeedDown#since} said. */
        Instant downSince();
    }

    /**
     * A transaction at the source holds a position open for longer than {@code postevent.catchup.gap-limit}: nothing of the topic
     * beyond it is handed on before that transaction ends. Health says so, too.
     *
     * <pre>{@code
     * void wakeTheAdministrator(@Observes Notice.GapBlocked gap) {
     *     pager.send("topic " + gap.topic() + " waits at " + gap.position() + " for " + gap.blocker());
     * }
     * }</pre>
     *
     * <p>Once for each gap; on every node with a durable observer of the topic, as each looks for itself.
     */
    interface GapBlocked extends Notice {

        /** The topic that waits. */
        String topic();

        /** The position that is missing. */
        long position();

        /** Who holds it open: a session or a prepared transaction, in words. */
        String blocker();

        /** How long that has lasted. */
        Duration blockedFor();
    }

    /**
     * The gap of a {@link GapBlocked} is closed: its transaction has ended, and the topic goes on. Once for each {@code GapBlocked}, on the
     * same node.
     */
    interface GapUnblocked extends Notice {

        /** The topic that goes on. */
        String topic();

        /** The position that was missing; it holds an event now, or is void. */
        long position();

        /** How long the gap was open. */
        Duration blockedFor();
    }

    /**
     * A node gave no sign of life for as long as its lease and gave nothing back, so its lanes were taken over: it died, was cut off from
     * the database, or stood still. Events that it was handling are handled again.
     *
     * <p>On each node that takes some of its lanes over, once for each subscription and time. The node may be this one: a former life of
     * it, which was not stopped in order.
     */
    interface NodeLost extends Notice {

        /** The subscription whose lanes it had. */
        String subscription();

        /** Its name. */
        String node();

        /** The lanes that this node took over from it, in order; other nodes may have taken the others. */
        List<Integer> lanes();
    }
}
