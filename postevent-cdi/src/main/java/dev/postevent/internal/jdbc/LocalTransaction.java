package dev.postevent.internal.jdbc;

import dev.postevent.internal.threads.OwnThread;
import java.sql.Connection;
import java.sql.SQLException;
import javax.sql.DataSource;

/** Work in a transaction of the database alone, on a thread that has no JTA transaction. */
public final class LocalTransaction {
    /**
     * Milliseconds that a transaction of ours may do nothing, once it has locked what others wait for. Between its statements there is
     * no code but ours, so who needs longer is frozen or cut off, and its server would keep the locks until it hears of it.
     */
    public static final int IDLE_MAX_MILLIS = 10_000;

    /**
     * An expression, with the milliseconds as text for its parameter: from here on the server ends the session if the transaction does
     * nothing for so long. A subquery, so that it is evaluated once and not for each row.
     */
    public static final String GUARD = "(select pg_catalog.set_config('idle_in_transaction_session_timeout', ?, true))";

    /**
     * Of a FROM clause: from here on the transaction waits for a lock for a second at most, and fails then (55P03). Whoever has what
     * these statements need has it for the length of a commit, or is in doubt, which may last; then a thread has better to do.
     */
    public static final String LIMITED = """
            (select b.before, pg_catalog.set_config('lock_timeout', '1000', true)
               from (select pg_catalog.current_setting('lock_timeout') as before offset 0) b) as limited
            """;

    /** An expression, in RETURNING of a statement with {@link #LIMITED}: from here on it waits as long as it did before. */
    public static final String NO_LONGER_LIMITED = "pg_catalog.set_config('lock_timeout', limited.before, true)";

    /**
     * An expression, with a boolean for its parameter: if true, the commit of this transaction does not wait for the disk. A crash of
     * the server can then take it back, and with it what was committed after it, as a whole and in order.
     */
    public static final String NO_WAIT =
            "(select case when ? then pg_catalog.set_config('synchronous_commit', 'off', true) end)";

    private static final int TRIES_MAX = 3;

    private LocalTransaction() {}

    /** What is done with the connection; must not commit, roll back or close, and may be done again after a rollback. */
    @FunctionalInterface
    public interface Work<T> {
        /** Does it. */
        T with(Connection connection) throws SQLException;
    }

    /**
     * Runs {@code work} and commits; rolls back if it throws.
     *
     * <p>The isolation is the pool's, because asking for it is a round trip. Where that is REPEATABLE READ or stricter, our work
     * may fail for serialization: then, and after a deadlock, it is done again, READ COMMITTED, at most {@value #TRIES_MAX}
     * times in all.
     */
    public static <T> T run(DataSource dataSource, Work<T> work) throws SQLException {
        return run(dataSource, work, false);
    }

    /** As {@link #run}, but each statement of {@code work} is a transaction of its own, which saves a round trip. */
    public static <T> T each(DataSource dataSource, Work<T> work) throws SQLException {
        return run(dataSource, work, true);
    }

    private static <T> T run(DataSource dataSource, Work<T> work, boolean each) throws SQLException {
        for (int tries = 1; ; tries++) {
            try {
                return once(dataSource, work, each, tries > 1);
            } catch (SQLException e) {
                if (tries == TRIES_MAX || !isConflict(e.getSQLState())) {
                    throw e;
                }
            }
        }
    }

    private static boolean isConflict(String state) {
        return SqlState.SERIALIZATION_FAILURE.equals(state) || SqlState.DEADLOCK_DETECTED.equals(state);
    }

    private static <T> T once(DataSource dataSource, Work<T> work, boolean each, boolean readCommitted)
            throws SQLException {
        try {
            return unguarded(dataSource, work, each, readCommitted);
        } catch (SQLException | RuntimeException | Error e) {
            // what could not be rolled back, given back or closed may stay with the thread
            if (e.getSuppressed().length > 0) {
                OwnThread.retire("a connection could not be given back");
            }
            LostConnection.retireThread(e);
            throw e;
        }
    }

    private static <T> T unguarded(DataSource dataSource, Work<T> work, boolean each, boolean readCommitted)
            throws SQLException {
        try (Connection connection = dataSource.getConnection()) {
            boolean autoCommit = connection.getAutoCommit();
            int isolation = readCommitted ? connection.getTransactionIsolation() : Connection.TRANSACTION_NONE;
            if (readCommitted) {
                connection.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
            }
            connection.setAutoCommit(each);
            try {
                T result = work.with(connection);
                if (!each) {
                    connection.commit();
                }
                restore(connection, autoCommit, isolation);
                return result;
            } catch (SQLException | RuntimeException | Error e) {
                try {
                    if (!each) {
                        connection.rollback();
                    }
                    restore(connection, autoCommit, isolation);
                } catch (SQLException broken) {
                    e.addSuppressed(broken);
                }
                throw e;
            }
        }
    }

    private static void restore(Connection connection, boolean autoCommit, int isolation) throws SQLException {
        connection.setAutoCommit(autoCommit);
        if (isolation != Connection.TRANSACTION_NONE) {
            connection.setTransactionIsolation(isolation);
        }
    }
}
