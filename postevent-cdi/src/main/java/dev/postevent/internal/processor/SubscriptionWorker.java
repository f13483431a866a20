package dev.postevent.internal.processor;

import dev.postevent.PosteventException;
import dev.postevent.spi.LogEntry;
import jakarta.transaction.SystemException;
import jakarta.transaction.TransactionSynchronizationRegistry;
import jakarta.transaction.UserTransaction;
import java.lang.System.Logger.Level;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * One subscription on this node: leases its lanes, reads ahead up to the mark, hands entries to the lanes, runs them.
 *
 * <p>Everything through {@code readThrough} was offered to the lanes owned here. While that is all there is below the mark, what
 * the inbox just stored is taken from memory; otherwise one reader at a time reads on from the database, as far as the buffer
 * has room. A lane has at most one task at a time.
 */
final class SubscriptionWorker {
    private static final System.Logger LOG = System.getLogger("dev.postevent.processor");
    private static final int READ_ROWS = 1_000;
    private static final long TURN_NANOS = 20_000_000;
    /** How often a node looks for lanes it may take or has to give, at least. */
    private static final long LOOK_MILLIS = 1_000;

    private final SubscriptionSpec spec;
    private final Duration lease;
    private final LaneStore store;
    private final EntrySource source;
    private final ExecutorService lanePool;
    private final ExecutorService workPool;
    private final ScheduledExecutorService timer;
    private final LongSupplier nanoTime;
    private final LaneRunner runner;
    private final AtomicBoolean leasing = new AtomicBoolean();
    private final AtomicBoolean advancing = new AtomicBoolean();
    private final AtomicBoolean refreshing = new AtomicBoolean();
    private final AtomicBoolean giving = new AtomicBoolean();

    /** A lane that is ours. */
    private static final class Owned {
        final Lane lane;
        final long epoch;
        boolean scheduled;
        boolean reload;
        boolean leaving;
        /** Not offered what was read: it is blocked, and the buffer is for the others. */
        boolean passedOver;

        long troubles;
        long wakeAt = Long.MAX_VALUE;

        Owned(Lane lane, long epoch) {
            this.lane = lane;
            this.epoch = epoch;
        }
    }

    // all below under this object's lock
    private final Map<Integer, Owned> owned = new TreeMap<>();
    private int laneCount;
    private long mark;
    private long readThrough;
    private boolean reading;
    private boolean paused;
    private boolean stopping;
    private long leaseUntil;
    private long renewAt;
    private boolean begun;
    private @Nullable String twin;
    private @Nullable String trouble;
    private final List<ScheduledFuture<?>> regular = new ArrayList<>();

    SubscriptionWorker(
            SubscriptionSpec spec,
            Duration lease,
            LaneStore store,
            EntrySource source,
            UserTransaction transaction,
            TransactionSynchronizationRegistry registry,
            ExecutorService lanePool,
            ExecutorService workPool,
            ScheduledExecutorService timer,
            LongSupplier nanoTime,
            RandomGenerator random) {
        this.spec = spec;
        this.lease = lease;
        this.store = store;
        this.source = source;
        this.lanePool = lanePool;
        this.workPool = workPool;
        this.timer = timer;
        this.nanoTime = nanoTime;
        this.runner =
                new LaneRunner(spec, store, source, transaction, registry, nanoTime, random, this::isStopping, this);
    }

    SubscriptionSpec spec() {
        return spec;
    }

    private synchronized boolean isStopping() {
        return stopping;
    }

    /** Registers the subscription and takes its lanes; does nothing if it did so before. Not called by two threads at once. */
    void start() throws SQLException {
        synchronized (this) {
            if (!regular.isEmpty() || stopping) {
                return;
            }
        }
        // without the lock: a database that does not answer must not hold up a stop
        LaneStore.Registered registered = store.register(spec.name(), spec.topic(), spec.lanes());
        if (!registered.topic().equals(spec.topic().value())) {
            throw new PosteventException(
                    "PSTEV34001",
                    "subscription " + spec.name() + " reads topic " + spec.topic()
                            + ", but what is stored about it is of topic " + registered.topic()
                            + "; give the observer another subscription name");
        }
        if (registered.lanes() != spec.lanes()) {
            LOG.log(
                    Level.WARNING,
                    "subscription " + spec.name() + " is configured with " + spec.lanes()
                            + " lanes, but has progress in " + registered.lanes() + ", which stays");
        }
        synchronized (this) {
            laneCount = registered.lanes();
            paused = registered.paused();
        }
        lease();
        long look = Math.min(LOOK_MILLIS, third());
        synchronized (this) {
            if (stopping) {
                return;
            }
            regular.add(timer.scheduleWithFixedDelay(
                    () -> background(this::lease, leasing), look, look, TimeUnit.MILLISECONDS));
            regular.add(timer.scheduleWithFixedDelay(
                    () -> background(this::advanceIdle, advancing), 500, 500, TimeUnit.MILLISECONDS));
        }
    }

    private interface Task {
        void run() throws SQLException;
    }

    /** Runs a task unless it is still at work or waiting: a database that hangs must not pile them up. */
    private void background(Task task, AtomicBoolean busy) {
        if (!busy.compareAndSet(false, true)) {
            return;
        }
        boolean submitted = submit(workPool, () -> {
            try {
                task.run();
                trouble(null);
            } catch (SQLException | RuntimeException | Error e) {
                trouble(Failures.describe(e));
            } finally {
                busy.set(false);
            }
        });
        if (!submitted) {
            busy.set(false);
        }
    }

    private synchronized void trouble(@Nullable String text) {
        if (text != null && !text.equals(trouble)) {
            LOG.log(Level.WARNING, "subscription " + spec.name() + ": " + text + "; will try again");
        }
        trouble = text;
    }

    private static boolean submit(ExecutorService pool, Runnable task) {
        try {
            pool.execute(task);
            return true;
        } catch (RejectedExecutionException e) {
            // the pool takes nothing more because we are being stopped
            return false;
        }
    }

    private long third() {
        return Math.max(100, lease.toMillis() / 3);
    }

    /** Renews our leases, evens out the lanes between the nodes, and learns what operators and other nodes changed. */
    private void lease() throws SQLException {
        boolean first;
        boolean due;
        synchronized (this) {
            if (stopping) {
                return;
            }
            first = !begun;
            due = runner.now() >= renewAt || first;
        }
        if (due) {
            renew();
        }
        if (first) {
            for (LaneStore.Acquired lane : store.acquireLeftovers(spec.name(), lease)) {
                add(lane);
            }
        }
        LaneStore.Look look = store.look(spec.name());
        int share = look.share(laneCount);
        List<Integer> ours;
        synchronized (this) {
            ours = List.copyOf(owned.keySet());
        }
        if (ours.size() < share) {
            for (LaneStore.Acquired lane : store.acquire(spec.name(), ours, share - ours.size(), lease)) {
                add(lane);
            }
        }
        chooseLeaving(share);
        background(this::give, giving);
        long durableMark = due ? source.mark(spec.topic()) : 0;
        synchronized (this) {
            begun = true;
            paused = look.paused();
            mark = Math.max(mark, durableMark);
            for (Owned one : owned.values()) {
                if (due && one.lane.heldCount() > 0) {
                    one.reload = true;
                }
                schedule(one);
            }
            requestRead();
        }
    }

    private void renew() throws SQLException {
        long asked = runner.now();
        Map<Integer, Long> ours = new TreeMap<>();
        synchronized (this) {
            owned.values().forEach(one -> ours.put(one.lane.number(), one.epoch));
        }
        Set<Integer> renewed = store.renew(spec.name(), ours, lease);
        List<Integer> lost = new ArrayList<>();
        synchronized (this) {
            leaseUntil = asked + lease.toMillis();
            renewAt = asked + third();
            ours.forEach((lane, epoch) -> {
                Owned one = owned.get(lane);
                if (one != null && one.epoch == epoch && !renewed.contains(lane)) {
                    owned.remove(lane);
                    lost.add(lane);
                }
            });
        }
        if (!lost.isEmpty()) {
            boolean toTwin = store.hasLanesBeside(spec.name(), lost);
            LOG.log(Level.INFO, "subscription " + spec.name() + ": lanes " + lost + " went to another node");
            synchronized (this) {
                twin = toTwin
                        ? "another node with the name of this one took its lanes; give each a postevent.node"
                        : twin;
            }
        }
    }

    /** Of more lanes than our share the last ones leave. */
    private synchronized void chooseLeaving(int share) {
        int place = 0;
        for (Owned one : owned.values()) {
            one.leaving = place++ >= share;
        }
    }

    /** Gives lanes that leave to whoever has too few, once nothing runs in them. */
    private void give() throws SQLException {
        release(takeOut(one -> one.leaving && !one.scheduled && !stopping));
    }

    /**
     * Lets go of lanes, and says how far each has come. That is one step: what is offered a moment later goes to lanes that are
     * owned only, and {@code readThrough} is then beyond what these were offered.
     */
    private synchronized Leaving takeOut(Predicate<Owned> which) {
        List<LaneStore.Advance> advances = new ArrayList<>();
        List<Owned> lanes = new ArrayList<>();
        for (Owned one : List.copyOf(owned.values())) {
            if (which.test(one)) {
                owned.remove(one.lane.number());
                lanes.add(one);
                if (isIdle(one) && one.lane.cursor() < readThrough) {
                    advances.add(new LaneStore.Advance(one.lane.number(), one.epoch, readThrough));
                }
            }
        }
        return new Leaving(lanes, advances);
    }

    /** Lanes that are ours no longer here, and still in the database. */
    private record Leaving(List<Owned> lanes, List<LaneStore.Advance> advances) {}

    private void release(Leaving leaving) throws SQLException {
        if (!leaving.advances.isEmpty()) {
            store.advance(spec.name(), leaving.advances);
        }
        for (Owned one : leaving.lanes) {
            store.release(spec.name(), one.lane.number(), one.epoch);
        }
    }

    private void add(LaneStore.Acquired acquired) throws SQLException {
        int careful = acquired.unclean() ? spec.batchMax() : 0;
        Lane lane = new Lane(acquired.lane(), acquired.cursor(), spec.batchMax(), spec.blockOnFailure(), careful);
        lane.reloadHeld(store.loadHeld(spec.name(), acquired.lane(), runner.now()));
        synchronized (this) {
            offeredToAll();
            readThrough = owned.isEmpty() ? lane.cursor() : Math.min(readThrough, lane.cursor());
            Owned one = new Owned(lane, acquired.epoch());
            one.passedOver = lane.isBlocked();
            owned.put(lane.number(), one);
            twin = null;
            schedule(one);
        }
    }

    /** The mark moved. Returns at once. */
    synchronized void released(long after, @Nullable List<LogEntry> entries, long through) {
        mark = Math.max(mark, through);
        if (entries != null
                && readThrough == after
                && !reading
                && !paused
                && !stopping
                && !owned.isEmpty()
                && hasRoom(entries)) {
            offer(entries, through);
        } else {
            requestRead();
        }
    }

    private boolean hasRoom(List<LogEntry> entries) {
        long bytes = buffered();
        for (LogEntry entry : entries) {
            bytes += entry.weight();
        }
        return bytes <= spec.bufferMaxBytes();
    }

    private long buffered() {
        long bytes = 0;
        for (Owned one : owned.values()) {
            bytes += one.lane.queuedBytes();
        }
        return bytes;
    }

    private void offer(List<LogEntry> entries, long through) {
        for (LogEntry entry : entries) {
            // a void takes no part: nothing is called for it, and an idle cursor passes it
            Owned one = entry.isVoid() ? null : owned.get(entry.slot() % laneCount);
            if (one != null && !one.passedOver && one.lane.offer(entry)) {
                schedule(one);
            }
        }
        readThrough = through;
    }

    /** Before reading begins anew further down. */
    private void offeredToAll() {
        for (Owned one : owned.values()) {
            if (!one.passedOver) {
                one.lane.offeredThrough(readThrough);
            }
        }
    }

    /** A lane that blocks takes nothing of the buffer; once it goes on, what it was not offered is read again. */
    private void passOver(Owned one) {
        if (one.lane.isBlocked()) {
            one.lane.forget();
            one.passedOver = true;
        } else if (one.passedOver && owned.get(one.lane.number()) == one) {
            offeredToAll();
            one.passedOver = false;
            readThrough = Math.min(readThrough, one.lane.offered());
        }
    }

    private boolean isIdle(Owned one) {
        return one.lane.isDrained() && !one.passedOver;
    }

    private void requestRead() {
        if (reading
                || stopping
                || paused
                || owned.isEmpty()
                || readThrough >= mark
                || buffered() >= spec.bufferMaxBytes()) {
            return;
        }
        reading = submit(workPool, this::readOn);
    }

    private void readOn() {
        try {
            while (true) {
                long from;
                long to;
                long room;
                synchronized (this) {
                    from = readThrough;
                    to = mark;
                    room = spec.bufferMaxBytes() - buffered();
                    if (stopping || paused || owned.isEmpty() || from >= to || room <= 0) {
                        reading = false;
                        return;
                    }
                }
                List<LogEntry> entries = source.read(spec.topic(), from, to, READ_ROWS, Math.min(room, 4L << 20));
                synchronized (this) {
                    boolean all = entries.isEmpty();
                    long through = all ? to : entries.get(entries.size() - 1).position();
                    // while it was read lanes may have come, to be offered more, or all have gone
                    if (readThrough == from && !stopping && !owned.isEmpty()) {
                        offer(entries, through);
                    }
                }
            }
        } catch (RuntimeException | Error e) {
            synchronized (this) {
                reading = false;
            }
            trouble(Failures.describe(e));
            // the next lease round asks for it again
        }
    }

    private void schedule(Owned one) {
        if (one.scheduled || stopping || one.leaving || owned.get(one.lane.number()) != one) {
            return;
        }
        one.scheduled = submit(lanePool, () -> runLane(one));
    }

    private void runLane(Owned one) {
        long began = nanoTime.getAsLong();
        try {
            while (true) {
                boolean reload;
                Lane.Work work;
                synchronized (this) {
                    if (!mayRun(one)) {
                        one.scheduled = false;
                        if (one.leaving) {
                            background(this::give, giving);
                        }
                        return;
                    }
                    reload = one.reload;
                    one.reload = false;
                    work = reload ? new Lane.Work.Wait(0) : one.lane.next(runner.now());
                    if (work instanceof Lane.Work.Hold && heldCount() >= spec.heldMax()) {
                        trouble = "has " + spec.heldMax()
                                + " held events, the most it may have; its lanes wait for retry or skip";
                        work = new Lane.Work.Wait(runner.now() + 1_000);
                    }
                    if (!reload && work instanceof Lane.Work.Wait wait) {
                        one.scheduled = false;
                        wakeAt(one, wait.at());
                        return;
                    }
                }
                if (reload) {
                    runner.reload(one.lane, one.epoch);
                } else {
                    runner.run(one.lane, one.epoch, work);
                }
                synchronized (this) {
                    one.troubles = 0;
                    passOver(one);
                    requestRead();
                    if (nanoTime.getAsLong() - began > TURN_NANOS) {
                        one.scheduled = false;
                        schedule(one);
                        return;
                    }
                }
            }
        } catch (LaneLostException e) {
            lost(one);
        } catch (SQLException | SystemException | RuntimeException | Error e) {
            failed(one, e);
        }
    }

    private boolean mayRun(Owned one) {
        return !stopping && !paused && !one.leaving && owned.get(one.lane.number()) == one && runner.now() < leaseUntil;
    }

    private int heldCount() {
        int count = 0;
        for (Owned one : owned.values()) {
            count += one.lane.heldCount();
        }
        return count;
    }

    private void lost(Owned one) {
        synchronized (this) {
            one.scheduled = false;
            owned.remove(one.lane.number(), one);
        }
        LOG.log(
                Level.INFO,
                "subscription " + spec.name() + ": lane " + one.lane.number() + " went to another node, or has gone on"
                        + " without an answer to its commit");
        boolean unused = submit(workPool, () -> giveUp(one));
    }

    /** If the lane is still ours, its state here is not what is stored: whoever takes it next reads it anew. */
    private void giveUp(Owned one) {
        try {
            store.release(spec.name(), one.lane.number(), one.epoch);
        } catch (SQLException | RuntimeException e) {
            // free when its lease ends
            trouble(Failures.describe(e));
        }
    }

    private void failed(Owned one, Throwable e) {
        trouble(Failures.describe(e));
        synchronized (this) {
            one.scheduled = false;
            one.troubles++;
            wakeAt(one, runner.now() + Math.min(5_000, 100L << Math.min(one.troubles, 6)));
        }
    }

    private void wakeAt(Owned one, long at) {
        if (at == Long.MAX_VALUE || stopping || (one.wakeAt <= at && one.wakeAt > runner.now())) {
            return;
        }
        one.wakeAt = at;
        try {
            ScheduledFuture<?> unused = timer.schedule(
                    () -> {
                        synchronized (this) {
                            one.wakeAt = Long.MAX_VALUE;
                            schedule(one);
                        }
                    },
                    Math.max(1, at - runner.now()),
                    TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            // the timer takes nothing more because we are being stopped
            one.wakeAt = Long.MAX_VALUE;
        }
    }

    /** Moves the cursors of lanes with nothing to do over what is not theirs, so that a restart need not read it again. */
    private void advanceIdle() throws SQLException {
        List<LaneStore.Advance> advances = new ArrayList<>();
        synchronized (this) {
            for (Owned one : owned.values()) {
                if (isIdle(one) && !one.scheduled && one.lane.cursor() < readThrough) {
                    advances.add(new LaneStore.Advance(one.lane.number(), one.epoch, readThrough));
                }
            }
        }
        if (advances.isEmpty()) {
            return;
        }
        List<Integer> moved = store.advance(spec.name(), advances);
        synchronized (this) {
            for (LaneStore.Advance advance : advances) {
                Owned one = owned.get(advance.lane());
                if (one != null && one.epoch == advance.epoch() && moved.contains(advance.lane())) {
                    one.lane.advanced(advance.cursor());
                }
            }
        }
    }

    /** Something was changed in the database by an operator: look at once. */
    void refresh() {
        background(
                () -> {
                    synchronized (this) {
                        owned.values().forEach(one -> one.reload = true);
                    }
                    lease();
                },
                refreshing);
    }

    /** The cursors as this node knows them, over those of the database. */
    synchronized long[] cursors(List<Long> stored) {
        long[] cursors = stored.stream().mapToLong(Long::longValue).toArray();
        for (Owned one : owned.values()) {
            int lane = one.lane.number();
            if (lane < cursors.length) {
                long known = isIdle(one) ? Math.max(one.lane.cursor(), readThrough) : one.lane.cursor();
                cursors[lane] = Math.max(cursors[lane], known);
            }
        }
        return cursors;
    }

    synchronized @Nullable String trouble() {
        return trouble == null ? twin : trouble;
    }

    synchronized int lanesOwned() {
        return owned.size();
    }

    synchronized boolean isPaused() {
        return paused;
    }

    /** No new work from now on. */
    void stopWork() {
        synchronized (this) {
            stopping = true;
            regular.forEach(task -> task.cancel(false));
        }
    }

    /** Gives back the lanes, once nothing runs any more. */
    void giveBack() {
        try {
            release(takeOut(one -> true));
            store.leave(spec.name());
        } catch (SQLException e) {
            LOG.log(
                    Level.WARNING,
                    "subscription " + spec.name()
                            + ": could not give its lanes back, they are free when their lease ends: "
                            + e.getMessage());
        }
    }
}
