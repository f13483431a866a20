package dev.postevent.internal.catchup;

import dev.postevent.DivergedSourceException;
import dev.postevent.PosteventException;
import dev.postevent.internal.flow.InboxMark;
import dev.postevent.internal.flow.InboxWriter;
import dev.postevent.internal.flow.Released;
import dev.postevent.internal.worker.AnchoredRange;
import dev.postevent.internal.worker.Backoff;
import dev.postevent.internal.worker.Passing;
import dev.postevent.internal.worker.VisibilityCondition;
import dev.postevent.spi.EventLog;
import dev.postevent.spi.LogEntry;
import dev.postevent.spi.Origin;
import dev.postevent.spi.Range;
import dev.postevent.spi.TopicName;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Keeps one topic's inbox complete: takes what the feed brings, moves the mark, finds gaps and closes them from the event log.
 *
 * <p>One lock per topic covers "store, then move the mark in memory, then tell": so the mark in memory is never above the one in
 * the database, and releases are told in order. The event log is read without the lock; live entries go on meanwhile.
 *
 * <p>A database may lose what it has committed: a server that crashes with {@code synchronous_commit=off}, a fail-over to an
 * asynchronous standby. Then memory is ahead of it. So each store says what it goes on from, and where the inbox has less, or its
 * server was started anew, everything in memory is dropped and built again from what is stored.
 *
 * <p>Longer than most: the feed's batches, range reads and regular looks all move the one mark, under the one lock.
 */
public final class CatchUp {
    private static final System.Logger LOG = System.getLogger("dev.postevent.catchup");
    private static final int RANGES_MAX = 10_000;
    /** Most that is kept in memory of what is above the mark. */
    private static final long EARLY_BYTES_MAX = 4 << 20;
    /** Greatest wait between two looks at an event log that waits for a transaction. */
    private static final long OPEN_NANOS = 100_000_000;
    /** After a pass a hole waits for so many times what it took: where holes never end, looking at them takes a part of the time only. */
    private static final int REST = 3;

    private static final long REST_MAX_NANOS = 50_000_000;

    /** How long a source may end below the mark before that is a fault. */
    private static final Duration BEHIND_GRACE = Duration.ofSeconds(5);

    private static final Backoff RETRY = new Backoff(Duration.ofMillis(100), 2, Duration.ofSeconds(5));

    private final TopicName topic;
    private final EventLog log;
    private final InboxWriter store;
    private final Released released;
    private final CatchUpSettings settings;
    private final ExecutorService pool;
    private final ScheduledExecutorService timer;
    private final LongSupplier nanoTime;
    private final RandomGenerator random;
    private final OriginCheck origins;

    private final ReentrantLock lock = new ReentrantLock();
    // under the lock
    private @Nullable HighWaterMark mark;
    private final EarlyEntries early = new EarlyEntries(EARLY_BYTES_MAX);
    /** What is stored at the mark; null: it has to be asked for. */
    private @Nullable LogEntry atMark;

    private final Grace grace;
    private long serverStart;
    private long gapSince;
    private boolean nextFails;
    private boolean gapTimed;
    private long passEnded;
    private long rest;

    private final AtomicBoolean following = new AtomicBoolean();
    private final HeldGap held;
    private final OpenHole hole = new OpenHole();

    private final Object flight = new Object();
    // under flight
    private boolean running;
    private boolean again;
    private boolean stopped;
    /** Doubts of the source there were, and how many of them a look at it has answered: those there were before it began. */
    private long doubts = 1;

    private long doubtsAnswered;
    private boolean behindTimed;
    private long behindSince;
    private int failures;
    private @Nullable ScheduledFuture<?> regular;
    private @Nullable ScheduledFuture<?> retry;

    private volatile long markSeen;
    private volatile boolean complete;
    private volatile @Nullable String blocker;
    private volatile @Nullable String fault;
    private volatile @Nullable String behind;
    private volatile @Nullable String trouble;
    /** That is that a database is away; of the one pass under way. */
    private volatile boolean away;

    /**
     * How the topic is doing.
     *
     * @param mark everything at or below it is in the inbox
     * @param complete true if the last look at the event log found nothing missing
     * @param blocker who holds the next position open at the source; null: nobody
     * @param fault why the topic stands still until a person acts; null: it does not
     * @param trouble the last failure that is being retried; null: none
     */
    public record Status(
            long mark,
            boolean complete,
            @Nullable String blocker,
            @Nullable String fault,
            @Nullable String trouble) {}

    /** Wires it; {@link #start} begins. */
    public CatchUp(
            TopicName topic,
            EventLog log,
            InboxWriter store,
            Released released,
            CatchUpSettings settings,
            ExecutorService pool,
            ScheduledExecutorService timer,
            LongSupplier nanoTime,
            RandomGenerator random) {
        this.topic = topic;
        this.log = log;
        this.store = store;
        this.released = released;
        this.settings = settings;
        this.grace = new Grace(settings.grace());
        this.held = new HeldGap(topic, settings.gapLimit());
        this.pool = pool;
        this.timer = timer;
        this.nanoTime = nanoTime;
        this.random = random;
        this.origins = new OriginCheck(topic, log, store, settings, this::refreshedMark);
    }

    /** Begins, once: history if this is the first connect, whatever was missed otherwise, then regular looks. */
    public void start() {
        long interval = settings.interval().toMillis();
        synchronized (flight) {
            if (regular != null || stopped) {
                return;
            }
            regular = timer.scheduleWithFixedDelay(() -> request(false), interval, interval, TimeUnit.MILLISECONDS);
        }
        request(true);
    }

    /** Ends: no look begins any more. What is under way finishes by itself; whoever ends the log waits for its reads. */
    public void stop() {
        synchronized (flight) {
            stopped = true;
            ScheduledFuture<?> timed = regular;
            if (timed != null) {
                timed.cancel(false);
            }
        }
    }

    /** How it is doing. Does not block. */
    public Status status() {
        long seen = markSeen;
        String known = fault == null ? behind : fault;
        return new Status(
                seen, complete, blocker, known == null ? held.fault(seen, nanoTime.getAsLong()) : known, trouble);
    }

    /** Something may have been missed, and the source may be another one: look. */
    public void doubt() {
        request(true);
    }

    /** Takes over how far other nodes have come, which receive what this one does not. Returns at once. */
    public void follow() {
        if (fault != null || !following.compareAndSet(false, true)) {
            return;
        }
        try {
            pool.execute(() -> {
                try {
                    refreshedMark();
                } catch (RuntimeException | Error e) {
                    // a pass says what it is, and goes on trying at the pace of its back-off
                    if (trouble == null) {
                        request(false);
                    }
                } finally {
                    following.set(false);
                }
            });
        } catch (RejectedExecutionException e) {
            // the pool takes nothing more because we are being stopped
            following.set(false);
        } catch (RuntimeException | Error e) {
            following.set(false);
            LOG.log(Level.WARNING, "topic " + topic + ": no other node can be followed, will be tried again", e);
        }
    }

    /**
     * Takes entries the feed brought; returns once they are stored.
     *
     * <p>A topic that stands still because its source diverged takes nothing: the event log has it all when a person has decided.
     * Nor does one whose source has ended below the mark for long: to refuse would stop the feed, and all its other topics.
     */
    public void arrived(List<LogEntry> entries) {
        if (standsStill()) {
            return;
        }
        try {
            if (isDoubted()) {
                try {
                    checkSource();
                } catch (PosteventException e) {
                    if (standsStill()) {
                        // ends by a look that finds the source well; those go on until one does
                        request(false);
                        return;
                    }
                    throw e;
                }
            }
            lock.lock();
            try {
                List<LogEntry> fresh = fresh(entries);
                HighWaterMark before = loaded();
                long since = gapSince;
                take(before, fresh, fresh, 0);
                if (before.hasGap() && markSeen > before.mark()) {
                    holeEnded(fresh.get(0), nanoTime.getAsLong() - since);
                }
            } finally {
                lock.unlock();
            }
        } catch (DivergedSourceException e) {
            standStill(e);
        }
    }

    /**
     * As {@link #arrived} in the common case, that entries follow on what is there, and if {@code condition} holds, which is asked by
     * what stores them.
     *
     * @return false, and the entries have to arrive otherwise, if it does not hold, or this is not that case, or storing failed
     */
    public boolean arrivedNext(List<LogEntry> entries, VisibilityCondition condition) {
        if (standsStill() || isDoubted()) {
            return false;
        }
        List<LogEntry> fresh = sortedOnce(entries);
        lock.lock();
        try {
            HighWaterMark before = loaded();
            if (before.hasGap() || !store.storeNext(topic, fresh, new InboxMark(before.mark(), serverStart), condition)) {
                return false;
            }
            taken(before, moved(before, fresh, 0), fresh, fresh);
            nextFails = false;
            return true;
        } catch (DivergedSourceException e) {
            standStill(e);
            return false;
        } catch (PosteventException e) {
            // of the inbox, as a rule: who stores without the condition meets it, too, and refuses the batch
            LOG.log(
                    nextFails ? Level.DEBUG : Level.WARNING,
                    topic + ": storing what follows failed, once more without" + " asking what is visible: "
                            + e.getMessage());
            nextFails = true;
            return false;
        } finally {
            lock.unlock();
        }
    }

    /** A tombstone comes by the feed, too, often before the pass that sealed knows: that hole did not fill by itself. */
    private void holeEnded(LogEntry by, long nanos) {
        if (by.isVoid()) {
            grace.wasted();
        } else {
            grace.filled(nanos);
        }
    }

    private boolean standsStill() {
        return fault != null || behind != null;
    }

    /**
     * Those of {@code entries} that are above the mark. Others come again after a restart of the feed, and right after a range read; the
     * last of them is compared with what is stored, because a source that was restored has others there; and so is the last event,
     * because all voids of a position are alike. What arrived above the mark is stored again: the database may have lost it, and
     * nobody knows before the mark is to pass it. Under the lock.
     */
    private List<LogEntry> fresh(List<LogEntry> entries) {
        List<LogEntry> sorted = sortedOnce(entries);
        LogEntry last = null;
        LogEntry lastEvent = null;
        for (LogEntry entry : sorted) {
            if (entry.position() <= loaded().mark()) {
                last = entry;
                lastEvent = entry.isVoid() ? lastEvent : entry;
            }
        }
        if (last == null) {
            return sorted;
        }
        compareAt(last);
        if (lastEvent != null && lastEvent != last) {
            compareAt(lastEvent);
        }
        // last, because what is left out is acknowledged to the feed: it must still be there
        long reached = refreshedMark();
        return sorted.stream().filter(entry -> entry.position() > reached).toList();
    }

    private void compareAt(LogEntry there) {
        LogEntry here = store.at(topic, there.position());
        if (here != null) {
            origins.compare(there, here);
        }
    }

    /**
     * Stores and moves the mark, also to {@code settledThrough}. Under the lock.
     *
     * @param fresh what is to be stored, sorted
     * @param inHand what can be handed over without reading it: these and what is stored already, sorted
     */
    private void take(HighWaterMark before, List<LogEntry> fresh, List<LogEntry> inHand, long settledThrough) {
        HighWaterMark after = moved(before, fresh, settledThrough);
        if ((!fresh.isEmpty() || after.mark() > before.mark())
                && !store.store(topic, fresh, new InboxMark(before.mark(), serverStart), after.mark())) {
            setBack(before, store.mark(topic));
            throw new PosteventException(
                    "PSTEV33004",
                    "topic " + topic + ": the inbox database was restarted, or has less than it had; this begins again"
                            + " from position " + markSeen + ", which it has");
        }
        taken(before, after, fresh, inHand);
    }

    private static HighWaterMark moved(HighWaterMark before, List<LogEntry> fresh, long settledThrough) {
        HighWaterMark after = before.copy();
        for (LogEntry entry : fresh) {
            after.arrived(entry.position());
        }
        after.settled(settledThrough);
        return after;
    }

    /** It is stored. Under the lock. */
    private void taken(HighWaterMark before, HighWaterMark after, List<LogEntry> fresh, List<LogEntry> inHand) {
        mark = after;
        markSeen = after.mark();
        if (after.mark() > before.mark()) {
            gapSince = nanoTime.getAsLong();
            List<LogEntry> passed = early.range(inHand, before.mark(), after.mark());
            atMark = passed == null ? null : passed.get(passed.size() - 1);
            released.released(topic, before.mark(), passed, after.mark());
        } else if (!before.hasGap()) {
            gapSince = nanoTime.getAsLong();
        }
        early.keep(fresh, after.mark());
        if (after.hasGap()) {
            timeGap();
        }
    }

    private static List<LogEntry> sortedOnce(List<LogEntry> entries) {
        Set<Long> seen = new HashSet<>();
        List<LogEntry> sorted = new ArrayList<>(entries.size());
        for (LogEntry entry : entries) {
            if (seen.add(entry.position())) {
                sorted.add(entry);
            }
        }
        sorted.sort(Comparator.comparingLong(LogEntry::position));
        return sorted;
    }

    private HighWaterMark loaded() {
        HighWaterMark known = mark;
        if (known == null) {
            InboxMark durable = store.mark(topic);
            known = new HighWaterMark(durable.mark(), RANGES_MAX);
            mark = known;
            serverStart = durable.serverStart();
            markSeen = known.mark();
            gapSince = nanoTime.getAsLong();
            released.released(topic, 0, null, known.mark());
        }
        return known;
    }

    /** Nothing in memory counts: what is stored does. Under the lock. */
    private void setBack(HighWaterMark known, InboxMark durable) {
        if (durable.mark() < known.mark()) {
            LOG.log(
                    Level.WARNING,
                    "topic " + topic + ": the inbox database has everything through position " + durable.mark()
                            + ", had through " + known.mark() + ": it lost commits; going on from there");
        }
        mark = new HighWaterMark(durable.mark(), RANGES_MAX);
        early.clear();
        atMark = null;
        serverStart = durable.serverStart();
        markSeen = durable.mark();
        gapSince = nanoTime.getAsLong();
        released.setBack(topic, durable.mark());
        request(true);
    }

    /** A hole that outlives the grace goes to the event log. Under the lock. */
    private void timeGap() {
        if (gapTimed) {
            return;
        }
        long now = nanoTime.getAsLong();
        long wait = Math.max(grace.nanos() - (now - gapSince), rest - (now - passEnded));
        wait = Math.max(1_000_000, wait);
        gapTimed = schedule(this::gapDue, wait) != null;
    }

    private void gapDue() {
        boolean old;
        lock.lock();
        try {
            gapTimed = false;
            HighWaterMark known = mark;
            if (known == null || !known.hasGap()) {
                return;
            }
            old = nanoTime.getAsLong() - gapSince >= grace.nanos();
            if (!old) {
                timeGap();
            }
        } finally {
            lock.unlock();
        }
        if (old) {
            request(false);
        }
    }

    /** Returns null if the timer takes nothing: because we are being stopped, or for lack of a thread. */
    private @Nullable ScheduledFuture<?> schedule(Runnable task, long nanos) {
        try {
            return timer.schedule(task, nanos, TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException e) {
            return null;
        } catch (RuntimeException | Error e) {
            LOG.log(Level.WARNING, "topic " + topic + ": the next look is the regular one", e);
            return null;
        }
    }

    /** For a hole whose transaction still runs: as long again as it has been open, so that its end is noticed in proportion. */
    private long untilNextLook() {
        lock.lock();
        try {
            HighWaterMark known = mark;
            if (known == null || !known.hasGap()) {
                return OPEN_NANOS;
            }
            return Math.min(OPEN_NANOS, Math.max(Grace.LEAST_NANOS, nanoTime.getAsLong() - gapSince));
        } finally {
            lock.unlock();
        }
    }

    private void timed(long began) {
        lock.lock();
        try {
            passEnded = nanoTime.getAsLong();
            rest = Math.min(REST_MAX_NANOS, REST * (passEnded - began));
        } finally {
            lock.unlock();
        }
    }

    /** Makes a pass, now or right after the one under way. */
    private void request(boolean doubtOrigin) {
        synchronized (flight) {
            doubts += doubtOrigin ? 1 : 0;
            if (stopped || fault != null) {
                return;
            }
            if (running) {
                again = true;
                return;
            }
            running = true;
        }
        try {
            pool.execute(this::run);
        } catch (RejectedExecutionException e) {
            // the pool takes nothing more because we are being stopped
            synchronized (flight) {
                running = false;
            }
        } catch (RuntimeException | Error e) {
            LOG.log(Level.WARNING, "topic " + topic + ": cannot catch up, will try again: there is no thread", e);
            synchronized (flight) {
                running = false;
                retry = schedule(
                        () -> request(false), RETRY.waitAfter(1, random).toNanos());
            }
        }
    }

    private void run() {
        long retryNanos = -1;
        try {
            long began = nanoTime.getAsLong();
            boolean open = pass();
            timed(began);
            failures = 0;
            trouble = null;
            away = false;
            if (open) {
                retryNanos = untilNextLook();
            }
        } catch (DivergedSourceException e) {
            standStill(e);
        } catch (RuntimeException | Error e) {
            failures++;
            String text = e.getMessage() == null ? e.toString() : e.getMessage();
            // a database that is away says so in other words at each try: that is one line
            boolean wasAway = away;
            away = Passing.isAway(e);
            boolean told = text.equals(trouble) || (wasAway && away);
            if (!told && !isStopped()) {
                // where it was met is of no use if it passes
                LOG.log(
                        Level.WARNING,
                        "topic " + topic + ": cannot catch up, will try again: " + text,
                        Passing.is(e) ? null : e);
            }
            trouble = text;
            retryNanos = RETRY.waitAfter(failures, random).toNanos();
        }
        boolean once;
        synchronized (flight) {
            running = false;
            once = again && !stopped && retryNanos < 0;
            again = false;
            if (retryNanos >= 0) {
                // one, and that of the pass that knows most
                if (retry != null) {
                    retry.cancel(false);
                }
                retry = schedule(() -> request(false), retryNanos);
            }
        }
        if (once) {
            request(false);
        }
    }

    /**
     * Reads from the mark to the end of the event log.
     *
     * @return true if a hole is still open
     */
    private boolean pass() {
        if (isStopped()) {
            // it was asked for before
            return false;
        }
        checkSource();
        while (true) {
            long after = refreshedMark();
            long doubted = doubts();
            if (hole.isAt(after, doubted) && isStillOpen(after)) {
                return !isStopped();
            }
            hole.closed();
            AnchoredRange read = AnchoredRange.read(log, topic, after, settings.rowsMax(), settings.bytesMax());
            origins.mustFollow(after, read, storedAt(after));
            Range range = read.above();
            boolean moved;
            lock.lock();
            try {
                HighWaterMark known = loaded();
                if (known.mark() < after) {
                    // set back meanwhile: this range is of what was then
                    continue;
                }
                passGone(known, after, range);
                known = loaded();
                List<LogEntry> toStore = new ArrayList<>();
                boolean sealed = false;
                for (LogEntry entry : range.entries()) {
                    // what arrived above the mark is stored again if it is not known to be the same: the inbox compares
                    if (entry.position() > known.mark() && !early.has(entry)) {
                        toStore.add(entry);
                        sealed |= entry.isVoid() && !known.contains(entry.position());
                    }
                }
                if (known.hasGap() && sealed) {
                    grace.wasted();
                }
                take(known, toStore, range.entries(), range.settledThrough());
                moved = markSeen > after;
                if (range.blocker() != null) {
                    hole.leftOpen(markSeen, doubted);
                } else if (!range.more()) {
                    loaded().remembered();
                }
            } finally {
                lock.unlock();
            }
            heldOpen(range.blocker());
            complete = !range.more() && range.blocker() == null;
            boolean halt = isStopped();
            if (halt || !range.more() || !moved) {
                return !halt && range.blocker() != null;
            }
        }
    }

    /** Asks for the hole above {@code after} alone. Whatever has changed is for a read of all above, which sees how it goes on. */
    private boolean isStillOpen(long after) {
        long next;
        lock.lock();
        try {
            HighWaterMark known = loaded();
            next = known.mark() == after ? known.firstAbove() : 0;
        } finally {
            lock.unlock();
        }
        if (next == 0) {
            return false;
        }
        AnchoredRange read = AnchoredRange.read(log, topic, after, next - 1, settings.rowsMax(), settings.bytesMax());
        origins.mustFollow(after, read, storedAt(after));
        Range range = read.above();
        boolean open = range.blocker() != null
                && range.entries().isEmpty()
                && range.settledThrough() <= after
                && range.goneThrough() <= after;
        if (open) {
            heldOpen(range.blocker());
        }
        return open;
    }

    private void heldOpen(@Nullable String by) {
        blocker = by;
        String tooLong = held.asked(markSeen, by, nanoTime.getAsLong());
        if (tooLong != null) {
            LOG.log(Level.WARNING, tooLong);
        }
    }

    private long doubts() {
        synchronized (flight) {
            return doubts;
        }
    }

    private boolean isStopped() {
        synchronized (flight) {
            return stopped;
        }
    }

    /** What is stored at the mark; null if there is nothing, as where retention removed what stood there. */
    private @Nullable LogEntry storedAt(long reached) {
        lock.lock();
        try {
            LogEntry known = atMark;
            if (known != null && known.position() == reached) {
                return known;
            }
        } finally {
            lock.unlock();
        }
        return reached == 0 ? null : store.at(topic, reached);
    }

    /** Another node may have moved the durable mark, or the database lost what it had. */
    private long refreshedMark() {
        lock.lock();
        try {
            HighWaterMark known = loaded();
            InboxMark durable = store.mark(topic);
            if (durable.mark() < known.mark() || durable.serverStart() != serverStart) {
                setBack(known, durable);
            } else if (durable.mark() > known.mark()) {
                take(known, List.of(), List.of(), durable.mark());
            }
            return markSeen;
        } finally {
            lock.unlock();
        }
    }

    /** Retention removed a part above our mark: fine for who begins, a loss for who was under way. */
    private void passGone(HighWaterMark known, long after, Range range) {
        if (range.goneThrough() > after && after > 0) {
            throw new DivergedSourceException("topic " + topic + ": everything through position " + range.goneThrough()
                    + " was removed at the source, but this application has only received through " + after
                    + ". Events are lost for it; give it a new inbox to begin where the source begins");
        }
        if (range.goneThrough() > known.mark()) {
            store.passGone(topic, range.goneThrough());
            take(known, List.of(), List.of(), range.goneThrough());
        }
    }

    private boolean isDoubted() {
        synchronized (flight) {
            return doubts > doubtsAnswered;
        }
    }

    /**
     * The source must have everything we have. Whether it still has it with the same identity is asked after each doubt, whether
     * or not the origin changed: a table that was emptied and filled again keeps its object id.
     */
    private void checkSource() {
        long reached = refreshedMark();
        long before;
        boolean doubted;
        synchronized (flight) {
            before = doubts;
            doubted = doubts > doubtsAnswered;
        }
        if (reached > 0) {
            checkHead(reached);
        }
        if (doubted) {
            origins.check(reached);
            synchronized (flight) {
                // a doubt that came meanwhile may be of what was seen here
                doubtsAnswered = Math.max(doubtsAnswered, before);
            }
        }
        // not before: a source that has grown again may have other events than it had
        behind = null;
    }

    /**
     * A source that ends below the mark was restored to the past, or it has not shown yet what its WAL has told already: the feed
     * may be faster than a query, and with a synchronous standby away by any time. So nothing is taken meanwhile, and it is
     * looked at again; only what lasts is told as a fault.
     */
    private void checkHead(long reached) {
        long head = log.head(topic);
        if (head >= reached || origins.isGone(reached)) {
            synchronized (flight) {
                behindTimed = false;
            }
            return;
        }
        refuseTableMadeAnew(head, reached);
        String text = "topic " + topic + ": the source ends at position " + head
                + ", but this application has received through " + reached
                + " from it. The source was restored to the past or is another one; point the topic to the right"
                + " source, or give this application a new inbox. (If it only waits for its synchronous standby, this"
                + " passes by itself)";
        long now = nanoTime.getAsLong();
        synchronized (flight) {
            doubts++;
            if (!behindTimed) {
                behindTimed = true;
                behindSince = now;
            }
            if (now - behindSince >= BEHIND_GRACE.toNanos()) {
                behind = text;
            }
        }
        throw new PosteventException("PSTEV33003", text);
    }

    /** What a table has that was made anew does not come back: nothing is waited for. */
    private void refuseTableMadeAnew(long head, long reached) {
        Origin before = store.origin(topic);
        Origin now = log.origin(topic);
        if (before != null && before.system().equals(now.system()) && before.table() != now.table()) {
            throw new DivergedSourceException(
                    "topic " + topic + ": the source's table was dropped and made anew (it is "
                            + now.table() + ", was " + before.table() + "): it ends at position " + head
                            + ", and this application has received through " + reached
                            + " of the one before. Give this application a new inbox for it, or the source the table it had");
        }
    }

    private void standStill(DivergedSourceException e) {
        if (fault == null) {
            LOG.log(Level.ERROR, e.getMessage());
        }
        fault = e.getMessage();
    }
}
