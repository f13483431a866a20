package dev.postevent.internal.processor;

import dev.postevent.Subscriptions;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A held event as an operator sees it. */
record ListedEvent(
        long position,
        Optional<String> eventId,
        Optional<String> subject,
        Optional<String> type,
        State state,
        Tries tries)
        implements Subscriptions.HeldEvent {

    /** What has come of it so far, and what comes next. */
    record Tries(
            int attempts,
            Optional<Instant> nextAttempt,
            Optional<Instant> failingSince,
            Optional<Instant> givesUp,
            Optional<String> cause) {}

    @Override
    public int attempts() {
        return tries.attempts();
    }

    @Override
    public Optional<Instant> nextAttempt() {
        return tries.nextAttempt();
    }

    @Override
    public Optional<Instant> failingSince() {
        return tries.failingSince();
    }

    @Override
    public Optional<Instant> givesUp() {
        return tries.givesUp();
    }

    @Override
    public Optional<String> cause() {
        return tries.cause();
    }

    /** The same, with the id, which is not where held events are listed; null: it is nowhere any more. */
    ListedEvent withId(@Nullable String id) {
        return new ListedEvent(position, Optional.ofNullable(id), subject, type, state, tries);
    }
}
