package dev.postevent.internal.processor;

import dev.postevent.internal.flight.Flight;
import dev.postevent.internal.jdbc.LostConnection;
import dev.postevent.spi.LogEntry;
import jakarta.transaction.SystemException;
import java.lang.System.Logger.Level;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Handles the next events of a lane in one transaction, and finds out what it means if that fails. */
final class BatchRunner {
    private static final System.Logger LOG = System.getLogger("dev.postevent.processor");
    /** A batch is committed after so long even if more is queued, so that slow handlers hold no long transactions. */
    private static final long SLICE_NANOS = 500_000_000;

    private final SubscriptionSpec spec;
    private final LaneStore store;
    private final HandlerTransactions transactions;
    private final OwnedLanes lanes;
    private final NodeClock clock;
    private final RetryWaits waits;
    private final Reachability database;

    BatchRunner(
            SubscriptionSpec spec,
            LaneStore store,
            HandlerTransactions transactions,
            OwnedLanes lanes,
            NodeClock clock,
            RetryWaits waits,
            Reachability database) {
        this.spec = spec;
        this.store = store;
        this.transactions = transactions;
        this.lanes = lanes;
        this.clock = clock;
        this.waits = waits;
        this.database = database;
    }

    /** Returns true if it was committed, or an event was found to have failed; otherwise it is tried again. */
    boolean run(OwnedLane one, LaneWork.Batch batch, int attempt) throws SystemException {
        List<Long> called = new ArrayList<>(batch.calls().size());
        Outcome outcome = null;
        Flight.Batch flight = Flight.batch();
        try {
            outcome = handle(one, batch, attempt, called);
        } finally {
            flight.ended(spec.name(), one.number(), called.size(), batch.last(), Outcome.inAWord(outcome));
            if (!(outcome instanceof Outcome.Committed)) {
                lanes.run(() -> one.lane.called(called));
            }
        }
        if (outcome instanceof Outcome.Committed committed) {
            lanes.run(() -> committed(one.lane, batch, committed.through()));
            return true;
        }
        return failed(one.lane, batch, attempt, called, outcome);
    }

    private static void committed(Lane lane, LaneWork.Batch batch, long through) {
        for (LaneWork.Part part : batch.behind()) {
            if (part.position() <= through) {
                lane.holds(part.entry(), Due.never());
            }
        }
        lane.done(through);
    }

    /** Returns true if an event was found to have failed. */
    private boolean failed(Lane lane, LaneWork.Batch batch, int attempt, List<Long> called, Outcome outcome) {
        Failed failed = Outcome.failed(outcome);
        LogEntry culprit = culprit(outcome, batch.entries(), called);
        if (isStopping() || (database.isTransient(failed.cause()) && isTriedAgain(lane, batch, culprit, failed))) {
            return false;
        }
        if (culprit == null && batch.entries().size() == 1) {
            throw new IllegalStateException(
                    "could not pass position " + batch.last() + ", for which no observer is called", failed.cause());
        }
        lanes.run(() -> {
            if (culprit == null) {
                lane.failedSomewhere(batch.last());
            } else {
                lane.failedAt(culprit.position(), attempt, failed);
            }
        });
        return culprit != null;
    }

    private boolean isStopping() {
        return lanes.get(lanes::isStopping);
    }

    /**
     * The event that failed; null if it may be another one of its transaction: after a failure of all, and where one observer
     * swallowed what had aborted the transaction, and the next one met that. What is said to be so for ever is asked of the event alone.
     */
    private static @Nullable LogEntry culprit(Outcome outcome, List<LogEntry> entries, List<Long> called) {
        if (outcome instanceof Outcome.FailedAt failed) {
            Throwable cause = failed.failed().cause();
            boolean doubtful = Failures.isAborted(cause) || Failures.isForEver(cause);
            return called.size() > 1 && doubtful ? null : failed.entry();
        }
        return entries.size() == 1 && called.size() == 1 ? entries.get(0) : null;
    }

    /**
     * True if it shall simply be tried again; false if it happened so often that it counts. The lane waits if it is its own database
     * that fails; what else failed an event, another database or a lock, is nothing to the other subjects.
     *
     * @param culprit null: it may be another one of the transaction
     */
    private boolean isTriedAgain(Lane lane, LaneWork.Batch batch, @Nullable LogEntry culprit, Failed failed) {
        boolean waits = spec.retry().blocks() || batch.calls().isEmpty() || !database.isReachable();
        boolean again = lanes.get(() -> {
            if (!waits && culprit == null) {
                lane.failedSomewhere(batch.last());
                return true;
            }
            long until = clock.millis()
                    + this.waits.afterTransients(lane.transients() + 1).toMillis();
            boolean tooOften = (waits || culprit == null)
                    ? lane.transientFailure(batch.last(), until)
                    : lane.transientFailureAt(culprit.position(), until, failed);
            if (!tooOften) {
                LOG.log(
                        Level.DEBUG,
                        () -> "subscription " + spec.name() + ", lane " + lane.number() + ": will try again: "
                                + Failures.describe(failed.cause()));
            }
            return !tooOften;
        });
        // with its database away, nothing a subscription does is the fault of an event
        return again || !database.isReachable();
    }

    /**
     * One JTA transaction: the handler for each call, the others put behind, the cursor moved last. What goes wrong once it has
     * begun, with the lane still ours, is an outcome.
     *
     * @param called where each call is written down before it is made
     */
    private Outcome handle(OwnedLane one, LaneWork.Batch batch, int attempt, List<Long> called) throws SystemException {
        try (HandlerTransactions.Open transaction = transactions.begin()) {
            long began = clock.nanos();
            Handled handled = spec.handler().takesLists()
                    ? callOnce(transaction, batch, called, began)
                    : callEach(transaction, batch, attempt, called, began);
            if (handled.failed() != null) {
                return handled.failed();
            }
            Throwable failure = moveOn(lanes.get(one::claim), batch, handled.through());
            if (failure == null) {
                failure = transaction.commit(() -> lanes.run(one.lane::commitFailed));
            }
            return failure == null
                    ? new Outcome.Committed(handled.through())
                    : new Outcome.NotCommitted(failedSince(began, failure));
        }
    }

    private Failed failedSince(long began, Throwable failure) {
        return new Failed(failure, Duration.ofNanos(clock.nanos() - began));
    }

    /** How far the handler came; {@code failed}: what went wrong, null if nothing did. */
    private record Handled(long through, @Nullable Outcome failed) {}

    /** One event after the other, until a batch has taken long enough. */
    private Handled callEach(
            HandlerTransactions.Open transaction, LaneWork.Batch batch, int attempt, List<Long> called, long started)
            throws SystemException {
        boolean last = spec.retry().isLast(attempt, Duration.ZERO);
        long now = started;
        for (int i = 0; i < batch.calls().size(); i++) {
            LaneWork.Part part = batch.calls().get(i);
            called.add(part.position());
            Throwable failure = transaction.call(
                    part.position(), () -> spec.handler().handle(part.entry(), attempt, part.calledBefore(), last));
            if (failure != null) {
                return new Handled(part.position(), new Outcome.FailedAt(part.entry(), failedSince(now, failure)));
            }
            if (i < batch.calls().size() - 1) {
                now = clock.nanos();
                if (now - started > SLICE_NANOS || isStopping()) {
                    return new Handled(part.position(), null);
                }
            }
        }
        return new Handled(batch.last(), null);
    }

    /** All in one call: which of several events made it fail, the handler does not say, so they come one by one then. */
    private Handled callOnce(HandlerTransactions.Open transaction, LaneWork.Batch batch, List<Long> called, long began)
            throws SystemException {
        List<LogEntry> entries =
                batch.calls().stream().map(LaneWork.Part::entry).toList();
        if (entries.isEmpty()) {
            return new Handled(batch.last(), null);
        }
        entries.forEach(entry -> called.add(entry.position()));
        Throwable failure =
                transaction.call(entries.get(0).position(), () -> spec.handler().handleAll(entries));
        if (failure == null) {
            return new Handled(batch.last(), null);
        }
        if (entries.size() == 1) {
            return new Handled(batch.last(), new Outcome.FailedAt(entries.get(0), failedSince(began, failure)));
        }
        // an observer that fails with several and not with one would do everything twice, and nobody would know
        LOG.log(
                Failures.isTransient(failure) ? Level.DEBUG : Level.WARNING,
                "subscription " + spec.name() + ": a call with " + entries.size() + " events, from position "
                        + entries.get(0).position() + " on, failed, and they come one by one now: "
                        + Failures.describe(failure));
        return new Handled(batch.last(), new Outcome.NotCommitted(failedSince(began, failure)));
    }

    /** Returns what failed; an observer may have left the transaction, or the connection, in any state. */
    private @Nullable Throwable moveOn(LaneStore.Claim claim, LaneWork.Batch batch, long through) {
        try (LaneStore.Effect effect = store.effect(spec.synchronousCommit())) {
            List<LaneWork.Part> passed = batch.behind().stream()
                    .filter(part -> part.position() <= through)
                    .toList();
            if (!passed.isEmpty()) {
                effect.holdBehind(
                        claim.lane(), passed.stream().map(LaneWork.Part::entry).toList(), calledBefore(passed));
            }
            // last, so that the row is locked for the length of a commit and not of a batch
            if (!effect.moveCursor(claim, through)) {
                throw new LaneLostException();
            }
            return null;
        } catch (LaneLostException e) {
            throw e;
        } catch (SQLException | RuntimeException | Error e) {
            LostConnection.retireThread(e);
            return LaneLostException.unlessLocked(e);
        }
    }

    private static Set<Long> calledBefore(List<LaneWork.Part> parts) {
        return parts.stream()
                .filter(LaneWork.Part::calledBefore)
                .map(LaneWork.Part::position)
                .collect(Collectors.toSet());
    }
}
