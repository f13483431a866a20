package dev.postevent.internal.processor;

import dev.postevent.spi.LogEntry;
import dev.postevent.spi.TopicName;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/** The inbox, as the processor reads it. Methods throw where the database fails. */
public interface EntrySource {

    /** Entries above {@code after} and at or below {@code through}, in position order, within the limits. */
    Page read(TopicName topic, long after, long through, int rowsMax, long bytesMax);

    /**
     * What was read.
     *
     * @param mark the durable mark when it was read, at the latest
     */
    record Page(List<LogEntry> entries, long mark) {}

    /**
     * How far what is above {@code after} and at or below {@code through} is of a time before {@code time}, or no event. Looks at most at
     * so many rows, and at nothing that may be large of them.
     */
    Skim skim(TopicName topic, long after, long through, Instant time, int rowsMax);

    /**
     * What was skimmed.
     *
     * @param through everything above {@code after} and at or below it is; {@code after}: the next one is not, or not there
     * @param mark as in {@link Page}
     */
    record Skim(long through, long mark) {}

    /** The entries at these positions that are there. */
    List<LogEntry> readAt(TopicName topic, List<Long> positions);

    /** Ids of the entries at these positions that are there. */
    Map<Long, String> ids(TopicName topic, Collection<Long> positions);

    /** The durable mark of a topic. */
    long mark(TopicName topic);

    /** How many events lie before a subscription whose lane {@code i} is at {@code cursors[i]}. */
    long backlog(TopicName topic, long[] cursors, long through);

    /** Age of the first of them by position since it was stored, in seconds; 0 if there is none. */
    double oldestSeconds(TopicName topic, long[] cursors, long through);
}
