package dev.postevent.internal.flow;

import dev.postevent.spi.EventLog;
import dev.postevent.spi.LogEntry;
import dev.postevent.spi.Range;
import dev.postevent.spi.TopicName;
import org.jspecify.annotations.Nullable;

/**
 * A range of a topic, and what stands at the position it begins after: whoever has received that position knows by it whether these
 * are still the events that follow. A table that was made anew, or emptied and filled again, looks like itself otherwise, if there
 * is no look at it while it is short.
 *
 * <p>Both are of one read, and so of one snapshot. An entry as large as a read leaves no room for others, and a source that cannot send
 * what comes next says so only to who begins right before it: then the anchor is looked at again after the read of the range, because a
 * table that is another one stays so.
 *
 * @param anchor what stands at the start, at least its identity; null: nothing, or the start is 0
 * @param above what was read above the start; where there is no anchor though nothing was removed, it tells nothing
 */
public record AnchoredRange(@Nullable LogEntry anchor, Range above) {

    /** Reads what is above {@code after}. */
    public static AnchoredRange read(EventLog log, TopicName topic, long after, int rowsMax, long bytesMax) {
        return read(log, topic, after, Long.MAX_VALUE, rowsMax, bytesMax);
    }

    /** Reads what is above {@code after} and at or below {@code through}. */
    public static AnchoredRange read(
            EventLog log, TopicName topic, long after, long through, int rowsMax, long bytesMax) {
        if (after == 0) {
            return new AnchoredRange(null, log.read(topic, 0, through, rowsMax, bytesMax));
        }
        int rows = rowsMax == Integer.MAX_VALUE ? rowsMax : rowsMax + 1;
        Range range = log.read(topic, after - 1, through, rows, bytesMax);
        LogEntry anchor = first(range, after);
        int known = anchor == null ? 0 : 1;
        if (range.entries().size() == known && range.more()) {
            Range above = log.read(topic, after, through, rowsMax, bytesMax);
            return new AnchoredRange(anchor == null ? null : log.identity(topic, after), above);
        }
        return new AnchoredRange(
                anchor,
                range.withEntries(
                        range.entries().subList(known, range.entries().size()),
                        Math.max(after, range.settledThrough())));
    }

    private static @Nullable LogEntry first(Range range, long position) {
        LogEntry first = range.entries().isEmpty() ? null : range.entries().get(0);
        return first != null && first.position() == position ? first : null;
    }

    /** True if there is no entry at {@code after} and none is to be expected: it was removed, or is the beginning. */
    public boolean isGone(long after) {
        return above.goneThrough() >= after;
    }
}
