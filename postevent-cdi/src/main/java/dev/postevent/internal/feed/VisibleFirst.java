package dev.postevent.internal.feed;

import dev.postevent.internal.flow.VisibilityCondition;
import dev.postevent.spi.Feed;
import dev.postevent.spi.LogEntry;
import dev.postevent.spi.TopicName;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Hands on what the stream brings once it can be seen: nobody behind it, neither an inbox nor a live observer nor a remote consumer,
 * gets an entry whose transaction a query of the source would not show.
 *
 * <p>PostgreSQL writes a commit to the WAL, and the stream may bring it, before the transaction leaves the list of those that run: for
 * less than a millisecond as a rule, for as long as a synchronous standby is waited for, and for as long as it likes if that is away.
 * Entries that are read by a query are visible by that alone; this is for those that are not.
 *
 * <p>Invariant: an entry is handed on only if a snapshot that was taken from the same server since this stream began shows its
 * transaction. As a rule the snapshot is that of the statement which stores the batch ({@link Storing}). Where no statement can
 * store it so, the batch costs a snapshot before it is handed on, and none if the last one shows all of it. If some of it is not shown, the batch waits a
 * little, because that nearly always helps, and what is still missing then is set aside: the rest goes on, and checks on a timer hand
 * on what was set aside. A snapshot that shows something new is first applied to what was set aside: whoever waited for a lock of
 * such a transaction, as the next publisher of its subject does, comes after it.
 *
 * <p>A slot outlives tables, so it may bring rows of one that was dropped and made anew, or emptied. What was inserted since the
 * stream began is of the table there is, or no snapshot is taken any more; what is older is handed on only if it stands in the table.
 *
 * <p>What is set aside is bounded. Beyond that the entries are forgotten, and once they are visible the listener is told to read the
 * tables; so it is with those an earlier stream left behind. For one stream; any number of threads.
 */
public final class VisibleFirst {
    private static final Logger LOG = System.getLogger("dev.postevent.feed");

    /** How long a batch waits for its transactions: longer than a backend without a turn on a busy machine, shorter than anybody minds. */
    private static final long PATIENCE_NANOS = 10_000_000;

    private static final long PAUSE_LEAST_NANOS = 50_000;
    private static final long PAUSE_MOST_NANOS = 1_000_000;
    /** No server comes 2^31 transactions further in it, so until then 32 bits say which one is meant. */
    private static final long TRUSTED_NANOS = Duration.ofHours(1).toNanos();

    private static final Duration CHECK_WAIT_LEAST = Duration.ofMillis(1);
    private static final Duration CHECK_WAIT_MOST = Duration.ofMillis(50);

    private final Feed.Listener listener;
    private final Snapshots snapshots;
    private final Later later;
    private final LongConsumer pauseNanos;
    private final LongSupplier nanoTime;
    private final int rowsMax;
    private final long bytesMax;

    // under the monitor
    private final Map<Long, SetAside> aside = new LinkedHashMap<>();
    private Snapshot known = Snapshot.NOTHING;
    /** The newest transaction that is known with all its 64 bits; null: none is. */
    private @Nullable Long near;
    /** When the last snapshot was taken. */
    private long asked;

    private int rows;
    private long bytes;
    /** The check that is due; null: none is. One that is not this one any more does nothing. */
    private @Nullable Check due;

    private Duration checkWait = CHECK_WAIT_LEAST;

    private volatile boolean ended;
    private volatile List<Waiting> waiting = List.of();

    /** Says what queries of the source see. Methods throw where the source cannot be asked. */
    public interface Snapshots {
        /**
         * What a query that begins now sees; throws also if the topics' tables are not those any more that they were when the stream
         * began.
         */
        Snapshot take();

        /** What a statement in the same database has to find for a snapshot to show {@code transactions}, all 64 bits of each. */
        VisibilityCondition condition(Collection<Long> transactions);

        /** A batch was stored without one. */
        void notNeeded();

        /** What stands at {@code positions} of the topic's table, at least its kind, id and source; nothing where nothing does. */
        Map<Long, LogEntry> rows(TopicName topic, Collection<Long> positions);
    }

    /** A listener that may store where the topics are, and so can ask what is visible there while it stores. */
    public interface Storing extends Feed.Listener {
        /**
         * As {@link #onBatch}, if {@code condition} holds.
         *
         * @return false, and the batch has to be taken otherwise, if it does not hold, or cannot be asked, or storing failed
         */
        boolean onBatchIf(Map<TopicName, List<LogEntry>> batch, VisibilityCondition condition);
    }

    /** Runs tasks on other threads. */
    @FunctionalInterface
    public interface Later {
        /** Runs {@code task} after {@code wait}, or never if everything is being stopped. */
        void run(Duration wait, Runnable task);
    }

    /**
     * What the stream brought.
     *
     * @param entry null if it could not be read, which leaves it to a range read
     * @param position of the entry
     * @param transaction that inserted it, its 32 bits
     * @param recent true if it was inserted after the topics' tables were looked at for this stream
     */
    public record Arrival(
            TopicName topic, long position, @Nullable LogEntry entry, long transaction, boolean recent) {}

    /**
     * A transaction that is committed and not visible yet.
     *
     * @param topic of its first entry
     * @param position of its first entry
     * @param sinceNanos when it came
     */
    public record Waiting(TopicName topic, long position, long transaction, long sinceNanos) {}

    /** Is itself, and nothing else. */
    private static final class Check {}

    /** The entries of one transaction. */
    private static final class SetAside {
        final Waiting waiting;
        final List<Arrival> entries = new ArrayList<>();
        /** Why the tables have to be read once it is visible; null: what there is of it is here. */
        @Nullable
        String doubt;

        SetAside(Waiting waiting) {
            this.waiting = waiting;
        }
    }

    /**
     * For a stream that begins.
     *
     * @param left what an earlier stream left behind
     * @param pauseNanos lets the calling thread wait
     * @param rowsMax most entries that are kept until they are visible, at least 1
     * @param bytesMax most bytes of them
     */
    public VisibleFirst(
            Feed.Listener listener,
            Snapshots snapshots,
            Later later,
            LongConsumer pauseNanos,
            LongSupplier nanoTime,
            int rowsMax,
            long bytesMax,
            List<Waiting> left) {
        this.listener = listener;
        this.snapshots = snapshots;
        this.later = later;
        this.pauseNanos = pauseNanos;
        this.nanoTime = nanoTime;
        this.rowsMax = rowsMax;
        this.bytesMax = bytesMax;
        for (Waiting one : left) {
            SetAside again = new SetAside(one);
            again.doubt = "the stream broke before what it brought was visible";
            aside.put(one.transaction(), again);
        }
        waiting = List.copyOf(left);
    }

    /** Checks what an earlier stream left behind. */
    public synchronized void begin() {
        checkLater();
    }

    /** Where the status of the feed says that an event of {@code topic} waits to become visible. */
    public static String fact(TopicName topic) {
        return "not_visible." + topic;
    }

    /** Nothing is handed on any more but what is being handed on now. */
    public void end() {
        ended = true;
    }

    /** What is committed and not visible yet, the oldest first. Does not block. */
    public List<Waiting> waiting() {
        return waiting;
    }

    /** Hands on {@code arrivals}, now or once they are visible; throws what the listener throws, and where the source cannot be asked. */
    public synchronized void hand(List<Arrival> arrivals) {
        if (nanoTime.getAsLong() - asked >= TRUSTED_NANOS) {
            known = Snapshot.NOTHING;
            near = null;
        }
        if (hidesNews(arrivals)) {
            if (stored(arrivals)) {
                return;
            }
            ask();
            long deadline = nanoTime.getAsLong() + PATIENCE_NANOS;
            long wait = PAUSE_LEAST_NANOS;
            while (hidesNews(arrivals) && nanoTime.getAsLong() < deadline) {
                pauseNanos.accept(wait);
                wait = Math.min(2 * wait, PAUSE_MOST_NANOS);
                ask();
            }
        }
        pass(arrivals);
    }

    private void ask() {
        asked = nanoTime.getAsLong();
        known = snapshots.take();
        near = near == null ? known.xmax() : Math.max(near, known.xmax());
    }

    /** The common case: all is new and nothing waits, so whoever stores it can find out whether it is visible. */
    private boolean stored(List<Arrival> arrivals) {
        Long newest = near;
        if (newest == null || !aside.isEmpty() || !(listener instanceof Storing storing)) {
            return false;
        }
        Set<Long> transactions = new LinkedHashSet<>();
        Map<TopicName, List<LogEntry>> batch = new LinkedHashMap<>();
        for (Arrival arrival : arrivals) {
            LogEntry entry = arrival.entry();
            if (entry == null || !arrival.recent()) {
                return false;
            }
            transactions.add(Snapshot.whole(arrival.transaction(), newest));
            batch.computeIfAbsent(arrival.topic(), topic -> new ArrayList<>()).add(entry);
        }
        if (!storing.onBatchIf(batch, snapshots.condition(transactions))) {
            return false;
        }
        near = Math.max(newest, Collections.max(transactions));
        snapshots.notNeeded();
        return true;
    }

    /** True if something is not shown that was not waited for yet. */
    private boolean hidesNews(List<Arrival> arrivals) {
        for (Arrival arrival : arrivals) {
            if (!known.shows(arrival.transaction()) && !aside.containsKey(arrival.transaction())) {
                return true;
            }
        }
        return false;
    }

    private synchronized void check(Check one) {
        if (ended || due != one) {
            return;
        }
        due = null;
        if (aside.isEmpty()) {
            return;
        }
        try {
            ask();
            pass(List.of());
        } catch (RuntimeException | Error e) {
            // of a stream that breaks for the same reason, or of an inbox that is away: it stays here until it was
            // taken
            LOG.log(Level.DEBUG, "what has become visible could not be handed on, will be tried again", e);
        }
        checkLater();
    }

    private void pass(List<Arrival> arrivals) {
        List<Arrival> visible = new ArrayList<>();
        List<String> doubts = new ArrayList<>();
        List<SetAside> shown = new ArrayList<>();
        for (SetAside one : aside.values()) {
            if (known.shows(one.waiting.transaction())) {
                shown.add(one);
                visible.addAll(one.entries);
                if (one.doubt != null) {
                    doubts.add(one.doubt);
                }
            }
        }
        List<Arrival> hidden = new ArrayList<>();
        for (Arrival arrival : arrivals) {
            (known.shows(arrival.transaction()) ? visible : hidden).add(arrival);
        }
        Map<TopicName, Map<Long, LogEntry>> rows = rowsOfOlder(visible);
        Map<TopicName, List<LogEntry>> batch = new LinkedHashMap<>();
        visible.forEach(arrival -> sort(arrival, rows, batch, doubts));
        if (!batch.isEmpty()) {
            listener.onBatch(batch);
        }
        if (!shown.isEmpty() || !hidden.isEmpty()) {
            shown.forEach(this::takeOut);
            hidden.forEach(this::setAside);
            waiting = aside.values().stream().map(one -> one.waiting).toList();
            checkLater();
        }
        doubts.stream().distinct().forEach(listener::onDoubt);
    }

    /** What stands in the tables where {@code arrivals} have something from before the stream began. */
    private Map<TopicName, Map<Long, LogEntry>> rowsOfOlder(List<Arrival> arrivals) {
        Map<TopicName, Set<Long>> asked = new LinkedHashMap<>();
        for (Arrival arrival : arrivals) {
            if (!arrival.recent() && arrival.entry() != null) {
                asked.computeIfAbsent(arrival.topic(), topic -> new LinkedHashSet<>())
                        .add(arrival.position());
            }
        }
        Map<TopicName, Map<Long, LogEntry>> rows = new LinkedHashMap<>();
        asked.forEach((topic, positions) -> rows.put(topic, snapshots.rows(topic, positions)));
        return rows;
    }

    private static void sort(
            Arrival arrival,
            Map<TopicName, Map<Long, LogEntry>> rows,
            Map<TopicName, List<LogEntry>> batch,
            List<String> doubts) {
        LogEntry entry = arrival.entry();
        if (entry == null) {
            doubts.add("a row of " + arrival.topic() + " came through the stream and could not be read");
        } else if (arrival.recent() || stands(entry, rows.getOrDefault(arrival.topic(), Map.of()))) {
            batch.computeIfAbsent(arrival.topic(), topic -> new ArrayList<>()).add(entry);
        } else {
            LOG.log(
                    Level.DEBUG,
                    () -> arrival.topic() + ": the stream brought " + entry
                            + ", which is not in the table: it is of one that was there before, or was removed");
        }
    }

    private static boolean stands(LogEntry entry, Map<Long, LogEntry> rows) {
        LogEntry row = rows.get(entry.position());
        return row != null && row.sameIdentity(entry);
    }

    private void setAside(Arrival arrival) {
        SetAside one = aside.get(arrival.transaction());
        if (one == null) {
            one = new SetAside(
                    new Waiting(arrival.topic(), arrival.position(), arrival.transaction(), nanoTime.getAsLong()));
            aside.put(arrival.transaction(), one);
            checkWait = CHECK_WAIT_LEAST;
            due = null;
        }
        int weight = weight(arrival);
        if (rows >= rowsMax || bytes + weight > bytesMax) {
            one.doubt = "more came through the stream than is kept until it is visible";
            return;
        }
        rows++;
        bytes += weight;
        one.entries.add(arrival);
    }

    private void takeOut(SetAside one) {
        aside.remove(one.waiting.transaction());
        rows -= one.entries.size();
        for (Arrival arrival : one.entries) {
            bytes -= weight(arrival);
        }
    }

    private static int weight(Arrival arrival) {
        LogEntry entry = arrival.entry();
        return entry == null ? 0 : entry.weight();
    }

    private void checkLater() {
        if (due != null || ended || aside.isEmpty()) {
            return;
        }
        Check next = new Check();
        due = next;
        Duration wait = checkWait;
        // a third more each time: the end is noticed after a fraction of how long it was waited for
        Duration longer = wait.plus(wait.dividedBy(3));
        checkWait = longer.compareTo(CHECK_WAIT_MOST) < 0 ? longer : CHECK_WAIT_MOST;
        later.run(wait, () -> check(next));
    }
}
