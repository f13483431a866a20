package dev.postevent.internal.eventlog;

import dev.postevent.internal.jdbc.ServerStart;
import dev.postevent.internal.jdbc.SettledRow;
import dev.postevent.internal.text.Printable;
import dev.postevent.spi.TopicName;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The statements of probe and seal, and {@code postevent_internal.settled}. Each method is one statement, so that under READ
 * COMMITTED each has a snapshot of its own: putting two of them into one is what makes settling wrong.
 */
final class SettleStore {

    private static final String GUARD = """
            select not pg_catalog.pg_is_in_recovery(),
                   pg_catalog.current_setting('server_version_num')::int >= 150000,
                   coalesce((select s.seqcache = 1 and s.seqincrement = 1 and not s.seqcycle
                               from pg_catalog.pg_sequence s
                              where s.seqrelid = pg_catalog.pg_get_serial_sequence('${table}', 'idn')::regclass), false),
                   exists (select 1 from pg_catalog.pg_attribute a
                            where a.attrelid = '${table}'::regclass and a.attname = 'idn' and a.attidentity = 'a')
            """;

    // the running server, the table and its numbers: a restart, a crash, a fail-over, a truncation make it another one
    private static final String IDENTITY = """
            pg_catalog.concat_ws(' ', ${server_start}, '${table}'::regclass::oid, pg_catalog.pg_relation_filenode('${table}'),
                             pg_catalog.pg_relation_filenode(pg_catalog.pg_get_serial_sequence('${table}', 'idn')))
            """.strip().replace("${server_start}", ServerStart.MICROS);

    // the statement's own lock on the table keeps identity and head together
    private static final String BOUND =
            "select " + IDENTITY + ", coalesce((select pg_catalog.max(t.idn) from ${table} t), 0)";

    // Prepared transactions have no pid and do count: no join with pg_stat_activity here.
    private static final String HOLDERS = "select " + IDENTITY + """
            ,
                   array(select distinct l.virtualtransaction
                           from pg_catalog.pg_locks l
                          where l.locktype = 'relation' and l.granted and l.mode = 'RowExclusiveLock'
                            and l.database = (select oid from pg_catalog.pg_database where datname = pg_catalog.current_database())
                            and l.relation in (select '${table}'::regclass
                                               union select relid from pg_catalog.pg_partition_tree('${table}'))
                            and l.pid is distinct from pg_catalog.pg_backend_pid())
            """;

    // what retention removed is not missing; "gone" is raised before or with the removal
    private static final String POSITIONS = """
            select greatest(?, (select pg_catalog.max(k.gone) from (${known}) k)),
                   array(select t.idn from ${table} t where t.idn > ? and t.idn <= ? order by t.idn)
            """.replace("${known}", SettledRow.QUERY.strip());

    private static final String SEAL_SETTINGS =
            "set transaction isolation level read committed; set local lock_timeout = '50ms'";

    // the functions are of the owner of the tables, and check what they are told: a login needs no right but to read
    private static final String SEAL = "select postevent_internal.seal(?, ?)";

    // what a crash takes back of it is found out again
    private static final String RAISE = """
            select pg_catalog.set_config('synchronous_commit', 'off', true)
             where postevent_internal.raise_settled(?, ?, ?)
            """;

    // any commit of this session flushes all WAL before it
    private static final String FLUSH_SETTINGS = "set local synchronous_commit = 'local'";
    private static final String FLUSH = "select postevent_internal.touch(?)";

    // what the login may see itself, its own sessions as a rule, and of the others what that function tells
    private static final String BLOCKERS = """
            select h.virtualtransaction, h.pid, coalesce(a.state, h.state), h.application,
                   coalesce(a.xact_start, h.since)::text, h.gid, h.prepared::text
              from postevent_internal.holders(?) h
              left join pg_catalog.pg_stat_activity a on a.pid = h.pid
             where h.pid is distinct from pg_catalog.pg_backend_pid()
             order by coalesce(a.xact_start, h.since, h.prepared)
            """;

    private SettleStore() {}

    /** Why positions of this table may not be settled here; empty if they may. */
    static Optional<String> guard(Connection connection, TopicName topic) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql(GUARD, topic))) {
            row.next();
            if (!row.getBoolean(1)) {
                return Optional.of("the server is a standby, gaps can only be judged on the primary");
            }
            if (!row.getBoolean(2)) {
                return Optional.of("the server is older than PostgreSQL 15");
            }
            if (!row.getBoolean(3)) {
                return Optional.of("the sequence of " + topic.table()
                        + ".idn must have CACHE 1, INCREMENT 1 and NO CYCLE;" + " it was altered, or is missing");
            }
            return row.getBoolean(4)
                    ? Optional.empty()
                    : Optional.of(topic.table() + ".idn is not GENERATED ALWAYS AS IDENTITY any more");
        }
    }

    /**
     * How far a table is drawn.
     *
     * @param table as in {@link Holders}
     * @param head greatest position with a row, or 0, where the topic begins
     */
    record Bound(String table, long head) {}

    /** How far the topic is drawn now. */
    static Bound bound(Connection connection, TopicName topic) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql(BOUND, topic))) {
            row.next();
            return new Bound(row.getString(1), row.getLong(2));
        }
    }

    /**
     * Transactions that may have drawn a position of a topic and not ended.
     *
     * @param table tells the running server, the table and its numbers from others: after a restart, a fail-over, a truncation
     *     it is another one
     * @param transactions by virtual transaction id
     */
    record Holders(String table, Set<String> transactions) {
        Holders {
            transactions = Set.copyOf(transactions);
        }
    }

    /** Who holds the topic now. */
    static Holders holders(Connection connection, TopicName topic) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql(HOLDERS, topic))) {
            row.next();
            return new Holders(
                    row.getString(1), Set.of((String[]) row.getArray(2).getArray()));
        }
    }

    /** Positions above {@code after} and at or below {@code through} that have neither a row nor been removed by retention. */
    static long[] missing(Connection connection, TopicName topic, long after, long through) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql(POSITIONS, topic))) {
            statement.setLong(1, after);
            statement.setString(2, topic.value());
            statement.setLong(3, after);
            statement.setLong(4, through);
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                long lower = row.getLong(1);
                Long[] positions = (Long[]) row.getArray(2).getArray();
                return Gaps.missing(
                        lower,
                        Arrays.stream(positions)
                                .mapToLong(Long::longValue)
                                .filter(position -> position > lower)
                                .toArray(),
                        through);
            }
        }
    }

    /** First statements of a sealing transaction. */
    static void beginSealing(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(SEAL_SETTINGS);
        }
    }

    /**
     * Inserts voids where the primary key lets it. A position whose insert is under way makes it wait and fail with 55P03;
     * one that was filled meanwhile is left alone.
     *
     * @return how many voids were inserted
     */
    static int seal(Connection connection, TopicName topic, long[] positions) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(SEAL)) {
            Array array = connection.createArrayOf(
                    "bigint", Arrays.stream(positions).boxed().toArray());
            statement.setString(1, topic.value());
            statement.setArray(2, array);
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                return row.getInt(1);
            } finally {
                array.free();
            }
        }
    }

    /** As {@link LogTable#raise}. */
    static boolean raise(Connection connection, TopicName topic, long after, long settled) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(RAISE)) {
            statement.setString(1, topic.value());
            statement.setLong(2, after);
            statement.setLong(3, settled);
            try (ResultSet row = statement.executeQuery()) {
                return row.next();
            }
        }
    }

    /** What is recorded of the table there is; 0 if nothing is. */
    static long settled(Connection connection, TopicName topic) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql(SettledRow.QUERY, topic))) {
            statement.setString(1, topic.value());
            try (ResultSet row = statement.executeQuery()) {
                return row.next() ? row.getLong(1) : 0;
            }
        }
    }

    /** In a transaction: its commit flushes the WAL, although it changes nothing. */
    static void touch(Connection connection, TopicName topic) throws SQLException {
        try (Statement settings = connection.createStatement()) {
            settings.execute(FLUSH_SETTINGS);
        }
        try (PreparedStatement statement = connection.prepareStatement(FLUSH)) {
            statement.setString(1, topic.value());
            statement.execute();
        }
    }

    /** Holders as text for a person, by virtual transaction id, the oldest first. */
    static Map<String, String> blockers(Connection connection, TopicName topic) throws SQLException {
        Map<String, String> blockers = new LinkedHashMap<>();
        try (PreparedStatement statement = connection.prepareStatement(BLOCKERS)) {
            statement.setString(1, topic.value());
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    blockers.putIfAbsent(rows.getString(1), blocker(rows));
                }
            }
        }
        return blockers;
    }

    private static String blocker(ResultSet row) throws SQLException {
        String pid = row.getString(2);
        if (pid == null) {
            String gid = row.getString(6);
            return gid == null
                    ? "a prepared transaction"
                    : "prepared transaction " + Printable.quoted(gid) + " since " + row.getString(7);
        }
        String session = "pid " + pid + " (application " + Printable.quoted(String.valueOf(row.getString(4))) + ")";
        String state = row.getString(3);
        // null: of another role, see postevent_internal.holders
        return state == null ? session : session + " " + state + " since " + row.getString(5);
    }

    private static String sql(String text, TopicName topic) {
        return text.replace("${table}", topic.table());
    }
}
