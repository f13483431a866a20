package dev.postevent.spi;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Answer to a range read.
 *
 * @param entries what stands in the range, in position order, durable at the source; may go beyond {@code settledThrough}
 * @param settledThrough every position above the asked {@code after} and at or below this one is among the entries: nothing can
 *     appear there any more. Equal to {@code after} if not even the next position is settled
 * @param blocker who holds the position after {@code settledThrough} open, for a person; null if nobody does
 * @param goneThrough positions at or below this one were removed by retention; 0 if none
 * @param more true if the limits cut the answer and the next read can go on at once
 * @since 0.1.0
 */
public record Range(
        List<LogEntry> entries,
        long settledThrough,
        @Nullable String blocker,
        long goneThrough,
        boolean more) {
    /** Copies the list. */
    public Range {
        entries = List.copyOf(entries);
    }
}
