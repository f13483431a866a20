package dev.postevent.internal.flow;

import dev.postevent.spi.LogEntry;
import dev.postevent.spi.TopicName;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/** The inbox, as the processor reads it. Methods throw where the database fails. */
public interface EntrySource {

    /**
     * Entries above {@code after} and at or below {@code through}, in position order.
     *
     * @param rowsMax at most so many
     * @param bytesMax stop after the entry that passes so many bytes of data and attributes
     */
    Page read(TopicName topic, long after, long through, int rowsMax, long bytesMax);

    /**
     * What was read.
     *
     * @param mark the durable mark right before it was read
     */
    record Page(List<LogEntry> entries, long mark) {}

    /**
     * How far what is above {@code after} and at or below {@code through} is of a time before {@code time}, or void. Reads nothing that
     * may be large.
     *
     * @param rowsMax looks at most at so many rows
     */
    Skim skim(TopicName topic, long after, long through, Instant time, int rowsMax);

    /**
     * What was skimmed.
     *
     * @param through everything above {@code after} and at or below it is; {@code after}: the next one is not, or not there
     * @param mark as in {@link Page}
     */
    record Skim(long through, long mark) {}

    /** The entries at these positions that are there, in position order. */
    List<LogEntry> readAt(TopicName topic, List<Long> positions);

    /** Ids of the entries at these positions that are there. */
    Map<Long, String> ids(TopicName topic, Collection<Long> positions);

    /** The durable mark of a topic. */
    InboxMark mark(TopicName topic);

    /** The marks of topics as they are stored, without a check of what they are of; 0 of one that has none. One question for all. */
    Map<TopicName, Long> marks(Collection<TopicName> topics);

    /**
     * Where a subscription is in a topic.
     *
     * @param cursors lane {@code i} has what is at or below {@code cursors.get(i)} behind it; none: the subscription has
     *     not begun, and nothing lies before it
     * @param through what is above does not count
     */
    record Place(TopicName topic, List<Long> cursors, long through) {
        public Place {
            cursors = List.copyOf(cursors);
        }

        /** Of a subscription whose lane {@code i} is at {@code cursors[i]}. */
        public static Place of(TopicName topic, long[] cursors, long through) {
            return new Place(topic, Arrays.stream(cursors).boxed().toList(), through);
        }

        /** Everything at or below it lies behind all lanes. */
        public long lowest() {
            return cursors.stream().mapToLong(Long::longValue).min().orElse(through);
        }
    }

    /**
     * What of a topic lies before a subscription, up to {@link Place#through}.
     *
     * @param events how many
     * @param exact whether they were counted; false: worked out from the cursors, as if each lane had its share of the positions
     * @param oldestSeconds age of the first of them by position since it was stored, 0 if there is none; of a topic that is read
     *     where it is published, since the event's own time, 0 if it has none or one to come
     */
    record Ahead(long events, boolean exact, double oldestSeconds) {}

    /**
     * What lies before each, in the same order. One question for all whose topics are copied.
     *
     * @param countedMax of more positions than that, events are not counted
     */
    List<Ahead> ahead(List<Place> places, long countedMax);
}
