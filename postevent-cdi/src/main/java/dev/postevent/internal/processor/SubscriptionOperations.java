package dev.postevent.internal.processor;

import dev.postevent.HeldFilter;
import dev.postevent.NotFoundException;
import dev.postevent.NotHeldException;
import dev.postevent.Notice;
import dev.postevent.Notice.EventResumed;
import dev.postevent.Operator;
import dev.postevent.PosteventException;
import dev.postevent.ReplayFrom;
import dev.postevent.Subscriptions;
import dev.postevent.internal.flow.EntrySource;
import dev.postevent.internal.flow.Told;
import dev.postevent.internal.jdbc.LocalTransaction;
import dev.postevent.spi.TopicName;
import java.lang.System.Logger.Level;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** Changes the subscriptions of this application, for operators; each change stands in the table operation, by the same transaction. */
public final class SubscriptionOperations {
    private static final System.Logger LOG = System.getLogger("dev.postevent.processor");
    /** Of many, so many are changed in one transaction. */
    private static final int PART_MAX = 500;

    private static final int LISTED_MAX = 1_000;
    private static final int SKIM_ROWS = 10_000;
    private static final int LOCK_TRIES = 5;
    /** Of more positions a plan does not count the events. */
    private static final long PLANNED_MAX = 200_000;

    private final DataSource dataSource;
    private final SubscriptionStore store;
    private final OperationStore operations;
    private final ReplayStore replays;
    private final UndeployedStore undeployed;
    private final EntrySource source;
    private final Present present;
    private final OperatorCalls calls;
    private final Consumer<? super Notice> notices;

    SubscriptionOperations(
            DataSource dataSource,
            Member member,
            SubscriptionStore store,
            OperationStore operations,
            EntrySource source,
            Present present,
            OperatorCalls calls,
            Consumer<? super Notice> notices) {
        this.dataSource = dataSource;
        this.store = store;
        this.operations = operations;
        this.replays = new ReplayStore(member);
        this.undeployed = new UndeployedStore(dataSource, member);
        this.source = source;
        this.present = present;
        this.calls = calls;
        this.notices = notices;
    }

    /** What is changed in the transaction in which the operation is written down; returns how much. */
    private interface Change {
        long make(Connection connection) throws SQLException;
    }

    /** All of it in one transaction; false if it was carried out under its key before, and so not again. */
    private boolean once(String subscription, String action, String what, Operator by, Change change) {
        SubscriptionWorker worker = calls.worker(subscription);
        boolean done = once(new OperationStore.Asked(subscription, action, what), by, change);
        if (done) {
            worker.refresh();
        }
        return done;
    }

    private boolean once(OperationStore.Asked of, Operator by, Change change) {
        boolean done = calls.change(
                of.name() + " " + of.what() + " of " + of.subscription(),
                () -> LocalTransaction.run(dataSource, connection -> {
                    OperationStore.Begun begun = operations.begin(connection, of, by);
                    if (begun.ended()) {
                        return false;
                    }
                    operations.changed(connection, begun, change.make(connection), true);
                    return true;
                }));
        if (done) {
            told(of, by, 1);
        }
        return done;
    }

    private static void told(OperationStore.Asked of, Operator by, long changed) {
        LOG.log(
                Level.INFO,
                "subscription " + of.subscription() + ": " + of.name() + " " + of.what() + " (" + changed + ") by "
                        + by.name() + ": " + by.reason());
    }

    /** See {@link Subscriptions#retry}. */
    public void retry(String subscription, long position, Operator by) {
        boolean unused = once(subscription, "retry", at(position), by, connection -> {
            refuse("retry", subscription, position, store.held(subscription).retry(connection, position));
            return 1;
        });
    }

    /** See {@link Subscriptions#skip}. */
    public void skip(String subscription, long position, Operator by) {
        List<WasParked> parked = new ArrayList<>();
        boolean unused = once(subscription, "skip", at(position), by, connection -> {
            parked.clear();
            refuse("skip", subscription, position, store.held(subscription).skip(connection, position, parked));
            return 1;
        });
        resumed(subscription, parked, EventResumed.By.SKIPPED);
    }

    /** What was committed is told. */
    private void resumed(String subscription, List<WasParked> parked, EventResumed.By by) {
        String topic = calls.worker(subscription).spec().topic().value();
        parked.forEach(
                one -> notices.accept(new Told.EventResumed(subscription, topic, one.position(), one.subject(), by)));
    }

    private static String at(long position) {
        return "position " + position;
    }

    private static void refuse(String what, String subscription, long position, HeldEventStore.Change change) {
        if (change != HeldEventStore.Change.DONE) {
            throw new NotHeldException(
                    "PSTEV34003",
                    "cannot " + what + " position " + position + " of subscription " + subscription + ": it is "
                            + InWords.state(change));
        }
    }

    /** A part of what a filter selects. */
    private interface PartOf {
        HeldSelectionStore.Part change(Connection connection, HeldSelectionStore of, long after) throws SQLException;
    }

    /** See {@link Subscriptions#retryAll}. */
    public long retryAll(HeldFilter filter, Operator by) {
        return all("retry", filter, by, (connection, of, after) -> of.retry(connection, filter, after, PART_MAX));
    }

    /** See {@link Subscriptions#skipAll}. */
    public long skipAll(HeldFilter filter, Operator by) {
        return all("skip", filter, by, (connection, of, after) -> of.skip(connection, filter, after, PART_MAX));
    }

    /**
     * What has come of it so far.
     *
     * @param after everything selected at or below it is done
     * @param parked those that were parked, of the last part
     */
    private record Progress(
            OperationStore.@Nullable Begun begun, long after, long changed, boolean ended, List<WasParked> parked) {}

    private long all(String action, HeldFilter filter, Operator by, PartOf part) {
        SubscriptionWorker worker = calls.worker(filter.subscription());
        OperationStore.Asked of = new OperationStore.Asked(filter.subscription(), action, "all " + filter);
        HeldSelectionStore selection = store.selection(filter.subscription());
        Progress progress = new Progress(null, 0, 0, false, List.of());
        while (!progress.ended()) {
            Progress before = progress;
            progress = calls.change(
                    action + " " + of.what() + " of " + of.subscription(),
                    () -> LocalTransaction.run(
                            dataSource, connection -> next(connection, before, of, by, selection, part)));
            resumed(of.subscription(), progress.parked(), EventResumed.By.SKIPPED);
            worker.refresh();
        }
        told(of, by, progress.changed());
        return progress.changed();
    }

    private Progress next(
            Connection connection,
            Progress before,
            OperationStore.Asked of,
            Operator by,
            HeldSelectionStore selection,
            PartOf part)
            throws SQLException {
        OperationStore.Begun known = before.begun();
        OperationStore.Begun begun = known == null ? operations.begin(connection, of, by) : known;
        if (begun.ended()) {
            return new Progress(begun, before.after(), begun.changed(), true, List.of());
        }
        HeldSelectionStore.Part done = part.change(connection, selection, before.after());
        boolean ended = done.changed() < PART_MAX;
        long changed = operations.changed(connection, begun, done.changed(), ended);
        return new Progress(begun, done.last(), changed, ended, done.parked());
    }

    /** See {@link Subscriptions#pause}. */
    public void pause(String subscription, Operator by) {
        pause(subscription, true, by);
    }

    /** See {@link Subscriptions#resume}. */
    public void resume(String subscription, Operator by) {
        pause(subscription, false, by);
    }

    private void pause(String subscription, boolean paused, Operator by) {
        SubscriptionWorker worker = calls.worker(subscription);
        boolean done = once(subscription, paused ? "pause" : "resume", "deliveries", by, connection -> {
            boolean there = store.pause(connection, subscription, paused);
            if (!there && paused) {
                throw new PosteventException(
                        "PSTEV34007",
                        "cannot pause subscription " + subscription
                                + ": it is not registered, so it has not begun, and would begin as if nobody had"
                                + " paused it; its health says what it waits for. Pause it once it has begun");
            }
            return there ? 1 : 0;
        });
        if (done) {
            worker.paused(paused);
        }
    }

    /**
     * See {@link Subscriptions#undeployed}.
     *
     * @param deployed the subscriptions that this node has
     */
    public List<Subscriptions.Undeployed> undeployed(Set<String> deployed) {
        return calls.ask("list subscriptions that are not deployed", () -> undeployed.list(deployed));
    }

    /** See {@link Subscriptions#planReplay}. */
    public Subscriptions.ReplayPlan planReplay(String subscription, ReplayFrom from) {
        SubscriptionWorker worker = calls.worker(subscription);
        Place place = place(worker.spec().topic(), from);
        return calls.ask("plan a replay of " + subscription, () -> plan(worker, place));
    }

    /**
     * Where a replay begins.
     *
     * @param cursor lanes that are further are set back to it
     * @param mark of the topic
     * @param dropAbove held events above this are not held any more
     */
    private record Place(Start start, long cursor, long mark, long dropAbove) {}

    private Place place(TopicName topic, ReplayFrom from) {
        long mark = source.mark(topic).mark();
        Start start = switch (from.kind()) {
            case BEGINNING -> Start.BEGINNING;
            case POSITION -> Start.at(from.firstPosition().orElseThrow());
            case TIME -> Start.at(firstAt(topic, from.firstTime().orElseThrow(), mark));
            case NOW -> Start.nowAfter(present.settled(topic));
        };
        boolean forward = from.kind() == ReplayFrom.Kind.NOW;
        long dropAbove = from.dropsHeld() ? 0 : forward ? Long.MAX_VALUE : start.after();
        return new Place(start, forward ? Long.MAX_VALUE : start.after(), mark, dropAbove);
    }

    /** The first position whose event is of {@code time} or later. */
    private long firstAt(TopicName topic, Instant time, long mark) {
        long after = 0;
        while (after < mark) {
            EntrySource.Skim skimmed = source.skim(topic, after, mark, time, SKIM_ROWS);
            if (skimmed.through() == after) {
                break;
            }
            after = skimmed.through();
        }
        return after + 1;
    }

    private Subscriptions.ReplayPlan plan(SubscriptionWorker worker, Place place) throws SQLException {
        SubscriptionSpec spec = worker.spec();
        long[] cursors = worker.cursors(store.cursors(spec.name()));
        for (int i = 0; i < cursors.length; i++) {
            // as it will be: set back to the place, or, below it, passed over up to there
            cursors[i] = place.start().after() > cursors[i]
                    ? Math.min(place.start().after(), place.mark())
                    : Math.min(cursors[i], place.cursor());
        }
        Backlog backlog = Backlog.of(
                        source, List.of(EntrySource.Place.of(spec.topic(), cursors, place.mark())), PLANNED_MAX)
                .get(0);
        long dropped = LocalTransaction.each(
                dataSource, connection -> replays.heldAbove(connection, spec.name(), place.dropAbove()));
        return new PlannedReplay(
                place.start().after() + 1,
                place.mark(),
                backlog.ahead().events(),
                backlog.ahead().exact(),
                dropped);
    }

    /** As it was planned. */
    private record PlannedReplay(long firstPosition, long mark, long events, boolean exact, long heldDropped)
            implements Subscriptions.ReplayPlan {}

    /** See {@link Subscriptions#replay}. */
    public void replay(String subscription, ReplayFrom from, Operator by) {
        SubscriptionWorker worker = calls.worker(subscription);
        // before the transaction: a source may have to be asked, and much to be skimmed
        calls.refuseInTransaction("replay " + subscription, "it is there for all nodes when the call returns");
        Place place = place(worker.spec().topic(), from);
        for (int tries = 1; ; tries++) {
            try {
                replay(subscription, from, place, by);
                return;
            } catch (PosteventException e) {
                // a batch that is being committed has a lane, or a held event, for a moment
                if (tries == LOCK_TRIES
                        || !(e.getCause() instanceof SQLException locked)
                        || !Failures.isLocked(locked)) {
                    throw e;
                }
            }
        }
    }

    private void replay(String subscription, ReplayFrom from, Place place, Operator by) {
        List<WasParked> parked = new ArrayList<>();
        boolean unused = once(subscription, "replay", "from " + from, by, connection -> {
            parked.clear();
            boolean there = replays.replay(
                    connection, subscription, place.start(), place.cursor(), place.mark(), place.dropAbove(), parked);
            if (!there) {
                throw new PosteventException(
                        "PSTEV34010",
                        "cannot replay subscription " + subscription
                                + ": it is not registered, so it has not begun; its health says what it waits for");
            }
            return 1;
        });
        resumed(subscription, parked, EventResumed.By.REPLAYED);
    }

    /**
     * See {@link Subscriptions#delete}.
     *
     * @param deployed the subscriptions that this node has
     */
    public void delete(String subscription, Set<String> deployed, Operator by) {
        if (deployed.contains(subscription)) {
            throw new PosteventException(
                    "PSTEV34013",
                    "cannot delete subscription " + subscription
                            + ": it is deployed here, and would begin anew. Deploy the application without its observer"
                            + " first, or pause it");
        }
        boolean unused = once(new OperationStore.Asked(subscription, "delete", "subscription"), by, connection -> {
            List<String> nodes = undeployed
                    .lock(connection, subscription)
                    .orElseThrow(() -> new NotFoundException(
                            "PSTEV34002",
                            "this application has no subscription '" + subscription
                                    + "' in its inbox, deployed or not"));
            if (!nodes.isEmpty()) {
                throw new PosteventException(
                        "PSTEV34014",
                        "cannot delete subscription " + subscription + ": nodes " + nodes
                                + " run it. Deploy there the release without it first; one that died is forgotten when"
                                + " its lease ends (postevent.lease)");
            }
            undeployed.delete(connection, subscription);
            return 1;
        });
    }

    /** See {@link Subscriptions#operations}; {@code subscription}: null if it is for all. */
    public List<Subscriptions.Operation> operations(@Nullable String subscription, long before, int limit) {
        if (limit < 1 || limit > LISTED_MAX) {
            throw new IllegalArgumentException("limit must be 1 to " + LISTED_MAX + ", got " + limit);
        }
        return calls.ask("list operations", () -> operations.list(subscription, before, limit));
    }
}
