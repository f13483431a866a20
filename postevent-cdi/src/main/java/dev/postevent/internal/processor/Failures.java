package dev.postevent.internal.processor;

import dev.postevent.ParkNowException;
import dev.postevent.RetryLaterException;
import java.sql.SQLException;
import java.sql.SQLRecoverableException;
import java.sql.SQLTransientException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import javax.transaction.xa.XAException;
import org.jspecify.annotations.Nullable;

/**
 * Judges what went wrong, by SQLSTATE. Everything a failure carries is looked at: causes, suppressed ones, further ones of a
 * statement. What a database says at the commit comes as the cause of an {@link XAException} that is suppressed in the transaction
 * manager's own. A failure is a user's object: what it throws when it is asked is no reason to fail.
 */
final class Failures {
    private static final int CAUSE_MAX = 2_000;
    private static final int PART_MAX = 900;
    private static final int PARTS_MAX = 100;

    private Failures() {}

    /**
     * True for failures that are nobody's fault and pass: serialization failure and deadlock (class 40), connection lost (08),
     * out of resources (53), shutdown (57P), lock not available (55P03), a server that only reads (25006), as after a fail-over. Not
     * where the observer has said itself what is to be done.
     */
    static boolean isPassing(Throwable failure) {
        boolean sql = false;
        boolean branch = false;
        List<Throwable> parts = parts(failure);
        if (parts.stream().anyMatch(part -> part instanceof ParkNowException || part instanceof RetryLaterException)) {
            return false;
        }
        for (Throwable part : parts) {
            if (part instanceof SQLTransientException || part instanceof SQLRecoverableException) {
                return true;
            }
            if (part instanceof SQLException at) {
                if (isPassing(at.getSQLState())) {
                    return true;
                }
                sql = true;
            }
            branch |= part instanceof XAException at && isPassing(at.errorCode);
        }
        // a driver's code for a branch is coarse: it counts where there is no state that says more
        return branch && !sql;
    }

    private static boolean isPassing(@Nullable String state) {
        return state != null
                && (state.startsWith("40")
                        || state.startsWith("08")
                        || state.startsWith("53")
                        || state.startsWith("57P")
                        || state.equals("55P03")
                        || state.equals("25006"));
    }

    private static boolean isPassing(int code) {
        return code == XAException.XA_RBCOMMFAIL
                || code == XAException.XA_RBDEADLOCK
                || code == XAException.XA_RBTRANSIENT
                || code == XAException.XA_RETRY
                || code == XAException.XAER_RMFAIL;
    }

    /** True if the observer has said that no further attempt can do it. */
    static boolean isForEver(Throwable failure) {
        return parts(failure).stream().anyMatch(ParkNowException.class::isInstance);
    }

    /** After what time the observer has said that the next attempt makes sense; null: it has said nothing of the kind. */
    static @Nullable Duration saidAfter(Throwable failure) {
        for (Throwable part : parts(failure)) {
            if (part instanceof RetryLaterException later) {
                return later.after();
            }
        }
        return null;
    }

    /** True if somebody else had locked what a statement needed. */
    static boolean isLocked(Throwable failure) {
        return failure instanceof SQLException sql && "55P03".equals(sql.getSQLState());
    }

    /** True if the transaction had been aborted by an earlier statement, which may have been another event's. */
    static boolean isAborted(Throwable failure) {
        return parts(failure).stream()
                .anyMatch(part -> part instanceof SQLException sql && "25P02".equals(sql.getSQLState()));
    }

    /** Class and message of a failure, and of what it came from, for an operator. */
    static String describe(Throwable failure) {
        List<Throwable> parts = parts(failure);
        StringBuilder text = new StringBuilder(text(failure));
        for (Throwable part : parts.subList(1, parts.size())) {
            String more = text(part);
            // only where a chain ends there is news; between, it is repeated
            if (isRoot(part) && text.indexOf(more) < 0) {
                text.append("; root cause: ").append(more);
            }
        }
        return (text.length() > CAUSE_MAX ? text.substring(0, CAUSE_MAX) + "..." : text.toString()).replace('\0', '?');
    }

    /** A failure and what hangs on it, each once, causes first. */
    private static List<Throwable> parts(Throwable failure) {
        Set<Throwable> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        List<Throwable> parts = new ArrayList<>();
        ArrayDeque<Throwable> left = new ArrayDeque<>(List.of(failure));
        Throwable at;
        while ((at = left.poll()) != null && parts.size() < PARTS_MAX) {
            if (!seen.add(at)) {
                continue;
            }
            parts.add(at);
            for (Throwable suppressed : at.getSuppressed()) {
                left.addLast(suppressed);
            }
            if (at instanceof SQLException sql) {
                addFirst(left, sql::getNextException);
            }
            addFirst(left, at::getCause);
        }
        return parts;
    }

    private static void addFirst(ArrayDeque<Throwable> left, Question question) {
        Throwable next = asked(question);
        if (next != null) {
            left.addFirst(next);
        }
    }

    private static boolean isRoot(Throwable part) {
        return asked(part::getCause) == null;
    }

    private interface Question {
        @Nullable
        Throwable ask();
    }

    /** Null as well if it throws. */
    private static @Nullable Throwable asked(Question question) {
        try {
            return question.ask();
        } catch (RuntimeException | StackOverflowError e) {
            return null;
        }
    }

    private static String text(Throwable part) {
        String text;
        try {
            text = String.valueOf(part.toString());
        } catch (RuntimeException | StackOverflowError e) {
            text = part.getClass().getName() + ", which cannot say what it is";
        }
        return text.length() > PART_MAX ? text.substring(0, PART_MAX) + "..." : text;
    }
}
