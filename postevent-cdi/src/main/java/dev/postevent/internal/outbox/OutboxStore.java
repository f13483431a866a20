package dev.postevent.internal.outbox;

import dev.postevent.PosteventException;
import dev.postevent.internal.jdbc.LockHolders;
import dev.postevent.internal.jdbc.Transient;
import dev.postevent.spi.LogEntry;
import dev.postevent.spi.TopicName;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Writes events into topic tables, one statement and one round trip for up to {@value #CHUNK_ROWS} of them.
 *
 * <p>Position order must be the commit order of a subject, so a subject's publishers are serialised before the number is drawn:
 * {@code locked} takes an advisory transaction lock per bucket of the subjects, in bucket order (two transactions cannot
 * deadlock), and the insert joins it, so that nothing is inserted, and no number drawn, until all locks are there. Further
 * chunks of the same batch need no locks: the first takes those of all.
 */
final class OutboxStore {
    static final int CHUNK_ROWS = 1_000;
    static final int CHUNK_BYTES = 4 << 20;
    /** Locks of a topic: a transaction of many subjects takes that many at most, of the 6,400 that a server has for all by default. */
    static final int BUCKETS = 1_024;

    private static final String ASKED = """
            asked as materialized (
                select pg_catalog.current_setting('lock_timeout') as before, pg_catalog.set_config('lock_timeout', ?, true) as now
            )""";

    // whoever publishes to a subject has to take the same lock, however many events it publishes
    private static final String BUCKET = "pg_catalog.hashtext(${subject}) & " + (BUCKETS - 1);
    private static final String LOCKS =
            "pg_catalog.count(pg_catalog.pg_advisory_xact_lock('${table}'::regclass::oid::int, ${key})::text) as locks";

    // asked: the lock timeout holds for this statement only; a function in a target list is called from left to right,
    // and a
    //   materialized CTE once. "offset 0" keeps the lock function out of the sort below it.
    // ins: numbers are drawn above the sort, so in the order of publishing.
    private static final String INSERT = """
            with ${asked}, locked as materialized (
                select ${locks}
                  from (select distinct ${bucket} as bucket
                          from asked, pg_catalog.unnest(?::text[]) as s(subject) order by 1 offset 0) as b
            ), ins as (
                insert into ${table} (id, source, type, datacontenttype, dataschema, subject, data, time, traceparent,
                                      extensions)
                select e.id, e.source, e.type, e.datacontenttype, e.dataschema, e.subject, e.data, e.time::timestamptz,
                       e.traceparent, e.extensions::jsonb
                  from unnest(?::text[], ?::text[], ?::text[], ?::text[], ?::text[], ?::text[], ?::bytea[], ?::text[],
                              ?::text[], ?::text[]) with ordinality
                       as e(id, source, type, datacontenttype, dataschema, subject, data, time, traceparent, extensions, n),
                       locked
                 order by e.n
                returning idn
            )
            select pg_catalog.array_agg(idn order by idn),
                   pg_catalog.set_config('lock_timeout', (select before from asked), true) from ins
            """.replace("${asked}", ASKED)
            .replace("${locks}", LOCKS.replace("${key}", "b.bucket"))
            .replace("${bucket}", BUCKET.replace("${subject}", "s.subject"));

    // the same for one event, without arrays, which cost the server half as much again
    private static final String INSERT_ONE = """
            with ${asked}, locked as materialized (
                select ${locks}
                  from asked
            ), ins as (
                insert into ${table} (id, source, type, datacontenttype, dataschema, subject, data, time, traceparent,
                                      extensions)
                select ?, ?, ?, ?, ?, ?, ?::bytea, ?::timestamptz, ?, ?::jsonb from locked
                returning idn
            )
            select idn, pg_catalog.set_config('lock_timeout', (select before from asked), true) from ins
            """.replace("${asked}", ASKED)
            .replace("${locks}", LOCKS.replace("${key}", BUCKET.replace("${subject}", "?")));

    // of the lock of a bucket, and of a lock on the table that keeps inserts out
    private static final String HOLDERS =
            LockHolders.QUERY.replace("${locks}", """
            l.locktype = 'advisory' and l.objsubid = 2 and l.classid = '${table}'::regclass
               and l.objid = any (select (${bucket})::oid from pg_catalog.unnest(?::text[]) as s(subject))
            or l.locktype = 'relation' and l.relation = '${table}'::regclass
               and l.mode in ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
            """.replace("${bucket}", BUCKET.replace("${subject}", "s.subject")));

    private static final String THERE = "select idn from ${table} where idn = any(?)";

    private static final String ASSIGN_TRANSACTION = "select pg_catalog.pg_current_xact_id()::text";
    private static final String ASSIGNED_TRANSACTION = "select pg_catalog.pg_current_xact_id_if_assigned()::text";

    private final String lockTimeout;
    private final BiFunction<TopicName, List<LogEntry>, String> holders;

    OutboxStore(long lockTimeoutMillis) {
        this(lockTimeoutMillis, (topic, entries) -> "");
    }

    /** {@code holders} names who holds the locks of entries' subjects, as the end of a sentence. */
    OutboxStore(long lockTimeoutMillis, BiFunction<TopicName, List<LogEntry>, String> holders) {
        this.lockTimeout = lockTimeoutMillis + "ms";
        this.holders = holders;
    }

    /**
     * Inserts {@code entries} in their order, in the transaction of {@code connection}.
     *
     * @return their positions, in the same order
     */
    List<Long> insert(Connection connection, TopicName topic, List<LogEntry> entries) {
        String[] subjects = entries.stream()
                .map(LogEntry::subject)
                .filter(Objects::nonNull)
                .distinct()
                .toArray(String[]::new);
        List<Long> positions = new ArrayList<>(entries.size());
        for (List<LogEntry> chunk : chunks(entries)) {
            try {
                positions.addAll(
                        entries.size() == 1
                                ? insertOne(connection, topic, chunk.get(0))
                                : insertChunk(connection, topic, subjects, chunk));
            } catch (SQLException e) {
                throw PublishFailure.ofPublishing(topic, chunk, lockTimeout, () -> holders.apply(topic, entries), e);
            }
            subjects = new String[0];
        }
        return positions;
    }

    /** As {@link LockHolders#QUERY}: who keeps others from publishing to the subjects of {@code entries}. */
    static String holders(Connection connection, TopicName topic, List<LogEntry> entries) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(HOLDERS.replace("${table}", topic.table()))) {
            Array subjects = connection.createArrayOf(
                    "text",
                    entries.stream()
                            .map(LogEntry::subject)
                            .filter(Objects::nonNull)
                            .distinct()
                            .toArray());
            statement.setArray(1, subjects);
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                return row.getString(1);
            } finally {
                subjects.free();
            }
        }
    }

    /** Those of {@code positions}, drawn in this transaction, whose rows it still has. */
    Set<Long> there(Connection connection, TopicName topic, List<Long> positions) {
        try (PreparedStatement statement = connection.prepareStatement(THERE.replace("${table}", topic.table()))) {
            Array asked = connection.createArrayOf("bigint", positions.toArray());
            statement.setArray(1, asked);
            Set<Long> there = new HashSet<>();
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    there.add(rows.getLong(1));
                }
            } finally {
                asked.free();
            }
            return there;
        } catch (SQLException e) {
            throw Transient.exception(
                    "PSTEV31032",
                    "publishing to " + topic
                            + ": could not look whether what this transaction has written is still there"
                            + " (SQLSTATE " + e.getSQLState() + ": " + e.getMessage()
                            + "); it must roll back. Run the transaction again",
                    e);
        }
    }

    private List<Long> insertOne(Connection connection, TopicName topic, LogEntry entry) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(INSERT_ONE.replace("${table}", topic.table()))) {
            statement.setString(1, lockTimeout);
            statement.setString(2, entry.subject());
            statement.setString(3, entry.id());
            statement.setString(4, entry.source());
            statement.setString(5, entry.type());
            statement.setString(6, entry.datacontenttype());
            statement.setString(7, entry.dataschema());
            statement.setString(8, entry.subject());
            statement.setBytes(9, entry.data());
            statement.setString(10, timeText(entry));
            statement.setString(11, entry.traceparent());
            statement.setString(12, entry.extensions());
            try (ResultSet row = statement.executeQuery()) {
                return positions(topic, 1, row.next() ? new Long[] {row.getLong(1)} : new Long[0]);
            }
        }
    }

    private static @Nullable String timeText(LogEntry entry) {
        return entry.time() == null ? null : entry.time().toString();
    }

    private List<Long> insertChunk(Connection connection, TopicName topic, String[] subjects, List<LogEntry> chunk)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(INSERT.replace("${table}", topic.table()))) {
            Columns columns = new Columns(connection, statement);
            statement.setString(columns.next(), lockTimeout);
            columns.text(subjects);
            columns.text(chunk, LogEntry::id);
            columns.text(chunk, LogEntry::source);
            columns.text(chunk, LogEntry::type);
            columns.text(chunk, LogEntry::datacontenttype);
            columns.text(chunk, LogEntry::dataschema);
            columns.text(chunk, LogEntry::subject);
            columns.bytes(chunk.stream().map(LogEntry::data).toArray(byte[][]::new));
            columns.text(chunk, OutboxStore::timeText);
            columns.text(chunk, LogEntry::traceparent);
            columns.text(chunk, LogEntry::extensions);
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                Array drawn = row.getArray(1);
                return positions(topic, chunk.size(), drawn == null ? new Long[0] : (Long[]) drawn.getArray());
            } finally {
                columns.free();
            }
        }
    }

    /**
     * Refuses a connection that is not part of a transaction, where rows would survive a rollback.
     *
     * <p>What a server's connection says about auto-commit is a hint only: whether two statements have the same transaction the
     * database knows.
     */
    static void checkInTransaction(Connection connection) throws SQLException {
        if (!connection.getAutoCommit()) {
            return;
        }
        String assigned = text(connection, ASSIGN_TRANSACTION);
        if (!assigned.equals(text(connection, ASSIGNED_TRANSACTION))) {
            throw new PosteventException(
                    "PSTEV31005",
                    "publishing: the data source gave a connection that is not part of the JTA transaction. Use a JTA data"
                            + " source; where the first publish of a transaction happens in a beforeCompletion, publish"
                            + " earlier, or set postevent.publish.when=now");
        }
    }

    private static String text(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return String.valueOf(row.getString(1));
        }
    }

    /** A rule or trigger on the table can make an insert vanish without an error: an event lost, were it not counted. */
    private static List<Long> positions(TopicName topic, int expected, Long[] drawn) {
        if (drawn.length != expected) {
            throw new PosteventException(
                    "PSTEV31025",
                    "publishing to " + topic + ": " + expected + " rows were inserted and " + drawn.length
                            + " arrived in " + topic.table() + "; the transaction must roll back. Is there a trigger or"
                            + " rule of somebody else's on the table?");
        }
        return List.of(drawn);
    }

    /** Cuts a batch so that one statement stays within bounds; an event larger than the bound has a chunk of its own. */
    static List<List<LogEntry>> chunks(List<LogEntry> entries) {
        List<List<LogEntry>> chunks = new ArrayList<>();
        int from = 0;
        long bytes = 0;
        for (int i = 0; i < entries.size(); i++) {
            int weight = entries.get(i).weight();
            if (i > from && (i - from == CHUNK_ROWS || bytes + weight > CHUNK_BYTES)) {
                chunks.add(entries.subList(from, i));
                from = i;
                bytes = 0;
            }
            bytes += weight;
        }
        chunks.add(entries.subList(from, entries.size()));
        return chunks;
    }

    /** Numbers parameters, and frees the arrays at the end. */
    private static final class Columns {
        private final Connection connection;
        private final PreparedStatement statement;
        private final List<Array> arrays = new ArrayList<>();
        private int index;

        Columns(Connection connection, PreparedStatement statement) {
            this.connection = connection;
            this.statement = statement;
        }

        int next() {
            return ++index;
        }

        void text(List<LogEntry> entries, Function<LogEntry, ?> column) throws SQLException {
            text(entries.stream().map(column).toArray(String[]::new));
        }

        void text(String[] values) throws SQLException {
            set("text", values);
        }

        void bytes(byte[][] values) throws SQLException {
            set("bytea", values);
        }

        private void set(String type, Object[] values) throws SQLException {
            Array array = connection.createArrayOf(type, values);
            arrays.add(array);
            statement.setArray(next(), array);
        }

        void free() throws SQLException {
            for (Array array : arrays) {
                array.free();
            }
        }
    }
}
