package dev.postevent.internal.processor;

import dev.postevent.internal.flow.EntrySource;
import dev.postevent.internal.worker.OwnThread;
import dev.postevent.spi.LogEntry;
import jakarta.transaction.Status;
import jakarta.transaction.SystemException;
import jakarta.transaction.TransactionSynchronizationRegistry;
import jakarta.transaction.UserTransaction;
import java.lang.System.Logger.Level;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Carries out the {@link Lane.Work} of the lanes of one subscription: begins and ends transactions, calls the handler, moves the
 * cursor. Has no state of its own but what it was made with; what happened goes back into the {@link Lane}, under the owner's
 * lock.
 *
 * <p>Longer than most: batches, retries of held events and what their failures mean share how a transaction begins and ends.
 */
final class LaneRunner {
    private static final System.Logger LOG = System.getLogger("dev.postevent.processor");
    /** A batch is committed after so long even if more is queued, so that slow handlers hold no long transactions. */
    private static final long SLICE_NANOS = 500_000_000;
    /** What may pass is tried again after so long, so that it is noticed when it has. */
    private static final Duration PASSING_WAIT_MAX = Duration.ofSeconds(5);

    private final SubscriptionSpec spec;
    private final LaneStore store;
    private final EntrySource source;
    private final UserTransaction transaction;
    private final TransactionSynchronizationRegistry registry;
    private final LongSupplier nanoTime;
    private final RandomGenerator random;
    private final BooleanSupplier stopping;
    private final BooleanSupplier reachable;
    private final Object lock;
    private final AttemptLog log;

    /** {@code reachable}: whether the database answers. */
    LaneRunner(
            SubscriptionSpec spec,
            LaneStore store,
            EntrySource source,
            UserTransaction transaction,
            TransactionSynchronizationRegistry registry,
            LongSupplier nanoTime,
            RandomGenerator random,
            BooleanSupplier stopping,
            BooleanSupplier reachable,
            Object lock) {
        this.spec = spec;
        this.store = store;
        this.source = source;
        this.transaction = transaction;
        this.registry = registry;
        this.nanoTime = nanoTime;
        this.random = random;
        this.stopping = stopping;
        this.reachable = reachable;
        this.lock = lock;
        this.log = new AttemptLog(spec);
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
        long began = now();
        try {
            carryOut(lane, epoch, work);
        } finally {
            synchronized (lock) {
                lane.took(work, now() - began);
            }
        }
    }

    private void carryOut(Lane lane, long epoch, Lane.Work work) throws SQLException, SystemException {
        if (work instanceof Lane.Work.Batch batch) {
            boolean unused = batch(lane, epoch, batch.entries(), 1);
        } else if (work instanceof Lane.Work.Careful careful) {
            careful(lane, epoch, careful.entry());
        } else if (work instanceof Lane.Work.Hold hold) {
            boolean parks = spec.retry().parks(spec.retry().isLast(hold.attempts(), Duration.ZERO), hold.cause());
            hold(lane, epoch, hold.entry(), hold.attempts(), parks, hold.cause());
        } else if (work instanceof Lane.Work.Retry retry) {
            retry(lane, epoch, retry.held(), Duration.ofMillis(retry.queuedMillis()));
        }
    }

    private void careful(Lane lane, long epoch, LogEntry entry) throws SQLException, SystemException {
        boolean called;
        synchronized (lock) {
            called = isCalled(lane, entry);
        }
        if (!called) {
            boolean unused = batch(lane, epoch, List.of(entry), 1);
            return;
        }
        int deaths = store.trying(lane.number(), epoch, entry.position());
        if (spec.retry().isOver(deaths)) {
            hold(lane, epoch, entry, deaths, true, new IllegalStateException(AttemptLog.LOST));
            return;
        }
        boolean judged = false;
        try {
            judged = batch(lane, epoch, List.of(entry), deaths + 1);
        } finally {
            if (!judged) {
                notTrying(lane, epoch);
            }
        }
    }

    /** Where this fails, whoever has the lane next counts an attempt too many, if this node does not try again before. */
    private void notTrying(Lane lane, long epoch) {
        try {
            store.notTrying(lane.number(), epoch);
        } catch (SQLException | RuntimeException e) {
            LOG.log(
                    Level.WARNING,
                    "subscription " + spec.name() + ", lane " + lane.number()
                            + ": could not write down that a call is over: " + Failures.describe(e));
        }
    }

    private boolean isCalled(Lane lane, LogEntry entry) {
        return !entry.isVoid() && spec.handler().wants(entry) && !lane.isHeld(entry);
    }

    /** What became of a transaction with handlers in it. */
    private sealed interface Outcome {
        record Committed(long through) implements Outcome {}

        record FailedAt(LogEntry entry, Throwable cause) implements Outcome {}

        /** The observers returned, and what comes after them failed: our statements, or the commit. */
        record NotCommitted(Throwable cause) implements Outcome {}

        /** An operator skipped the event while it was handled. */
        record Gone() implements Outcome {}
    }

    /** An event the observer is called for; {@code again}: it was called for it before, or may have been. */
    private record Call(LogEntry entry, boolean again) {}

    /** What goes into one transaction, decided under the lock. */
    private record Parts(List<Call> calls, List<LogEntry> behind, Set<Long> behindCalled, long last) {}

    private Parts parts(Lane lane, List<LogEntry> entries) {
        List<Call> calls = new ArrayList<>();
        List<LogEntry> behind = new ArrayList<>();
        Set<Long> behindCalled = new HashSet<>();
        synchronized (lock) {
            for (LogEntry entry : entries) {
                if (entry.isVoid() || !spec.handler().wants(entry)) {
                    continue;
                }
                boolean before = lane.wasCalled(entry);
                if (!lane.isHeld(entry)) {
                    calls.add(new Call(entry, before));
                } else {
                    behind.add(entry);
                    if (before) {
                        behindCalled.add(entry.position());
                    }
                }
            }
        }
        return new Parts(
                calls, behind, behindCalled, entries.get(entries.size() - 1).position());
    }

    /** Returns true if it was committed, or an event was found to have failed; otherwise it is tried again. */
    private boolean batch(Lane lane, long epoch, List<LogEntry> entries, int attempt)
            throws SQLException, SystemException {
        Parts parts = parts(lane, entries);
        List<Long> called = new ArrayList<>(parts.calls().size());
        Outcome outcome = null;
        try {
            outcome = handle(lane, epoch, parts, attempt, called);
        } finally {
            if (!(outcome instanceof Outcome.Committed)) {
                synchronized (lock) {
                    lane.called(called);
                }
            }
        }
        if (outcome instanceof Outcome.Committed committed) {
            synchronized (lock) {
                for (LogEntry entry : parts.behind()) {
                    if (entry.position() <= committed.through()) {
                        lane.holds(entry, Long.MAX_VALUE);
                    }
                }
                lane.done(committed.through());
            }
            return true;
        }
        Throwable cause = cause(outcome);
        LogEntry failed = failed(outcome, entries, called);
        if (stopping.getAsBoolean() || (isPassing(cause) && passes(lane, parts, failed, cause))) {
            return false;
        }
        if (failed == null && entries.size() == 1) {
            throw new IllegalStateException(
                    "could not pass position " + parts.last() + ", for which no observer is called", cause);
        }
        synchronized (lock) {
            if (failed == null) {
                lane.failedSomewhere(parts.last());
            } else {
                lane.failedAt(failed.position(), attempt, cause);
            }
        }
        return failed != null;
    }

    private static Throwable cause(Outcome outcome) {
        if (outcome instanceof Outcome.FailedAt failed) {
            return failed.cause();
        }
        return outcome instanceof Outcome.NotCommitted failed
                ? failed.cause()
                : new IllegalStateException("unexpected outcome " + outcome);
    }

    /**
     * The event that failed; null if it may be another one of its transaction: after a failure of all, and where one observer
     * swallowed what had aborted the transaction, and the next one met that. What is said to be so for ever is asked of the event alone.
     */
    private static @Nullable LogEntry failed(Outcome outcome, List<LogEntry> entries, List<Long> called) {
        if (outcome instanceof Outcome.FailedAt failed) {
            boolean doubtful = Failures.isAborted(failed.cause()) || Failures.isForEver(failed.cause());
            return called.size() > 1 && doubtful ? null : failed.entry();
        }
        return entries.size() == 1 && called.size() == 1 ? entries.get(0) : null;
    }

    private boolean isPassing(Throwable cause) {
        return Failures.isPassing(cause) || !reachable.getAsBoolean();
    }

    /**
     * True if it shall simply be tried again; false if it happened so often that it counts. The lane waits if it is its own database
     * that fails; what else failed an event, another database or a lock, is nothing to the other subjects.
     *
     * @param failed null: it may be another one of the transaction
     */
    private boolean passes(Lane lane, Parts parts, @Nullable LogEntry failed, Throwable cause) {
        boolean waits = spec.retry().blocks() || parts.calls().isEmpty() || !reachable.getAsBoolean();
        synchronized (lock) {
            if (!waits && failed == null) {
                lane.failedSomewhere(parts.last());
                return true;
            }
            long until = now() + untilItPassed(lane.transients() + 1).toMillis();
            boolean tooOften = (waits || failed == null)
                    ? lane.passing(parts.last(), until)
                    : lane.passingAt(failed.position(), until, cause);
            if (!tooOften) {
                LOG.log(
                        Level.DEBUG,
                        () -> "subscription " + spec.name() + ", lane " + lane.number() + ": will try again: "
                                + Failures.describe(cause));
                return true;
            }
        }
        // with its database away, nothing a subscription does is the fault of an event
        return !reachable.getAsBoolean();
    }

    private Duration untilItPassed(int failures) {
        Duration wait = spec.retry().backoff().waitAfter(failures, random);
        return wait.compareTo(PASSING_WAIT_MAX) < 0 ? wait : PASSING_WAIT_MAX;
    }

    /**
     * One JTA transaction: the handler for each call, the others put behind, the cursor moved last. What goes wrong once it has
     * begun, with the lane still ours, is an outcome.
     *
     * @param called where each call is written down before it is made
     */
    private Outcome handle(Lane lane, long epoch, Parts parts, int attempt, List<Long> called) throws SystemException {
        Object ours = begin();
        boolean open = true;
        try {
            Handled handled = spec.handler().takesLists()
                    ? callOnce(ours, parts, called)
                    : callEach(ours, parts, attempt, called);
            if (handled.failed() != null) {
                return handled.failed();
            }
            Throwable failure = moveOn(claim(lane, epoch), parts, handled.through());
            if (failure != null) {
                return new Outcome.NotCommitted(failure);
            }
            open = false;
            failure = commit(lane);
            return failure == null ? new Outcome.Committed(handled.through()) : new Outcome.NotCommitted(failure);
        } finally {
            if (open) {
                rollback(ours);
            }
        }
    }

    /** How far the handler came; {@code failed}: what went wrong, null if nothing did. */
    private record Handled(long through, @Nullable Outcome failed) {}

    /** One event after the other, until a batch has taken long enough. */
    private Handled callEach(Object ours, Parts parts, int attempt, List<Long> called) throws SystemException {
        long started = nanoTime.getAsLong();
        for (int i = 0; i < parts.calls().size(); i++) {
            Call call = parts.calls().get(i);
            LogEntry entry = call.entry();
            called.add(entry.position());
            Throwable failure =
                    call(ours, entry, attempt, call.again(), spec.retry().isLast(attempt, Duration.ZERO));
            if (failure != null) {
                return new Handled(entry.position(), new Outcome.FailedAt(entry, failure));
            }
            if (i < parts.calls().size() - 1
                    && (nanoTime.getAsLong() - started > SLICE_NANOS || stopping.getAsBoolean())) {
                return new Handled(entry.position(), null);
            }
        }
        return new Handled(parts.last(), null);
    }

    /** All in one call: which of several events made it fail, the handler does not say, so they come one by one then. */
    private Handled callOnce(Object ours, Parts parts, List<Long> called) throws SystemException {
        List<LogEntry> entries = parts.calls().stream().map(Call::entry).toList();
        if (entries.isEmpty()) {
            return new Handled(parts.last(), null);
        }
        entries.forEach(entry -> called.add(entry.position()));
        Throwable failure = guarded(ours, () -> spec.handler().handleAll(entries));
        if (failure == null) {
            return new Handled(parts.last(), null);
        }
        if (entries.size() == 1) {
            return new Handled(parts.last(), new Outcome.FailedAt(entries.get(0), failure));
        }
        // an observer that fails with several and not with one would do everything twice, and nobody would know
        LOG.log(
                Failures.isPassing(failure) ? Level.DEBUG : Level.WARNING,
                "subscription " + spec.name() + ": a call with " + entries.size() + " events, from position "
                        + entries.get(0).position() + " on, failed, and they come one by one now: "
                        + Failures.describe(failure));
        return new Handled(parts.last(), new Outcome.NotCommitted(failure));
    }

    private LaneStore.Claim claim(Lane lane, long epoch) {
        synchronized (lock) {
            return lane.claim(epoch);
        }
    }

    /** Returns what failed; an observer may have left the transaction, or the connection, in any state. */
    private @Nullable Throwable moveOn(LaneStore.Claim claim, Parts parts, long through) {
        try (LaneStore.Effect effect = store.effect(spec.synchronousCommit())) {
            List<LogEntry> passed = parts.behind().stream()
                    .filter(entry -> entry.position() <= through)
                    .toList();
            if (!passed.isEmpty()) {
                effect.holdBehind(claim.lane(), passed, parts.behindCalled());
            }
            // last, so that the row is locked for the length of a commit and not of a batch
            if (!effect.moveCursor(claim, through)) {
                throw new LaneLostException();
            }
            return null;
        } catch (LaneLostException e) {
            throw e;
        } catch (SQLException | RuntimeException | Error e) {
            OwnThread.retireIfLost(e);
            return unlessLocked(e);
        }
    }

    /** Who has the rows of a lane that is ours is a transaction in doubt: no fault of an event, nor worth another call before its end. */
    private static Throwable unlessLocked(Throwable failure) {
        if (Failures.isLocked(failure)) {
            throw new LaneLostException();
        }
        return failure;
    }

    /** Begins; returns what tells this transaction from another. A thread that cannot is replaced. */
    private Object begin() throws SystemException {
        try {
            return begun();
        } catch (SystemException | RuntimeException | Error e) {
            OwnThread.retire("it cannot begin a transaction: " + e);
            rollback(null);
            throw e;
        }
    }

    private Object begun() throws SystemException {
        int status = transaction.getStatus();
        if (status != Status.STATUS_NO_TRANSACTION) {
            // left over by a handler that ended its transaction and began another
            LOG.log(
                    Level.WARNING,
                    "subscription " + spec.name() + ": the thread had a transaction in status " + status
                            + ", which is rolled back");
            rollback(null);
        }
        transaction.setTransactionTimeout(
                (int) spec.limits().transactionTimeout().toSeconds());
        try {
            transaction.begin();
        } catch (jakarta.transaction.NotSupportedException e) {
            throw new IllegalStateException(
                    "the server begins no transaction on this thread, which is replaced: " + e.getMessage(), e);
        }
        return registry.getTransactionKey();
    }

    private @Nullable Throwable call(Object ours, LogEntry entry, int attempt, boolean again, boolean last)
            throws SystemException {
        return guarded(ours, () -> spec.handler().handle(entry, attempt, again, last));
    }

    private interface HandlerCall {
        void make() throws Exception;
    }

    /** Calls the handler; returns what it threw or did to the transaction, null if all is well. */
    private @Nullable Throwable guarded(Object ours, HandlerCall call) throws SystemException {
        try {
            call.make();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return e;
        } catch (Exception | Error e) {
            OwnThread.retireIfLost(e);
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
                                + spec.limits().transactionTimeout().toSeconds() + " s");
            case Status.STATUS_ROLLEDBACK, Status.STATUS_ROLLING_BACK ->
                new IllegalStateException(
                        "the transaction was rolled back under the observer, most often by its timeout of "
                                + spec.limits().transactionTimeout().toSeconds() + " s");
            case Status.STATUS_NO_TRANSACTION ->
                new IllegalStateException("the observer ended the transaction it was called in");
            default -> new IllegalStateException("after the observer the transaction has the status " + status);
        };
    }

    private @Nullable Throwable commit(Lane lane) {
        try {
            transaction.commit();
            return null;
        } catch (Exception | Error e) {
            synchronized (lock) {
                lane.commitFailed();
            }
            rollback(null);
            return e;
        }
    }

    /**
     * Rolls back. A transaction that is not the active one of before any more may have ended under the observer, with connections that
     * the server keeps for the thread: then the thread is replaced.
     *
     * @param ours what tells the transaction from another; null: that is over
     */
    private void rollback(@Nullable Object ours) {
        boolean clean = false;
        try {
            int status = transaction.getStatus();
            boolean still = status == Status.STATUS_ACTIVE && ours != null && ours.equals(registry.getTransactionKey());
            if (status != Status.STATUS_NO_TRANSACTION) {
                transaction.rollback();
            }
            clean = still && transaction.getStatus() == Status.STATUS_NO_TRANSACTION;
        } catch (SystemException | RuntimeException e) {
            // nothing was committed, which is what counts
            LOG.log(Level.WARNING, "subscription " + spec.name() + ": rollback failed: " + e, e);
        } finally {
            if (!clean) {
                OwnThread.retire("a transaction of subscription " + spec.name() + " did not end as it should");
            }
        }
    }

    private void hold(Lane lane, long epoch, LogEntry entry, int attempts, boolean parks, Throwable cause)
            throws SQLException {
        boolean passing = attempts == 0 && !parks;
        LaneStore.Again again = parks
                ? null
                : passing
                        ? new LaneStore.Again(untilItPassed(1), Duration.ZERO)
                        : again(attempts, cause, Duration.ZERO, Duration.ZERO);
        store.holdFailed(claim(lane, epoch), entry, attempts, again, Failures.describe(cause));
        synchronized (lock) {
            long dueAt = dueAt(again);
            if (passing) {
                lane.holdsPassing(entry, dueAt);
            } else {
                lane.holdsFailed(entry, dueAt, attempts);
            }
            lane.done(entry.position());
        }
        if (passing) {
            LOG.log(
                    Level.DEBUG,
                    () -> "subscription " + spec.name() + ", position " + entry.position()
                            + ": its subject waits, will try again: " + Failures.describe(cause));
            return;
        }
        log.failed(entry.position(), entry.subject(), attempts, AttemptLog.isToBeLookedAt(attempts), again, cause);
    }

    private long dueAt(LaneStore.@Nullable Again again) {
        return again == null ? Long.MAX_VALUE : now() + again.delay().toMillis();
    }

    /**
     * After an attempt that counted, and is not the last.
     *
     * @param failing for how long the event had been failing as it began
     * @param took how long it took
     */
    private LaneStore.Again again(int attempt, Throwable cause, Duration failing, Duration took) {
        Duration byBackoff = spec.retry().backoff().waitAfter(attempt, random);
        if (!spec.retry().blocks()) {
            byBackoff = spec.retry()
                    .giveUp()
                    .within(
                            byBackoff,
                            failing.plus(took),
                            spec.retry().backoff().first());
        }
        Duration said = Failures.saidAfter(cause);
        Duration wait = said == null ? byBackoff : said;
        // longer than the back-off would have it the observer wants to wait, not the event
        return new LaneStore.Again(wait, took.plus(wait.compareTo(byBackoff) < 0 ? wait : byBackoff));
    }

    private void retry(Lane lane, long epoch, Lane.Held held, Duration queued) throws SQLException, SystemException {
        Lane.End unwritten = held.unwritten();
        if (unwritten != null) {
            writeEnd(lane, epoch, held, unwritten);
            return;
        }
        LaneStore.Held stored = store.tryingHeld(lane.number(), epoch, held.position, queued, AttemptLog.LOST)
                .orElseThrow(LaneLostException::new);
        if (spec.retry().isOver(stored.lost())) {
            ended(lane, epoch, held, new Lane.End(null, stored.attempts(), false, false, null));
            return;
        }
        int attempt = stored.attempts() + 1;
        boolean last = spec.retry().isLast(attempt, stored.failing());
        long began = now();
        List<Long> called = new ArrayList<>(1);
        Outcome outcome;
        try {
            List<LogEntry> entries = source.readAt(spec.topic(), List.of(held.position));
            if (entries.isEmpty()) {
                Throwable gone = new IllegalStateException("the event is not in the inbox any more");
                ended(lane, epoch, held, new Lane.End(null, stored.attempts(), false, false, gone));
                return;
            }
            Call call = new Call(entries.get(0), stored.called() || held.wasCalled());
            outcome = handleHeld(lane, epoch, call, attempt, last, called);
        } catch (LaneLostException e) {
            throw e;
        } catch (SystemException | RuntimeException | Error e) {
            if (called.isEmpty()) {
                notCalled(lane, epoch, held, stored.attempts(), e);
            }
            throw e;
        } finally {
            if (!called.isEmpty()) {
                synchronized (lock) {
                    held.isCalled();
                }
            }
        }
        if (outcome instanceof Outcome.Committed) {
            synchronized (lock) {
                lane.heldDone(held, now());
            }
            return;
        }
        if (outcome instanceof Outcome.Gone) {
            throw new LaneLostException();
        }
        Throwable cause = cause(outcome);
        boolean counted = !called.isEmpty() && !stopping.getAsBoolean() && !(isPassing(cause) && passes(held));
        LaneStore.Again again = null;
        if (!counted) {
            Duration wait = untilItPassed(attempt + Math.max(0, held.transients() - 1));
            again = new LaneStore.Again(wait, Duration.ZERO);
        } else if (!spec.retry().parks(last, cause)) {
            again = again(attempt, cause, stored.failing(), Duration.ofMillis(now() - began));
        }
        ended(lane, epoch, held, new Lane.End(again, attempt, counted, !called.isEmpty(), cause));
    }

    /** The transaction could not begin, or the event not be read: no fault of the event's. */
    private void notCalled(Lane lane, long epoch, Lane.Held held, int attempts, Throwable cause) {
        Duration wait = spec.retry().backoff().waitAfter(Math.max(1, attempts), random);
        try {
            LaneStore.Again again = new LaneStore.Again(wait, Duration.ZERO);
            ended(lane, epoch, held, new Lane.End(again, attempts, false, false, cause));
        } catch (SQLException | RuntimeException e) {
            // it is remembered, and written down before the next try
            cause.addSuppressed(e);
        }
    }

    /** As of a batch: what passes does not count, unless it happens again and again while the database answers. */
    private boolean passes(Lane.Held held) {
        synchronized (lock) {
            if (held.passing()) {
                return true;
            }
        }
        return !reachable.getAsBoolean();
    }

    private Outcome handleHeld(Lane lane, long epoch, Call call, int attempt, boolean last, List<Long> called)
            throws SystemException {
        Object ours = begin();
        boolean open = true;
        try {
            LogEntry entry = call.entry();
            Throwable failure = null;
            // one held by a former release, which wanted its type, passes as it would if it came now
            if (spec.handler().wants(entry)) {
                called.add(entry.position());
                failure = call(ours, entry, attempt, call.again(), last);
            }
            if (failure != null) {
                return new Outcome.FailedAt(entry, failure);
            }
            try (LaneStore.Effect effect = store.effect(spec.synchronousCommit())) {
                if (!effect.deleteHeld(entry.position())) {
                    return new Outcome.Gone();
                }
                if (!effect.fence(claim(lane, epoch))) {
                    throw new LaneLostException();
                }
            } catch (LaneLostException e) {
                throw e;
            } catch (SQLException | RuntimeException | Error e) {
                OwnThread.retireIfLost(e);
                return new Outcome.NotCommitted(unlessLocked(e));
            }
            open = false;
            failure = commit(lane);
            return failure == null ? new Outcome.Committed(entry.position()) : new Outcome.NotCommitted(failure);
        } finally {
            if (open) {
                rollback(ours);
            }
        }
    }

    /** The log has it now, also where nobody knows whether it is written: who tries that again cannot tell from what is stored. */
    private void ended(Lane lane, long epoch, Lane.Held held, Lane.End end) throws SQLException {
        synchronized (lock) {
            held.endIs(end);
        }
        boolean lost = false;
        try {
            writeEnd(lane, epoch, held, end);
        } catch (LaneLostException e) {
            // it is for the owner there is now to say what became of the attempt
            lost = true;
            throw e;
        } finally {
            if (!lost && (end.counted() || end.again() == null)) {
                tell(held, end);
            }
        }
    }

    private void tell(Lane.Held held, Lane.End end) {
        boolean news;
        synchronized (lock) {
            news = held.isNews(end.attempts());
        }
        String subject = held.key instanceof String key ? key : null;
        log.failed(held.position, subject, end.attempts(), news, end.again(), end.cause());
    }

    private void writeEnd(Lane lane, long epoch, Lane.Held held, Lane.End end) throws SQLException {
        Throwable cause = end.cause();
        if (!store.attemptFailed(
                lane.number(),
                epoch,
                held.position,
                end.again(),
                end.counted(),
                end.called(),
                cause == null ? null : Failures.describe(cause))) {
            synchronized (lock) {
                held.endIs(null);
                // written before, perhaps: what is read next says when it is due
                lane.heldFailed(held, Long.MAX_VALUE);
            }
            throw new LaneLostException();
        }
        synchronized (lock) {
            held.endIs(null);
            lane.heldFailed(held, dueAt(end.again()));
        }
    }
}
