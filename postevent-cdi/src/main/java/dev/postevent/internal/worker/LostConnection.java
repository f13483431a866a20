package dev.postevent.internal.worker;

import java.sql.SQLException;
import java.sql.SQLNonTransientConnectionException;
import java.sql.SQLRecoverableException;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Whether a failure comes of a connection that is gone, by SQLSTATE: classes 08 and 57P, and none at all, which is what a server's pool
 * says of its connections and no database of a statement.
 */
final class LostConnection {
    private static final int PARTS_MAX = 100;

    private LostConnection() {}

    /** Causes, suppressed ones and further ones of a statement are looked at, too. */
    static boolean isIn(Throwable failure) {
        Set<Throwable> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        ArrayDeque<Throwable> left = new ArrayDeque<>();
        left.add(failure);
        Throwable at;
        while ((at = left.poll()) != null && seen.size() < PARTS_MAX) {
            if (!seen.add(at)) {
                continue;
            }
            if (at instanceof SQLException sql) {
                if (isLost(sql)) {
                    return true;
                }
                add(left, sql.getNextException());
            }
            add(left, cause(at));
            for (Throwable suppressed : at.getSuppressed()) {
                left.add(suppressed);
            }
        }
        return false;
    }

    private static boolean isLost(SQLException failure) {
        String state = failure.getSQLState();
        return failure instanceof SQLNonTransientConnectionException
                || failure instanceof SQLRecoverableException
                || state == null
                || state.startsWith("08")
                || state.startsWith("57P");
    }

    private static void add(ArrayDeque<Throwable> left, @Nullable Throwable next) {
        if (next != null) {
            left.add(next);
        }
    }

    /** Null as well if it throws: a failure is a user's object. */
    private static @Nullable Throwable cause(Throwable of) {
        try {
            return of.getCause();
        } catch (RuntimeException | StackOverflowError e) {
            return null;
        }
    }
}
