package dev.postevent;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

// Longer than most: two thirds of it is Javadoc, and what operators may do is to be found in one place.
/**
 * Operates the durable subscriptions of this application: look, wait, pause, resume, retry, skip, replay; and finds events of its topics.
 * Injectable.
 *
 * <pre>{@code
 * @Inject Subscriptions subscriptions;
 *
 * long retryAll(String name, Principal who) {
 *     return subscriptions.retryAll(HeldFilter.of(name), Operator.of(who.getName(), "the ledger is up again"));
 * }
 * }</pre>
 *
 * <p>All methods work on the consumer's database, but those that look for events of this application's own topics, which work on the
 * publisher's. They may be called on any node, by many threads at once, and block as long as the database takes. Call them on a thread that has no transaction: each is a transaction of its own, and a change is there for all nodes
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
     * One of them.
     *
     * <pre>{@code
     * boolean behind = subscriptions.status("billing").lag() > 1_000;
     * }</pre>
     *
     * @throws NotFoundException if there is no such subscription; the message has those that there are
     * @throws TransientFailureException if the database is away for a moment
     * @throws PosteventException if postevent has not started yet (PSTEV20016), or the database refuses (PSTEV34004)
     */
    Status status(String subscription);

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
     * Held events that match, in position order; the next page begins after the last position of this one.
     *
     * <pre>{@code
     * List<HeldEvent> page = subscriptions.held(HeldFilter.of("billing").subject("customer-7"), 0, 100);
     * }</pre>
     *
     * @param after only those at a greater position; 0: from the first on
     * @param limit at most so many, 1 to 10,000
     * @throws NotFoundException if there is no such subscription; the message has those that there are
     * @throws IllegalArgumentException if {@code after} or {@code limit} is out of its bounds
     * @throws TransientFailureException if the database is away for a moment
     * @throws PosteventException if postevent has not started yet (PSTEV20016), or the database refuses (PSTEV34004)
     */
    List<HeldEvent> held(HeldFilter filter, long after, int limit);

    /**
     * What the attempts of a held event failed of, the newest first: at most 20, the first one and the newest of those after it. They are
     * kept for as long as the event is held; once it is handled or skipped they are gone.
     *
     * <pre>{@code
     * for (Attempt attempt : subscriptions.attempts("billing", 4711)) {
     *     page.add(attempt.at(), attempt.node(), attempt.cause(), attempt.stack().orElse(""));
     * }
     * }</pre>
     *
     * @param position of the event, as {@link #held} tells it, at least 1
     * @return none if the subscription does not hold the event, or only behind another one; and of attempts before 0.1.0
     * @throws NotFoundException if there is no such subscription; the message has those that there are
     * @throws IllegalArgumentException if {@code position} is out of its bounds
     * @throws TransientFailureException if the database is away for a moment
     * @throws PosteventException if postevent has not started yet (PSTEV20016), or the database refuses (PSTEV34004)
     */
    List<Attempt> attempts(String subscription, long position);

    /**
     * Events of a topic that match, the newest first, without their data: those of this application's own topics where they were
     * published, those of a remote topic as far as the inbox has them. Each call looks at a bounded number of positions; {@link
     * EventPage#next} says where to go on, and may say so of a page that has few events or none.
     *
     * <pre>{@code
     * EventFilter placed = EventFilter.of("orders").subject("customer-7").type("order.placed");
     * OptionalLong next = OptionalLong.of(Long.MAX_VALUE);
     * while (next.isPresent() && page.hasRoom()) {
     *     EventPage found = subscriptions.events(placed, next.getAsLong(), 50);
     *     found.events().forEach(page::add);
     *     next = found.next();
     * }
     * }</pre>
     *
     * @param before only those at a smaller position; {@link Long#MAX_VALUE}: from the newest on
     * @param limit at most so many, 1 to 1,000
     * @throws NotFoundException if this application has no such topic (PSTEV34011), or keeps nothing of it (PSTEV34012)
     * @throws IllegalArgumentException if {@code before} or {@code limit} is out of its bounds
     * @throws TransientFailureException if the database is away for a moment
     * @throws PosteventException if postevent has not started yet (PSTEV20016), or the database refuses (PSTEV31040 to PSTEV31042 for a
     *     topic of this application, PSTEV33002 for a remote one), also because it took more than 10 s
     */
    EventPage events(EventFilter filter, long before, int limit);

    /**
     * One event, with its data.
     *
     * <pre>{@code
     * byte[] data = subscriptions.event("orders", 4711).flatMap(StoredEvent::data).orElse(NONE);
     * }</pre>
     *
     * @param position at least 1
     * @return empty if there is no event: nothing was published there, it is void, or removed, or (of a remote topic) not received
     * @throws NotFoundException if this application has no such topic (PSTEV34011), or keeps nothing of it (PSTEV34012)
     * @throws IllegalArgumentException if {@code position} is out of its bounds
     * @throws TransientFailureException if the database is away for a moment
     * @throws PosteventException as {@link #events}
     */
    Optional<StoredEvent> event(String topic, long position);

    /**
     * How many held events match.
     *
     * <pre>{@code
     * long parked = subscriptions.countHeld(HeldFilter.of("billing").states(State.PARKED));
     * }</pre>
     *
     * @throws NotFoundException if there is no such subscription; the message has those that there are
     * @throws TransientFailureException if the database is away for a moment
     * @throws PosteventException if postevent has not started yet (PSTEV20016), or the database refuses (PSTEV34004)
     */
    long countHeld(HeldFilter filter);

    /**
     * Gives a parked event all its attempts again, and the whole time until it is given up ({@code give-up-after}); the next attempt
     * follows at once, on the node that has its lane, or after {@link #resume} while the subscription is paused. Its subject stays held
     * until the event is handled. One that waits for its next attempt needs none of this, and cannot be hurried.
     *
     * <pre>{@code
     * subscriptions.retry("billing", 4711, Operator.of("anna", "the ledger is up again"));
     * }</pre>
     *
     * @param position of the event, as {@link #held} tells it
     * @param by who wants it, and why
     * @throws NotFoundException if there is no such subscription; the message has those that there are
     * @throws NotHeldException if the subscription does not hold the event, or it is not parked
     * @throws TransientFailureException if the database is away for a moment
     * @throws PosteventException if postevent has not started yet (PSTEV20016), the database refuses (PSTEV34004), or the calling thread
     *     has a transaction (PSTEV34006)
     */
    void retry(String subscription, long position, Operator by);

    /**
     * Gives up a parked or waiting event for good: it counts as handled, and its subject goes on.
     *
     * <pre>{@code
     * subscriptions.skip("billing", 4711, Operator.of("anna", "a test order"));
     * }</pre>
     *
     * @param position of the event, as {@link #held} tells it
     * @param by who wants it, and why
     * @throws NotFoundException if there is no such subscription; the message has those that there are
     * @throws NotHeldException if the subscription does not hold the event, or only behind another one
     * @throws TransientFailureException if the database is away for a moment
     * @throws PosteventException if postevent has not started yet (PSTEV20016), the database refuses (PSTEV34004), or the calling thread
     *     has a transaction (PSTEV34006)
     */
    void skip(String subscription, long position, Operator by);

    /**
     * Gives all parked events that match new attempts, as {@link #retry} does, 500 in a transaction, in position order; what is parked
     * again meanwhile is left. Where it breaks off, what was done stays done; with a {@linkplain Operator#withKey key}, asking again goes
     * on.
     *
     * <pre>{@code
     * HeldFilter timeouts = HeldFilter.of("billing").causeContaining("timed out");
     * long retried = subscriptions.retryAll(timeouts, Operator.of("anna", "the card provider is up again"));
     * }</pre>
     *
     * @param filter which ones; those that it selects and that are not parked are left as they are
     * @param by who wants it, and why
     * @return how many
     * @throws NotFoundException if there is no such subscription; the message has those that there are
     * @throws TransientFailureException if the database is away for a moment
     * @throws PosteventException if postevent has not started yet (PSTEV20016), the database refuses (PSTEV34004), the calling thread
     *     has a transaction (PSTEV34006), or the key was used for something else (PSTEV34009)
     */
    long retryAll(HeldFilter filter, Operator by);

    /**
     * Gives up all held events that match, for good, 500 in a transaction, in position order. What waits behind an event that was given
     * up, and does not match itself, follows. What is being handled at that moment is left. With all states and a subject it gives up the
     * whole sequence of that subject.
     *
     * <pre>{@code
     * HeldFilter tests = HeldFilter.of("billing").states(State.PARKED).type("test.ping");
     * long skipped = subscriptions.skipAll(tests, Operator.of("anna", "test events of last night"));
     * }</pre>
     *
     * @param filter which ones
     * @param by who wants it, and why
     * @return how many
     * @throws NotFoundException if there is no such subscription; the message has those that there are
     * @throws TransientFailureException if the database is away for a moment
     * @throws PosteventException if postevent has not started yet (PSTEV20016), the database refuses (PSTEV34004), the calling thread
     *     has a transaction (PSTEV34006), or the key was used for something else (PSTEV34009)
     */
    long skipAll(HeldFilter filter, Operator by);

    /**
     * Stops handing events to the subscription, held ones too, on all nodes, until {@link #resume}; does nothing if it is paused.
     * Survives restarts. What is under way is finished, and this node begins nothing more once this returns; other nodes notice within
     * the lease time ({@code postevent.lease}).
     *
     * <pre>{@code
     * subscriptions.pause("billing", Operator.of("anna", "maintenance of the ledger"));
     * }</pre>
     *
     * @param by who wants it, and why
     * @throws NotFoundException if there is no such subscription; the message has those that there are
     * @throws TransientFailureException if the database is away for a moment
     * @throws PosteventException if it starts with {@link Subscription.Start#NOW} and where that is, is not known yet (PSTEV34007), if postevent has not started yet
     *     (PSTEV20016), the database refuses (PSTEV34004), or the calling thread has a transaction (PSTEV34006)
     */
    void pause(String subscription, Operator by);

    /**
     * Ends a {@link #pause}; does nothing if there is none.
     *
     * <pre>{@code
     * subscriptions.resume("billing", Operator.of("anna", "maintenance is over"));
     * }</pre>
     *
     * @param by who wants it, and why
     * @throws NotFoundException if there is no such subscription; the message has those that there are
     * @throws TransientFailureException if the database is away for a moment
     * @throws PosteventException if postevent has not started yet (PSTEV20016), the database refuses (PSTEV34004), or the calling thread
     *     has a transaction (PSTEV34006)
     */
    void resume(String subscription, Operator by);

    /**
     * What {@link #replay} would do, were it called now. Changes nothing.
     *
     * <pre>{@code
     * ReplayPlan plan = subscriptions.planReplay("search-index", ReplayFrom.time(yesterday));
     * page.ask("This handles " + plan.events() + " events again. Go on?");
     * }</pre>
     *
     * @throws NotFoundException if there is no such subscription; the message has those that there are
     * @throws TransientFailureException if the database is away for a moment
     * @throws PosteventException if postevent has not started yet (PSTEV20016), the database refuses (PSTEV34004), or, for
     *     {@link ReplayFrom#now}, the source does not say where that is
     */
    ReplayPlan planReplay(String subscription, ReplayFrom from);

    /**
     * Has a subscription handle its topic anew from some place on, or pass over what lies before one ("reset to now"). From there each
     * event takes effect once more, in order; what its observer has written before stays. It is one transaction, and for all nodes: either
     * all of it is done when the call returns, or nothing. What is under way then is rolled back and comes again. {@link
     * Delivery#redelivered} is true for all that was in the inbox at that time.
     *
     * <pre>{@code
     * subscriptions.replay("search-index", ReplayFrom.time(yesterday), Operator.of("anna", "the index was lost"));
     * }</pre>
     *
     * @param from from where, and what becomes of what is held below it
     * @param by who wants it, and why
     * @throws NotFoundException if there is no such subscription; the message has those that there are
     * @throws TransientFailureException if the database is away for a moment
     * @throws PosteventException if postevent has not started yet (PSTEV20016), the database refuses (PSTEV34004), the calling thread
     *     has a transaction (PSTEV34006), the key was used for something else (PSTEV34009), the subscription has not begun yet
     *     (PSTEV34010), or, for {@link ReplayFrom#now}, the source does not say where that is
     */
    void replay(String subscription, ReplayFrom from, Operator by);

    /**
     * Subscriptions that this application has in its inbox, and that the release on this node does not have: of an observer that was
     * removed or renamed. They handle nothing, and keep what they hold.
     *
     * <pre>{@code
     * for (Undeployed left : subscriptions.undeployed()) {
     *     page.add(left.name() + ": " + left.held() + " events held");
     * }
     * }</pre>
     *
     * @return by name; while a release is being rolled out, also those that only the other nodes have, see {@link Undeployed#nodes}
     * @throws TransientFailureException if the database is away for a moment
     * @throws PosteventException if postevent has not started yet (PSTEV20016), or the database refuses (PSTEV34004)
     */
    List<Undeployed> undeployed();

    /**
     * Deletes a subscription that is not deployed any more, with its cursors and all that it holds, for good. What its observer has
     * written stays, so do the topic's events, and so does the list of {@linkplain #operations what operators changed}. An observer
     * that is given its name later is a new one, and begins as {@link Subscription#start} says.
     *
     * <pre>{@code
     * subscriptions.delete("billing-v1", Operator.of("anna", "replaced by billing, which has handled everything"));
     * }</pre>
     *
     * @param subscription as {@link #undeployed} names it
     * @param by who wants it, and why
     * @throws NotFoundException if this application has no such subscription, deployed or not
     * @throws TransientFailureException if the database is away for a moment
     * @throws PosteventException if it is deployed on this node (PSTEV34013), or another node runs it (PSTEV34014); if postevent has
     *     not started yet (PSTEV20016), the database refuses (PSTEV34004), the calling thread has a transaction (PSTEV34006), or the
     *     key was used for something else (PSTEV34009)
     */
    void delete(String subscription, Operator by);

    /**
     * What operators have changed, the newest first.
     *
     * <pre>{@code
     * for (Operation done : subscriptions.operations("billing", Long.MAX_VALUE, 20)) {
     *     page.add(done.began(), done.operator(), done.action(), done.what(), done.reason());
     * }
     * }</pre>
     *
     * @param before only those with a smaller {@link Operation#id}; {@link Long#MAX_VALUE}: all
     * @param limit at most so many, 1 to 1,000
     * @throws IllegalArgumentException if {@code limit} is out of its bounds
     * @throws TransientFailureException if the database is away for a moment
     * @throws PosteventException if postevent has not started yet (PSTEV20016), or the database refuses (PSTEV34004)
     */
    List<Operation> operations(String subscription, long before, int limit);

    /**
     * As {@link #operations(String, long, int)}, of all subscriptions of the application.
     *
     * <pre>{@code
     * subscriptions.operations(Long.MAX_VALUE, 20).forEach(page::add);
     * }</pre>
     *
     * @throws IllegalArgumentException if {@code limit} is out of its bounds
     * @throws TransientFailureException if the database is away for a moment
     * @throws PosteventException if postevent has not started yet (PSTEV20016), or the database refuses (PSTEV34004)
     */
    List<Operation> operations(long before, int limit);

    /**
     * Waits until the subscription has handled everything through a position, so that what its observer wrote can be read: "read your
     * own writes" after a publish. Everything at or below the position has been handled, or set aside because it failed, and the event at
     * the position itself has been handled; {@linkplain #await(String, long, String, Duration) the same for one subject} waits for less.
     * Where several nodes share the subscription, lanes that have nothing to do are known to have passed the position within a second.
     *
     * <pre>{@code
     * Publication placed = placing.place(order); // @Transactional: committed when it returns
     * if (subscriptions.await("billing", placed.position().orElseThrow(), Duration.ofSeconds(2)) == Awaited.HANDLED) {
     *     return bills.of(order);
     * }
     * }</pre>
     *
     * <p>The calling thread waits; the database is asked for all who wait for a subscription together, 10 to 100 times a second.
     *
     * @param position as {@link Publication#position} tells it, at least 1; one that the topic does not have yet is waited for
     * @param timeout at least 0, which asks once, at most 10 minutes
     * @return what came of it; {@link Awaited#TIMED_OUT} also where the event was tried and waits for its next attempt
     * @throws NotFoundException if there is no such subscription; the message has those that there are
     * @throws IllegalArgumentException if {@code position} or {@code timeout} is out of its bounds
     * @throws TransientFailureException if the database is away for a moment
     * @throws PosteventException if postevent has not started yet (PSTEV20016), the database refuses (PSTEV34004), the calling thread has
     *     a transaction (PSTEV34006), is interrupted, or postevent stops meanwhile (PSTEV34008)
     */
    Awaited await(String subscription, long position, Duration timeout);

    /**
     * As {@link #await(String, long, Duration)}, for the events of one subject: those of others need not be handled.
     *
     * <pre>{@code
     * subscriptions.await("billing", placed.position().orElseThrow(), order.customer(), Duration.ofSeconds(2));
     * }</pre>
     *
     * @param position everything of the subject at or below it is waited for, at least 1
     * @param subject the CloudEvents {@code subject}
     * @param timeout at least 0, which asks once, at most 10 minutes
     * @return what came of it; {@link Awaited#PARKED} where any event of the subject at or below the position is
     * @throws NotFoundException if there is no such subscription; the message has those that there are
     * @throws IllegalArgumentException if {@code position} or {@code timeout} is out of its bounds
     * @throws TransientFailureException if the database is away for a moment
     * @throws PosteventException if postevent has not started yet (PSTEV20016), the database refuses (PSTEV34004), the calling thread has
     *     a transaction (PSTEV34006), is interrupted, or postevent stops meanwhile (PSTEV34008)
     */
    Awaited await(String subscription, long position, String subject, Duration timeout);

    /**
     * Why is this subscription where it is, and what is to be done? For a person.
     *
     * <pre>{@code
     * Explanation why = subscriptions.explain("billing");
     * page.show(why.sentence(), why.next());
     * }</pre>
     *
     * @throws NotFoundException if there is no such subscription; the message has those that there are
     * @throws TransientFailureException if the database is away for a moment
     * @throws PosteventException if postevent has not started yet (PSTEV20016), or the database refuses (PSTEV34004)
     */
    Explanation explain(String subscription);

    /**
     * As {@link #explain(String)}, for a status that has just been read: nothing is asked again, but who paused it. For a page that shows
     * all subscriptions.
     *
     * <pre>{@code
     * for (Status status : subscriptions.status()) {
     *     page.row(status.name(), status.lag(), subscriptions.explain(status).sentence());
     * }
     * }</pre>
     *
     * @param status as {@link #status} or {@link #report} of this application gave it
     * @throws NotFoundException if there is no such subscription; the message has those that there are
     * @throws TransientFailureException if the database is away for a moment
     * @throws PosteventException if postevent has not started yet (PSTEV20016), or the database refuses (PSTEV34004)
     */
    Explanation explain(Status status);

    /**
     * The state of everything on this node: feeds, topics, subscriptions, faults. Asks the databases, briefly. Throws nothing: what
     * cannot be asked is one of the {@link StatusReport#faults}, and so is a start that is not over.
     *
     * <pre>{@code
     * boolean well = subscriptions.report().faults().isEmpty();
     * }</pre>
     */
    StatusReport report();

    /**
     * What the databases of this application know that hinders it, or will: limits of their servers that are nearly reached, a replication
     * slot that nobody reads from, transactions that were forgotten, tables of another version. Each database is asked in one statement, or
     * two, of views that are in memory. A page that many people look at asks once for all of them, every 10 s or so. A database that cannot
     * be asked is a warning itself ({@link Warning.Kind#NOT_ASKED}).
     *
     * <pre>{@code
     * subscriptions.warnings().forEach(warning -> log.warn(warning.fact() + " " + warning.next()));
     * }</pre>
     *
     * @return the urgent ones first; none: nothing was found
     * @throws PosteventException if postevent has not started yet (PSTEV20016)
     */
    List<Warning> warnings();

    /**
     * Every configuration key that there is here, those of transports and of other JARs too, with what counts and who said so: what the
     * configuration says now. What was read at the start counts until the next one; only URL, user and password of the feed are read at
     * each of its connections. Keys of one topic or subscription are there where they are set. Asks no database, and may be called before
     * the start.
     *
     * <pre>{@code
     * List<Setting> changed = subscriptions.settings().stream().filter(one -> one.source().isPresent()).toList();
     * }</pre>
     *
     * @return in the order of docs/configuration.md; nothing secret is in it
     */
    List<Setting> settings();

    /** What came of waiting. May gain constants: a {@code switch} over them needs a {@code default}. */
    enum Awaited {
        /** It is handled: what the observer wrote is there. */
        HANDLED,
        /** It was given up, or stands behind an event of its subject that was: it needs {@link #retry} or {@link #skip}. */
        PARKED,
        /** Neither came in time. */
        TIMED_OUT
    }

    /** A subscription that is stored, and not deployed. Made by postevent alone: it may gain methods. Immutable. */
    interface Undeployed {

        /** The subscription's name. */
        String name();

        /** The topic's name in the release that had it. */
        String topic();

        /** Everything at or below this position is handled, held or parked. */
        long handled();

        /** How many events it holds. */
        long held();

        /** Nodes that run it, on which another release is deployed; empty: none does, so it may be deleted. */
        Set<String> nodes();
    }

    /** Where a subscription is. Made by postevent alone: it may gain methods. Immutable. */
    interface Status {

        /** The subscription's name. */
        String name();

        /** The topic's name in this application. */
        String topic();

        /** Everything at or below this position is handled, held or parked. */
        long handled();

        /**
         * Events in the inbox, at or below the mark, not yet handled. Counted where the lanes are at most 10,000 positions behind;
         * beyond that it is worked out from where each lane is, as if it had its share of all positions, and voids count.
         */
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
         * Where it began when it was registered, or when an operator had it begin anew: {@code beginning}, {@code now (after position 4711)},
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

        /** The CloudEvents {@code type}; empty if a build before 0.1.0 put it aside. */
        Optional<String> type();

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

    /** An attempt that failed, of an event that is held. Made by postevent alone: it may gain methods. Immutable. */
    interface Attempt {

        /**
         * Its number, as the observer was told ({@link Delivery#attempt}). One that failed with a transient error does not count, and the
         * next has its number; after {@link #retry} they begin anew.
         */
        int number();

        /** When it was found to have failed, by the clock of the inbox database. */
        Instant at();

        /** Which node made it; of one that was lost with its node, the node that found so. */
        String node();

        /** From the call of the observer to the failure, in microseconds; zero if nobody knows, as where its node was lost. */
        Duration duration();

        /** Class and message of the failure, and of what it came from; at most 2,000 characters or so. */
        String cause();

        /**
         * The failure with its frames, and those it came of, as a log prints them; at most 8,000 characters, of which each has its share.
         * Empty if its node was lost. Messages in it are the observer's own, and may have data of the event in them.
         */
        Optional<String> stack();
    }

    /** Why a subscription is where it is: of several causes the one to look at first. Made by postevent alone: it may gain methods. Immutable. */
    interface Explanation {

        /** The cause, for a program. */
        Cause cause();

        /** The cause, in a sentence that names who or what it is. */
        String sentence();

        /** What to do, in a sentence; also where that is nothing. */
        String next();

        /** The kinds of causes. May gain constants: a {@code switch} over them needs a {@code default}. */
        enum Cause {
            /** Everything there is was handled. */
            UP_TO_DATE,
            /** There is something to do, and it is being done. */
            AT_WORK,
            /** An operator paused it. */
            PAUSED,
            /** It is new and begins now, and where that is, is not known yet. */
            NOT_BEGUN,
            /** It holds as many events as it may. */
            LIMIT_REACHED,
            /** Something else hinders it on this node, most often its database. */
            HINDERED,
            /** Its observer has been at one call for long. */
            OBSERVER_SLOW,
            /** This node has none of its lanes. */
            NO_LANES_HERE,
            /** Its topic stands still until a person decides, as where the source is another one. */
            TOPIC_STANDS_STILL,
            /** A transaction at the source may still fill the next position. */
            GAP_HELD_OPEN,
            /** An event is committed at the source, and no query there shows it yet. */
            NOT_VISIBLE_YET,
            /** The source cannot be read at the moment. */
            CATCH_UP_FAILING,
            /** Nothing brings events as they come; they come late. */
            FEED_DOWN,
            /** All is handled but what failed, and what waits behind it. */
            HELD
        }
    }

    /** What a replay would do. Made by postevent alone: it may gain methods. Immutable. */
    interface ReplayPlan {

        /** The first position that is handled. */
        long firstPosition();

        /** The last position that the inbox has now; what comes later is handled in any case. */
        long mark();

        /** How many events that the inbox has now are handled then, again or for the first time; about, unless it is {@link #exact}. */
        long events();

        /** Whether {@link #events} was counted: of more than 200,000 positions it is not, but worked out from where the lanes are. */
        boolean exact();

        /** How many held events are held no longer: they come again with the rest, or are given up. */
        long heldDropped();
    }

    /** A change that an operator made. Made by postevent alone: it may gain methods. Immutable. */
    interface Operation {

        /** Grows with each operation, with gaps. */
        long id();

        /** The subscription's name. */
        String subscription();

        /** What was done. */
        Action action();

        /** To what: {@code position 4711}, or a filter, for a person. */
        String what();

        /** Who did it. */
        String operator();

        /** Why. */
        String reason();

        /** On which node it was asked for. */
        String node();

        /** When it began, by the clock of the inbox database. */
        Instant began();

        /** When it was done; empty: it is under way, or broke off. */
        Optional<Instant> ended();

        /** How many events it has changed so far; of what is not about events, 1. */
        long changed();

        /** The kinds of changes. May gain constants: a {@code switch} over them needs a {@code default}. */
        enum Action {
            /** {@link Subscriptions#retry} and {@link Subscriptions#retryAll}. */
            RETRY,
            /** {@link Subscriptions#skip} and {@link Subscriptions#skipAll}. */
            SKIP,
            /** {@link Subscriptions#pause}. */
            PAUSE,
            /** {@link Subscriptions#resume}. */
            RESUME,
            /** {@link Subscriptions#replay}. */
            REPLAY,
            /** {@link Subscriptions#delete}. */
            DELETE
        }
    }
}
