package dev.postevent.internal.processor;

import dev.postevent.spi.LogEntry;

/** What became of a transaction with handlers in it. */
sealed interface Outcome {
    record Committed(long through) implements Outcome {}

    record FailedAt(LogEntry entry, Throwable cause) implements Outcome {}

    /** The observers returned, and what comes after them failed: our statements, or the commit. */
    record NotCommitted(Throwable cause) implements Outcome {}

    /** An operator skipped the event while it was handled. */
    record Gone() implements Outcome {}

    /** What kept it from being committed. */
    static Throwable cause(Outcome outcome) {
        if (outcome instanceof FailedAt failed) {
            return failed.cause();
        }
        return outcome instanceof NotCommitted failed
                ? failed.cause()
                : new IllegalStateException("unexpected outcome " + outcome);
    }
}
