package dev.postevent.sample.watch;

import dev.postevent.Subscriptions;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A held event as the HTTP face shows it; {@code state} is {@code WAITING}, {@code BEHIND} or {@code PARKED}. */
public record HeldView(
        long position,
        String eventId,
        @Nullable String subject,
        String state,
        int attempts,
        @Nullable Instant nextAttempt,
        @Nullable String cause) {

    static List<HeldView> of(List<Subscriptions.HeldEvent> events) {
        return events.stream()
                .map(event -> new HeldView(
                        event.position(),
                        event.eventId().orElse(""),
                        event.subject().orElse(null),
                        event.state().name(),
                        event.attempts(),
                        event.nextAttempt().orElse(null),
                        event.cause().orElse(null)))
                .toList();
    }
}
