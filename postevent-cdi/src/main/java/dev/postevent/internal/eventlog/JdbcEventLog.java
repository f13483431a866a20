package dev.postevent.internal.eventlog;

import dev.postevent.PosteventException;
import dev.postevent.internal.jdbc.LogSession;
import dev.postevent.spi.EventLog;
import dev.postevent.spi.LogEntry;
import dev.postevent.spi.Origin;
import dev.postevent.spi.Range;
import dev.postevent.spi.TopicName;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * The event log of a database: reads topic tables by position, settles gaps, and answers only with what a crash of the server
 * cannot take back.
 *
 * <p>Called outside of JTA transactions; each call takes one connection of the data source in auto-commit. Any number of nodes
 * may read and settle the same topic.
 */
public final class JdbcEventLog implements EventLog {
    private final DataSource dataSource;
    private final Settler settler;
    private final RangeReader reader;
    private final HeadSettler headSettler;

    /**
     * Makes the log.
     *
     * @param dataSource gives auto-commit connections where there is no JTA transaction
     * @param settleWait how long one read waits for transactions that may still fill a gap before it answers "undecided"; 0 to
     *     ask once
     */
    public JdbcEventLog(DataSource dataSource, Duration settleWait) {
        this(dataSource, new Settler(notNegative(settleWait), System::nanoTime, Pause.SLEEP));
    }

    private JdbcEventLog(DataSource dataSource, Settler settler) {
        this.dataSource = dataSource;
        this.settler = settler;
        this.reader = new RangeReader(settler, System::nanoTime, Pause.SLEEP);
        this.headSettler = new HeadSettler(settler);
    }

    private static Duration notNegative(Duration settleWait) {
        if (settleWait.isNegative()) {
            throw new IllegalArgumentException("settleWait must not be negative, got " + settleWait);
        }
        return settleWait;
    }

    /** A log of the same tables that waits otherwise; what it seals is counted here, too. */
    public JdbcEventLog waiting(Duration settleWait) {
        return new JdbcEventLog(dataSource, settler.waiting(notNegative(settleWait)));
    }

    @Override
    public Origin origin(TopicName topic) {
        return ask(topic, "asking for the origin of", session -> RangeStore.origin(session.connection(), topic));
    }

    @Override
    public long head(TopicName topic) {
        return ask(topic, "asking for the head of", session -> RangeStore.head(session.connection(), topic));
    }

    /** As {@link #head} and {@link #settled} say. */
    public record Head(long head, long settled) {}

    /** Of several topics, asked at once; where one of them cannot be read, none is told. */
    public Map<TopicName, Head> heads(Collection<TopicName> topics) {
        if (topics.isEmpty()) {
            return Map.of();
        }
        TopicName first = topics.iterator().next();
        return ask(
                first,
                "asking for the heads of all topics, among them",
                session -> RangeStore.heads(session.connection(), topics));
    }

    @Override
    public long settled(TopicName topic) {
        return ask(topic, "asking what is settled of", session -> SettleStore.settled(session.connection(), topic));
    }

    @Override
    public long settle(TopicName topic, long after) {
        return ask(topic, "settling", session -> headSettler.settle(new JdbcLogTable(session, topic), topic, after));
    }

    @Override
    public Range read(TopicName topic, long after, long through, int rowsMax, long bytesMax) {
        if (after < 0 || rowsMax < 1 || bytesMax < 1) {
            throw new IllegalArgumentException("after must be at least 0, rowsMax and bytesMax at least 1; got " + after
                    + ", " + rowsMax + ", " + bytesMax);
        }
        try (LogSession session = LogSession.open(dataSource)) {
            return reader.read(new JdbcLogTable(session, topic), topic, after, through, rowsMax, bytesMax);
        } catch (SQLException e) {
            PosteventException named = LogFailure.isOfSize(e) ? tooLarge(topic, after, through, rowsMax, e) : null;
            throw named == null ? LogFailure.ofReading(topic, "reading", e) : named;
        } catch (OutOfMemoryError e) {
            PosteventException named = tooLarge(topic, after, through, rowsMax, e);
            if (named == null) {
                throw e;
            }
            throw named;
        }
    }

    /** Where there was no room for what was read: the row it may be, asked for without reading it. */
    private @Nullable PosteventException tooLarge(
            TopicName topic, long after, long through, int rowsMax, Throwable failure) {
        try (LogSession session = LogSession.open(dataSource)) {
            RangeStore.Large row = RangeStore.tooLarge(session.connection(), topic, after, through, rowsMax);
            return row == null ? null : LogFailure.ofLarge(topic, row.position(), row.bytes(), failure);
        } catch (SQLException e) {
            failure.addSuppressed(e);
            return null;
        }
    }

    @Override
    public @Nullable LogEntry identity(TopicName topic, long position) {
        return ask(
                        topic,
                        "asking what stands at position " + position + " of",
                        session -> Optional.ofNullable(RangeStore.identity(session.connection(), topic, position)))
                .orElse(null);
    }

    /** How many positions of the topic this log, and those made of it, have sealed as void. Does not block. */
    public long sealed(TopicName topic) {
        return settler.sealed(topic);
    }

    private <T> T ask(TopicName topic, String what, Question<T> question) {
        try (LogSession session = LogSession.open(dataSource)) {
            return question.ask(session);
        } catch (SQLException e) {
            throw LogFailure.ofReading(topic, what, e);
        }
    }

    /** What is asked on one connection. */
    @FunctionalInterface
    private interface Question<T> {
        T ask(LogSession session) throws SQLException;
    }
}
