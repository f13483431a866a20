package dev.postevent.testing;

import dev.postevent.spi.EventLog;
import dev.postevent.spi.LogEntry;
import dev.postevent.spi.Origin;
import dev.postevent.spi.Range;
import dev.postevent.spi.TopicName;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * An event log of one topic without a database, and who publishes to it: the shortest thing that keeps the contract of the test kit, to
 * read what that asks for, and for tests that need a log and no PostgreSQL.
 */
public class InMemoryEventLog implements EventLog {
    private final Origin origin = Origin.of("memory", 1, 1);
    private final TreeMap<Long, LogEntry> rows = new TreeMap<>();
    private final Map<Long, String> open = new HashMap<>();
    private long drawn;
    private long settled;
    private long gone;

    @Override
    public Origin origin(TopicName topic) {
        return origin;
    }

    /** Who the source is, whatever the topic. */
    public Origin origin() {
        return origin;
    }

    @Override
    public synchronized long head(TopicName topic) {
        return rows.isEmpty() ? 0 : rows.lastKey();
    }

    @Override
    public synchronized long settled(TopicName topic) {
        return settled;
    }

    @Override
    public synchronized Range read(TopicName topic, long after, long through, int rowsMax, long bytesMax) {
        if (after < 0 || rowsMax < 1 || bytesMax < 1) {
            throw new IllegalArgumentException("after must be at least 0, rowsMax and bytesMax at least 1; got " + after
                    + ", " + rowsMax + ", " + bytesMax);
        }
        long lower = Math.max(after, gone);
        // beyond the last row nobody knows what was drawn
        long upper = rows.isEmpty() ? lower : Math.max(lower, Math.min(through, rows.lastKey()));
        seal(lower, upper);
        Collection<LogEntry> there = rows.subMap(lower, false, upper, true).values();
        List<LogEntry> taken = new ArrayList<>();
        long bytes = 0;
        for (LogEntry entry : there) {
            if (taken.size() == rowsMax || bytes >= bytesMax) {
                break;
            }
            taken.add(entry);
            byte[] data = entry.data();
            bytes += data == null ? 0 : data.length;
        }
        boolean cut = taken.size() < there.size();
        long end = cut ? taken.get(taken.size() - 1).position() : upper;
        long dense = lower;
        while (dense < end && rows.containsKey(dense + 1)) {
            dense++;
        }
        if (after <= settled) {
            settled = Math.max(settled, dense);
        }
        return Range.of(taken, dense)
                .withBlocker(dense < end ? open.get(dense + 1) : null)
                .withGoneThrough(gone)
                .withMore(cut && dense == end);
    }

    /** What has no row and is not open any more never will have one. */
    private void seal(long lower, long upper) {
        for (long position = lower + 1; position <= upper; position++) {
            if (!open.containsKey(position)) {
                rows.putIfAbsent(
                        position,
                        LogEntry.at(position)
                                .kind('v')
                                .id("void-" + position)
                                .source("urn:postevent:void")
                                .type("postevent.void")
                                .build());
            }
        }
    }

    /** Commits entries at the next positions. */
    public synchronized void publish(List<LogEntry> entries) {
        for (LogEntry entry : entries) {
            drawn++;
            rows.put(drawn, at(drawn, entry));
        }
    }

    /** Draws the next position and gives it up. */
    public synchronized void rollBack(LogEntry entry) {
        drawn++;
    }

    /** Draws the next position and holds it open under a name; closing commits it. */
    public synchronized AutoCloseable holdOpen(LogEntry entry, String holder) {
        drawn++;
        long position = drawn;
        open.put(position, holder);
        return () -> commit(position, entry);
    }

    private synchronized void commit(long position, LogEntry entry) {
        open.remove(position);
        rows.put(position, at(position, entry));
    }

    /** Retention removes everything at or below a position. */
    public synchronized void remove(long through) {
        rows.headMap(through, true).clear();
        gone = through;
    }

    private static LogEntry at(long position, LogEntry entry) {
        return LogEntry.at(position)
                .kind('e')
                .id(entry.id())
                .source(entry.source())
                .type(entry.type())
                .datacontenttype(entry.datacontenttype())
                .dataschema(entry.dataschema())
                .subject(entry.subject())
                .data(entry.data())
                .time(entry.time())
                .traceparent(entry.traceparent())
                .extensions(entry.extensions())
                .build();
    }
}
