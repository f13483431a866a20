package dev.postevent.internal.inbox;

import dev.postevent.DivergedSourceException;
import dev.postevent.PosteventException;
import dev.postevent.internal.worker.LocalTransaction;
import dev.postevent.spi.LogEntry;
import dev.postevent.spi.Origin;
import dev.postevent.spi.TopicName;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * The consumer's store of events. Everything is idempotent: storing an entry twice is one entry.
 *
 * <p>Methods run in a local transaction of the inbox database, must be called without a JTA transaction, and throw {@link
 * PosteventException} where the database fails; the caller tries again.
 */
public final class Inbox {
    private final DataSource dataSource;

    /** An inbox in the database of {@code dataSource}, whose schema is there. */
    public Inbox(DataSource dataSource) {
        this.dataSource = dataSource;
    }

    /**
     * Stores {@code entries} and moves the mark up to {@code mark} if it is lower, all or nothing.
     *
     * @throws DivergedSourceException if another event stands at one of the positions already
     */
    public void store(TopicName topic, List<LogEntry> entries, long mark) {
        try {
            LocalTransaction.run(dataSource, connection -> {
                if (!entries.isEmpty()) {
                    insert(connection, topic, entries);
                }
                InboxStore.raiseMark(connection, topic, mark);
                return true;
            });
        } catch (SQLException e) {
            throw failed("store " + entries.size() + " entries of topic " + topic, e);
        }
    }

    private static void insert(Connection connection, TopicName topic, List<LogEntry> entries) throws SQLException {
        Set<Long> inserted = InboxStore.insert(connection, topic, entries);
        if (inserted.size() == entries.size()) {
            return;
        }
        Set<Long> there = new HashSet<>();
        for (LogEntry entry : entries) {
            if (!inserted.contains(entry.position())) {
                there.add(entry.position());
            }
        }
        var stored = InboxStore.identities(connection, topic, there);
        for (LogEntry entry : entries) {
            LogEntry before = stored.get(entry.position());
            if (before != null && !before.sameIdentity(entry)) {
                throw new DivergedSourceException("topic " + topic + ": position " + entry.position() + " is "
                        + name(entry) + " at the source, but " + name(before) + " was received there before."
                        + " The source was restored to the past or is another one. Nothing more of this topic is taken"
                        + " in; point it to the right source, or give this consumer a new inbox");
            }
        }
    }

    private static String name(LogEntry entry) {
        return entry.isVoid() ? "void" : "event " + entry.id() + " of " + entry.source();
    }

    /** The mark, 0 for a topic never seen. */
    public long mark(TopicName topic) {
        return ask("read the mark of topic " + topic, connection -> InboxStore.mark(connection, topic));
    }

    /**
     * Entries above {@code after} and at or below {@code through}, in position order.
     *
     * @param rowsMax at most so many
     * @param bytesMax stop after the entry that passes so many bytes of data and attributes
     */
    public List<LogEntry> read(TopicName topic, long after, long through, int rowsMax, long bytesMax) {
        return ask(
                "read topic " + topic + " after " + after,
                connection -> InboxStore.read(connection, topic, after, through, rowsMax, bytesMax));
    }

    /** The entries at {@code positions} that are there, in position order. */
    public List<LogEntry> readAt(TopicName topic, List<Long> positions) {
        return ask(
                "read positions "
                        + positions.stream().map(String::valueOf).limit(20).collect(Collectors.joining(", "))
                        + " of topic " + topic,
                connection -> InboxStore.readAt(connection, topic, positions));
    }

    /** Number of events at or below {@code through} that are above the cursor of their lane. */
    public Backlog backlog(TopicName topic, long[] cursors, long through) {
        return ask(
                "count the backlog of topic " + topic,
                connection -> InboxStore.backlog(connection, topic, cursors, through));
    }

    /**
     * What a subscription has before it.
     *
     * @param events events not yet handled
     * @param oldestSeconds age of the one stored first, in seconds; 0 if there is none
     */
    public record Backlog(long events, double oldestSeconds) {}

    /** Where the topic came from so far; null: never received. */
    public @Nullable Origin origin(TopicName topic) {
        return ask(
                        "read the origin of topic " + topic,
                        connection -> Optional.ofNullable(InboxStore.origin(connection, topic)))
                .orElse(null);
    }

    /** Remembers where the topic comes from. */
    public void saveOrigin(TopicName topic, Origin origin) {
        ask("save the origin of topic " + topic, connection -> {
            InboxStore.saveOrigin(connection, topic, origin);
            return true;
        });
    }

    private <T> T ask(String what, LocalTransaction.Work<T> work) {
        try {
            return LocalTransaction.run(dataSource, work);
        } catch (SQLException e) {
            throw failed(what, e);
        }
    }

    private static PosteventException failed(String what, SQLException e) {
        return new PosteventException(
                "PSTEV33002",
                "the inbox database could not " + what + " (SQLSTATE " + e.getSQLState() + "): " + e.getMessage(),
                e);
    }
}
