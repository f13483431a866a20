package dev.postevent.internal.processor;

import dev.postevent.internal.flight.Flight;
import dev.postevent.internal.jdbc.LostConnection;
import dev.postevent.spi.LogEntry;
import jakarta.transaction.SystemException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Tries a held event again, and writes down how that ended. */
final class HeldRunner {
    private final SubscriptionSpec spec;
    private final Ports ports;
    private final HandlerTransactions transactions;
    private final OwnedLanes lanes;
    private final NodeClock clock;
    private final RetryWaits waits;
    private final Reachability database;
    private final AttemptLog log;
    private final ParkedNotices parked;

    HeldRunner(
            SubscriptionSpec spec,
            Ports ports,
            HandlerTransactions transactions,
            OwnedLanes lanes,
            NodeClock clock,
            RetryWaits waits,
            Reachability database,
            AttemptLog log) {
        this.spec = spec;
        this.ports = ports;
        this.transactions = transactions;
        this.lanes = lanes;
        this.clock = clock;
        this.waits = waits;
        this.database = database;
        this.log = log;
        this.parked = new ParkedNotices(spec, lanes, ports.notices());
    }

    /** {@code queued}: for so long it was due while its lane had other work. */
    void run(OwnedLane one, HeldEvent held, Duration queued) throws SQLException, SystemException {
        HeldEvent.End unwritten = held.unwritten();
        if (unwritten != null) {
            writeEnd(one, held, unwritten);
            return;
        }
        LaneStore.Held stored = ports.store()
                .tryingHeld(one.number(), one.epoch, held.position, queued, AttemptLog.LOST)
                .orElseThrow(LaneLostException::new);
        if (spec.retry().isOver(stored.lost())) {
            ended(
                    one,
                    held,
                    new HeldEvent.End(
                            new LaneStore.Parked(), stored.attempts(), HeldEvent.Judged.NOT_CALLED, null, null));
            return;
        }
        attempt(one, held, stored);
    }

    private void attempt(OwnedLane one, HeldEvent held, LaneStore.Held stored) throws SQLException, SystemException {
        int attempt = stored.attempts() + 1;
        boolean last = spec.retry().isLast(attempt, stored.failing());
        long began = clock.millis();
        List<Long> called = new ArrayList<>(1);
        String id;
        Outcome outcome;
        try {
            List<LogEntry> entries = ports.source().readAt(spec.topic(), List.of(held.position));
            if (entries.isEmpty()) {
                Throwable gone = new IllegalStateException("the event is not in the inbox any more");
                ended(
                        one,
                        held,
                        new HeldEvent.End(
                                new LaneStore.Parked(),
                                stored.attempts(),
                                HeldEvent.Judged.NOT_CALLED,
                                Failed.of(gone),
                                null));
                return;
            }
            id = entries.get(0).id();
            LaneWork.Part part = new LaneWork.Part(entries.get(0), stored.called() || held.wasCalled());
            outcome = recorded(one, part, attempt, last, called);
        } catch (LaneLostException e) {
            throw e;
        } catch (SystemException | RuntimeException | Error e) {
            if (called.isEmpty()) {
                notCalled(one, held, stored.attempts(), e);
            }
            throw e;
        } finally {
            if (!called.isEmpty()) {
                lanes.run(held::isCalled);
            }
        }
        if (outcome instanceof Outcome.Committed) {
            lanes.run(() -> one.lane.heldDone(held, clock.millis()));
            parked.isHandled(held);
            return;
        }
        if (outcome instanceof Outcome.Gone) {
            throw new LaneLostException();
        }
        Failed failed = Outcome.failed(outcome);
        Throwable cause = failed.cause();
        HeldEvent.Judged judged = judge(held, cause, !called.isEmpty());
        LaneStore.Fate fate;
        if (!judged.isCounted()) {
            Duration wait = waits.afterTransients(attempt + Math.max(0, held.transients() - 1));
            fate = new LaneStore.Again(wait, Duration.ZERO);
        } else if (spec.retry().parks(last, cause)) {
            fate = new LaneStore.Parked();
        } else {
            fate = waits.after(attempt, cause, stored.failing(), Duration.ofMillis(clock.millis() - began));
        }
        ended(one, held, new HeldEvent.End(fate, attempt, judged, failed, id));
    }

    private HeldEvent.Judged judge(HeldEvent held, Throwable cause, boolean called) {
        if (!called) {
            return HeldEvent.Judged.NOT_CALLED;
        }
        boolean counted = !lanes.get(lanes::isStopping) && !(database.isTransient(cause) && isTriedAgain(held));
        return counted ? HeldEvent.Judged.COUNTED : HeldEvent.Judged.CALLED;
    }

    /** The transaction could not begin, or the event not be read: no fault of the event's. */
    private void notCalled(OwnedLane one, HeldEvent held, int attempts, Throwable cause) {
        Duration wait = waits.afterAttempts(Math.max(1, attempts));
        try {
            LaneStore.Again again = new LaneStore.Again(wait, Duration.ZERO);
            ended(one, held, new HeldEvent.End(again, attempts, HeldEvent.Judged.NOT_CALLED, Failed.of(cause), null));
        } catch (SQLException | RuntimeException e) {
            // it is remembered, and written down before the next try
            cause.addSuppressed(e);
        }
    }

    /** As of a batch: what is transient does not count, unless it happens again and again while the database answers. */
    private boolean isTriedAgain(HeldEvent held) {
        return lanes.get(held::transientFailure) || !database.isReachable();
    }

    private Outcome recorded(OwnedLane one, LaneWork.Part part, int attempt, boolean last, List<Long> called)
            throws SystemException {
        Flight.Batch flight = Flight.batch();
        Outcome outcome = null;
        try {
            outcome = handle(one, part, attempt, last, called);
            return outcome;
        } finally {
            flight.ended(spec.name(), one.number(), called.size(), part.position(), Outcome.inAWord(outcome));
        }
    }

    private Outcome handle(OwnedLane one, LaneWork.Part part, int attempt, boolean last, List<Long> called)
            throws SystemException {
        try (HandlerTransactions.Open transaction = transactions.begin()) {
            LogEntry entry = part.entry();
            long began = clock.nanos();
            Throwable failure = null;
            // one held by a former release, which wanted its type, passes as it would if it came now
            if (spec.handler().wants(entry)) {
                called.add(entry.position());
                failure = transaction.call(
                        entry.position(), () -> spec.handler().handle(entry, attempt, part.calledBefore(), last));
            }
            if (failure != null) {
                return new Outcome.FailedAt(entry, failedSince(began, failure));
            }
            try (LaneStore.Effect effect = ports.store().effect(spec.synchronousCommit())) {
                if (!effect.deleteHeld(entry.position())) {
                    return new Outcome.Gone();
                }
                if (!effect.fence(lanes.get(one::claim))) {
                    throw new LaneLostException();
                }
            } catch (LaneLostException e) {
                throw e;
            } catch (SQLException | RuntimeException | Error e) {
                LostConnection.retireThread(e);
                return new Outcome.NotCommitted(failedSince(began, LaneLostException.unlessLocked(e)));
            }
            failure = transaction.commit(() -> lanes.run(one.lane::commitFailed));
            return failure == null
                    ? new Outcome.Committed(entry.position())
                    : new Outcome.NotCommitted(failedSince(began, failure));
        }
    }

    private Failed failedSince(long began, Throwable failure) {
        return new Failed(failure, Duration.ofNanos(clock.nanos() - began));
    }

    /** The log has it now, also where nobody knows whether it is written: who tries that again cannot tell from what is stored. */
    private void ended(OwnedLane one, HeldEvent held, HeldEvent.End end) throws SQLException {
        lanes.run(() -> held.endIs(end));
        boolean lost = false;
        try {
            writeEnd(one, held, end);
        } catch (LaneLostException e) {
            // it is for the owner there is now to say what became of the attempt
            lost = true;
            throw e;
        } finally {
            if (!lost && (end.judged().isCounted() || end.fate() instanceof LaneStore.Parked)) {
                tell(held, end);
            }
        }
    }

    private void tell(HeldEvent held, HeldEvent.End end) {
        boolean news = lanes.get(() -> held.isNews(end.attempts()));
        Failed failed = end.failed();
        log.failed(
                held.position,
                held.subject(),
                end.attempts(),
                news,
                end.fate(),
                failed == null ? null : failed.cause());
    }

    private void writeEnd(OwnedLane one, HeldEvent held, HeldEvent.End end) throws SQLException {
        boolean parks = end.fate() instanceof LaneStore.Parked;
        if (parks) {
            parked.isParking(one, held, end);
        }
        boolean written = ports.store()
                .attemptFailed(one.number(), one.epoch, held.position, end.fate(), end.judged(), failure(end));
        lanes.run(() -> {
            held.endIs(null);
            // not written: it was before, perhaps, and what is read next says when it is due
            one.lane.heldFailed(held, written ? clock.due(end.fate()) : Due.never());
            if (written && parks) {
                held.isParked();
            }
        });
        if (!written) {
            throw new LaneLostException();
        }
        if (parks) {
            parked.isParked(one);
        }
    }

    private static LaneStore.@Nullable Failure failure(HeldEvent.End end) {
        Failed failed = end.failed();
        if (failed == null) {
            return null;
        }
        return end.judged().isCalled()
                ? LaneStore.Failure.of(failed)
                : LaneStore.Failure.said(Failures.describe(failed.cause()));
    }
}
