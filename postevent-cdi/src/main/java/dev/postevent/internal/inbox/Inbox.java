package dev.postevent.internal.inbox;

import dev.postevent.PosteventException;
import dev.postevent.internal.flow.EntrySource;
import dev.postevent.internal.flow.InboxMark;
import dev.postevent.internal.flow.InboxWriter;
import dev.postevent.internal.flow.Kept;
import dev.postevent.internal.flow.VisibilityCondition;
import dev.postevent.internal.jdbc.LocalTransaction;
import dev.postevent.internal.jdbc.Transient;
import dev.postevent.spi.LogEntry;
import dev.postevent.spi.Origin;
import dev.postevent.spi.TopicName;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.Iterator;
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
public final class Inbox implements InboxWriter, EntrySource {
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

    @Override
    public boolean store(TopicName topic, List<LogEntry> entries, InboxMark known, long mark) {
        try {
            return new InboxBatch(table(topic), entries, known, mark).store(dataSource);
        } catch (SQLException e) {
            throw failed("store " + entries.size() + " entries of topic " + topic, e);
        }
    }

    @Override
    public boolean storeNext(TopicName topic, List<LogEntry> entries, InboxMark known, VisibilityCondition condition) {
        long mark = entries.get(entries.size() - 1).position();
        try {
            return new InboxBatch(table(topic), entries, known, mark).storeNext(dataSource, condition);
        } catch (SQLException e) {
            throw failed("store " + entries.size() + " entries of topic " + topic, e);
        }
    }

    @Override
    public void passGone(TopicName topic, long through) {
        ask("pass what topic " + topic + " had through " + through, connection -> {
            MarkStore.passGone(connection, topic, through);
            return true;
        });
    }

    @Override
    public InboxMark mark(TopicName topic) {
        InboxTable table = table(topic);
        return ask("read the mark of topic " + topic, connection -> {
            try {
                return MarkStore.mark(connection, table);
            } catch (InboxTable.ReadDirectlyException e) {
                // by whoever came while this node was at work: it goes on when they are gone
                boolean unused = ModeStore.copyFromNowOn(connection, table);
                return MarkStore.mark(connection, table);
            }
        });
    }

    @Override
    public Page read(TopicName topic, long after, long through, int rowsMax, long bytesMax) {
        return ask("read topic " + topic + " after " + after, connection -> {
            InboxTable table = table(topic);
            long mark = MarkStore.mark(connection, table).mark();
            List<LogEntry> entries = EntryStore.read(connection, table, after, through, rowsMax, bytesMax);
            if (table.direct() && mark >= through) {
                mustBeWhole(connection, topic, after, through, entries);
            }
            return new Page(entries, mark);
        });
    }

    @Override
    public Skim skim(TopicName topic, long after, long through, Instant time, int rowsMax) {
        return ask("skim topic " + topic + " after " + after, connection -> {
            InboxTable table = table(topic);
            long mark = MarkStore.mark(connection, table).mark();
            return new Skim(EntryStore.skim(connection, table, after, through, time, rowsMax), mark);
        });
    }

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
            start = Math.min(through, EntryStore.gone(connection, topic));
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

    @Override
    public @Nullable LogEntry at(TopicName topic, long position) {
        List<LogEntry> found = readAt(topic, List.of(position));
        return found.isEmpty() ? null : found.get(0);
    }

    @Override
    public List<LogEntry> readAt(TopicName topic, List<Long> positions) {
        return ask(
                "read positions "
                        + positions.stream().map(String::valueOf).limit(20).collect(Collectors.joining(", "))
                        + " of topic " + topic,
                connection -> {
                    InboxTable table = table(topic);
                    if (table.direct()) {
                        // throws if the table is not the one these positions are of
                        InboxMark unused = MarkStore.mark(connection, table);
                    }
                    return EntryStore.readAt(connection, table, positions);
                });
    }

    @Override
    public Kept kept(TopicName topic, long through) {
        return ask(
                "look for the last event of topic " + topic + " through " + through,
                connection -> new Kept(
                        !table(topic).direct(),
                        EntryStore.lastCopied(connection, topic, through),
                        OriginStore.handled(connection, topic),
                        OriginStore.begun(connection, topic)));
    }

    @Override
    public Map<TopicName, Long> marks(Collection<TopicName> topics) {
        return ask("read the marks of " + topics.size() + " topics", connection -> MarkStore.marks(connection, topics));
    }

    @Override
    public List<Ahead> ahead(List<Place> places, long countedMax) {
        List<Place> copied = new ArrayList<>();
        for (Place place : places) {
            if (!table(place.topic()).direct()) {
                copied.add(place);
            }
        }
        return ask("count the backlog of " + places.size() + " subscriptions", connection -> {
            Iterator<Ahead> ofCopied = copied.isEmpty()
                    ? Collections.emptyIterator()
                    : BacklogStore.ahead(connection, copied, countedMax).iterator();
            List<Ahead> all = new ArrayList<>();
            for (Place place : places) {
                InboxTable table = table(place.topic());
                all.add(table.direct() ? LanesAhead.of(connection, table, place, countedMax) : ofCopied.next());
            }
            return all;
        });
    }

    @Override
    public Map<Long, String> ids(TopicName topic, Collection<Long> positions) {
        return ask("read ids of topic " + topic, connection -> {
            Map<Long, String> ids = new HashMap<>();
            EntryStore.identities(connection, table(topic), positions)
                    .forEach((position, entry) -> ids.put(position, entry.id()));
            return ids;
        });
    }

    @Override
    public @Nullable Origin origin(TopicName topic) {
        return ask(
                        "read the origin of topic " + topic,
                        connection -> Optional.ofNullable(OriginStore.origin(connection, topic)))
                .orElse(null);
    }

    @Override
    public void saveOrigin(TopicName topic, Origin origin) {
        ask("save the origin of topic " + topic, connection -> {
            OriginStore.saveOrigin(connection, topic, origin);
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

    static PosteventException failed(String what, SQLException e) {
        return Transient.exception(
                "PSTEV33002",
                "the inbox database could not " + what + " (SQLSTATE " + e.getSQLState() + "): " + e.getMessage(),
                e);
    }
}
