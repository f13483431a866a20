package dev.postevent.internal.processor;

import java.sql.SQLException;
import java.sql.SQLRecoverableException;
import java.sql.SQLTransientException;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Judges what went wrong, by SQLSTATE. */
final class Failures {
    private static final int CAUSE_MAX = 2000;

    private Failures() {}

    /**
     * True for failures that are nobody's fault and pass: serialization failure and deadlock (class 40), connection lost (08),
     * out of resources (53), shutdown (57P), lock not available (55P03).
     */
    static boolean isPassing(Throwable failure) {
        Set<Throwable> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        for (Throwable at = failure; at != null && seen.add(at); at = at.getCause()) {
            if (at instanceof SQLTransientException || at instanceof SQLRecoverableException) {
                return true;
            }
            if (at instanceof SQLException sql && isPassing(sql.getSQLState())) {
                return true;
            }
            for (Throwable suppressed : at.getSuppressed()) {
                if (suppressed instanceof SQLException sql && isPassing(sql.getSQLState())) {
                    return true;
                }
            }
        }
        return false;
    }

    private static boolean isPassing(@Nullable String state) {
        return state != null
                && (state.startsWith("40")
                        || state.startsWith("08")
                        || state.startsWith("53")
                        || state.startsWith("57P")
                        || state.equals("55P03"));
    }

    /** Class and message of a failure and of its root, for an operator. */
    static String describe(Throwable failure) {
        Throwable root = failure;
        Set<Throwable> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        while (root.getCause() != null && seen.add(root)) {
            root = root.getCause();
        }
        String text = root == failure ? failure.toString() : failure + "; root cause: " + root;
        return (text.length() > CAUSE_MAX ? text.substring(0, CAUSE_MAX) + "..." : text).replace('\0', '?');
    }
}
