package dev.postevent.internal.processor;

import dev.postevent.spi.LogEntry;
import org.jspecify.annotations.Nullable;

/** What became of a transaction with handlers in it. */
sealed interface Outcome {
    record Committed(long through) implements Outcome {}

    record FailedAt(LogEntry entry, Failed failed) implements Outcome {}

    /** The observers returned, and what comes after them failed: our statements, or the commit. */
    record NotCommitted(Failed failed) implements Outcome {}

    /** An operator skipped the event while it was handled. */
    record Gone() implements Outcome {}

    /** For a profile; null: an exception ended it. */
    static String inAWord(@Nullable Outcome outcome) {
        if (outcome instanceof Committed) {
            return "committed";
        }
        if (outcome instanceof FailedAt) {
            return "observer failed";
        }
        return outcome instanceof Gone ? "skipped meanwhile" : "not committed";
    }

    /** What kept it from being committed. */
    static Failed failed(Outcome outcome) {
        if (outcome instanceof FailedAt at) {
            return at.failed();
        }
        return outcome instanceof NotCommitted commit
                ? commit.failed()
                : Failed.of(new IllegalStateException("unexpected outcome " + outcome));
    }
}
