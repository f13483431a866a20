package dev.postevent.internal.catchup;

import dev.postevent.DivergedSourceException;
import dev.postevent.PosteventException;
import dev.postevent.internal.flow.InboxMark;
import dev.postevent.internal.flow.InboxWriter;
import dev.postevent.internal.flow.Released;
import dev.postevent.internal.flow.VisibilityCondition;
import dev.postevent.spi.LogEntry;
import dev.postevent.spi.Range;
import dev.postevent.spi.TopicName;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * How far a topic's inbox is, and the one place that stores and moves the mark, whoever brings entries: the feed, a range read, or another
 * node of the application.
 *
 * <p>One lock per topic covers "store, then move the mark in memory, then tell": so the mark in memory is never above the one in
 * the database, and releases are told in order. It is held while the inbox is asked, and never while the event log is. What is
 * called under it and takes a lock is {@link Passes}, and what is told of releases; neither calls back.
 *
 * <p>A database may lose what it has committed: a server that crashes with {@code synchronous_commit=off}, a fail-over to an
 * asynchronous standby. Then memory is ahead of it. So each store says what it goes on from, and where the inbox has less, or its
 * server was started anew, everything in memory is dropped and built again from what is stored.
 *
 * <p>Longer than most: all that moves the one mark stands under the one lock.
 */
final class InboxProgress {
    private static final System.Logger LOG = System.getLogger("dev.postevent.catchup");
    private static final int RANGES_MAX = 10_000;
    /** Most that is kept in memory of what is above the mark. */
    private static final long EARLY_BYTES_MAX = 4 << 20;

    private final TopicName topic;
    private final InboxWriter inbox;
    private final Released released;
    private final Passes passes;
    private final Surroundings surroundings;

    private final ReentrantLock lock = new ReentrantLock();

    // these are read and written under the lock
    /** What is in the inbox; null: it was not asked yet. It is replaced, never changed, but for what it remembers. */
    private @Nullable HighWaterMark mark;
    /** Of the inbox database, when {@code mark} was loaded. */
    private long serverStart;
    /** What is stored at the mark; null: it has to be asked for. */
    private @Nullable LogEntry atMark;

    private final EarlyEntries early = new EarlyEntries(EARLY_BYTES_MAX);
    private final GapTimer gap;
    /** True if the last store of what follows failed, and was told. */
    private boolean nextFails;

    /** The mark; written under the lock, read without. */
    private volatile long markSeen;

    /** A gap is waited for no longer than {@code graceMax}. */
    InboxProgress(
            TopicName topic,
            InboxWriter inbox,
            Released released,
            Passes passes,
            Duration graceMax,
            Surroundings surroundings) {
        this.topic = topic;
        this.inbox = inbox;
        this.released = released;
        this.passes = passes;
        this.gap = new GapTimer(graceMax);
        this.surroundings = surroundings;
    }

    /** The mark as it was known last; does not block. */
    long markSeen() {
        return markSeen;
    }

    /**
     * The mark as it is stored now: another node may have moved it, or the database lost what it had.
     *
     * @return the mark, which is told
     */
    long refreshed() {
        lock.lock();
        try {
            HighWaterMark known = loaded();
            InboxMark durable = inbox.mark(topic);
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

    /** Stores what the feed brought. */
    void arrived(List<LogEntry> entries) {
        lock.lock();
        try {
            List<LogEntry> fresh = fresh(entries);
            HighWaterMark before = loaded();
            long openSince = gap.openSince();
            take(before, fresh, fresh, 0);
            if (before.hasGap() && markSeen > before.mark()) {
                gapClosed(fresh.get(0), surroundings.now() - openSince);
            }
        } finally {
            lock.unlock();
        }
    }

    /**
     * Stores what the feed brought if it follows on what is there and if {@code condition} holds, which is asked by what stores it.
     *
     * @return false, and nothing is stored, if that is not so or storing failed
     * @throws DivergedSourceException if another event stands there already
     */
    boolean arrivedNext(List<LogEntry> entries, VisibilityCondition condition) {
        List<LogEntry> fresh = sortedOnce(entries);
        lock.lock();
        try {
            HighWaterMark before = loaded();
            if (before.hasGap()
                    || !inbox.storeNext(topic, fresh, new InboxMark(before.mark(), serverStart), condition)) {
                return false;
            }
            stored(before, moved(before, fresh, 0), fresh, fresh);
            nextFails = false;
            return true;
        } catch (DivergedSourceException e) {
            throw e;
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

    /**
     * Stores what the event log has above {@code after}.
     *
     * @return the mark now; empty, and nothing is stored, if it was set back below {@code after} meanwhile: the range is of what was then
     */
    OptionalLong read(long after, Range range) {
        lock.lock();
        try {
            HighWaterMark known = loaded();
            if (known.mark() < after) {
                return OptionalLong.empty();
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
                gap.sealed();
            }
            take(known, toStore, range.entries(), range.settledThrough());
            if (range.blocker() == null && !range.more()) {
                loaded().remembered();
            }
            return OptionalLong.of(markSeen);
        } finally {
            lock.unlock();
        }
    }

    /** The first position above the mark that is known to be in the inbox; empty if there is none, or the mark is not {@code reached}. */
    OptionalLong firstAbove(long reached) {
        lock.lock();
        try {
            HighWaterMark known = loaded();
            return known.mark() == reached ? known.firstAbove() : OptionalLong.empty();
        } finally {
            lock.unlock();
        }
    }

    /** What is stored at the mark; null if there is nothing, as where retention removed what stood there. */
    @Nullable
    LogEntry storedAt(long reached) {
        lock.lock();
        try {
            LogEntry known = atMark;
            if (known != null && known.position() == reached) {
                return known;
            }
        } finally {
            lock.unlock();
        }
        return reached == 0 ? null : inbox.at(topic, reached);
    }

    /** A pass has ended that began at {@code began}; what is still missing rests a while. */
    void passEnded(long began) {
        lock.lock();
        try {
            gap.passEnded(began, surroundings.now());
        } finally {
            lock.unlock();
        }
    }

    /** After how many nanoseconds a gap is asked for again whose transaction still runs. */
    long untilAskedAgain() {
        lock.lock();
        try {
            HighWaterMark known = mark;
            return known == null || !known.hasGap() ? GapTimer.OPEN_MAX_NANOS : gap.untilAskedAgain(surroundings.now());
        } finally {
            lock.unlock();
        }
    }

    // what follows is called under the lock; gapDue, which the timer calls, takes it

    /**
     * Those of {@code entries} that are above the mark. Others come again after a restart of the feed, and right after a range read; the
     * last of them is compared with what is stored, because a source that was restored has others there; and so is the last event,
     * because all voids of a position are alike. What arrived above the mark is stored again: the database may have lost it, and
     * nobody knows before the mark is to pass it.
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
        long reached = refreshed();
        return sorted.stream().filter(entry -> entry.position() > reached).toList();
    }

    private void compareAt(LogEntry there) {
        LogEntry here = inbox.at(topic, there.position());
        if (here != null) {
            OriginCheck.compare(topic, there, here);
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
            InboxMark durable = inbox.mark(topic);
            known = begunAt(durable);
            released.released(topic, 0, null, known.mark());
        }
        return known;
    }

    private HighWaterMark begunAt(InboxMark durable) {
        HighWaterMark begun = new HighWaterMark(durable.mark(), RANGES_MAX);
        mark = begun;
        serverStart = durable.serverStart();
        markSeen = begun.mark();
        gap.noneBefore(surroundings.now());
        return begun;
    }

    /**
     * Stores and moves the mark, also to {@code settledThrough}.
     *
     * @param fresh what is to be stored, sorted
     * @param inHand what can be handed over without reading it: these and what is stored already, sorted
     */
    private void take(HighWaterMark before, List<LogEntry> fresh, List<LogEntry> inHand, long settledThrough) {
        HighWaterMark after = moved(before, fresh, settledThrough);
        if ((!fresh.isEmpty() || after.mark() > before.mark())
                && !inbox.store(topic, fresh, new InboxMark(before.mark(), serverStart), after.mark())) {
            setBack(before, inbox.mark(topic));
            throw new PosteventException(
                    "PSTEV33004",
                    "topic " + topic + ": the inbox database was restarted, or has less than it had; this begins again"
                            + " from position " + markSeen + ", which it has");
        }
        stored(before, after, fresh, inHand);
    }

    private static HighWaterMark moved(HighWaterMark before, List<LogEntry> fresh, long settledThrough) {
        HighWaterMark after = before.copy();
        for (LogEntry entry : fresh) {
            after.arrived(entry.position());
        }
        after.settled(settledThrough);
        return after;
    }

    /** It is stored: the mark moves in memory, and that is told. */
    private void stored(HighWaterMark before, HighWaterMark after, List<LogEntry> fresh, List<LogEntry> inHand) {
        mark = after;
        markSeen = after.mark();
        if (after.mark() > before.mark()) {
            gap.noneBefore(surroundings.now());
            List<LogEntry> passed = early.range(inHand, before.mark(), after.mark());
            atMark = passed == null ? null : passed.get(passed.size() - 1);
            released.released(topic, before.mark(), passed, after.mark());
        } else if (!before.hasGap()) {
            gap.noneBefore(surroundings.now());
        }
        early.keep(fresh, after.mark());
        if (after.hasGap()) {
            timeGap();
        }
    }

    /** Nothing in memory counts: what is stored does. */
    private void setBack(HighWaterMark known, InboxMark durable) {
        if (durable.mark() < known.mark()) {
            LOG.log(
                    Level.WARNING,
                    "topic " + topic + ": the inbox database has everything through position " + durable.mark()
                            + ", had through " + known.mark() + ": it lost commits; going on from there");
        }
        early.clear();
        atMark = null;
        HighWaterMark begun = begunAt(durable);
        released.setBack(topic, begun.mark());
        passes.doubt();
    }

    /** Retention removed a part above our mark: harmless for a consumer that begins, a loss for one that was under way. */
    private void passGone(HighWaterMark known, long after, Range range) {
        if (range.goneThrough() > after && after > 0) {
            throw new DivergedSourceException("topic " + topic + ": everything through position " + range.goneThrough()
                    + " was removed at the source, but this application has only received through " + after
                    + ". Events are lost for it; give it a new inbox to begin where the source begins");
        }
        if (range.goneThrough() > known.mark()) {
            inbox.passGone(topic, range.goneThrough());
            take(known, List.of(), List.of(), range.goneThrough());
        }
    }

    /** A void comes by the feed, too, often before the pass that sealed knows: that gap did not fill by itself. */
    private void gapClosed(LogEntry by, long openFor) {
        if (by.isVoid()) {
            gap.sealed();
        } else {
            gap.filled(openFor);
        }
    }

    /** A gap that outlives the grace goes to the event log. */
    private void timeGap() {
        OptionalLong wait = gap.wanted(surroundings.now());
        if (wait.isPresent()) {
            gap.set(surroundings.schedule(topic, this::gapDue, wait.getAsLong()) != null);
        }
    }

    /** The timer fired. */
    private void gapDue() {
        boolean due;
        lock.lock();
        try {
            gap.fired();
            HighWaterMark known = mark;
            if (known == null || !known.hasGap()) {
                return;
            }
            due = gap.isDue(surroundings.now());
            if (!due) {
                timeGap();
            }
        } finally {
            lock.unlock();
        }
        if (due) {
            passes.request();
        }
    }
}
