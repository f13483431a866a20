package dev.postevent.internal.eventlog;

import dev.postevent.PosteventException;
import dev.postevent.spi.LogEntry;
import dev.postevent.spi.Range;
import dev.postevent.spi.TopicName;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** One range read: read, settle the gaps, read again, and answer with what a crash of the server cannot take back. */
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
        Stretch stretch = readOnce(table, after, through, rowsMax, bytesMax);
        String blocker = null;
        if (!stretch.gaps().isEmpty()) {
            blocker = settle(table, topic, stretch, rowsMax);
            // again, all of it: voids and late events are rows now, and the limits hold for the answer with them
            stretch = readOnce(table, after, through, rowsMax, bytesMax);
        }
        awaitFlushed(table, topic);
        RangeStore.Page page = stretch.page();
        long settledThrough = stretch.gaps().denseThrough();
        RangeStore.Recorded recorded = page.recorded();
        if (settledThrough > recorded.settled() && !recorded.standby()) {
            raise(table, topic, after, recorded.settled(), settledThrough);
        }
        List<LogEntry> entries = page.entries();
        boolean dense = stretch.gaps().isEmpty();
        return Range.of(entries, settledThrough)
                .withBlocker(dense ? null : blocker)
                .withGoneThrough(recorded.gone())
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
     * Read without a gap, and not recorded.
     *
     * @param after exclusive start
     * @param through inclusive end
     */
    private record Dense(long after, long through) {}

    private static Stretch readOnce(LogTable table, long after, long through, int rowsMax, long bytesMax)
            throws SQLException {
        return Stretch.of(table.page(after, through, rowsMax, bytesMax), after, through);
    }

    private @Nullable String settle(LogTable table, TopicName topic, Stretch stretch, int rowsMax) throws SQLException {
        Gaps gaps = stretch.gaps();
        long settleThrough = gaps.settleThrough(stretch.upper(), rowsMax);
        String blocker =
                settleThrough > gaps.lower() ? settler.settle(table, topic, gaps.lower(), settleThrough) : null;
        return blocker != null
                ? blocker
                : gaps.firstTooWide().map(gap -> tooWide(topic, gap)).orElse(null);
    }

    private static String tooWide(TopicName topic, Gaps.Gap gap) {
        return "positions " + gap.first() + " to " + gap.last() + " of " + topic + " are missing, " + gap.width()
                + " in a row; more than " + Gaps.WIDTH_MAX + " are not sealed without a person. Was the sequence moved"
                + " (setval), or rows deleted? If nothing can come there any more, run: insert into " + topic.table()
                + "(idn, kind, id, source, type) overriding system value select g, 'v', 'void-' || g, '"
                + LogEntry.VOID_SOURCE + "', 'postevent.void' from pg_catalog.generate_series(" + gap.first() + ", "
                + gap.last() + ") g on conflict do nothing";
    }

    /**
     * Waits until what was read is on disk: with {@code synchronous_commit=off} a row is visible before, a crash takes it back
     * and its position is issued again to another event.
     *
     * <p>WAL that no commit asks for may stay unflushed for many seconds on an idle server, so a commit of our own asks for it.
     */
    private void awaitFlushed(LogTable table, TopicName topic) throws SQLException {
        Optional<String> notFlushed = table.notFlushed();
        if (notFlushed.isPresent()) {
            awaitFlushed(table, topic, notFlushed.get());
        }
    }

    private void awaitFlushed(LogTable table, TopicName topic, String lsn) throws SQLException {
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
     * A page and its gaps.
     *
     * @param upper inclusive end: of the range, if a row above it shows that its last positions are drawn; otherwise the last row
     */
    private record Stretch(RangeStore.Page page, Gaps gaps, long upper) {

        static Stretch of(RangeStore.Page page, long after, long through) {
            long[] positions =
                    page.entries().stream().mapToLong(LogEntry::position).toArray();
            long gone = page.recorded().gone();
            long lower = Math.max(after, gone);
            long last = positions.length == 0 ? lower : positions[positions.length - 1];
            Long above = page.cut() ? null : page.above();
            long upper = above == null ? last : Math.max(lower, through);
            long below = Math.max(page.below(), gone);
            return new Stretch(page, Gaps.of(below, lower, positions, upper, above), upper);
        }
    }
}
