package dev.postevent.internal.jdbc;

import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Everything a failure carries: causes, suppressed ones, further ones of a statement. A failure is a user's object: what it throws
 * when it is asked is no reason to fail.
 */
public final class FailureParts {
    private static final int PARTS_MAX = 100;

    private FailureParts() {}

    /** A failure and what hangs on it, each once, causes first, at most 100. */
    public static List<Throwable> of(Throwable failure) {
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

    /** True if nothing caused it that it tells. */
    public static boolean isRoot(Throwable part) {
        return asked(part::getCause) == null;
    }

    private static void addFirst(ArrayDeque<Throwable> left, Question question) {
        Throwable next = asked(question);
        if (next != null) {
            left.addFirst(next);
        }
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
}
