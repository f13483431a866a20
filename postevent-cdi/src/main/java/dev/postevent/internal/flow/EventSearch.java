package dev.postevent.internal.flow;

import dev.postevent.spi.LogEntry;
import dev.postevent.spi.TopicName;
import java.time.Instant;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** Where events are kept, as who looks for some of them reads it. Methods throw where the database fails. */
public interface EventSearch {

    /**
     * What is looked for; of what is null, anything.
     *
     * @param after time, exclusive
     * @param until time, inclusive
     */
    record Wanted(
            @Nullable String id,
            @Nullable String source,
            @Nullable String subject,
            @Nullable String type,
            @Nullable Instant after,
            @Nullable Instant until) {

        /** True if every event is. */
        public boolean isAny() {
            return id == null && source == null && subject == null && type == null && after == null && until == null;
        }
    }

    /**
     * Where, and how much of it.
     *
     * @param first inclusive, at least 1
     * @param before exclusive
     * @param limit at most so many events, at least 1
     */
    record Stretch(long first, long before, int limit) {}

    /**
     * Events, the last position first; voids are none. Looks at a bounded number of positions.
     *
     * @return without data, data schema, {@code traceparent} and extensions, which may be large
     */
    Page find(TopicName topic, Wanted wanted, Stretch in);

    /**
     * What was found.
     *
     * @param next {@code before} of the next page; empty: there is none
     */
    record Page(List<Found> found, OptionalLong next) {
        public Page {
            found = List.copyOf(found);
        }
    }

    /**
     * An event.
     *
     * @param dataBytes of its data; -1: it has none
     */
    record Found(LogEntry entry, long dataBytes) {}

    /** The event at a position, as a whole but for data that is larger than an event may have; null: there is none. */
    @Nullable
    Found at(TopicName topic, long position);
}
