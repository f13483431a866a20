package dev.postevent.internal.notice;

import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What observers threw before. Bounded: where there are very many causes some are told again. Used by one thread at a time. */
final class ToldCauses {
    private static final int KNOWN_MAX = 100;

    private final Set<Cause> known = new HashSet<>();

    /** Of whom, what and where; the message is no part of it, as it may name the event. */
    private record Cause(
            String where, String type, @Nullable StackTraceElement at) {}

    /** True if this observer did not throw that from there before. */
    boolean isNew(String where, Throwable thrown) {
        if (known.size() >= KNOWN_MAX) {
            known.clear();
        }
        return known.add(new Cause(where, thrown.getClass().getName(), place(thrown)));
    }

    private static @Nullable StackTraceElement place(Throwable thrown) {
        try {
            StackTraceElement[] stack = thrown.getStackTrace();
            return stack.length == 0 ? null : stack[0];
        } catch (RuntimeException e) {
            // a failure is a user's object: then it is told without
            return null;
        }
    }
}
