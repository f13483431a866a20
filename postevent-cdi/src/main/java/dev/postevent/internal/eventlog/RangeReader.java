package dev.postevent.internal.eventlog;

import dev.postevent.PosteventException;
import dev.postevent.spi.LogEntry;
import dev.postevent.spi.Range;
import dev.postevent.spi.TopicName;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** One range read: look, settle the holes, look again, and answer with what a crash of the server cannot take back. */
final class RangeReader {
    private static final Duration FLUSH_LIMIT = Duration.ofSeconds(5);
    private static final long FLUSH_POLL_MILLIS = 1;
    private static final int FLUSH_POLLS_BEFORE_TOUCH = 2;

    private final Settler settler;
    private final LongSupplier nanoTime;
    private final Pause pause;
    private final ConcurrentMap<TopicName, Dense> notRaised = new ConcurrentHashMap<>();

    RangeReader(Settler settler, LongSupplier nanoTime, Pause pause) {
        this.settler = settler;
        this.nanoTime = nanoTime;
        this.pause = pause;
    }

    Range read(LogTable table, TopicName topic, long after, long through, int rowsMax, long bytesMax)
            throws SQLException {
        Stretch stretch = look(table, after, through, rowsMax, bytesMax);
        String blocker = null;
        if (!stretch.holes().isEmpty()) {
            blocker = settle(table, topic, stretch, rowsMax);
            // again, all of it: tombstones and late events are rows now, and the limits hold for the answer with them
            stretch = look(table, after, through, rowsMax, bytesMax);
        }
        awaitFlushed(table, topic);
        RangeStore.Page page = stretch.page();
        long settledThrough = stretch.holes().denseThrough();
        if (settledThrough > page.settled() && !page.standby()) {
            raise(table, topic, after, page.settled(), settledThrough);
        }
        List<LogEntry> entries = page.entries();
        boolean dense = stretch.holes().isEmpty();
        return Range.of(entries, settledThrough)
                .withBlocker(dense ? null : blocker)
                .withGoneThrough(page.gone())
                .withMore(page.cut() && dense);
    }

    /** What could not be recorded is recorded by a read that follows on it: none begins below it again. */
    private void raise(LogTable table, TopicName topic, long after, long settled, long through) throws SQLException {
        Dense owed = notRaised.get(topic);
        long start = owed != null && owed.after() <= after && after <= owed.through() ? owed.after() : after;
        if (start > settled) {
            return;
        }
        if (table.raise(start, through)) {
            notRaised.remove(topic);
        } else {
            notRaised.put(topic, new Dense(start, through));
        }
    }

    /**
     * Read without a hole, and not recorded.
     *
     * @param after exclusive start
     * @param through inclusive end
     */
    private record Dense(long after, long through) {}

    private static Stretch look(LogTable table, long after, long through, int rowsMax, long bytesMax)
            throws SQLException {
        return Stretch.of(table.page(after, through, rowsMax, bytesMax), after, through);
    }

    private @Nullable String settle(LogTable table, TopicName topic, Stretch stretch, int rowsMax) throws SQLException {
        Holes holes = stretch.holes();
        long settleThrough = holes.settleThrough(stretch.upper(), rowsMax);
        String blocker =
                settleThrough > holes.lower() ? settler.settle(table, topic, holes.lower(), settleThrough) : null;
        return blocker != null
                ? blocker
                : holes.firstTooWide().map(hole -> tooWide(topic, hole)).orElse(null);
    }

    private static String tooWide(TopicName topic, Holes.Hole hole) {
        return "positions " + hole.first() + " to " + hole.last() + " of " + topic + " are missing, " + hole.width()
                + " in a row; more than " + Holes.WIDTH_MAX + " are not sealed without a person. Was the sequence moved"
                + " (setval), or rows deleted? If nothing can come there any more, run: insert into " + topic.table()
                + "(idn, kind, id, source, type) overriding system value select g, 'v', 'void-' || g, '"
                + LogEntry.VOID_SOURCE + "', 'postevent.void' from pg_catalog.generate_series(" + hole.first() + ", "
                + hole.last() + ") g on conflict do nothing";
    }

    /**
     * Waits until what was read is on disk: with {@code synchronous_commit=off} a row is visible before, a crash takes it back
     * and its position is issued again to another event.
     *
     * <p>WAL that no commit asks for may stay unflushed for many seconds on an idle server, so a commit of our own asks for it.
     */
    private void awaitFlushed(LogTable table, TopicName topic) throws SQLException {
        String lsn = table.notFlushed();
        if (lsn.isEmpty()) {
            return;
        }
        long deadline = nanoTime.getAsLong() + FLUSH_LIMIT.toNanos();
        for (int polls = 1; !table.isFlushed(lsn); polls++) {
            if (nanoTime.getAsLong() > deadline) {
                throw new PosteventException(
                        "PSTEV31043",
                        "reading " + topic + ": the server has not flushed its WAL up to " + lsn + " within "
                                + FLUSH_LIMIT.toSeconds() + " s, so what was read may still be lost in a crash. Is its"
                                + " disk stuck? Ask again");
            }
            if (polls == FLUSH_POLLS_BEFORE_TOUCH) {
                table.touch();
            } else {
                pause.millis(FLUSH_POLL_MILLIS, topic);
            }
        }
    }

    /**
     * A page and its holes.
     *
     * @param upper inclusive end: of the range, if a row above it shows that its last positions are drawn; otherwise the last row
     */
    private record Stretch(RangeStore.Page page, Holes holes, long upper) {

        static Stretch of(RangeStore.Page page, long after, long through) {
            long[] positions =
                    page.entries().stream().mapToLong(LogEntry::position).toArray();
            long lower = Math.max(after, page.gone());
            long last = positions.length == 0 ? lower : positions[positions.length - 1];
            boolean whole = !page.cut() && page.above() > 0;
            long upper = whole ? Math.max(lower, through) : last;
            long below = Math.max(page.below(), page.gone());
            return new Stretch(page, Holes.of(below, lower, positions, upper, whole ? page.above() : 0), upper);
        }
    }
}
