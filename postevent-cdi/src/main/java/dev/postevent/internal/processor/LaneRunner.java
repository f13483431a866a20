package dev.postevent.internal.processor;

import dev.postevent.spi.LogEntry;
import jakarta.transaction.SystemException;
import java.lang.System.Logger.Level;
import java.sql.SQLException;
import java.time.Duration;

/**
 * Carries out the {@link LaneWork} of the lanes of one subscription: begins and ends transactions, calls the handler, moves the
 * cursor. Neither it nor what it consists of has a state of its own but what it was made with; what happened goes back into the {@link
 * Lane}, under the monitor of {@link OwnedLanes}.
 */
final class LaneRunner {
    private static final System.Logger LOG = System.getLogger("dev.postevent.processor");

    private final SubscriptionSpec spec;
    private final LaneStore store;
    private final OwnedLanes lanes;
    private final NodeClock clock;
    private final RetryWaits waits;
    private final AttemptLog log;
    private final ParkedNotices parked;
    private final BatchRunner batches;
    private final HeldRunner retries;

    LaneRunner(
            SubscriptionSpec spec,
            Ports ports,
            HandlerTransactions transactions,
            OwnedLanes lanes,
            Surroundings surroundings) {
        this.spec = spec;
        this.store = ports.store();
        this.lanes = lanes;
        this.clock = surroundings.clock();
        this.waits = new RetryWaits(spec.retry(), surroundings.random());
        this.log = new AttemptLog(spec);
        this.parked = new ParkedNotices(spec, lanes, ports.notices());
        Reachability database = new Reachability(store, surroundings.workPool());
        this.batches = new BatchRunner(spec, store, transactions, lanes, clock, waits, database);
        this.retries = new HeldRunner(spec, ports, transactions, lanes, clock, waits, database, log);
    }

    /** Whose lanes they are. */
    String subscription() {
        return spec.name();
    }

    /**
     * Does one piece of work. Throws where the database fails outside of a handler; {@link LaneLostException} if something else is
     * stored of the lane than it believes.
     */
    void run(OwnedLane one, LaneWork.OfEvents work) throws SQLException, SystemException {
        long began = clock.millis();
        try {
            carryOut(one, work);
        } finally {
            lanes.run(() -> one.lane.took(work, clock.millis() - began));
        }
    }

    private void carryOut(OwnedLane one, LaneWork.OfEvents work) throws SQLException, SystemException {
        if (work instanceof LaneWork.Batch batch) {
            boolean unused = batches.run(one, batch, 1);
        } else if (work instanceof LaneWork.Careful careful) {
            careful(one, careful.batch());
        } else if (work instanceof LaneWork.HoldFailed hold) {
            Throwable cause = hold.failed().cause();
            boolean parks = spec.retry().parks(spec.retry().isLast(hold.attempts(), Duration.ZERO), cause);
            LaneStore.Fate fate =
                    parks ? new LaneStore.Parked() : waits.after(hold.attempts(), cause, Duration.ZERO, Duration.ZERO);
            hold(one, hold.entry(), hold.attempts(), fate, hold.failed());
        } else if (work instanceof LaneWork.HoldTransient hold) {
            holdTransient(one, hold.entry(), hold.failed());
        } else if (work instanceof LaneWork.Retry retry) {
            retries.run(one, retry.held(), Duration.ofMillis(retry.queuedMillis()));
        }
    }

    /** One event alone, whose call is written down before. */
    private void careful(OwnedLane one, LaneWork.Batch batch) throws SQLException, SystemException {
        if (batch.calls().isEmpty()) {
            boolean unused = batches.run(one, batch, 1);
            return;
        }
        LogEntry entry = batch.calls().get(0).entry();
        int deaths = store.trying(one.number(), one.epoch, entry.position());
        if (spec.retry().isOver(deaths)) {
            Throwable lost = new IllegalStateException(AttemptLog.LOST);
            hold(one, entry, deaths, new LaneStore.Parked(), lost, LaneStore.Failure.said(Failures.describe(lost)));
            return;
        }
        boolean judged = false;
        try {
            judged = batches.run(one, batch, deaths + 1);
        } finally {
            if (!judged) {
                notTrying(one);
            }
        }
    }

    /** Where this fails, whoever has the lane next counts an attempt too many, if this node does not try again before. */
    private void notTrying(OwnedLane one) {
        try {
            store.notTrying(one.number(), one.epoch);
        } catch (SQLException | RuntimeException e) {
            LOG.log(
                    Level.WARNING,
                    "subscription " + spec.name() + ", lane " + one.number()
                            + ": could not write down that a call is over: " + Failures.describe(e));
        }
    }

    /** Puts an event that failed aside. */
    private void hold(OwnedLane one, LogEntry entry, int attempts, LaneStore.Fate fate, Failed failed)
            throws SQLException {
        hold(one, entry, attempts, fate, failed.cause(), LaneStore.Failure.of(failed));
    }

    private void hold(
            OwnedLane one,
            LogEntry entry,
            int attempts,
            LaneStore.Fate fate,
            Throwable cause,
            LaneStore.Failure failure)
            throws SQLException {
        boolean parks = fate instanceof LaneStore.Parked;
        if (parks) {
            parked.isParking(one, entry, attempts, failure);
        }
        store.holdFailed(lanes.get(one::claim), entry, attempts, fate, failure);
        if (parks) {
            parked.isParked(one);
        }
        lanes.run(() -> {
            one.lane.holdsFailed(entry, clock.due(fate), attempts);
            one.lane.done(entry.position());
        });
        log.failed(entry.position(), entry.subject(), attempts, AttemptLog.isToBeLookedAt(attempts), fate, cause);
    }

    /** As above, after no attempt; with its database away an observer may have said all the same that no further one makes sense. */
    private void holdTransient(OwnedLane one, LogEntry entry, Failed failed) throws SQLException {
        if (spec.retry().parks(false, failed.cause())) {
            hold(one, entry, 0, new LaneStore.Parked(), failed);
            return;
        }
        LaneStore.Again again = new LaneStore.Again(waits.afterTransients(1), Duration.ZERO);
        store.holdFailed(lanes.get(one::claim), entry, 0, again, LaneStore.Failure.of(failed));
        lanes.run(() -> {
            one.lane.holdsTransient(entry, clock.due(again));
            one.lane.done(entry.position());
        });
        LOG.log(
                Level.DEBUG,
                () -> "subscription " + spec.name() + ", position " + entry.position()
                        + ": its subject waits, will try again: " + Failures.describe(failed.cause()));
    }
}
