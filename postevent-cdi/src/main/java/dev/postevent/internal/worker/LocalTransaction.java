package dev.postevent.internal.worker;

import java.sql.Connection;
import java.sql.SQLException;
import javax.sql.DataSource;

/** Work in a transaction of the database alone, on a thread that has no JTA transaction. */
public final class LocalTransaction {

    private LocalTransaction() {}

    /** What is done with the connection; must not commit, roll back or close. */
    @FunctionalInterface
    public interface Work<T> {
        /** Does it. */
        T with(Connection connection) throws SQLException;
    }

    /** Runs {@code work} and commits; rolls back if it throws. READ COMMITTED, whatever the pool's default is. */
    public static <T> T run(DataSource dataSource, Work<T> work) throws SQLException {
        try (Connection connection = dataSource.getConnection()) {
            boolean autoCommit = connection.getAutoCommit();
            int isolation = connection.getTransactionIsolation();
            if (isolation != Connection.TRANSACTION_READ_COMMITTED) {
                connection.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
            }
            connection.setAutoCommit(false);
            try {
                T result = work.with(connection);
                connection.commit();
                restore(connection, autoCommit, isolation);
                return result;
            } catch (SQLException | RuntimeException | Error e) {
                try {
                    connection.rollback();
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
        if (isolation != Connection.TRANSACTION_READ_COMMITTED) {
            connection.setTransactionIsolation(isolation);
        }
    }
}
