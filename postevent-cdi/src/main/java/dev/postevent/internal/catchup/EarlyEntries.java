package dev.postevent.internal.catchup;

import dev.postevent.spi.LogEntry;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Entries that are above the mark, kept in memory so that they need not be read from the inbox when what is below them has come.
 * What there is no room for is not kept, and read. Not safe for use by several threads.
 */
final class EarlyEntries {
    private final long bytesMax;
    private final TreeMap<Long, LogEntry> entries = new TreeMap<>();
    private long bytes;

    EarlyEntries(long bytesMax) {
        this.bytesMax = bytesMax;
    }

    /** Keeps those above {@code mark} that there is room for, and none at or below it. */
    void keep(List<LogEntry> arrived, long mark) {
        while (!entries.isEmpty() && entries.firstKey() <= mark) {
            bytes -= entries.pollFirstEntry().getValue().weight();
        }
        for (LogEntry entry : arrived) {
            if (entry.position() > mark && bytes + entry.weight() <= bytesMax) {
                LogEntry before = entries.put(entry.position(), entry);
                bytes += entry.weight() - (before == null ? 0 : before.weight());
            }
        }
    }

    /** True if the same as {@code entry} is kept. */
    boolean has(LogEntry entry) {
        LogEntry kept = entries.get(entry.position());
        return kept != null && kept.sameIdentity(entry);
    }

    void clear() {
        entries.clear();
        bytes = 0;
    }

    /** All entries above {@code after} and at or below {@code through}, of these and of {@code sorted}; null if not all are there. */
    @Nullable
    List<LogEntry> range(List<LogEntry> sorted, long after, long through) {
        TreeMap<Long, LogEntry> within = new TreeMap<>(entries.subMap(after, false, through, true));
        for (LogEntry entry : sorted) {
            if (entry.position() > after && entry.position() <= through) {
                within.put(entry.position(), entry);
            }
        }
        return within.size() == through - after ? new ArrayList<>(within.values()) : null;
    }
}
