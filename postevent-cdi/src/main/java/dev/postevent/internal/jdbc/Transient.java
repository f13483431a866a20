package dev.postevent.internal.jdbc;

import dev.postevent.PosteventException;
import dev.postevent.TransientFailureException;
import java.sql.SQLException;
import java.sql.SQLRecoverableException;
import java.sql.SQLTransientException;
import java.util.List;
import javax.transaction.xa.XAException;
import org.jspecify.annotations.Nullable;

/** Which failures may be gone when the same is tried again, by SQLSTATE. */
public final class Transient {
    private Transient() {}

    /**
     * True for serialization failure and deadlock (class 40), connection lost (08), out of resources (53), shutdown (57P), lock not
     * available (55P03), a server that only reads (25006), as after a fail-over; and what was found to be so before.
     */
    public static boolean is(Throwable failure) {
        return isIn(FailureParts.of(failure));
    }

    /**
     * As {@link #is}, of what {@link FailureParts} found. What a database says at the commit comes as the cause of an {@link
     * XAException} that is suppressed in the transaction manager's own.
     */
    public static boolean isIn(List<Throwable> parts) {
        boolean sql = false;
        boolean branch = false;
        for (Throwable part : parts) {
            if (part instanceof SQLTransientException
                    || part instanceof SQLRecoverableException
                    || part instanceof TransientFailureException) {
                return true;
            }
            if (part instanceof SQLException at) {
                if (isState(at.getSQLState())) {
                    return true;
                }
                sql = true;
            }
            branch |= part instanceof XAException at && isCode(at.errorCode);
        }
        // a driver's code for a branch is coarse: it counts where there is no state that says more
        return branch && !sql;
    }

    /**
     * True if the database is not there: connection lost (class 08) or shutdown and start (57P). Each try may say so in other words, and
     * no word of it is news. What a database says that is there, also of a lack of connections or of slots, is for somebody to read.
     */
    public static boolean isAway(Throwable failure) {
        boolean away = false;
        for (Throwable part : FailureParts.of(failure)) {
            String state = part instanceof SQLException sql ? sql.getSQLState() : null;
            if (state != null) {
                if (!SqlState.isOfConnection(state)) {
                    return false;
                }
                away = true;
            }
        }
        return away;
    }

    /** An exception for users of what a database or a transaction manager said, transient where the cause is. */
    public static PosteventException exception(String code, String message, Throwable cause) {
        return is(cause)
                ? new TransientFailureException(code, message, cause)
                : new PosteventException(code, message, cause);
    }

    private static boolean isState(@Nullable String state) {
        return state != null
                && (SqlState.isOfConnection(state)
                        || state.startsWith("40")
                        || state.startsWith("53")
                        || state.equals(SqlState.LOCK_NOT_AVAILABLE)
                        || state.equals("25006"));
    }

    private static boolean isCode(int code) {
        return code == XAException.XA_RBCOMMFAIL
                || code == XAException.XA_RBDEADLOCK
                || code == XAException.XA_RBTRANSIENT
                || code == XAException.XA_RETRY
                || code == XAException.XAER_RMFAIL;
    }
}
