package dev.postevent.internal.outbox;

import dev.postevent.PosteventException;
import dev.postevent.spi.EventLog;
import dev.postevent.spi.LogEntry;
import dev.postevent.spi.Origin;
import dev.postevent.spi.Range;
import dev.postevent.spi.TopicName;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * The event log of a database: reads topic tables by position, settles holes, and answers only with what a crash of the server
 * cannot take back.
 *
 * <p>Called outside of JTA transactions; each call takes one connection of the data source in auto-commit. Any number of nodes
 * may read and settle the same topic.
 */
public final class JdbcEventLog implements EventLog {
    private static final Duration FLUSH_LIMIT = Duration.ofSeconds(5);
    private static final long FLUSH_POLL_MILLIS = 5;
    private static final int FLUSH_POLLS_BEFORE_TOUCH = 2;

    private final DataSource dataSource;
    private final Settler settler;

    /**
     * Makes the log.
     *
     * @param dataSource gives auto-commit connections where there is no JTA transaction
     * @param settleWait how long one read waits for transactions that may still fill a hole before it answers "undecided"; 0 to
     *     look once
     */
    public JdbcEventLog(DataSource dataSource, Duration settleWait) {
        if (settleWait.isNegative()) {
            throw new IllegalArgumentException("settleWait must not be negative, got " + settleWait);
        }
        this.dataSource = dataSource;
        this.settler = new Settler(settleWait);
    }

    @Override
    public Origin origin(TopicName topic) {
        return ask(topic, "asking for the origin of", session -> RangeStore.origin(session.connection(), topic));
    }

    @Override
    public long head(TopicName topic) {
        return ask(topic, "asking for the head of", session -> RangeStore.head(session.connection(), topic));
    }

    @Override
    public long settled(TopicName topic) {
        return ask(topic, "asking what is settled of", session -> SettleStore.settled(session.connection(), topic));
    }

    @Override
    public Range read(TopicName topic, long after, long through, int rowsMax, long bytesMax) {
        if (after < 0 || rowsMax < 1 || bytesMax < 1) {
            throw new IllegalArgumentException("after must be at least 0, rowsMax and bytesMax at least 1; got " + after
                    + ", " + rowsMax + ", " + bytesMax);
        }
        return ask(topic, "reading", session -> read(session, topic, after, through, rowsMax, bytesMax));
    }

    private Range read(LogSession session, TopicName topic, long after, long through, int rowsMax, long bytesMax)
            throws SQLException {
        Stretch stretch = look(session, topic, after, through, rowsMax, bytesMax);
        String blocker = null;
        if (!stretch.holes().isEmpty()) {
            blocker = settle(session, topic, stretch, rowsMax);
            // again, all of it: tombstones and late events are rows now, and the limits hold for the answer with them
            stretch = look(session, topic, after, through, rowsMax, bytesMax);
        }
        awaitFlushed(session, topic);
        RangeStore.Page page = stretch.page();
        long settledThrough = stretch.holes().denseThrough();
        if (settledThrough > page.settled() && after <= page.settled() && !page.standby()) {
            SettleStore.raise(session.connection(), topic, after, settledThrough);
        }
        List<LogEntry> entries = page.entries();
        boolean dense = stretch.holes().isEmpty();
        return new Range(entries, settledThrough, dense ? null : blocker, page.gone(), page.cut() && dense);
    }

    private static Stretch look(
            LogSession session, TopicName topic, long after, long through, int rowsMax, long bytesMax)
            throws SQLException {
        return Stretch.of(
                RangeStore.read(session.connection(), topic, after, through, rowsMax, bytesMax), after, through);
    }

    private @Nullable String settle(LogSession session, TopicName topic, Stretch stretch, int rowsMax)
            throws SQLException {
        Holes holes = stretch.holes();
        long settleThrough = holes.settleThrough(stretch.upper(), rowsMax);
        String blocker =
                settleThrough > holes.lower() ? settler.settle(session, topic, holes.lower(), settleThrough) : null;
        return blocker != null
                ? blocker
                : holes.firstTooWide().map(hole -> tooWide(topic, hole)).orElse(null);
    }

    private static String tooWide(TopicName topic, Holes.Hole hole) {
        return "positions " + hole.first() + " to " + hole.last() + " of " + topic + " are missing, " + hole.width()
                + " in a row; more than " + Holes.WIDTH_MAX + " are not sealed without a person. Was the sequence moved"
                + " (setval), or rows deleted? If nothing can come there any more, run: insert into " + topic.table()
                + "(idn, kind, id, source, type) overriding system value select g, 'v', 'void-' || g, '"
                + EventRules.VOID_SOURCE + "', 'postevent.void' from generate_series(" + hole.first() + ", "
                + hole.last() + ") g on conflict do nothing";
    }

    /**
     * Waits until what was read is on disk: with {@code synchronous_commit=off} a row is visible before, a crash takes it back
     * and its position is issued again to another event.
     *
     * <p>WAL that no commit asks for may stay unflushed for many seconds on an idle server, so a commit of our own asks for it.
     */
    private static void awaitFlushed(LogSession session, TopicName topic) throws SQLException {
        String lsn = RangeStore.notFlushed(session.connection());
        if (lsn.isEmpty()) {
            return;
        }
        long deadline = System.nanoTime() + FLUSH_LIMIT.toNanos();
        for (int polls = 1; !RangeStore.isFlushed(session.connection(), lsn); polls++) {
            if (System.nanoTime() > deadline) {
                throw new PosteventException(
                        "PSTEV31043",
                        "reading " + topic + ": the server has not flushed its WAL up to " + lsn + " within "
                                + FLUSH_LIMIT.toSeconds() + " s, so what was read may still be lost in a crash. Is its"
                                + " disk stuck? Ask again");
            }
            if (polls == FLUSH_POLLS_BEFORE_TOUCH) {
                session.transaction(connection -> {
                    SettleStore.touch(connection, topic);
                    return lsn;
                });
            } else {
                Pause.millis(FLUSH_POLL_MILLIS, topic);
            }
        }
    }

    private <T> T ask(TopicName topic, String what, Question<T> question) {
        try (LogSession session = LogSession.open(dataSource)) {
            return question.ask(session);
        } catch (SQLException e) {
            throw SqlFailure.ofReading(topic, what, e);
        }
    }

    /** What is asked on one connection. */
    @FunctionalInterface
    private interface Question<T> {
        T ask(LogSession session) throws SQLException;
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
