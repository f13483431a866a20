package dev.postevent.internal.catchup;

import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;

/**
 * Which positions of a topic are in the inbox: all up to the mark, and some ranges above it.
 *
 * <p>Invariant: everything at or below {@link #mark} has arrived or is settled; no range touches the mark or another range, so
 * the position after the mark is missing whenever there is a range. An arrival either stretches the mark (and swallows the range
 * it then touches), stretches or joins ranges, or makes a new one; nothing else changes the mark, and time never does.
 *
 * <p>Ranges are bounded in number. Past the bound all of them are forgotten, which is safe (what is forgotten is in the inbox
 * and will be found again by reading the event log) and counts as a gap until the event log was read.
 *
 * <p>Not safe for use by several threads; whoever wants to try something works on a {@link #copy}.
 */
final class HighWaterMark {
    private final int rangesMax;
    private final TreeMap<Long, Long> ranges = new TreeMap<>();
    private long mark;
    private boolean forgetful;

    HighWaterMark(long mark, int rangesMax) {
        if (mark < 0 || rangesMax < 1) {
            throw new IllegalArgumentException("mark " + mark + ", rangesMax " + rangesMax);
        }
        this.mark = mark;
        this.rangesMax = rangesMax;
    }

    HighWaterMark copy() {
        HighWaterMark copy = new HighWaterMark(mark, rangesMax);
        copy.ranges.putAll(ranges);
        copy.forgetful = forgetful;
        return copy;
    }

    long mark() {
        return mark;
    }

    /** True if something above the mark arrived (or was forgotten) and something below that is missing. */
    boolean hasGap() {
        return forgetful || !ranges.isEmpty();
    }

    /** The first position above the mark that is known to be in the inbox; empty if none is, or some were forgotten. */
    OptionalLong firstAbove() {
        return forgetful || ranges.isEmpty() ? OptionalLong.empty() : OptionalLong.of(ranges.firstKey());
    }

    /** True if {@code position} is known to be in the inbox. */
    boolean contains(long position) {
        if (position <= mark) {
            return true;
        }
        Map.Entry<Long, Long> range = ranges.floorEntry(position);
        return range != null && position <= range.getValue();
    }

    /** {@code position} is in the inbox. */
    void arrived(long position) {
        if (position < 1) {
            throw new IllegalArgumentException("position " + position);
        }
        if (position == mark + 1) {
            raise(position);
        } else if (!contains(position)) {
            addRange(position);
        }
    }

    private void addRange(long position) {
        long from = position;
        long to = position;
        Map.Entry<Long, Long> below = ranges.lowerEntry(position);
        if (below != null && below.getValue() == position - 1) {
            from = below.getKey();
        }
        Long above = ranges.remove(position + 1);
        if (above != null) {
            to = above;
        }
        ranges.put(from, to);
        if (ranges.size() > rangesMax) {
            ranges.clear();
            forgetful = true;
        }
    }

    /** Everything at or below {@code through} is in the inbox, or never will be anywhere. */
    void settled(long through) {
        if (through > mark) {
            raise(through);
        }
    }

    private void raise(long through) {
        mark = through;
        Map.Entry<Long, Long> first;
        while ((first = ranges.firstEntry()) != null && first.getKey() <= mark + 1) {
            mark = Math.max(mark, first.getValue());
            ranges.pollFirstEntry();
        }
    }

    /** The event log was read to its end from the mark on: nothing forgotten is left unseen. */
    void remembered() {
        forgetful = false;
    }

    @Override
    public String toString() {
        return "mark " + mark
                + (ranges.isEmpty() ? "" : ", above it " + ranges.size() + " ranges from " + ranges.firstKey());
    }
}
