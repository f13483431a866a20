package dev.postevent.sample.watch;

import java.time.OffsetDateTime;
import org.jspecify.annotations.Nullable;

/**
 * An event as the page shows it.
 *
 * @param text the data, if it is a text and short; null otherwise
 */
public record LiveEvent(
        String topic,
        long position,
        String id,
        String type,
        @Nullable String subject,
        @Nullable OffsetDateTime time,
        @Nullable String text) {}
