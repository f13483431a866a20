package dev.postevent.internal.inbox;

import dev.postevent.internal.flow.InboxMark;
import dev.postevent.internal.flow.VisibilityCondition;
import dev.postevent.internal.jdbc.LocalTransaction;
import dev.postevent.internal.jdbc.ServerStart;
import dev.postevent.spi.LogEntry;
import dev.postevent.spi.TopicName;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** SQL of the table high_water_mark: where the mark is, and how it is raised, alone or in one statement with what it passes. */
final class MarkStore {
    private static final String IDLE_LIMIT = Integer.toString(LocalTransaction.IDLE_MAX_MILLIS);

    private static final String MARK = """
            select coalesce((select mark from postevent_inbox.high_water_mark where topic = ?), 0) as mark,
                   coalesce((select direct from postevent_inbox.high_water_mark where topic = ?), false) as direct,
                   ${life} as life, ${made_anew} as made_anew
            """.replace("${life}", ServerStart.MICROS);

    // answers with the mark before; an inbox that has less than the caller knows is left as it is
    private static final String RAISE_MARK = "with asked as (select ${condition} as visible), before as (" + MARK
            + String.format(Locale.ROOT, """
            ), last as (${event}
            ), raised as (
                insert into postevent_inbox.high_water_mark as m (topic, mark, direct, last_idn, last_id, last_source)
                select ?, ?, ?, last.idn, last.id, last.source from asked cross join before left join last on true
                 where visible and not made_anew and mark >= ? and life = ?
                on conflict (topic) do update
                   set mark = excluded.mark, direct = m.direct or excluded.direct,
                       last_idn = coalesce(excluded.last_idn, m.last_idn), last_id = coalesce(excluded.last_id, m.last_id),
                       last_source = coalesce(excluded.last_source, m.last_source),
                       copied = case when excluded.direct and not m.direct then m.mark else m.copied end
                 where m.mark < excluded.mark)
            select visible, mark, life, direct, made_anew, %s, %s from asked cross join before
            """, LocalTransaction.GUARD, LocalTransaction.NO_WAIT);

    // the common case, what follows on the mark, where nothing is yet: in one statement, and so in one round trip and
    // without a transaction that could be left open
    private static final String STORE_NEXT = "with asked as (select ${condition} as visible), before as (" + MARK + """
            ), free as (
                select from asked cross join before
                 where visible and mark = ? and life = ? and not direct
                   and not exists (select from postevent_inbox.messages where topic = ? and idn > ? and idn <= ?)
            ), stored as ("""
            + EntryStore.INTO_MESSAGES + """
                where exists (select from free)
                on conflict (topic, idn) do nothing
                returning idn
            )
            insert into postevent_inbox.high_water_mark as m (topic, mark)
            select ?, ? from stored having pg_catalog.count(*) = ?
            on conflict (topic) do update set mark = excluded.mark where m.mark < excluded.mark
            returning\s""" + LocalTransaction.NO_WAIT;

    private static final String PASS_GONE = """
            insert into postevent_inbox.high_water_mark as m (topic, mark) values (?, ?)
            on conflict (topic) do update set mark = excluded.mark where m.mark < excluded.mark
            """;

    private static final String MARKS = "select topic, mark from postevent_inbox.high_water_mark where topic = any (?)";

    private MarkStore() {}

    /** As {@link Inbox#marks}. */
    static Map<TopicName, Long> marks(Connection connection, Collection<TopicName> topics) throws SQLException {
        Map<TopicName, Long> marks = new HashMap<>();
        topics.forEach(topic -> marks.put(topic, 0L));
        try (PreparedStatement select = EntryStore.prepare(connection, MARKS)) {
            select.setArray(
                    1,
                    connection.createArrayOf(
                            "text", topics.stream().map(TopicName::value).toArray()));
            try (ResultSet row = select.executeQuery()) {
                while (row.next()) {
                    marks.put(new TopicName(row.getString(1)), row.getLong(2));
                }
            }
        }
        return marks;
    }

    /**
     * Stores {@code entries}, which are all positions that follow on the mark, and raises the mark to {@code mark}, the last of them.
     *
     * @param condition what has to be so, too; null: nothing
     * @return false if the condition does not hold, or the mark is not where it is known to be, or something stands there already:
     *     what was not there may be now
     */
    static boolean storeNext(
            Connection connection,
            InboxTable table,
            List<LogEntry> entries,
            InboxMark known,
            long mark,
            @Nullable VisibilityCondition condition)
            throws SQLException {
        TopicName topic = table.topic();
        try (PreparedStatement store = EntryStore.prepare(connection, sql(table, STORE_NEXT, condition))) {
            int first = setCondition(store, connection, condition);
            store.setString(first, topic.value());
            store.setString(first + 1, topic.value());
            store.setLong(first + 2, known.mark());
            store.setLong(first + 3, known.serverStart());
            store.setString(first + 4, topic.value());
            store.setLong(first + 5, known.mark());
            store.setLong(first + 6, mark);
            int next = EntryStore.setEntries(store, first + 7, connection, topic, entries);
            store.setString(next, topic.value());
            store.setLong(next + 1, mark);
            store.setInt(next + 2, entries.size());
            store.setBoolean(next + 3, table.sourceHere());
            try (ResultSet row = store.executeQuery()) {
                return row.next();
            }
        }
    }

    /** Returns the mark before; null, and nothing is changed, if {@code condition} (null: none) does not hold. */
    static @Nullable InboxMark raiseMark(
            Connection connection,
            InboxTable table,
            InboxMark known,
            long mark,
            @Nullable VisibilityCondition condition)
            throws SQLException {
        try (PreparedStatement raise = EntryStore.prepare(connection, sql(table, RAISE_MARK, condition))) {
            int first = setCondition(raise, connection, condition);
            raise.setString(first, table.topic().value());
            raise.setString(first + 1, table.topic().value());
            raise.setLong(first + 2, mark);
            raise.setString(first + 3, table.topic().value());
            raise.setLong(first + 4, mark);
            raise.setBoolean(first + 5, table.direct());
            raise.setLong(first + 6, known.mark());
            raise.setLong(first + 7, known.serverStart());
            raise.setString(first + 8, IDLE_LIMIT);
            raise.setBoolean(first + 9, table.sourceHere());
            try (ResultSet row = raise.executeQuery()) {
                row.next();
                return row.getBoolean("visible") ? mark(row, table) : null;
            }
        }
    }

    private static String sql(InboxTable table, String template, @Nullable VisibilityCondition condition) {
        return condition == null ? table.sql(template) : table.sql(template, condition.tables());
    }

    /** Sets the parameters of the condition, which are the first; returns the index after them. */
    private static int setCondition(
            PreparedStatement statement, Connection connection, @Nullable VisibilityCondition condition)
            throws SQLException {
        if (condition == null) {
            return 1;
        }
        statement.setString(1, condition.tablesSeen());
        statement.setArray(
                2,
                connection.createArrayOf(
                        "text",
                        condition.transactions().stream().map(String::valueOf).toArray()));
        return 3;
    }

    private static InboxMark mark(ResultSet row, InboxTable table) throws SQLException {
        if (row.getBoolean("direct") && !table.direct()) {
            throw table.readDirectlyBy("");
        }
        if (row.getBoolean("made_anew")) {
            throw table.madeAnew();
        }
        return new InboxMark(row.getLong("mark"), row.getLong("life"));
    }

    static void passGone(Connection connection, TopicName topic, long through) throws SQLException {
        try (PreparedStatement raise = EntryStore.prepare(connection, PASS_GONE)) {
            raise.setString(1, topic.value());
            raise.setLong(2, through);
            raise.executeUpdate();
        }
    }

    static InboxMark mark(Connection connection, InboxTable table) throws SQLException {
        try (PreparedStatement select = EntryStore.prepare(connection, table.sql(MARK))) {
            select.setString(1, table.topic().value());
            select.setString(2, table.topic().value());
            try (ResultSet row = select.executeQuery()) {
                row.next();
                return mark(row, table);
            }
        }
    }
}
