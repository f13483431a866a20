package dev.postevent.internal.eventlog;

import static dev.postevent.internal.eventlog.Events.ORDERS;

import dev.postevent.internal.eventlog.Stage.Read;
import dev.postevent.internal.jdbc.SqlState;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;

/**
 * Every way to settle that looks right and is not: the counter-examples to the conditions C1 to C6, and rules seen in other
 * software. The check that lets the real settler pass has to catch each of them, or it is worth nothing.
 */
enum WrongSettler implements Stage.Follower {
    /** C3: who draws and stays open between the two reads is not waited for. */
    HOLDERS_BEFORE_BOUND {
        @Override
        Read read(Connection connection, long mark) throws SQLException {
            boolean held = isHeld(connection, HOLDERS);
            long bound = bound(connection, mark);
            return held ? undecided(connection, mark) : passed(bound, rows(connection, mark, bound));
        }
    },

    /** C3: who commits between the two reads is not seen. */
    ROWS_BEFORE_HOLDERS {
        @Override
        Read read(Connection connection, long mark) throws SQLException {
            long bound = bound(connection, mark);
            List<Long> rows = rows(connection, mark, bound);
            return isHeld(connection, HOLDERS) ? undecided(connection, mark) : passed(bound, rows);
        }
    },

    /** C4: the right order in one snapshot is the wrong order. */
    REPEATABLE_READ {
        @Override
        Read read(Connection connection, long mark) throws SQLException {
            connection.setAutoCommit(false);
            connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
            Read read = probe(connection, mark, HOLDERS);
            connection.commit();
            return read;
        }
    },

    /** C4: one statement is one snapshot, and it is older than the statement's reading of the locks. */
    ONE_STATEMENT {
        @Override
        Read read(Connection connection, long mark) throws SQLException {
            // lock 4712 stands for anything that makes a statement take its time
            try (Statement statement = connection.createStatement();
                    ResultSet row = statement.executeQuery(
                            "with slow as materialized (select pg_advisory_xact_lock_shared(4712))"
                                    + " select coalesce((select max(idn) from postevent.orders where idn > " + mark
                                    + "), "
                                    + mark + "), array(select idn from postevent.orders where idn > " + mark
                                    + " order by idn), exists (" + HOLDERS + ") from slow")) {
                row.next();
                List<Long> rows = List.of((Long[]) row.getArray(2).getArray());
                return row.getBoolean(3) ? undecided(connection, mark) : passed(row.getLong(1), rows);
            }
        }
    },

    /** C5: prepared transactions have no process. */
    ONLY_HOLDERS_WITH_A_PROCESS {
        @Override
        Read read(Connection connection, long mark) throws SQLException {
            return probe(connection, mark, HOLDERS + " and l.pid is not null");
        }
    },

    /** C5: the same, by a join that looks harmless. */
    HOLDERS_JOINED_WITH_ACTIVITY {
        @Override
        Read read(Connection connection, long mark) throws SQLException {
            return probe(connection, mark, HOLDERS.replace("where", "join pg_stat_activity a on a.pid = l.pid where"));
        }
    },

    /** Waits for nobody to be there at all, and not for those to go who were there: under load that never comes. */
    WAITS_FOR_A_QUIET_INSTANT {
        @Override
        Read read(Connection connection, long mark) throws SQLException {
            long bound = bound(connection, mark);
            boolean held = true;
            for (int reads = 0; held && reads < 50; reads++) {
                held = isHeld(connection, HOLDERS);
            }
            return held ? undecided(connection, mark) : passed(bound, rows(connection, mark, bound));
        }
    },

    /** What is missing for long enough is void. No time is long enough. */
    TIMEOUT_SKIPS {
        @Override
        Read read(Connection connection, long mark) throws Exception {
            long bound = bound(connection, mark);
            if (rows(connection, mark, bound).size() < bound - mark) {
                TimeUnit.MILLISECONDS.sleep(20);
            }
            return passed(bound, rows(connection, mark, bound));
        }
    },

    /** What is below a row older than the oldest running transaction is final. But a number can be older than its transaction. */
    BELOW_THE_OLDEST_TRANSACTION {
        @Override
        Read read(Connection connection, long mark) throws SQLException {
            List<Long> rows = longs(
                    connection,
                    "select idn from postevent.orders where idn > " + mark
                            + " and xmin::text::bigint < pg_snapshot_xmin(pg_current_snapshot())::text::bigint order by idn");
            return passed(rows.isEmpty() ? mark : rows.get(rows.size() - 1), rows);
        }
    },

    /** The probe alone, in the right order: believes C1 and C2 without a guard, and has no seal to fall back on. */
    PROBE_ONLY {
        @Override
        Read read(Connection connection, long mark) throws SQLException {
            return probe(connection, mark, HOLDERS);
        }
    },

    /** The seal without the probe: nothing is lost, but publishers fail. */
    SEAL_ONLY {
        @Override
        Read read(Connection connection, long mark) throws SQLException {
            long bound = bound(connection, mark);
            return sealed(connection, mark, bound);
        }
    },

    /** Probe and seal without the guard. */
    NO_GUARD {
        @Override
        Read read(Connection connection, long mark) throws SQLException {
            long bound = bound(connection, mark);
            return isHeld(connection, HOLDERS) ? undecided(connection, mark) : sealed(connection, mark, bound);
        }
    },

    /** A table lock proves that nobody is at it, because it stops everybody. */
    SHARE_LOCK {
        @Override
        Read read(Connection connection, long mark) throws SQLException {
            connection.setAutoCommit(false);
            try (Statement statement = connection.createStatement()) {
                statement.execute("set local lock_timeout = '200ms'");
                statement.execute("lock table postevent.orders in share mode");
            } catch (SQLException e) {
                connection.rollback();
                return new Read(mark, List.of());
            }
            long bound = bound(connection, mark);
            Read read = passed(bound, rows(connection, mark, bound));
            connection.commit();
            return read;
        }
    };

    static final String HOLDERS = """
            select l.virtualtransaction from pg_locks l
             where l.locktype = 'relation' and l.granted and l.mode = 'RowExclusiveLock'
               and l.relation = 'postevent.orders'::regclass and l.pid is distinct from pg_backend_pid()
            """;

    abstract Read read(Connection connection, long mark) throws Exception;

    @Override
    public Read read(DataSource db, long mark) throws Exception {
        try (Connection connection = db.getConnection()) {
            return read(connection, mark);
        }
    }

    private static Read probe(Connection connection, long mark, String holders) throws SQLException {
        long bound = bound(connection, mark);
        return isHeld(connection, holders) ? undecided(connection, mark) : passed(bound, rows(connection, mark, bound));
    }

    private static Read sealed(Connection connection, long mark, long bound) throws SQLException {
        Set<Long> rows = new HashSet<>(rows(connection, mark, bound));
        try (Statement statement = connection.createStatement()) {
            statement.execute("set lock_timeout = '50ms'");
            for (long position = mark + 1; position <= bound; position++) {
                if (!rows.contains(position)) {
                    statement.execute(
                            "insert into postevent.orders(idn, kind, id, source, type) overriding system value"
                                    + " values (" + position + ", 'v', 'void-" + position
                                    + "', 'urn:postevent:void', 'v')"
                                    + " on conflict (idn) do nothing");
                }
            }
        } catch (SQLException e) {
            if (!SqlState.of(e).equals(SqlState.LOCK_NOT_AVAILABLE)) {
                throw e;
            }
        }
        return undecided(connection, mark);
    }

    private static boolean isHeld(Connection connection, String holders) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(holders)) {
            return rows.next();
        }
    }

    private static long bound(Connection connection, long mark) throws SQLException {
        return longs(
                        connection,
                        "select coalesce(max(idn), " + mark + ") from " + ORDERS.table() + " where idn > " + mark)
                .get(0);
    }

    private static List<Long> rows(Connection connection, long mark, long bound) throws SQLException {
        return longs(
                connection,
                "select idn from " + ORDERS.table() + " where idn > " + mark + " and idn <= " + bound
                        + " order by idn");
    }

    /** Everything through {@code bound} is settled, what is not among {@code rows} is void. */
    private static Read passed(long bound, List<Long> rows) {
        return new Read(bound, rows);
    }

    /** As far as there is no gap. */
    private static Read undecided(Connection connection, long mark) throws SQLException {
        List<Long> dense = new ArrayList<>();
        for (long row : rows(connection, mark, Long.MAX_VALUE)) {
            if (row != mark + dense.size() + 1) {
                break;
            }
            dense.add(row);
        }
        return new Read(mark + dense.size(), dense);
    }

    private static List<Long> longs(Connection connection, String sql) throws SQLException {
        List<Long> values = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            while (rows.next()) {
                values.add(rows.getLong(1));
            }
        }
        return values;
    }
}
