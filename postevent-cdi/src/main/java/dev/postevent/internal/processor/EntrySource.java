package dev.postevent.internal.processor;

import dev.postevent.spi.LogEntry;
import dev.postevent.spi.TopicName;
import java.util.List;

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

    /** The entries at these positions that are there. */
    List<LogEntry> readAt(TopicName topic, List<Long> positions);

    /** The durable mark of a topic. */
    long mark(TopicName topic);

    /** What lies before a subscription whose lane {@code i} is at {@code cursors[i]}. */
    Backlog backlog(TopicName topic, long[] cursors, long through);

    /**
     * Events not yet handled.
     *
     * @param events how many
     * @param oldestSeconds age of the one stored first, in seconds
     */
    record Backlog(long events, double oldestSeconds) {}
}
