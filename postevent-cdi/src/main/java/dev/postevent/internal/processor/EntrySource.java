package dev.postevent.internal.processor;

import dev.postevent.spi.LogEntry;
import dev.postevent.spi.TopicName;
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
