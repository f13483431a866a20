package dev.postevent.internal.flow;

import dev.postevent.spi.LogEntry;
import dev.postevent.spi.TopicName;
import java.time.Instant;
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

    /** How many events at or below {@code through} lie before a subscription whose lane {@code i} is at {@code cursors[i]}. */
    long backlog(TopicName topic, long[] cursors, long through);

    /**
     * Age since it was stored of the first such event by position, in seconds; 0 if there is none. Of a topic that is read where it is
     * published, age since the event's own time; 0 if it has none or one to come.
     */
    double oldestSeconds(TopicName topic, long[] cursors, long through);
}
