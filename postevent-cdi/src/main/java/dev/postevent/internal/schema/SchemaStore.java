package dev.postevent.internal.schema;

import dev.postevent.internal.jdbc.LockHolders;
import dev.postevent.internal.jdbc.SqlState;
import dev.postevent.spi.TopicName;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The version table, the catalogue, and running DDL. */
final class SchemaStore {

    // from the catalogue, so that it can be asked without a privilege on the schema
    private static final String VERSIONS_EXIST = """
            select exists (select 1 from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
                            where n.nspname = 'postevent_internal' and c.relname = 'schema_version')
            """;

    private static final String VERSIONS =
            "select part, pg_catalog.max(version) from postevent_internal.schema_version group by part";

    private static final String COLUMNS = """
            select c.relname, a.attname, pg_catalog.format_type(a.atttypid, null)
              from pg_catalog.pg_class c
              join pg_catalog.pg_namespace n on n.oid = c.relnamespace
              join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
             where n.nspname = 'postevent' and c.relname = any (?)
            """;

    // The snapshot must be newer than the lock: under REPEATABLE READ as the default the second node would not see what
    // the
    // first one made while it waited.
    private static final String READ_COMMITTED = "set transaction isolation level read committed";

    // whoever may create in a schema of the owner's search path has no say in what tables and functions are made of
    private static final String SEARCH_PATH = "set local search_path = pg_catalog, pg_temp";

    // a role or database may have some of its own, made for what applications do; which there are depends on the
    // version of the server. That of a transaction which has begun ends with its setting
    private static final String NO_LIMITS = """
            select pg_catalog.set_config(s.name, '0', true) from pg_catalog.pg_settings s
             where s.name in ('statement_timeout', 'transaction_timeout', 'idle_in_transaction_session_timeout')
            """;

    private static final String LOCK_TIMEOUT = "set local lock_timeout = '60s'";

    // whoever waits for a table keeps all out who come after: far less than a lease
    private static final String BRIEF_LOCK_TIMEOUT = "set local lock_timeout = '2s'";

    // one lock for all parts of one database; the number spells "postevnt"
    private static final String LOCK = "select pg_catalog.pg_advisory_xact_lock(x'706f737465766e74'::bigint)";

    private static final String HOLDERS = LockHolders.QUERY.replace("${locks}", """
            l.locktype = 'advisory' and l.objsubid = 1 and l.classid = x'706f7374'::int::oid and l.objid = x'65766e74'::int::oid
            """);

    // the greatest position first and the sequence after it, in statements of their own: what is drawn meanwhile is no
    // fault
    private static final String GREATEST = "select pg_catalog.max(idn) from ${table}";

    // from the catalogue, and only where both may be looked at: a role that only publishes may not need to. "case": the
    // server asks in what order it likes, and tables of this name in other schemas have no such column
    private static final String SEQUENCE = """
            select pg_catalog.concat_ws('.', n.nspname, pg_catalog.quote_ident(s.relname))
              from pg_catalog.pg_namespace n
              join pg_catalog.pg_class c on c.relnamespace = n.oid and c.relname = '${topic}'
              join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attname = 'idn' and not a.attisdropped
              join pg_catalog.pg_depend d on d.refobjid = c.oid and d.refobjsubid = a.attnum
                   and d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
                   and d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.deptype in ('a', 'i')
              join pg_catalog.pg_class s on s.oid = d.objid and s.relkind = 'S' and s.relnamespace = n.oid
             where n.nspname = 'postevent' and pg_catalog.has_schema_privilege(n.oid, 'USAGE')
               and case when s.relkind = 'S' then pg_catalog.has_sequence_privilege(s.oid, 'SELECT') else false end
               and case when n.nspname = 'postevent' then pg_catalog.has_column_privilege(c.oid, 'idn', 'SELECT') else false end
            """;

    private static final String LAST = "select case when is_called then last_value else last_value - 1 end from ";

    private static final String RECORD =
            "insert into postevent_internal.schema_version(part, version) values ('${part}', ${version});\n";

    private SchemaStore() {}

    /** Newest version applied, by part; empty where nothing was ever made. */
    static Map<String, Integer> versions(Connection connection) throws SQLException {
        Map<String, Integer> versions = new HashMap<>();
        try (Statement statement = connection.createStatement()) {
            try (ResultSet row = statement.executeQuery(VERSIONS_EXIST)) {
                row.next();
                if (!row.getBoolean(1)) {
                    return versions;
                }
            }
            try (ResultSet rows = statement.executeQuery(VERSIONS)) {
                while (rows.next()) {
                    versions.put(rows.getString(1), rows.getInt(2));
                }
            }
        }
        return versions;
    }

    /** Column name to type, by table of the schema {@code postevent}. */
    static Map<String, Map<String, String>> columns(Connection connection, Collection<TopicName> topics)
            throws SQLException {
        Map<String, Map<String, String>> tables = new HashMap<>();
        try (PreparedStatement statement = connection.prepareStatement(COLUMNS)) {
            statement.setArray(
                    1,
                    connection.createArrayOf(
                            "name", topics.stream().map(TopicName::value).toArray()));
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    tables.computeIfAbsent(rows.getString(1), table -> new TreeMap<>())
                            .put(rows.getString(2), rows.getString(3));
                }
            }
        }
        return tables;
    }

    /**
     * A position there is, of a topic whose sequence has not come so far: it will give out numbers that are taken.
     *
     * @return 0 if the sequence is ahead of the table, or may not be looked at
     */
    static long aheadOfSequence(Connection connection, TopicName topic) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            String sequence = text(statement, SEQUENCE, topic);
            if (sequence == null) {
                return 0;
            }
            String greatest = text(statement, GREATEST, topic);
            String last = text(statement, LAST + sequence, topic);
            return greatest == null || last == null || Long.parseLong(last) >= Long.parseLong(greatest)
                    ? 0
                    : Long.parseLong(greatest);
        }
    }

    private static @Nullable String text(Statement statement, String sql, TopicName topic) throws SQLException {
        try (ResultSet row =
                statement.executeQuery(sql.replace("${table}", topic.table()).replace("${topic}", topic.value()))) {
            return row.next() ? row.getString(1) : null;
        }
    }

    /** First statements of the transaction that makes tables: from here on this node is the only one at it. */
    static void lock(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(READ_COMMITTED);
            statement.execute(SEARCH_PATH);
            statement.execute(NO_LIMITS);
            statement.execute(LOCK_TIMEOUT);
            try {
                statement.execute(LOCK);
            } catch (SQLException e) {
                throw SqlState.LOCK_NOT_AVAILABLE.equals(e.getSQLState()) ? new StartLockTaken(e) : e;
            }
        }
    }

    /** As {@link LockHolders#QUERY}: who has the lock of {@link #lock}. */
    static String lockHolders(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(HOLDERS)) {
            row.next();
            return row.getString(1);
        }
    }

    /** From here on this transaction waits for a table for two seconds at most, and fails then. */
    static void waitBriefly(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(BRIEF_LOCK_TIMEOUT);
        }
    }

    static void apply(Connection connection, Part part, int version) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(part.ddl(version));
            statement.execute(record(part, version));
        }
    }

    /** The statement that records a version; part names are made of checked topic names only. */
    static String record(Part part, int version) {
        return RECORD.replace("${part}", part.name()).replace("${version}", Integer.toString(version));
    }
}
