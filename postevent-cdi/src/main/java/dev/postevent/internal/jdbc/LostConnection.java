package dev.postevent.internal.jdbc;

import dev.postevent.internal.threads.OwnThread;
import java.sql.SQLException;
import java.sql.SQLNonTransientConnectionException;
import java.sql.SQLRecoverableException;

/**
 * Whether a failure comes of a connection that is gone, by SQLSTATE: classes 08 and 57P, and none at all, which is what a server's pool
 * says of its connections and no database of a statement.
 */
public final class LostConnection {
    private LostConnection() {}

    /** Retires the calling thread, if it is ours and {@code failure} says that a connection was lost on it. */
    public static void retireThread(Throwable failure) {
        if (isIn(failure)) {
            OwnThread.retire("a connection was lost");
        }
    }

    /** Everything a failure carries is looked at. */
    static boolean isIn(Throwable failure) {
        return FailureParts.of(failure).stream().anyMatch(part -> part instanceof SQLException sql && isLost(sql));
    }

    private static boolean isLost(SQLException failure) {
        String state = failure.getSQLState();
        return failure instanceof SQLNonTransientConnectionException
                || failure instanceof SQLRecoverableException
                || state == null
                || SqlState.isOfConnection(state);
    }
}
