package dev.postevent.internal.processor;

import dev.postevent.ParkNowException;
import dev.postevent.RetryLaterException;
import dev.postevent.internal.jdbc.FailureParts;
import dev.postevent.internal.jdbc.SqlState;
import dev.postevent.internal.jdbc.Transient;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Judges what went wrong with an event. Everything a failure carries is looked at ({@link FailureParts}). A failure is a user's
 * object: what it throws when it is asked is no reason to fail.
 */
final class Failures {
    private static final int CAUSE_MAX = 2_000;
    private static final int PART_MAX = 900;

    private Failures() {}

    /**
     * True for failures that are {@link Transient}. Not where the observer has said itself what is to be
     * done.
     */
    static boolean isTransient(Throwable failure) {
        List<Throwable> parts = FailureParts.of(failure);
        return Transient.isIn(parts)
                && parts.stream()
                        .noneMatch(part -> part instanceof ParkNowException || part instanceof RetryLaterException);
    }

    /** True if the observer has said that no further attempt can do it. */
    static boolean isForEver(Throwable failure) {
        return FailureParts.of(failure).stream().anyMatch(ParkNowException.class::isInstance);
    }

    /** After what time the observer has said that the next attempt makes sense; null: it has said nothing of the kind. */
    static @Nullable Duration saidAfter(Throwable failure) {
        for (Throwable part : FailureParts.of(failure)) {
            if (part instanceof RetryLaterException later) {
                return later.after();
            }
        }
        return null;
    }

    /** True if somebody else had locked what a statement needed. */
    static boolean isLocked(Throwable failure) {
        return failure instanceof SQLException sql && SqlState.LOCK_NOT_AVAILABLE.equals(sql.getSQLState());
    }

    /** True if the transaction had been aborted by an earlier statement, which may have been another event's. */
    static boolean isAborted(Throwable failure) {
        return FailureParts.of(failure).stream()
                .anyMatch(part -> part instanceof SQLException sql && "25P02".equals(sql.getSQLState()));
    }

    /** Class and message of a failure, and of what it came from, for an operator. */
    static String describe(Throwable failure) {
        List<Throwable> parts = FailureParts.of(failure);
        StringBuilder text = new StringBuilder(text(failure));
        for (Throwable part : parts.subList(1, parts.size())) {
            String more = text(part);
            // only where a chain ends there is news; between, it is repeated
            if (FailureParts.isRoot(part) && text.indexOf(more) < 0) {
                text.append("; root cause: ").append(more);
            }
        }
        return (text.length() > CAUSE_MAX ? text.substring(0, CAUSE_MAX) + "..." : text.toString()).replace('\0', '?');
    }

    /** Class and message of one part. */
    static String text(Throwable part) {
        String text;
        try {
            text = String.valueOf(part.toString());
        } catch (RuntimeException | StackOverflowError e) {
            text = part.getClass().getName() + ", which cannot say what it is";
        }
        return text.length() > PART_MAX ? text.substring(0, PART_MAX) + "..." : text;
    }
}
