package dev.postevent.internal.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import javax.sql.DataSource;

/**
 * One uninterrupted connection of the event log: every statement a transaction of its own, never part of a JTA transaction.
 * Gives the connection back as it was.
 */
public final class LogSession implements AutoCloseable {
    private final Connection connection;
    private final boolean autoCommitBefore;
    private int isolationBefore = Connection.TRANSACTION_NONE;

    private LogSession(Connection connection, boolean autoCommitBefore) {
        this.connection = connection;
        this.autoCommitBefore = autoCommitBefore;
    }

    @SuppressWarnings("MustBeClosedChecker")
    public static LogSession open(DataSource dataSource) throws SQLException {
        Connection connection = dataSource.getConnection();
        try {
            boolean autoCommit = connection.getAutoCommit();
            if (!autoCommit) {
                connection.setAutoCommit(true); // refused by the server within a JTA transaction, as it has to be
            }
            return new LogSession(connection, autoCommit);
        } catch (SQLException | RuntimeException e) {
            try {
                connection.close();
            } catch (SQLException closing) {
                e.addSuppressed(closing);
            }
            throw e;
        }
    }

    public Connection connection() {
        return connection;
    }

    /** From here on each statement sees what was committed before it began, whatever the default of role or database is. */
    public void readCommitted() throws SQLException {
        if (isolationBefore == Connection.TRANSACTION_NONE) {
            int before = connection.getTransactionIsolation();
            if (before != Connection.TRANSACTION_READ_COMMITTED) {
                connection.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
            }
            isolationBefore = before;
        }
    }

    /** Runs {@code work} in one short explicit transaction. */
    public <T> T transaction(Work<T> work) throws SQLException {
        connection.setAutoCommit(false);
        T result;
        try {
            result = work.run(connection);
            connection.commit();
        } catch (SQLException | RuntimeException e) {
            try {
                connection.rollback();
                connection.setAutoCommit(true);
            } catch (SQLException rollback) {
                e.addSuppressed(rollback);
            }
            throw e;
        }
        connection.setAutoCommit(true);
        return result;
    }

    @Override
    public void close() throws SQLException {
        try (connection) {
            if (isolationBefore != Connection.TRANSACTION_NONE
                    && isolationBefore != Connection.TRANSACTION_READ_COMMITTED) {
                connection.setTransactionIsolation(isolationBefore);
            }
            if (!autoCommitBefore) {
                connection.setAutoCommit(false);
            }
        }
    }

    /** Statements of one transaction. */
    @FunctionalInterface
    public interface Work<T> {
        T run(Connection connection) throws SQLException;
    }
}
