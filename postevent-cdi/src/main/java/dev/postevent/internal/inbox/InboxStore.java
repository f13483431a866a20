package dev.postevent.internal.inbox;

import dev.postevent.internal.flow.InboxMark;
import dev.postevent.internal.jdbc.LocalTransaction;
import dev.postevent.internal.jdbc.ServerLife;
import dev.postevent.internal.jdbc.SettledRow;
import dev.postevent.internal.jdbc.VisibilityCondition;
import dev.postevent.spi.LogEntry;
import dev.postevent.spi.Origin;
import dev.postevent.spi.TopicName;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * SQL of the tables messages, high_water_mark and origin.
 *
 * <p>Longer than most: half of it is statements, each beside the method that sends it, and all over one kind of entry.
 */
final class InboxStore {
    private static final String IDLE_LIMIT = Integer.toString(LocalTransaction.IDLE_MAX_MILLIS);

    /** No statement here waits longer: the feed stands behind it. Seconds. */
    private static final int STATEMENT_LIMIT = 30;

    private static final String COLUMNS =
            "idn, kind, id, source, type, datacontenttype, dataschema, subject, data, time, traceparent, extensions";

    private static final String INTO_MESSAGES = """
            insert into postevent_inbox.messages
                (topic, idn, kind, slot, id, source, type, datacontenttype, dataschema, subject, data, time, traceparent, extensions)
            select ?, e.idn, case when e.void then 'v' else 'e' end::"char", e.slot, e.id, e.source, e.type, e.datacontenttype, e.dataschema,
                   e.subject, e.data, e.time, e.traceparent, e.extensions::jsonb
              from unnest(?::bigint[], ?::boolean[], ?::smallint[], ?::text[], ?::text[], ?::text[], ?::text[], ?::text[],
                          ?::text[], ?::bytea[], ?::timestamptz[], ?::text[], ?::text[])
                   as e(idn, void, slot, id, source, type, datacontenttype, dataschema, subject, data, time, traceparent, extensions)
            """;

    private static final String INSERT = INTO_MESSAGES + String.format(Locale.ROOT, """
            on conflict (topic, idn) do nothing
            returning idn, %s
            """, LocalTransaction.GUARD);

    private static final String IDENTITIES = "select idn, kind, id, source from ${entries} and idn = any (?)";

    private static final String MARK = """
            select coalesce((select mark from postevent_inbox.high_water_mark where topic = ?), 0) as mark,
                   coalesce((select direct from postevent_inbox.high_water_mark where topic = ?), false) as direct,
                   ${life} as life, ${made_anew} as made_anew
            """.replace("${life}", ServerLife.SINCE);

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
    // without a transaction that could be left open. Where something is there already fewer rows are stored, and the
    // mark stays
    private static final String STORE_NEXT = ("with asked as (select ${condition} as visible), stored as ("
                    + INTO_MESSAGES + """
                where exists (select from asked, postevent_inbox.high_water_mark m
                               where visible and m.topic = ? and m.mark = ? and not m.direct and ${life} = ?)
                on conflict (topic, idn) do nothing
                returning idn
            )
            update postevent_inbox.high_water_mark m set mark = ?
              from (select pg_catalog.count(*) as rows from stored) s
             where m.topic = ? and m.mark = ? and s.rows = ?
            returning\s""" + LocalTransaction.NO_WAIT)
            .replace("${life}", ServerLife.SINCE);

    private static final String PASS_GONE = """
            insert into postevent_inbox.high_water_mark as m (topic, mark) values (?, ?)
            on conflict (topic) do update set mark = excluded.mark where m.mark < excluded.mark
            """;

    private static final String COUNT = "select pg_catalog.count(*) from ${entries} and idn > ? and idn <= ?";

    // What a row weighs, without reading what is stored out of line: the length of a text or bytea stands before it.
    // Of a compressed jsonb nothing but its packed size is known, and 255 is the most that lz4 packs (pglz: 90), so
    // the bound holds; such a row only counts for more than it is.
    private static final String SIZE = """
            pg_catalog.octet_length(id)::bigint + pg_catalog.octet_length(source) + pg_catalog.octet_length(type)
              + coalesce(pg_catalog.octet_length(datacontenttype), 0) + coalesce(pg_catalog.octet_length(dataschema), 0)
              + coalesce(pg_catalog.octet_length(subject), 0) + coalesce(pg_catalog.octet_length(data), 0)
              + coalesce(pg_catalog.octet_length(traceparent), 0)
              + coalesce(pg_catalog.pg_column_size(extensions)::bigint
                         * case when pg_catalog.pg_column_compression(extensions) is null then 1 else 255 end, 0)
            """;

    private static final String READ = "select " + COLUMNS + """
                     from (select *,
                                  pg_catalog.sum(size) over (order by idn rows between unbounded preceding and current row)
                                      - size as bytes_before
                             from (select *, ${size} as size from ${entries}
                                      and idn > ? and idn <= ? order by idn limit ?) o) m
                    where bytes_before < ? order by idn
                    """.replace("${size}", SIZE.strip());

    // a row that is missing ends it, whatever the reason: reading says which. In a topic's own table a time may be
    // before the year 1, from before that was refused: such an event is delivered without one, and has none here, too
    private static final String SKIM = """
            select case when pg_catalog.count(*) = pg_catalog.max(m.idn) - ?
                        then coalesce(pg_catalog.min(m.idn) filter (
                                      where m.kind = 'e' and (m.time is null or m.time < '0001-01-01 00:00:00+00' or m.time >= ?::timestamptz)) - 1,
                                      pg_catalog.max(m.idn))
                        else ? end
              from (select idn, kind, time from ${entries} and idn > ? and idn <= ? order by idn limit ?) m
            """;

    private static final String READ_AT = "select " + COLUMNS + " from ${entries} and idn = any (?) order by idn";

    private static final String AHEAD = """
              from postevent_inbox.messages
             where topic = ? and idn > ? and idn <= ? and kind = 'e' and idn > (?::bigint[])[1 + slot % ?]
            """;

    private static final String BACKLOG = "select pg_catalog.count(*)" + AHEAD;

    private static final String OLDEST =
            "select extract(epoch from pg_catalog.clock_timestamp() - stored_at)" + AHEAD + " order by idn limit 1";

    // a topic's own table knows no slots: the lane of a row is worked out from what its key is made of
    private static final String KEYS =
            "select idn, subject from ${entries} and idn > ? and idn <= ? and kind = 'e' order by idn limit ?";

    private static final String EVENTS =
            "select pg_catalog.count(*) from ${entries} and idn > ? and idn <= ? and kind = 'e'";

    private static final String AGE =
            "select greatest(0, extract(epoch from pg_catalog.clock_timestamp() - time)) from ${entries} and idn = ?";

    private static final String LAST_COPIED = "select " + COLUMNS + " from postevent_inbox.messages"
            + " where topic = ? and idn <= ? and kind = 'e' order by idn desc limit 1";

    // per subscription: each is a look at the end of an index
    private static final String HANDLED = """
            select coalesce(pg_catalog.max(greatest(
                       (select pg_catalog.max(l.cursor) from postevent_inbox.lane l
                         where l.application = s.application and l.subscription = s.name),
                       (select pg_catalog.max(h.idn) from postevent_inbox.held_event h
                         where h.application = s.application and h.subscription = s.name))), 0)
              from postevent_inbox.subscription s where s.topic = ?
            """;

    private static final String BEGUN = """
            select coalesce(pg_catalog.max(begins_after), 0) from postevent_inbox.subscription where topic = ? and begins = 'now'
            """;

    private static final String GONE = "select coalesce(pg_catalog.max(k.gone), 0) from (" + SettledRow.QUERY + ") k";

    private static final String ORIGIN =
            "select system, timeline, source_table from postevent_inbox.origin where topic = ?";

    // where there was none, somebody has said that what is there now is what was handled: nothing is held against it
    private static final String SAVE_ORIGIN = """
            with begun as (
                update postevent_inbox.high_water_mark set last_idn = null, last_id = null, last_source = null
                 where topic = ? and not exists (select from postevent_inbox.origin where topic = ?))
            insert into postevent_inbox.origin (topic, system, timeline, source_table) values (?, ?, ?, ?)
            on conflict (topic) do update
               set system = excluded.system, timeline = excluded.timeline, source_table = excluded.source_table,
                   seen_at = pg_catalog.now()
            """;

    private InboxStore() {}

    static PreparedStatement prepare(Connection connection, String sql) throws SQLException {
        PreparedStatement statement = connection.prepareStatement(sql);
        try {
            statement.setQueryTimeout(STATEMENT_LIMIT);
            return statement;
        } catch (SQLException e) {
            statement.close();
            throw e;
        }
    }

    /** Inserts what is not there; returns the positions inserted. */
    static Set<Long> insert(Connection connection, TopicName topic, List<LogEntry> entries) throws SQLException {
        try (PreparedStatement insert = prepare(connection, INSERT)) {
            insert.setString(setEntries(insert, 1, connection, topic, entries), IDLE_LIMIT);
            Set<Long> inserted = new HashSet<>();
            try (ResultSet rows = insert.executeQuery()) {
                while (rows.next()) {
                    inserted.add(rows.getLong(1));
                }
            }
            return inserted;
        }
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
        try (PreparedStatement store = prepare(connection, sql(table, STORE_NEXT, condition))) {
            int next = setEntries(store, setCondition(store, connection, condition), connection, topic, entries);
            store.setString(next, topic.value());
            store.setLong(next + 1, known.mark());
            store.setLong(next + 2, known.serverStart());
            store.setLong(next + 3, mark);
            store.setString(next + 4, topic.value());
            store.setLong(next + 5, known.mark());
            store.setInt(next + 6, entries.size());
            store.setBoolean(next + 7, table.sourceHere());
            try (ResultSet row = store.executeQuery()) {
                return row.next();
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

    /** Sets the parameters of {@link #INTO_MESSAGES}; returns the index after them. */
    private static int setEntries(
            PreparedStatement insert, int first, Connection connection, TopicName topic, List<LogEntry> entries)
            throws SQLException {
        insert.setString(first, topic.value());
        array(insert, first + 1, connection, "int8", entries, LogEntry::position, new Long[0]);
        array(insert, first + 2, connection, "bool", entries, LogEntry::isVoid, new Boolean[0]);
        array(insert, first + 3, connection, "int2", entries, entry -> (short) entry.slot(), new Short[0]);
        array(insert, first + 4, connection, "text", entries, LogEntry::id, new String[0]);
        array(insert, first + 5, connection, "text", entries, LogEntry::source, new String[0]);
        array(insert, first + 6, connection, "text", entries, LogEntry::type, new String[0]);
        array(insert, first + 7, connection, "text", entries, LogEntry::datacontenttype, new String[0]);
        array(insert, first + 8, connection, "text", entries, LogEntry::dataschema, new String[0]);
        array(insert, first + 9, connection, "text", entries, LogEntry::subject, new String[0]);
        array(insert, first + 10, connection, "bytea", entries, LogEntry::data, new byte[0][]);
        array(insert, first + 11, connection, "text", entries, InboxStore::timeText, new String[0]);
        array(insert, first + 12, connection, "text", entries, LogEntry::traceparent, new String[0]);
        array(insert, first + 13, connection, "text", entries, LogEntry::extensions, new String[0]);
        return first + 14;
    }

    private static @Nullable String timeText(LogEntry entry) {
        OffsetDateTime time = entry.time();
        return time == null ? null : time.toString();
    }

    private static <T> void array(
            PreparedStatement statement,
            int index,
            Connection connection,
            String type,
            List<LogEntry> entries,
            Function<LogEntry, ? extends @Nullable T> column,
            T[] empty)
            throws SQLException {
        List<@Nullable T> values = new ArrayList<>(entries.size());
        for (LogEntry entry : entries) {
            values.add(column.apply(entry));
        }
        Array array = connection.createArrayOf(type, values.toArray(empty));
        statement.setArray(index, array);
    }

    static Map<Long, LogEntry> identities(Connection connection, InboxTable table, Collection<Long> positions)
            throws SQLException {
        try (PreparedStatement select = prepare(connection, table.sql(IDENTITIES))) {
            select.setString(1, table.topic().value());
            select.setArray(2, connection.createArrayOf("int8", positions.toArray(new Long[0])));
            Map<Long, LogEntry> found = new HashMap<>();
            try (ResultSet rows = select.executeQuery()) {
                while (rows.next()) {
                    found.put(
                            rows.getLong(1),
                            LogEntry.at(rows.getLong(1))
                                    .kind(rows.getString(2).charAt(0))
                                    .id(rows.getString(3))
                                    .source(rows.getString(4))
                                    .type("")
                                    .build());
                }
            }
            return found;
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
        try (PreparedStatement raise = prepare(connection, sql(table, RAISE_MARK, condition))) {
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
        try (PreparedStatement raise = prepare(connection, PASS_GONE)) {
            raise.setString(1, topic.value());
            raise.setLong(2, through);
            raise.executeUpdate();
        }
    }

    static long count(Connection connection, InboxTable table, long after, long through) throws SQLException {
        try (PreparedStatement select = prepare(connection, table.sql(COUNT))) {
            select.setString(1, table.topic().value());
            select.setLong(2, after);
            select.setLong(3, through);
            try (ResultSet row = select.executeQuery()) {
                row.next();
                return row.getLong(1);
            }
        }
    }

    static InboxMark mark(Connection connection, InboxTable table) throws SQLException {
        try (PreparedStatement select = prepare(connection, table.sql(MARK))) {
            select.setString(1, table.topic().value());
            select.setString(2, table.topic().value());
            try (ResultSet row = select.executeQuery()) {
                row.next();
                return mark(row, table);
            }
        }
    }

    static List<LogEntry> read(
            Connection connection, InboxTable table, long after, long through, int rowsMax, long bytesMax)
            throws SQLException {
        try (PreparedStatement select = prepare(connection, table.sql(READ))) {
            select.setString(1, table.topic().value());
            select.setLong(2, after);
            select.setLong(3, through);
            select.setInt(4, rowsMax);
            select.setLong(5, bytesMax);
            return entries(select);
        }
    }

    /** As {@link Inbox#skim}. */
    static long skim(Connection connection, InboxTable table, long after, long through, Instant time, int rowsMax)
            throws SQLException {
        try (PreparedStatement select = prepare(connection, table.sql(SKIM))) {
            select.setLong(1, after);
            select.setString(2, time.toString());
            select.setLong(3, after);
            select.setString(4, table.topic().value());
            select.setLong(5, after);
            select.setLong(6, through);
            select.setInt(7, rowsMax);
            try (ResultSet row = select.executeQuery()) {
                row.next();
                return row.getLong(1);
            }
        }
    }

    static List<LogEntry> readAt(Connection connection, InboxTable table, List<Long> positions) throws SQLException {
        try (PreparedStatement select = prepare(connection, table.sql(READ_AT))) {
            select.setString(1, table.topic().value());
            select.setArray(2, connection.createArrayOf("int8", positions.toArray(new Long[0])));
            return entries(select);
        }
    }

    private static List<LogEntry> entries(PreparedStatement select) throws SQLException {
        List<LogEntry> entries = new ArrayList<>();
        try (ResultSet row = select.executeQuery()) {
            while (row.next()) {
                entries.add(LogEntry.at(row.getLong(1))
                        .kind(row.getString(2).charAt(0))
                        .id(row.getString(3))
                        .source(row.getString(4))
                        .type(row.getString(5))
                        .datacontenttype(row.getString(6))
                        .dataschema(row.getString(7))
                        .subject(row.getString(8))
                        .data(row.getBytes(9))
                        .time(row.getObject(10, OffsetDateTime.class))
                        .traceparent(row.getString(11))
                        .extensions(row.getString(12))
                        .build());
            }
        }
        return entries;
    }

    static long backlog(Connection connection, TopicName topic, long[] cursors, long through) throws SQLException {
        try (PreparedStatement select = ahead(connection, BACKLOG, topic, cursors, through);
                ResultSet row = select.executeQuery()) {
            row.next();
            return row.getLong(1);
        }
    }

    static double oldestSeconds(Connection connection, TopicName topic, long[] cursors, long through)
            throws SQLException {
        try (PreparedStatement select = ahead(connection, OLDEST, topic, cursors, through);
                ResultSet row = select.executeQuery()) {
            return row.next() ? row.getDouble(1) : 0;
        }
    }

    /** Asks about what is above the cursors of its lanes. */
    private static PreparedStatement ahead(
            Connection connection, String sql, TopicName topic, long[] cursors, long through) throws SQLException {
        long lowest = Long.MAX_VALUE;
        Long[] boxed = new Long[cursors.length];
        for (int lane = 0; lane < cursors.length; lane++) {
            boxed[lane] = cursors[lane];
            lowest = Math.min(lowest, cursors[lane]);
        }
        PreparedStatement select = prepare(connection, sql);
        try {
            select.setString(1, topic.value());
            select.setLong(2, lowest);
            select.setLong(3, through);
            select.setArray(4, connection.createArrayOf("int8", boxed));
            select.setInt(5, cursors.length);
            return select;
        } catch (SQLException e) {
            select.close();
            throw e;
        }
    }

    /** Slots of the keys of events, by position; the first {@code rowsMax}. */
    static SortedMap<Long, Integer> slots(
            Connection connection, InboxTable table, long after, long through, int rowsMax) throws SQLException {
        try (PreparedStatement select = prepare(connection, table.sql(KEYS))) {
            select.setString(1, table.topic().value());
            select.setLong(2, after);
            select.setLong(3, through);
            select.setInt(4, rowsMax);
            SortedMap<Long, Integer> slots = new TreeMap<>();
            try (ResultSet rows = select.executeQuery()) {
                while (rows.next()) {
                    slots.put(rows.getLong(1), LogEntry.slot(rows.getLong(1), rows.getString(2)));
                }
            }
            return slots;
        }
    }

    static long events(Connection connection, InboxTable table, long after, long through) throws SQLException {
        try (PreparedStatement select = prepare(connection, table.sql(EVENTS))) {
            select.setString(1, table.topic().value());
            select.setLong(2, after);
            select.setLong(3, through);
            try (ResultSet row = select.executeQuery()) {
                row.next();
                return row.getLong(1);
            }
        }
    }

    /** Seconds since the time of the event at a position; 0 if it has none. */
    static double age(Connection connection, InboxTable table, long position) throws SQLException {
        try (PreparedStatement select = prepare(connection, table.sql(AGE))) {
            select.setString(1, table.topic().value());
            select.setLong(2, position);
            try (ResultSet row = select.executeQuery()) {
                return row.next() ? row.getDouble(1) : 0;
            }
        }
    }

    /** The last event that was copied at or below a position; null: none. */
    static @Nullable LogEntry lastCopied(Connection connection, TopicName topic, long through) throws SQLException {
        try (PreparedStatement select = prepare(connection, LAST_COPIED)) {
            select.setString(1, topic.value());
            select.setLong(2, through);
            List<LogEntry> found = entries(select);
            return found.isEmpty() ? null : found.get(0);
        }
    }

    /** The last position that a subscription of the topic has handled or holds, of whatever application; 0: none. */
    static long handled(Connection connection, TopicName topic) throws SQLException {
        return number(connection, HANDLED, topic);
    }

    /** The last position that was now for a subscription of the topic, of whatever application; 0: none. */
    static long begun(Connection connection, TopicName topic) throws SQLException {
        return number(connection, BEGUN, topic);
    }

    /** What retention removed of a topic of this database. */
    static long gone(Connection connection, TopicName topic) throws SQLException {
        return number(connection, GONE.replace("${table}", topic.table()), topic);
    }

    private static long number(Connection connection, String sql, TopicName topic) throws SQLException {
        try (PreparedStatement select = prepare(connection, sql)) {
            select.setString(1, topic.value());
            try (ResultSet row = select.executeQuery()) {
                row.next();
                return row.getLong(1);
            }
        }
    }

    static @Nullable Origin origin(Connection connection, TopicName topic) throws SQLException {
        try (PreparedStatement select = prepare(connection, ORIGIN)) {
            select.setString(1, topic.value());
            try (ResultSet row = select.executeQuery()) {
                return row.next() ? Origin.of(row.getString(1), row.getLong(2), row.getLong(3)) : null;
            }
        }
    }

    static void saveOrigin(Connection connection, TopicName topic, Origin origin) throws SQLException {
        try (PreparedStatement save = prepare(connection, SAVE_ORIGIN)) {
            save.setString(1, topic.value());
            save.setString(2, topic.value());
            save.setString(3, topic.value());
            save.setString(4, origin.system());
            save.setLong(5, origin.timeline());
            save.setLong(6, origin.table());
            save.executeUpdate();
        }
    }
}
