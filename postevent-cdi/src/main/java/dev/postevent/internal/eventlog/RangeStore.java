package dev.postevent.internal.eventlog;

import dev.postevent.internal.jdbc.SettledRow;
import dev.postevent.spi.LogEntry;
import dev.postevent.spi.Origin;
import dev.postevent.spi.TopicName;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Reads topic tables. */
final class RangeStore {

    // What a row weighs, without reading what is stored out of line: the length of a text or bytea stands before it.
    // Of a compressed jsonb nothing but its packed size is known, and 255 is the most that lz4 packs (pglz: 90), so
    // the bound holds; such a row only counts for more than it is.
    private static final String TEXT_AND_DATA = """
            pg_catalog.octet_length(t.id)::bigint + pg_catalog.octet_length(t.source) + pg_catalog.octet_length(t.type)
              + coalesce(pg_catalog.octet_length(t.datacontenttype), 0) + coalesce(pg_catalog.octet_length(t.dataschema), 0)
              + coalesce(pg_catalog.octet_length(t.subject), 0) + coalesce(pg_catalog.octet_length(t.data), 0)
              + coalesce(pg_catalog.octet_length(t.traceparent), 0)
            """;
    private static final String SIZE = TEXT_AND_DATA + """
              + coalesce(pg_catalog.pg_column_size(t.extensions)::bigint
                         * case when pg_catalog.pg_column_compression(t.extensions) is null then 1 else 255 end, 0)
            """;

    // One statement, so one snapshot: what retention removed and the rows that are left belong together. The windows
    // bound the answer in the database. "found" beyond the limits shows that something was cut off.
    private static final String RANGE =
            """
            with known as materialized (
                select coalesce(pg_catalog.max(k.settled), 0) as settled, coalesce(pg_catalog.max(k.gone), 0) as gone
                  from (${known}) k
            ), bounds as materialized (
                select k.settled, k.gone,
                       (select pg_catalog.max(p.idn) from ${table} p where p.idn <= greatest(?, k.gone)) as below,
                       (select pg_catalog.min(n.idn) from ${table} n where n.idn > ?) as above
                  from known k
            )
            select b.settled, b.gone, b.below, b.above, pg_catalog.pg_is_in_recovery(), r.found, r.idn, r.kind, r.id, r.source,
                   r.type, r.datacontenttype, r.dataschema, r.subject, r.data, r.time, r.traceparent, r.extensions
              from bounds b
              left join lateral (
                   select *
                     from (select o.*, pg_catalog.count(*) over () as found, pg_catalog.row_number() over (order by o.idn) as number,
                                  pg_catalog.sum(o.size) over (order by o.idn rows between unbounded preceding and current row)
                                      - o.size as bytes_before
                             from (select t.idn, t.kind, t.id, t.source, t.type, t.datacontenttype, t.dataschema, t.subject,
                                          t.data, t.time, t.traceparent, t.extensions, ${size} as size
                                     from ${table} t
                                    where t.idn > greatest(?, b.gone) and t.idn <= ?
                                    order by t.idn limit ?) o) w
                    where w.number <= ? and w.bytes_before < ?) r on true
             order by r.idn
            """.replace("${size}", SIZE.strip()).replace("${known}", SettledRow.QUERY.strip());

    // a row that the table would not take today, before the first that was not asked for
    private static final String TOO_LARGE =
            """
            select s.idn, s.size
              from (select t.idn, ${size} as size from ${table} t where t.idn > ? and t.idn <= ? order by t.idn limit ?) s
             where s.size > ${most} order by s.idn limit 1
            """.replace("${size}", TEXT_AND_DATA.strip()).replace("${most}", Integer.toString(LogEntry.SIZE_MAX_BYTES));

    private static final String IDENTITY = "select t.kind, t.id, t.source from ${table} t where t.idn = ?";

    private static final String HEAD = "select coalesce(pg_catalog.max(idn), 0) from ${table}";

    private static final String HEAD_AND_SETTLED =
            """
            select '${topic}', (select coalesce(pg_catalog.max(t.idn), 0) from ${table} t),
                   coalesce((select k.settled from (${known}) k), 0)
            """.replace("${known}", SettledRow.QUERY.strip().replace("?", "'${topic}'"));

    // the timeline of the WAL being written; a standby writes none and knows it from its last restart point
    private static final String ORIGIN = """
            select (select system_identifier from pg_catalog.pg_control_system()),
                   case when pg_catalog.pg_is_in_recovery() then (select timeline_id from pg_catalog.pg_control_checkpoint())
                        else ('x' || pg_catalog.left(pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_insert_lsn()), 8))::bit(32)::bigint end,
                   '${table}'::regclass::oid::bigint
            """;

    // null on a standby: what it shows is flushed on the primary
    private static final String WRITTEN = """
            select w.lsn::text, case when w.lsn is null then true else pg_catalog.pg_current_wal_flush_lsn() >= w.lsn end
              from (select case when pg_catalog.pg_is_in_recovery() then null else pg_catalog.pg_current_wal_insert_lsn() end as lsn
                    offset 0) w
            """;

    private static final String FLUSHED = "select pg_catalog.pg_current_wal_flush_lsn() >= ?::pg_lsn";

    private RangeStore() {}

    /**
     * What is recorded of the topic.
     *
     * @param settled everything at or below it is known to be settled
     * @param gone everything at or below it was removed by retention
     * @param standby true if the server cannot be written to
     */
    record Recorded(long settled, long gone, boolean standby) {}

    /**
     * One reading of a range.
     *
     * @param below no row is between it and the start of the stretch; one is there, or the topic begins there
     * @param above least position with a row above the asked range; null: there is none
     * @param entries in position order
     * @param cut true if the limits left something out
     */
    record Page(Recorded recorded, long below, @Nullable Long above, List<LogEntry> entries, boolean cut) {}

    static Page read(Connection connection, TopicName topic, long after, long through, int rowsMax, long bytesMax)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(RANGE.replace("${table}", topic.table()))) {
            statement.setString(1, topic.value());
            statement.setLong(2, after);
            statement.setLong(3, through);
            statement.setLong(4, after);
            statement.setLong(5, through);
            statement.setLong(6, rowsMax + 1L);
            statement.setLong(7, rowsMax);
            statement.setLong(8, bytesMax);
            try (ResultSet rows = statement.executeQuery()) {
                return page(rows);
            }
        }
    }

    private static Page page(ResultSet rows) throws SQLException {
        rows.next(); // there is one even if the range is empty
        Recorded recorded = new Recorded(rows.getLong(1), rows.getLong(2), rows.getBoolean(5));
        long below = rows.getLong(3);
        Long above = rows.getObject(4, Long.class);
        long found = rows.getLong(6);
        List<LogEntry> entries = new ArrayList<>();
        if (found > 0) {
            do {
                entries.add(entry(rows));
            } while (rows.next());
        }
        return new Page(recorded, below, above, entries, entries.size() < found);
    }

    private static LogEntry entry(ResultSet row) throws SQLException {
        return LogEntry.at(row.getLong(7))
                .kind(row.getString(8).charAt(0))
                .id(row.getString(9))
                .source(row.getString(10))
                .type(row.getString(11))
                .datacontenttype(row.getString(12))
                .dataschema(row.getString(13))
                .subject(row.getString(14))
                .data(row.getBytes(15))
                .time(row.getObject(16, OffsetDateTime.class))
                .traceparent(row.getString(17))
                .extensions(row.getString(18))
                .build();
    }

    /** A row of before {@code topic-004.sql}. */
    record Large(long position, long bytes) {}

    /** The first that is larger than what the table takes today, of those that a read would bring; null if there is none. */
    static @Nullable Large tooLarge(Connection connection, TopicName topic, long after, long through, int rowsMax)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(TOO_LARGE.replace("${table}", topic.table()))) {
            statement.setLong(1, after);
            statement.setLong(2, through);
            statement.setLong(3, rowsMax);
            try (ResultSet row = statement.executeQuery()) {
                return row.next() ? new Large(row.getLong(1), row.getLong(2)) : null;
            }
        }
    }

    /** Nothing that may be stored out of line is read. */
    static @Nullable LogEntry identity(Connection connection, TopicName topic, long position) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(IDENTITY.replace("${table}", topic.table()))) {
            statement.setLong(1, position);
            try (ResultSet row = statement.executeQuery()) {
                return row.next()
                        ? LogEntry.at(position)
                                .kind(row.getString(1).charAt(0))
                                .id(row.getString(2))
                                .source(row.getString(3))
                                .type("")
                                .build()
                        : null;
            }
        }
    }

    static long head(Connection connection, TopicName topic) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(HEAD.replace("${table}", topic.table()))) {
            row.next();
            return row.getLong(1);
        }
    }

    /** In one statement. */
    static Map<TopicName, JdbcEventLog.Head> heads(Connection connection, Collection<TopicName> topics)
            throws SQLException {
        String sql = topics.stream()
                .map(topic ->
                        HEAD_AND_SETTLED.replace("${topic}", topic.value()).replace("${table}", topic.table()))
                .collect(Collectors.joining(" union all "));
        Map<TopicName, JdbcEventLog.Head> heads = new HashMap<>();
        // prepared: a server plans a hundred tables longer than it reads their ends
        try (PreparedStatement select = connection.prepareStatement(sql);
                ResultSet row = select.executeQuery()) {
            while (row.next()) {
                heads.put(new TopicName(row.getString(1)), new JdbcEventLog.Head(row.getLong(2), row.getLong(3)));
            }
        }
        return heads;
    }

    static Origin origin(Connection connection, TopicName topic) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(ORIGIN.replace("${table}", topic.table()))) {
            row.next();
            return Origin.of(row.getString(1), row.getLong(2), row.getLong(3));
        }
    }

    /** End of the WAL where it is not yet flushed to there; empty if everything visible is durable. */
    static Optional<String> notFlushed(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(WRITTEN)) {
            row.next();
            return row.getBoolean(2) ? Optional.empty() : Optional.of(row.getString(1));
        }
    }

    static boolean isFlushed(Connection connection, String lsn) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(FLUSHED)) {
            statement.setString(1, lsn);
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                return row.getBoolean(1);
            }
        }
    }
}
