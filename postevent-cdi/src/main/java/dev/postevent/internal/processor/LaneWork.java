package dev.postevent.internal.processor;

import dev.postevent.spi.LogEntry;
import java.util.List;

/** What a {@link Lane} does next, as it says itself. */
sealed interface LaneWork {
    /** An event the observer is called for, or that is put behind a held one; {@code calledBefore}: it was called for it, or may have been. */
    record Part(LogEntry entry, boolean calledBefore) {
        long position() {
            return entry.position();
        }
    }

    /** Something to do. */
    sealed interface OfEvents extends LaneWork {
        /** The position of the first event it is about. */
        long position();
    }

    /** Nothing before {@code until}, unless something new comes. */
    record Wait(Due until) implements LaneWork {}

    /** The next event would have to be held, and no more may be; retries only, the next of them at {@code next}. */
    record Full(Due next) implements LaneWork {}

    /**
     * Handle these in one transaction.
     *
     * @param entries all that is passed, in position order
     * @param calls those of them for which the observer is called
     * @param behind those of them that are put behind a held event of their key
     */
    record Batch(List<LogEntry> entries, List<Part> calls, List<Part> behind) implements OfEvents {
        @Override
        public long position() {
            return entries.get(0).position();
        }

        long last() {
            return entries.get(entries.size() - 1).position();
        }
    }

    /** Handle this one alone, writing that down first: it may be what killed the previous owner. */
    record Careful(Batch batch) implements OfEvents {
        @Override
        public long position() {
            return batch.position();
        }
    }

    /** Put this one aside, with what it failed of. */
    sealed interface Hold extends OfEvents {
        LogEntry entry();

        Failed failed();

        @Override
        default long position() {
            return entry().position();
        }
    }

    /** After so many attempts, at least 1. */
    record HoldFailed(LogEntry entry, int attempts, Failed failed) implements Hold {}

    /** For a transient error, which is no attempt. */
    record HoldTransient(LogEntry entry, Failed failed) implements Hold {}

    /** Try a held event again, which has been due for {@code queuedMillis} while this lane had other work. */
    record Retry(HeldEvent held, long queuedMillis) implements OfEvents {
        @Override
        public long position() {
            return held.position;
        }
    }
}
