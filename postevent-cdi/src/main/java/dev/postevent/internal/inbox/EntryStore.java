package dev.postevent.internal.inbox;

import dev.postevent.internal.jdbc.LocalTransaction;
import dev.postevent.internal.jdbc.SettledRow;
import dev.postevent.spi.LogEntry;
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
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** SQL over the entries of a topic, which are in the table messages or in the topic's own, and what all stores of the inbox have in common. */
final class EntryStore {
    private static final String IDLE_LIMIT = Integer.toString(LocalTransaction.IDLE_MAX_MILLIS);

    /** No statement here waits longer: the feed stands behind it. Seconds. */
    private static final int STATEMENT_LIMIT = 30;

    private static final String COLUMNS =
            "idn, kind, id, source, type, datacontenttype, dataschema, subject, data, time, traceparent, extensions";

    static final String INTO_MESSAGES = """
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

    private static final String LAST_COPIED = "select " + COLUMNS + " from postevent_inbox.messages"
            + " where topic = ? and idn <= ? and kind = 'e' order by idn desc limit 1";

    private static final String GONE = "select coalesce(pg_catalog.max(k.gone), 0) from (" + SettledRow.QUERY + ") k";

    private EntryStore() {}

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

    static long number(Connection connection, String sql, TopicName topic) throws SQLException {
        try (PreparedStatement select = prepare(connection, sql)) {
            select.setString(1, topic.value());
            try (ResultSet row = select.executeQuery()) {
                row.next();
                return row.getLong(1);
            }
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

    /** The last event that was copied at or below a position; null: none. */
    static @Nullable LogEntry lastCopied(Connection connection, TopicName topic, long through) throws SQLException {
        try (PreparedStatement select = prepare(connection, LAST_COPIED)) {
            select.setString(1, topic.value());
            select.setLong(2, through);
            List<LogEntry> found = entries(select);
            return found.isEmpty() ? null : found.get(0);
        }
    }

    /** What retention removed of a topic of this database. */
    static long gone(Connection connection, TopicName topic) throws SQLException {
        return number(connection, GONE.replace("${table}", topic.table()), topic);
    }

    /** Sets the parameters of {@link #INTO_MESSAGES}; returns the index after them. */
    static int setEntries(
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
        array(insert, first + 11, connection, "text", entries, EntryStore::timeText, new String[0]);
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
}
