package dev.postevent.internal.processor;

import dev.postevent.spi.LogEntry;
import jakarta.transaction.Status;
import jakarta.transaction.SystemException;
import jakarta.transaction.TransactionSynchronizationRegistry;
import jakarta.transaction.UserTransaction;
import java.lang.System.Logger.Level;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Carries out the {@link Lane.Work} of the lanes of one subscription: begins and ends transactions, calls the handler, moves the
 * cursor. Has no state of its own but what it was made with; what happened goes back into the {@link Lane}, under the owner's
 * lock.
 */
final class LaneRunner {
    private static final System.Logger LOG = System.getLogger("dev.postevent.processor");
    /** A batch is committed after so long even if more is queued, so that slow handlers hold no long transactions. */
    private static final long SLICE_NANOS = 500_000_000;

    private final SubscriptionSpec spec;
    private final LaneStore store;
    private final EntrySource source;
    private final UserTransaction transaction;
    private final TransactionSynchronizationRegistry registry;
    private final LongSupplier nanoTime;
    private final RandomGenerator random;
    private final BooleanSupplier stopping;
    private final Object lock;

    LaneRunner(
            SubscriptionSpec spec,
            LaneStore store,
            EntrySource source,
            UserTransaction transaction,
            TransactionSynchronizationRegistry registry,
            LongSupplier nanoTime,
            RandomGenerator random,
            BooleanSupplier stopping,
            Object lock) {
        this.spec = spec;
        this.store = store;
        this.source = source;
        this.transaction = transaction;
        this.registry = registry;
        this.nanoTime = nanoTime;
        this.random = random;
        this.stopping = stopping;
        this.lock = lock;
    }

    /** Milliseconds of this node's clock. */
    long now() {
        return nanoTime.getAsLong() / 1_000_000;
    }

    /**
     * Does one piece of work. Throws where the database fails outside of a handler; {@link LaneLostException} if something else is
     * stored of the lane than it believes.
     */
    void run(Lane lane, long epoch, Lane.Work work) throws SQLException, SystemException {
        if (work instanceof Lane.Work.Batch batch) {
            batch(lane, epoch, batch.entries(), 1, batch.again());
        } else if (work instanceof Lane.Work.Careful careful) {
            careful(lane, epoch, careful.entry());
        } else if (work instanceof Lane.Work.Hold hold) {
            hold(lane, epoch, hold.entry(), 1, hold.cause());
        } else if (work instanceof Lane.Work.Retry retry) {
            retry(lane, epoch, retry.held());
        }
    }

    private void careful(Lane lane, long epoch, LogEntry entry) throws SQLException, SystemException {
        boolean called;
        synchronized (lock) {
            called = isCalled(lane, entry);
        }
        int attempt = 1;
        if (called) {
            attempt = store.tried(spec.name(), lane.number(), epoch, entry.position());
            if (attempt < 0) {
                throw new LaneLostException();
            }
            if (attempt > spec.attemptsMax() && !spec.blockOnFailure()) {
                hold(
                        lane,
                        epoch,
                        entry,
                        attempt - 1,
                        new IllegalStateException("the node died each time it handled it"));
                return;
            }
        }
        batch(lane, epoch, List.of(entry), attempt, true);
    }

    private boolean isCalled(Lane lane, LogEntry entry) {
        return !entry.isVoid() && spec.handler().wants(entry) && !lane.isHeld(entry);
    }

    /** What became of a transaction with handlers in it. */
    private sealed interface Outcome {
        record Committed(long through) implements Outcome {}

        record FailedAt(LogEntry entry, Throwable cause) implements Outcome {}

        record CommitFailed(Throwable cause) implements Outcome {}

        /** An operator skipped the event while it was handled. */
        record Gone() implements Outcome {}
    }

    private void batch(Lane lane, long epoch, List<LogEntry> entries, int attempt, boolean again)
            throws SQLException, SystemException {
        List<LogEntry> behind = new ArrayList<>();
        List<LogEntry> calls = new ArrayList<>();
        synchronized (lock) {
            for (LogEntry entry : entries) {
                if (isCalled(lane, entry)) {
                    calls.add(entry);
                } else if (!entry.isVoid() && spec.handler().wants(entry)) {
                    behind.add(entry);
                }
            }
        }
        long last = entries.get(entries.size() - 1).position();
        Outcome outcome = handle(lane, epoch, calls, behind, last, attempt, again);
        synchronized (lock) {
            if (outcome instanceof Outcome.Committed committed) {
                for (LogEntry entry : behind) {
                    if (entry.position() <= committed.through()) {
                        lane.holds(entry, Long.MAX_VALUE);
                    }
                }
                lane.done(committed.through());
                return;
            }
        }
        if (stopping.getAsBoolean()) {
            return;
        }
        if (outcome instanceof Outcome.FailedAt failed) {
            if (isPassing(failed.cause()) && passes(lane, last, failed.cause())) {
                return;
            }
            synchronized (lock) {
                lane.failedAt(failed.entry().position(), last, failed.cause());
            }
        } else if (outcome instanceof Outcome.CommitFailed failed) {
            if (isPassing(failed.cause()) && passes(lane, last, failed.cause())) {
                return;
            }
            if (calls.isEmpty()) {
                throw new IllegalStateException("could not commit a cursor alone", failed.cause());
            }
            synchronized (lock) {
                if (calls.size() > 1) {
                    lane.commitFailed(last);
                } else {
                    lane.failedAt(calls.get(0).position(), last, failed.cause());
                }
            }
        }
    }

    private boolean isPassing(Throwable cause) {
        return Failures.isPassing(cause) || !store.reachable();
    }

    /** True if it shall simply be tried again; false if it happened so often that it counts. */
    private boolean passes(Lane lane, long last, Throwable cause) {
        synchronized (lock) {
            Duration wait = spec.backoff().waitAfter(lane.transients() + 1, random);
            boolean tooOften = lane.passing(last, now() + Math.min(wait.toMillis(), 5_000));
            if (!tooOften) {
                LOG.log(
                        Level.DEBUG,
                        () -> "subscription " + spec.name() + ", lane " + lane.number() + ": will try again: "
                                + Failures.describe(cause));
                return true;
            }
        }
        // with its database away, nothing a subscription does is the fault of an event
        return !store.reachable();
    }

    /** One JTA transaction: the handler for each of {@code calls}, the others put behind, the cursor moved last. */
    private Outcome handle(
            Lane lane, long epoch, List<LogEntry> calls, List<LogEntry> behind, long last, int attempt, boolean again)
            throws SQLException, SystemException {
        Object ours = begin();
        boolean open = true;
        try {
            long started = nanoTime.getAsLong();
            long through = last;
            for (int i = 0; i < calls.size(); i++) {
                LogEntry entry = calls.get(i);
                Throwable failure = call(ours, entry, attempt, again);
                if (failure != null) {
                    return new Outcome.FailedAt(entry, failure);
                }
                if (i < calls.size() - 1 && (nanoTime.getAsLong() - started > SLICE_NANOS || stopping.getAsBoolean())) {
                    through = entry.position();
                    break;
                }
            }
            moveOn(claim(lane, epoch), behind, through);
            open = false;
            Throwable failure = commit();
            return failure == null ? new Outcome.Committed(through) : new Outcome.CommitFailed(failure);
        } finally {
            if (open) {
                rollback();
            }
        }
    }

    private LaneStore.Claim claim(Lane lane, long epoch) {
        synchronized (lock) {
            return lane.claim(epoch);
        }
    }

    private void moveOn(LaneStore.Claim claim, List<LogEntry> behind, long through) throws SQLException {
        try (LaneStore.Effect effect = store.effect(spec.synchronousCommit())) {
            List<LogEntry> passed =
                    behind.stream().filter(entry -> entry.position() <= through).toList();
            if (!passed.isEmpty()) {
                effect.holdBehind(spec.name(), claim.lane(), passed);
            }
            // last, so that the row is locked for the length of a commit and not of a batch
            if (!effect.moveCursor(spec.name(), claim, through)) {
                throw new LaneLostException();
            }
        }
    }

    /** Begins; returns what tells this transaction from another. */
    private Object begin() throws SystemException {
        int status = transaction.getStatus();
        if (status != Status.STATUS_NO_TRANSACTION) {
            // left over by a handler that ended its transaction and began another
            LOG.log(
                    Level.WARNING,
                    "subscription " + spec.name() + ": the thread had a transaction in status " + status
                            + ", which is rolled back");
            rollback();
        }
        transaction.setTransactionTimeout((int) spec.transactionTimeout().toSeconds());
        try {
            transaction.begin();
        } catch (jakarta.transaction.NotSupportedException e) {
            throw new IllegalStateException("a transaction is active although the status said there is none", e);
        }
        return registry.getTransactionKey();
    }

    /** Calls the handler; returns what it threw or did to the transaction, null if all is well. */
    private @Nullable Throwable call(Object ours, LogEntry entry, int attempt, boolean again) throws SystemException {
        try {
            spec.handler().handle(entry, attempt, again);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return e;
        } catch (Exception | Error e) {
            return e;
        }
        int status = transaction.getStatus();
        return switch (status) {
            case Status.STATUS_ACTIVE ->
                ours.equals(registry.getTransactionKey())
                        ? null
                        : new IllegalStateException(
                                "the observer ended the transaction it was called in and began another");
            case Status.STATUS_MARKED_ROLLBACK ->
                new IllegalStateException(
                        "the transaction was marked for rollback, by the observer or by its timeout of "
                                + spec.transactionTimeout().toSeconds() + " s");
            case Status.STATUS_NO_TRANSACTION ->
                new IllegalStateException("the observer ended the transaction it was called in");
            default -> new IllegalStateException("after the observer the transaction has the status " + status);
        };
    }

    private @Nullable Throwable commit() {
        try {
            transaction.commit();
            return null;
        } catch (Exception | Error e) {
            rollback();
            return e;
        }
    }

    private void rollback() {
        try {
            if (transaction.getStatus() != Status.STATUS_NO_TRANSACTION) {
                transaction.rollback();
            }
        } catch (SystemException | RuntimeException e) {
            // nothing was committed, which is what counts; the thread's next begin looks again
            LOG.log(Level.WARNING, "subscription " + spec.name() + ": rollback failed: " + e, e);
        }
    }

    private void hold(Lane lane, long epoch, LogEntry entry, int attempts, Throwable cause) throws SQLException {
        boolean parks = attempts >= spec.attemptsMax() && !spec.blockOnFailure();
        Duration wait = parks ? null : spec.backoff().waitAfter(attempts, random);
        if (!store.holdFailed(spec.name(), claim(lane, epoch), entry, attempts, wait, Failures.describe(cause))) {
            throw new LaneLostException();
        }
        synchronized (lock) {
            lane.holds(entry, wait == null ? Long.MAX_VALUE : now() + wait.toMillis());
            lane.done(entry.position());
        }
        tell(entry.position(), entry.subject(), attempts, wait, cause);
    }

    private void tell(long position, @Nullable String subject, int attempts, @Nullable Duration wait, Throwable cause) {
        String event = "subscription " + spec.name() + ", topic " + spec.topic() + ", position " + position;
        if (wait == null) {
            LOG.log(
                    Level.ERROR,
                    event + ": parked after attempt " + attempts
                            + (subject == null ? "" : "; later events of its subject wait for retry or skip"),
                    cause);
        } else if (attempts == 1) {
            LOG.log(Level.WARNING, event + ": attempt 1 failed, next in " + wait.toMillis() + " ms", cause);
        } else {
            LOG.log(
                    Level.WARNING,
                    event + ": attempt " + attempts + " failed, next in " + wait.toMillis() + " ms: "
                            + Failures.describe(cause));
        }
    }

    private void retry(Lane lane, long epoch, Lane.Held held) throws SQLException, SystemException {
        int attempt = store.countAttempt(spec.name(), lane.number(), epoch, held.position);
        if (attempt < 0) {
            throw new LaneLostException();
        }
        if (attempt > spec.attemptsMax() && !spec.blockOnFailure()) {
            failed(
                    lane,
                    epoch,
                    held,
                    null,
                    attempt - 1,
                    false,
                    new IllegalStateException("the node died in the last attempt"));
            return;
        }
        List<LogEntry> entries = source.readAt(spec.topic(), List.of(held.position));
        if (entries.isEmpty()) {
            failed(
                    lane,
                    epoch,
                    held,
                    null,
                    attempt,
                    false,
                    new IllegalStateException("the event is not in the inbox any more"));
            return;
        }
        Outcome outcome = handleHeld(lane, epoch, entries.get(0), attempt);
        if (outcome instanceof Outcome.Committed) {
            synchronized (lock) {
                lane.heldDone(held, now());
            }
            return;
        }
        if (outcome instanceof Outcome.Gone) {
            throw new LaneLostException();
        }
        Throwable cause =
                outcome instanceof Outcome.FailedAt failed ? failed.cause() : ((Outcome.CommitFailed) outcome).cause();
        boolean uncounted = stopping.getAsBoolean() || (isPassing(cause) && passes(held));
        boolean parks = attempt >= spec.attemptsMax() && !spec.blockOnFailure() && !uncounted;
        failed(lane, epoch, held, parks ? null : spec.backoff().waitAfter(attempt, random), attempt, uncounted, cause);
    }

    /** As of a batch: what passes does not count, unless it happens again and again while the database answers. */
    private boolean passes(Lane.Held held) {
        synchronized (lock) {
            if (held.passing()) {
                return true;
            }
        }
        return !store.reachable();
    }

    private Outcome handleHeld(Lane lane, long epoch, LogEntry entry, int attempt)
            throws SQLException, SystemException {
        Object ours = begin();
        boolean open = true;
        try {
            Throwable failure = call(ours, entry, attempt, true);
            if (failure != null) {
                return new Outcome.FailedAt(entry, failure);
            }
            try (LaneStore.Effect effect = store.effect(spec.synchronousCommit())) {
                if (!effect.deleteHeld(spec.name(), entry.position())) {
                    return new Outcome.Gone();
                }
                if (!effect.fence(spec.name(), claim(lane, epoch))) {
                    throw new LaneLostException();
                }
            }
            open = false;
            failure = commit();
            return failure == null ? new Outcome.Committed(entry.position()) : new Outcome.CommitFailed(failure);
        } finally {
            if (open) {
                rollback();
            }
        }
    }

    private void failed(
            Lane lane,
            long epoch,
            Lane.Held held,
            @Nullable Duration wait,
            int attempt,
            boolean uncounted,
            Throwable cause)
            throws SQLException {
        if (!store.attemptFailed(
                spec.name(), lane.number(), epoch, held.position, wait, uncounted, Failures.describe(cause))) {
            throw new LaneLostException();
        }
        synchronized (lock) {
            lane.heldFailed(held, wait == null ? Long.MAX_VALUE : now() + wait.toMillis());
        }
        if (!uncounted) {
            tell(held.position, held.key instanceof String subject ? subject : null, attempt, wait, cause);
        }
    }
}
