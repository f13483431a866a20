package dev.postevent.internal.inbox;

import dev.postevent.DivergedSourceException;
import dev.postevent.PosteventException;
import dev.postevent.internal.worker.LocalTransaction;
import dev.postevent.internal.worker.Passing;
import dev.postevent.internal.worker.VisibilityCondition;
import dev.postevent.spi.LogEntry;
import dev.postevent.spi.Origin;
import dev.postevent.spi.TopicName;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * The consumer's store of events. Everything is idempotent: storing an entry twice is one entry.
 *
 * <p>Topics that are read directly are not stored: their entries stay in the topic's own table, which is in the same database, and
 * the inbox only has their mark.
 *
 * <p>Methods run in local transactions of the inbox database, must be called without a JTA transaction, and throw {@link
 * PosteventException} where the database fails; the caller tries again.
 */
public final class Inbox {
    private final DataSource dataSource;
    private final Set<TopicName> direct;
    private final Set<TopicName> sourcesHere;
    private final Map<TopicName, InboxTable> tables = new ConcurrentHashMap<>();

    /** An inbox in the database of {@code dataSource}, whose schema is there. */
    public Inbox(DataSource dataSource) {
        this(dataSource, Set.of(), Set.of());
    }

    /**
     * An inbox in the database of {@code dataSource}, whose schema is there.
     *
     * <p>Storing does not wait for the disk where the topic's own table is in the same WAL: what a crash of the server takes back of the
     * inbox, the table still has, and everything that came of it and is on disk was written after it. The caller finds the mark set
     * back ({@link #store} returns false) and reads again from there.
     *
     * @param direct topics of the same database that are read where they are
     * @param sourcesHere topics whose tables are in the same database
     */
    public Inbox(DataSource dataSource, Set<TopicName> direct, Set<TopicName> sourcesHere) {
        this.dataSource = dataSource;
        this.direct = Set.copyOf(direct);
        this.sourcesHere = Set.copyOf(sourcesHere);
    }

    private InboxTable table(TopicName topic) {
        return tables.computeIfAbsent(
                topic, name -> new InboxTable(name, direct.contains(name), sourcesHere.contains(name)));
    }

    /**
     * Call before the topic is used. If it was copied so far and is read directly from now on, its table must have what was copied;
     * if it is copied from now on, nobody alive may read it directly, and the copy goes on where it was left. That holds for all
     * applications that have this inbox: its events and its mark are for all of them.
     *
     * @return true if the copy goes on
     * @throws PosteventException if that cannot be now; it may be later
     */
    public boolean begin(TopicName topic, String application, String node) {
        InboxTable table = table(topic);
        try {
            return LocalTransaction.run(dataSource, connection -> {
                if (table.direct()) {
                    ModeStore.readDirectly(connection, topic, application, node);
                    return false;
                }
                ModeStore.copies(connection, topic, application, node);
                return ModeStore.copyFromNowOn(connection, table);
            });
        } catch (SQLException e) {
            throw failed("begin with topic " + topic, e);
        }
    }

    /**
     * Stores {@code entries} and moves the mark up to {@code mark} if it is lower, all or nothing.
     *
     * @param known what the caller knows of the inbox, and goes on from
     * @return false, and nothing is changed, if the inbox has less than that: it lost commits, or is another one
     * @throws DivergedSourceException if another event stands at one of the positions already
     */
    public boolean store(TopicName topic, List<LogEntry> entries, Mark known, long mark) {
        InboxTable table = table(topic);
        try {
            if (!table.direct()
                    && followOn(known.mark(), entries, mark)
                    && LocalTransaction.each(
                            dataSource,
                            connection -> InboxStore.storeNext(connection, table, entries, known, mark, null))) {
                return true;
            }
            return LocalTransaction.run(dataSource, connection -> {
                if (!entries.isEmpty() && !table.direct()) {
                    insert(connection, table, entries);
                }
                Mark before = InboxStore.raiseMark(connection, table, known, mark, null);
                if (before != null
                        && before.goesOnFrom(known)
                        && (table.direct() || isComplete(connection, table, entries, before.mark(), mark))) {
                    return true;
                }
                throw new SetBackException();
            });
        } catch (SetBackException e) {
            return false;
        } catch (SQLException e) {
            throw failed("store " + entries.size() + " entries of topic " + topic, e);
        }
    }

    /**
     * As {@link #store}, if the entries follow on what is there, and if {@code condition} holds, which the statement that stores them
     * asks.
     *
     * @param entries at least one, in position order
     * @return false, and nothing is changed, if it does not hold or one statement cannot tell: {@link #store} may store them all the
     *     same once they are visible
     */
    public boolean storeNext(TopicName topic, List<LogEntry> entries, Mark known, VisibilityCondition condition) {
        InboxTable table = table(topic);
        long mark = entries.get(entries.size() - 1).position();
        if (!table.sourceHere() || !followOn(known.mark(), entries, mark)) {
            return false;
        }
        try {
            return LocalTransaction.each(dataSource, connection -> {
                if (!table.direct()) {
                    return InboxStore.storeNext(connection, table, entries, known, mark, condition);
                }
                Mark before = InboxStore.raiseMark(connection, table, known, mark, condition);
                return before != null && before.goesOnFrom(known);
            });
        } catch (SQLException e) {
            throw failed("store " + entries.size() + " entries of topic " + topic, e);
        }
    }

    /**
     * How much of a topic the inbox has.
     *
     * @param mark everything at or below it is there
     * @param life of the database server, which is another one after each restart and fail-over
     */
    public record Mark(long mark, long life) {
        boolean goesOnFrom(Mark known) {
            return life == known.life && mark >= known.mark;
        }
    }

    private static boolean followOn(long after, List<LogEntry> entries, long through) {
        long position = after;
        for (LogEntry entry : entries) {
            position++;
            if (entry.position() != position) {
                return false;
            }
        }
        return position > after && position == through;
    }

    /** Rolls back. */
    private static final class SetBackException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        SetBackException() {
            super("the inbox has less than it had", null, false, false);
        }
    }

    /** The mark is moved over what is there: what was just stored is, and what was stored before may have been lost. */
    private static boolean isComplete(
            Connection connection, InboxTable table, List<LogEntry> entries, long after, long through)
            throws SQLException {
        long stored = entries.stream()
                .filter(entry -> entry.position() > after && entry.position() <= through)
                .mapToLong(LogEntry::position)
                .distinct()
                .count();
        return stored >= through - after || InboxStore.count(connection, table, after, through) == through - after;
    }

    /** Moves the mark up to {@code through} if it is lower, over what the source has removed. */
    public void passGone(TopicName topic, long through) {
        ask("pass what topic " + topic + " had through " + through, connection -> {
            InboxStore.passGone(connection, topic, through);
            return true;
        });
    }

    private static void insert(Connection connection, InboxTable table, List<LogEntry> entries) throws SQLException {
        TopicName topic = table.topic();
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
        var stored = InboxStore.identities(connection, table, there);
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
    public Mark mark(TopicName topic) {
        InboxTable table = table(topic);
        return ask("read the mark of topic " + topic, connection -> {
            try {
                return InboxStore.mark(connection, table);
            } catch (InboxTable.ReadDirectlyException e) {
                // by whoever came while this node was at work: it goes on when they are gone
                boolean unused = ModeStore.copyFromNowOn(connection, table);
                return InboxStore.mark(connection, table);
            }
        });
    }

    /**
     * Entries above {@code after} and at or below {@code through}, in position order.
     *
     * @param rowsMax at most so many
     * @param bytesMax stop after the entry that passes so many bytes of data and attributes
     */
    public Page read(TopicName topic, long after, long through, int rowsMax, long bytesMax) {
        return ask("read topic " + topic + " after " + after, connection -> {
            InboxTable table = table(topic);
            long mark = InboxStore.mark(connection, table).mark();
            List<LogEntry> entries = InboxStore.read(connection, table, after, through, rowsMax, bytesMax);
            if (table.direct() && mark >= through) {
                mustBeWhole(connection, topic, after, through, entries);
            }
            return new Page(entries, mark);
        });
    }

    /**
     * How far what is above {@code after} and at or below {@code through} is of a time before {@code time}, or void.
     *
     * @param rowsMax looks at most at so many rows
     */
    public Skim skim(TopicName topic, long after, long through, Instant time, int rowsMax) {
        return ask("skim topic " + topic + " after " + after, connection -> {
            InboxTable table = table(topic);
            long mark = InboxStore.mark(connection, table).mark();
            return new Skim(InboxStore.skim(connection, table, after, through, time, rowsMax), mark);
        });
    }

    /**
     * What was skimmed.
     *
     * @param through everything above {@code after} and at or below it is; {@code after}: the next one is not, or not there
     * @param mark the mark right before
     */
    public record Skim(long through, long mark) {}

    /**
     * A topic's own table has a row for each position below the mark. One that is missing was removed, or is not visible yet: the WAL
     * tells of a commit before others see it, with a synchronous standby that is away by any time.
     */
    private static void mustBeWhole(
            Connection connection, TopicName topic, long after, long through, List<LogEntry> entries)
            throws SQLException {
        long start = after;
        if (after == 0 && (entries.isEmpty() || entries.get(0).position() > 1)) {
            // who begins begins after what retention removed
            start = Math.min(through, InboxStore.gone(connection, topic));
        }
        long expected = start + 1;
        for (LogEntry entry : entries) {
            if (entry.position() != expected) {
                break;
            }
            expected++;
        }
        boolean whole = entries.isEmpty() ? start == through : expected == start + 1 + entries.size();
        if (!whole) {
            throw new PosteventException(
                    "PSTEV33008",
                    "topic " + topic + ": position " + expected
                            + " is not in its table, though it is below the mark. If"
                            + " it is not visible yet (a synchronous standby is away), this passes by itself; if it was"
                            + " removed before it was handled, it is lost for the subscriptions here: insert a void at its"
                            + " position to go on without it");
        }
    }

    /**
     * What was read.
     *
     * @param mark the mark right before it was read
     */
    public record Page(List<LogEntry> entries, long mark) {}

    /** The entries at {@code positions} that are there, in position order. */
    public List<LogEntry> readAt(TopicName topic, List<Long> positions) {
        return ask(
                "read positions "
                        + positions.stream().map(String::valueOf).limit(20).collect(Collectors.joining(", "))
                        + " of topic " + topic,
                connection -> {
                    InboxTable table = table(topic);
                    if (table.direct()) {
                        // throws if the table is not the one these positions are of
                        Mark unused = InboxStore.mark(connection, table);
                    }
                    return InboxStore.readAt(connection, table, positions);
                });
    }

    /**
     * What a source can be held against.
     *
     * @param copied false if the topic is read where it is published: then its entries are the source's own
     * @param last the last event at or below a position that was copied; null: none
     * @param handled how far subscriptions have come, with what is held
     * @param begun through which position subscriptions that began now pass over what the source has
     */
    public record Kept(boolean copied, @Nullable LogEntry last, long handled, long begun) {}

    /** What is kept of a topic at or below {@code through}. */
    public Kept kept(TopicName topic, long through) {
        return ask(
                "look for the last event of topic " + topic + " through " + through,
                connection -> new Kept(
                        !direct.contains(topic),
                        InboxStore.lastCopied(connection, topic, through),
                        InboxStore.handled(connection, topic),
                        InboxStore.begun(connection, topic)));
    }

    /** Number of events at or below {@code through} that are above the cursor of their lane. */
    public long backlog(TopicName topic, long[] cursors, long through) {
        return ask(
                "count the backlog of topic " + topic,
                connection -> table(topic).direct()
                        ? new LanesAhead(connection, table(topic), cursors, through).count()
                        : InboxStore.backlog(connection, topic, cursors, through));
    }

    /**
     * Age since it was stored of the first such event, in seconds; 0 if there is none. Of a topic that is read directly, age since the
     * event's own time, 0 if it has none or one to come.
     */
    public double oldestSeconds(TopicName topic, long[] cursors, long through) {
        return ask(
                "look for the first of the backlog of topic " + topic,
                connection -> table(topic).direct()
                        ? oldestDirect(connection, table(topic), cursors, through)
                        : InboxStore.oldestSeconds(connection, topic, cursors, through));
    }

    private static double oldestDirect(Connection connection, InboxTable table, long[] cursors, long through)
            throws SQLException {
        long first = new LanesAhead(connection, table, cursors, through).first();
        return first == 0 ? 0 : InboxStore.age(connection, table, first);
    }

    /** Ids of the entries at {@code positions} that are there. */
    public Map<Long, String> ids(TopicName topic, Collection<Long> positions) {
        return ask("read ids of topic " + topic, connection -> {
            Map<Long, String> ids = new HashMap<>();
            InboxStore.identities(connection, table(topic), positions)
                    .forEach((position, entry) -> ids.put(position, entry.id()));
            return ids;
        });
    }

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
            return LocalTransaction.each(dataSource, work);
        } catch (SQLException e) {
            throw failed(what, e);
        }
    }

    private static PosteventException failed(String what, SQLException e) {
        return Passing.exception(
                "PSTEV33002",
                "the inbox database could not " + what + " (SQLSTATE " + e.getSQLState() + "): " + e.getMessage(),
                e);
    }
}
