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
        int attempts,
        Optional<Instant> nextAttempt,
        Optional<Instant> failingSince,
        Optional<Instant> givesUp,
        Optional<String> cause)
        implements Subscriptions.HeldEvent {

    /** The same, with the id, which is not where held events are listed; null: it is nowhere any more. */
    ListedEvent withId(@Nullable String id) {
        return new ListedEvent(
                position,
                Optional.ofNullable(id),
                subject,
                type,
                state,
                attempts,
                nextAttempt,
                failingSince,
                givesUp,
                cause);
    }
}
