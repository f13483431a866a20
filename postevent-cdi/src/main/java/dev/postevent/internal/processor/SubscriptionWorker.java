package dev.postevent.internal.processor;

import dev.postevent.internal.flow.EntrySource;
import dev.postevent.internal.worker.OwnThread;
import dev.postevent.internal.worker.Passing;
import dev.postevent.spi.LogEntry;
import jakarta.transaction.SystemException;
import jakarta.transaction.TransactionSynchronizationRegistry;
import jakarta.transaction.UserTransaction;
import java.lang.System.Logger.Level;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
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
 *
 * <p>Longer than most: leasing, reading and running change the same lanes under the one lock.
 */
final class SubscriptionWorker {
    private static final System.Logger LOG = System.getLogger("dev.postevent.processor");
    private static final int READ_ROWS = 1_000;
    private static final int SKIM_ROWS = 10_000;
    private static final long TURN_NANOS = 20_000_000;
    /** So often a lane may fail at one place before health names the event there. */
    private static final int ROUNDS_MAX = 3;
    /** How long an answer of the database is waited for that another thread asks for. */
    private static final int REACH_SECONDS = 5;
    /** A database that is away is told once for as long as it is met at least so often. */
    private static final long AWAY_TOLD_MILLIS = 10_000;

    /** Where it is told that a subscription has not begun. */
    private static final String START = "start";

    private static final String TWIN = "another node of this application that has the name of this one took its lanes;"
            + " give each node a postevent.node of its own, or each application, if they are two, a postevent.application";

    private final SubscriptionSpec spec;
    private final Lease lease;
    private final LaneStore store;
    private final EntrySource source;
    private final Registration registration;
    private final ExecutorService lanePool;
    private final ExecutorService workPool;
    private final ScheduledExecutorService timer;
    private final LongSupplier nanoTime;
    private final LaneRunner runner;
    private final AtomicBoolean leasing = new AtomicBoolean();
    private final AtomicBoolean advancing = new AtomicBoolean();
    private final AtomicBoolean refreshing = new AtomicBoolean();
    private final AtomicBoolean giving = new AtomicBoolean();
    private final AtomicBoolean beginning = new AtomicBoolean();

    /** A lane that is ours. */
    private static final class Owned {
        final Lane lane;
        final long epoch;
        /** A task works for it, in its turn or for all idle ones. */
        boolean scheduled;
        /** What is stored of it has to be looked at before anything else. */
        boolean reload;
        /** That is being done. */
        boolean reloading;

        boolean leaving;
        /** Not offered what was read: it is blocked, and the buffer is for the others. */
        boolean passedOver;

        /** How many events more will be held once its work is done. */
        int willHold;

        /** Failed tasks in a row, and where the last began. */
        long troubles;

        long troublesAt;
        long wakeAt = Long.MAX_VALUE;

        Owned(Lane lane, long epoch) {
            this.lane = lane;
            this.epoch = epoch;
        }
    }

    // all below under this object's lock
    private final Map<Integer, Owned> owned = new TreeMap<>();
    private int laneCount;
    /** Looks that were asked for until then may know nothing of it. */
    private long registeredAt;
    /** Where it begins, as soon as that is known. */
    private Start start;
    /** Nothing was read yet that it is given: it may begin at a time that is far up. */
    private boolean skimming = true;

    private long mark;
    private long readThrough;
    /** How often reading began anew because what was read counts no longer. */
    private long restarts;

    private boolean reading;
    private boolean paused;
    private boolean stopping;
    private boolean fullTold;
    /** Lanes that begin again, and are not in the log yet: a restart of the database is one line, not one for each. */
    private final Map<Integer, String> begunAgain = new TreeMap<>();

    private long awayToldUntil = Long.MIN_VALUE;
    /** What is held in lanes of other nodes, as of the last look. */
    private int heldElsewhere;

    private long leaseUntil;
    private long renewAt;
    private boolean begun;
    private @Nullable String twin;
    /** What hinders, by where it was seen: only what is well again there takes it away. */
    private final Map<String, String> troubles = new TreeMap<>();

    private boolean started;
    private long looksAsked;
    private long lookTaken;

    SubscriptionWorker(
            SubscriptionSpec spec,
            Lease lease,
            LaneStore store,
            EntrySource source,
            Present present,
            UserTransaction transaction,
            TransactionSynchronizationRegistry registry,
            ExecutorService lanePool,
            ExecutorService workPool,
            ScheduledExecutorService timer,
            LongSupplier nanoTime,
            RandomGenerator random) {
        this.spec = spec;
        this.start = spec.start();
        this.registration = new Registration(spec, store, present);
        this.lease = lease;
        this.store = store;
        this.source = source;
        this.lanePool = lanePool;
        this.workPool = workPool;
        this.timer = timer;
        this.nanoTime = nanoTime;
        this.runner = new LaneRunner(
                spec,
                store,
                source,
                transaction,
                registry,
                nanoTime,
                random,
                this::isStopping,
                this::isReachable,
                this);
    }

    SubscriptionSpec spec() {
        return spec;
    }

    private synchronized boolean isStopping() {
        return stopping;
    }

    /** What a thread with dead connections finds says nothing of the database: then another one looks. */
    private boolean isReachable() {
        if (!OwnThread.isSpent()) {
            return store.reachable();
        }
        try {
            return workPool.submit(store::reachable).get(REACH_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } catch (ExecutionException | TimeoutException | RejectedExecutionException e) {
            // it does not answer, or we are being stopped
            return false;
        }
    }

    /**
     * Registers the subscription and takes its lanes; does nothing if it did so before. Not called by two threads at once.
     *
     * <p>Where it is new and begins now, the source has to be asked, which may take its time: then it is registered beside this, or by a
     * later look, and holds up no other one.
     */
    void start() throws SQLException {
        synchronized (this) {
            if (started || stopping) {
                return;
            }
        }
        Optional<LaneStore.Registered> there = registration.registerUnasked();
        if (there.isPresent()) {
            take(there.get());
            lookAndLease();
        }
        synchronized (this) {
            started = true;
        }
        if (there.isEmpty()) {
            registerBeside();
        }
    }

    /** On a thread of its own, which has no lane to run yet. */
    private void registerBeside() {
        synchronized (this) {
            if (laneCount > 0) {
                return;
            }
            // whatever the last answer was stays until the next one
            troubles.putIfAbsent(
                    START,
                    "it is new and begins now, and has not begun yet: its source is being asked where topic "
                            + spec.topic() + " is");
        }
        background(
                lanePool,
                "begin",
                () -> {
                    if (tryToRegister()) {
                        background("lease", this::lookAndLease, leasing);
                    }
                },
                beginning);
    }

    private void lookAndLease() throws SQLException {
        long asked = asks();
        lease(asked, store.look().orElse(null));
    }

    /** Call before a look is asked for; what it saw counts unless a later one is answered before. */
    synchronized long asks() {
        return ++looksAsked;
    }

    /**
     * What operators and other nodes may have changed. Returns at once.
     *
     * @param asked see {@link #asks}
     * @param look null: the subscription is not registered
     */
    void looked(long asked, LaneStore.@Nullable Look look) {
        synchronized (this) {
            // one that was asked for before this was registered knows nothing of it
            if (!isAtWork() || asked <= lookTaken) {
                return;
            }
        }
        background("lease", () -> lease(asked, look), leasing);
        if (hasIdleToAdvance()) {
            background("idle lanes", this::advanceIdle, advancing);
        }
    }

    /** What operators and other nodes changed is not known. */
    void lookFailed(Exception e) {
        if (isAtWork()) {
            trouble("lease", Failures.describe(e), Passing.isAway(e));
        }
    }

    private synchronized boolean isAtWork() {
        return started && !stopping;
    }

    /** Without the lock: a database that does not answer must not hold up a stop. */
    private boolean tryToRegister() throws SQLException {
        try {
            take(registration.register());
            well(START);
            return true;
        } catch (Registration.NotBegunException e) {
            trouble(START, String.valueOf(e.getMessage()), false);
            return false;
        }
    }

    private synchronized void take(LaneStore.Registered registered) {
        laneCount = registered.lanes();
        registeredAt = looksAsked;
        paused = registered.paused();
        start = registered.start();
    }

    private interface Task {
        void run() throws SQLException;
    }

    private void background(String name, Task task, AtomicBoolean busy) {
        background(workPool, name, task, busy);
    }

    /** Runs a task unless it is still at work or waiting: a database that hangs must not pile them up. */
    private void background(ExecutorService pool, String name, Task task, AtomicBoolean busy) {
        if (!busy.compareAndSet(false, true)) {
            return;
        }
        boolean submitted = submit(pool, () -> {
            try {
                task.run();
                well(name);
            } catch (SQLException | RuntimeException | Error e) {
                trouble(name, Failures.describe(e), Passing.isAway(e));
            } finally {
                busy.set(false);
            }
        });
        if (!submitted) {
            busy.set(false);
        }
    }

    private synchronized void well(String where) {
        troubles.remove(where);
    }

    /**
     * Something hinders at one place.
     *
     * @param away the database is: every lane meets that, each in words of its own, and one line in the log is for all of them
     */
    private synchronized void trouble(String where, String text, boolean away) {
        boolean told = troubles.containsValue(text) || (away && runner.now() < awayToldUntil);
        if (away) {
            awayToldUntil = runner.now() + AWAY_TOLD_MILLIS;
        }
        LOG.log(told ? Level.DEBUG : Level.WARNING, "subscription " + spec.name() + ": " + text + "; will try again");
        troubles.put(where, text);
    }

    private static String where(Owned one) {
        return "lane " + one.lane.number();
    }

    /** Returns false if the pool takes nothing more because we are being stopped, or has no thread: then the next look asks again. */
    private static boolean submit(ExecutorService pool, Runnable task) {
        try {
            pool.execute(task);
            return true;
        } catch (RejectedExecutionException e) {
            return false;
        } catch (RuntimeException | Error e) {
            LOG.log(Level.WARNING, "nothing can be begun at the moment, will be tried again", e);
            return false;
        }
    }

    /** Renews our leases, evens out the lanes between the nodes, and learns what operators and other nodes changed. */
    private void lease(long asked, LaneStore.@Nullable Look look) throws SQLException {
        boolean registered;
        boolean first;
        boolean due;
        synchronized (this) {
            if (stopping) {
                return;
            }
            registered = laneCount > 0;
            if (registered && look == null && asked <= registeredAt) {
                return;
            }
            first = !begun;
            due = runner.now() >= renewAt || first;
        }
        if (!registered) {
            registerBeside();
            return;
        }
        if (look == null) {
            // registered, and lost with what the database had not made durable
            take(registration.register());
            throw new SQLException("the subscription " + spec.name() + " was not registered any more");
        }
        if (due) {
            renew();
        }
        if (first) {
            // a start that is repeated has lanes at work by now
            add(store.acquireLeftovers(ours()));
        }
        int share = look.share(laneCount);
        List<Integer> ours = ours();
        if (ours.size() < share) {
            add(store.acquire(ours, share - ours.size()));
        }
        chooseLeaving(share);
        background("give lanes", this::give, giving);
        long durableMark = due ? source.mark(spec.topic()).mark() : 0;
        countHeldElsewhere(due || look.others() > 0);
        synchronized (this) {
            forgetTroublesOfOthers();
            tellBegunAgain();
            begun = true;
            if (asked > lookTaken) {
                lookTaken = asked;
                paused = look.paused();
            }
            mark = Math.max(mark, durableMark);
            for (Owned one : owned.values()) {
                if (due && one.lane.heldCount() > 0) {
                    one.reload = true;
                }
                if (one.reload || !isIdle(one) || one.lane.heldCount() > 0) {
                    schedule(one);
                }
            }
            requestRead();
        }
    }

    /** Without other nodes it changes only when lanes come and go. */
    private void countHeldElsewhere(boolean mayHaveChanged) throws SQLException {
        synchronized (this) {
            if (!mayHaveChanged && heldElsewhere == 0) {
                return;
            }
        }
        int held = store.heldCount(spec.limits().heldMax());
        synchronized (this) {
            heldElsewhere = Math.max(0, held - heldCount());
        }
    }

    /** Once all that has to be looked at has been; of lanes that are another node's now that one tells. */
    private void tellBegunAgain() {
        begunAgain.keySet().retainAll(owned.keySet());
        if (begunAgain.isEmpty() || owned.values().stream().anyMatch(one -> one.reload || one.reloading)) {
            return;
        }
        LOG.log(
                Level.INFO,
                "subscription " + spec.name()
                        + ": the answer to a commit was lost, or the database was restarted; these lanes"
                        + " (partitions) begin again where the database has them: "
                        + String.join(", ", begunAgain.values()));
        begunAgain.clear();
    }

    /** What hindered lanes that are another node's now, and reading where nothing is left to read. */
    private void forgetTroublesOfOthers() {
        troubles.keySet()
                .removeIf(where -> where.startsWith("lane ")
                        && owned.values().stream().noneMatch(one -> where(one).equals(where)));
        if (owned.isEmpty() || (!reading && readThrough >= mark)) {
            troubles.remove("read");
        }
        if (owned.isEmpty()) {
            troubles.remove("held");
        }
    }

    private void renew() throws SQLException {
        long asked = runner.now();
        Map<Integer, Long> ours = new TreeMap<>();
        synchronized (this) {
            owned.values().forEach(one -> ours.put(one.lane.number(), one.epoch));
        }
        Map<Integer, LaneStore.Claim> renewed = new TreeMap<>();
        for (LaneStore.Claim claim : store.renew(ours)) {
            renewed.put(claim.lane(), claim);
        }
        List<Integer> lost = new ArrayList<>();
        synchronized (this) {
            leaseUntil = asked + lease.duration().toMillis();
            renewAt = asked + lease.renewedEveryMillis();
            ours.forEach((lane, epoch) -> {
                Owned one = owned.get(lane);
                LaneStore.Claim stored = renewed.get(lane);
                if (one == null || one.epoch != epoch) {
                    return;
                }
                if (stored == null) {
                    owned.remove(lane);
                    lost.add(lane);
                } else {
                    // most often a batch was committed meanwhile; if not, the database has lost something
                    one.reload |= !one.lane.agrees(stored);
                }
            });
        }
        if (!lost.isEmpty()) {
            lost(lost);
        }
    }

    private void lost(List<Integer> lanes) throws SQLException {
        LOG.log(Level.INFO, "subscription " + spec.name() + ": lanes (partitions) " + lanes + " went to another node");
        boolean toTwin = store.hasLanesBeside(lanes);
        synchronized (this) {
            twin = toTwin ? TWIN : twin;
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
        List<LaneStore.Claim> idle = new ArrayList<>();
        List<Owned> lanes = new ArrayList<>();
        for (Owned one : List.copyOf(owned.values())) {
            if (which.test(one)) {
                owned.remove(one.lane.number());
                lanes.add(one);
                if (mayAdvance(one)) {
                    idle.add(one.lane.claim(one.epoch));
                }
            }
        }
        return new Leaving(lanes, idle, readThrough);
    }

    /** Lanes that are ours no longer here, and still in the database; those of them that are {@code idle} are through {@code cursor}. */
    private record Leaving(List<Owned> lanes, List<LaneStore.Claim> idle, long cursor) {}

    private boolean mayAdvance(Owned one) {
        return isIdle(one) && !one.scheduled && !one.reload && one.lane.cursor() < readThrough;
    }

    private void release(Leaving leaving) throws SQLException {
        List<Task> steps = new ArrayList<>();
        if (!leaving.idle.isEmpty()) {
            steps.add(() -> store.advance(leaving.idle, leaving.cursor));
        }
        for (Owned one : leaving.lanes) {
            steps.add(() -> store.release(one.lane.number(), one.epoch, one.lane.calls(), one.lane.heldCalled()));
        }
        each(steps);
    }

    /** One that fails keeps none of the others from being done. */
    private static void each(List<Task> steps) throws SQLException {
        SQLException failure = null;
        for (Task step : steps) {
            try {
                step.run();
            } catch (SQLException e) {
                if (failure != null) {
                    e.addSuppressed(failure);
                }
                failure = e;
            }
        }
        if (failure != null) {
            throw failure;
        }
    }

    private synchronized List<Integer> ours() {
        return List.copyOf(owned.keySet());
    }

    private void add(List<LaneStore.Acquired> acquired) throws SQLException {
        // read when they are ours: what comes into the inbox later no former owner has handed to the observer
        long there = acquired.stream().anyMatch(LaneStore.Acquired::unclean)
                ? source.mark(spec.topic()).mark()
                : 0;
        for (LaneStore.Acquired one : acquired) {
            add(one, there);
        }
    }

    private void add(LaneStore.Acquired acquired, long there) throws SQLException {
        LaneStore.Claim claim = acquired.claim();
        LaneStore.Calls calls = acquired.calls();
        if (acquired.unclean()) {
            calls = new LaneStore.Calls(
                    calls.called(), calls.againThrough(), spec.limits().batchMax(), there);
        }
        Lane lane = new Lane(
                claim.lane(),
                claim.cursor(),
                spec.limits().batchMax(),
                spec.retry().onFailure(),
                calls);
        lane.startOver(claim);
        lane.reloadHeld(
                store.loadHeld(claim.lane(), runner.now(), heldMost()),
                spec.limits().heldMax());
        synchronized (this) {
            offeredToAll();
            readThrough = owned.isEmpty() ? lane.cursor() : Math.min(readThrough, lane.cursor());
            Owned one = new Owned(lane, claim.epoch());
            one.passedOver = lane.isBlocked();
            owned.put(lane.number(), one);
            begunAgain.remove(lane.number());
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

    /**
     * The inbox has less than it had: its database lost commits, or is another one. What was handed out, and how far every lane is,
     * counts no longer. Returns at once.
     */
    synchronized void setBack(long through) {
        mark = through;
        readThrough = Math.min(readThrough, through);
        restarts++;
        for (Owned one : owned.values()) {
            one.reload = true;
            schedule(one);
        }
    }

    private boolean hasRoom(List<LogEntry> entries) {
        long bytes = buffered();
        for (LogEntry entry : entries) {
            bytes += entry.weight();
        }
        return bytes <= spec.limits().bufferMaxBytes();
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
            // a void takes no part: nothing is called for it, and an idle cursor passes it; nor does what is before the
            // start
            boolean none = entry.isVoid() || start.passesOver(entry);
            skimming &= none;
            Owned one = none ? null : owned.get(entry.slot() % laneCount);
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
                || buffered() >= spec.limits().bufferMaxBytes()) {
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
                long since;
                Instant time;
                synchronized (this) {
                    since = restarts;
                    passToStart();
                    from = readThrough;
                    to = mark;
                    time = skimming ? start.time() : null;
                    room = spec.limits().bufferMaxBytes() - buffered();
                    if (stopping || paused || owned.isEmpty() || from >= to || room <= 0) {
                        reading = false;
                        return;
                    }
                }
                if (time != null && skim(from, to, time, since)) {
                    continue;
                }
                EntrySource.Page page = source.read(spec.topic(), from, to, READ_ROWS, Math.min(room, 4L << 20));
                List<LogEntry> entries = page.entries();
                well("read");
                synchronized (this) {
                    if (since != restarts) {
                        continue;
                    }
                    if (page.mark() < to) {
                        // so what is not among these entries is not void: it is not there any more
                        setBack(page.mark());
                        continue;
                    }
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
            trouble("read", Failures.describe(e), Passing.isAway(e));
            // the next lease round asks for it again
        }
    }

    /** What is below the position where it begins is not read at all. */
    private void passToStart() {
        long through = Math.min(start.after(), mark);
        if (readThrough < through && !owned.isEmpty() && !stopping) {
            offer(List.of(), through);
        }
    }

    /** Passes over what is of a time before it begins; false if there is nothing of that next. */
    private boolean skim(long from, long to, Instant time, long since) {
        EntrySource.Skim skimmed = source.skim(spec.topic(), from, to, time, SKIM_ROWS);
        synchronized (this) {
            if (since != restarts) {
                return true;
            }
            if (skimmed.mark() < to) {
                setBack(skimmed.mark());
                return true;
            }
            if (readThrough == from && skimmed.through() > from && !stopping && !owned.isEmpty()) {
                offer(List.of(), skimmed.through());
            }
            return skimmed.through() > from;
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
        long at = 0;
        try {
            while (true) {
                boolean reload;
                Lane.Work work;
                synchronized (this) {
                    if (!mayRun(one)) {
                        one.scheduled = false;
                        one.lane.interrupted();
                        if (one.leaving) {
                            background("give lanes", this::give, giving);
                        }
                        return;
                    }
                    reload = one.reload;
                    one.reload = false;
                    one.reloading = reload;
                    work = reload ? new Lane.Work.Wait(0) : next(one);
                    at = work.position();
                    if (!reload && work instanceof Lane.Work.Wait wait) {
                        one.scheduled = false;
                        wakeAt(one, wait.at());
                        return;
                    }
                }
                if (reload) {
                    try {
                        reload(one);
                    } finally {
                        synchronized (this) {
                            one.reloading = false;
                        }
                    }
                } else {
                    runner.run(one.lane, one.epoch, work);
                }
                synchronized (this) {
                    one.troubles = 0;
                    one.willHold = 0;
                    one.reload |= one.lane.takeDoubt()
                            || one.lane.wantsMoreHeld(spec.limits().heldMax());
                    well(where(one));
                    passOver(one);
                    requestRead();
                    if (nanoTime.getAsLong() - began > TURN_NANOS || OwnThread.isSpent()) {
                        one.scheduled = false;
                        schedule(one);
                        return;
                    }
                }
            }
        } catch (LaneLostException e) {
            synchronized (this) {
                one.scheduled = false;
                one.willHold = 0;
                one.reload = true;
                one.lane.interrupted();
                schedule(one);
            }
        } catch (SQLException | SystemException | RuntimeException | Error e) {
            failed(one, at, e);
        }
    }

    private boolean mayRun(Owned one) {
        return !stopping && !paused && !one.leaving && owned.get(one.lane.number()) == one && runner.now() < leaseUntil;
    }

    /** What a lane does next, with the room that is left for held events; it is taken at once, for lanes run side by side. */
    private Lane.Work next(Owned one) {
        int taken = heldElsewhere + heldCount();
        for (Owned other : owned.values()) {
            taken += other.willHold;
        }
        int ease = Math.max(1, spec.limits().heldMax() / 4);
        Lane.Work work = one.lane.next(runner.now(), spec.limits().heldMax() - taken, ease, spec.handler()::wants);
        one.willHold = one.lane.willHold(work, spec.handler()::wants);
        tellFull(spec.limits().heldMax() - taken >= ease);
        passOver(one);
        requestRead();
        if (work instanceof Lane.Work.Full waits) {
            // other lanes, other nodes and operators make room
            return new Lane.Work.Wait(Math.min(waits.at(), runner.now() + Looks.EVERY_MILLIS));
        }
        return work;
    }

    private void tellFull(boolean eased) {
        String text = "has " + spec.limits().heldMax()
                + " held events (failed ones, and those that wait behind them), the most it may have; lanes whose next event would"
                + " have to be held wait for retry or skip";
        if (owned.values().stream().anyMatch(other -> other.lane.isFull())) {
            if (!fullTold) {
                LOG.log(Level.WARNING, "subscription " + spec.name() + ": " + text);
            }
            fullTold = true;
            troubles.put("held", text);
        } else {
            // once in the log, however often single places become free
            fullTold &= !eased;
            troubles.remove("held");
        }
    }

    private int heldCount() {
        int count = 0;
        for (Owned one : owned.values()) {
            count += one.lane.heldCount();
        }
        return count;
    }

    /** How many held events of a lane are kept in memory, and one more that tells that there are more. */
    private int heldMost() {
        return spec.limits().heldMax() + 1;
    }

    /** Takes over what is stored of a lane: what operators changed, and how far it is if that is not what is believed here. */
    private void reload(Owned one) throws SQLException {
        Optional<LaneStore.Stored> found;
        try {
            found = store.stored(one.lane.number(), one.epoch, runner.now(), heldMost());
        } catch (SQLException | RuntimeException | Error e) {
            synchronized (this) {
                one.reload = true;
            }
            throw e;
        }
        if (found.isEmpty()) {
            synchronized (this) {
                owned.remove(one.lane.number(), one);
            }
            lost(List.of(one.lane.number()));
            return;
        }
        LaneStore.Stored stored = found.get();
        synchronized (this) {
            if (!one.lane.agrees(stored.claim())) {
                begunAgain.put(
                        one.lane.number(),
                        one.lane.number() + " at " + stored.claim().cursor() + " (was at " + one.lane.cursor() + ")");
                offeredToAll();
                one.lane.startOver(stored.claim());
                readThrough = Math.min(readThrough, one.lane.cursor());
                restarts++;
            }
            one.lane.reloadHeld(stored.held(), spec.limits().heldMax());
        }
    }

    private void failed(Owned one, long at, Throwable e) {
        long rounds;
        synchronized (this) {
            one.scheduled = false;
            one.willHold = 0;
            one.lane.interrupted();
            one.reload |= one.lane.takeDoubt();
            one.troubles = at == one.troublesAt ? one.troubles + 1 : 1;
            one.troublesAt = at;
            rounds = one.troubles;
            wakeAt(one, runner.now() + Math.min(5_000, 100L << Math.min(one.troubles, 6)));
        }
        String text = Failures.describe(e);
        boolean stuck = rounds >= ROUNDS_MAX && at != 0;
        trouble(
                where(one),
                stuck ? where(one) + " does not get past position " + at + ": " + text : text,
                Passing.isAway(e));
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

    private synchronized boolean hasIdleToAdvance() {
        return owned.values().stream().anyMatch(this::mayAdvance);
    }

    /**
     * Moves the cursors of lanes with nothing to do over what is not theirs, so that a restart need not read it again. Meanwhile
     * nothing else works for them: a batch would begin from another cursor.
     */
    private void advanceIdle() throws SQLException {
        List<Owned> idle = new ArrayList<>();
        List<LaneStore.Claim> claims = new ArrayList<>();
        long through;
        synchronized (this) {
            through = readThrough;
            for (Owned one : owned.values()) {
                if (mayAdvance(one) && !stopping) {
                    one.scheduled = true;
                    idle.add(one);
                    claims.add(one.lane.claim(one.epoch));
                }
            }
        }
        if (idle.isEmpty()) {
            return;
        }
        List<Integer> moved = List.of();
        try {
            moved = store.advance(claims, through);
        } finally {
            synchronized (this) {
                for (Owned one : idle) {
                    if (moved.contains(one.lane.number())) {
                        one.lane.advanced(through);
                    } else {
                        // whether it was is not known, or something else is stored than is believed here
                        one.reload = true;
                    }
                    one.scheduled = false;
                    schedule(one);
                }
            }
        }
    }

    /** Something was changed in the database by an operator: look at once. */
    void refresh() {
        synchronized (this) {
            for (Owned one : owned.values()) {
                one.reload = true;
                schedule(one);
            }
        }
        background("lease", this::lookAndLease, refreshing);
    }

    /**
     * An operator on this node stopped it, or let it go on, and the database has that. From here on nothing more is handed out, or
     * something is again; a look that was asked for before knows nothing of it.
     */
    void paused(boolean byOperator) {
        synchronized (this) {
            lookTaken = asks();
            paused = byOperator;
        }
        refresh();
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
        return troubles.isEmpty() ? twin : String.join("; ", new TreeSet<>(troubles.values()));
    }

    synchronized int lanesOwned() {
        return owned.size();
    }

    /** Where it begins. */
    Start begins() {
        return registration.start();
    }

    synchronized boolean isPaused() {
        return paused;
    }

    /** No new work from now on. */
    synchronized void stopWork() {
        stopping = true;
    }

    /** Gives back the lanes, once nothing runs any more. Where this fails they are free when their lease ends. */
    void giveBack() throws SQLException {
        each(List.of(() -> release(takeOut(one -> true)), () -> store.leave()));
    }
}
