package dev.postevent.internal.live;

import java.util.HashSet;
import java.util.Set;

/** The positions of a topic that were seen lately, a fixed number of them. Not safe for use by several threads. */
final class PositionWindow {
    static final int SIZE = 16_384;

    private final long[] ring;
    private final Set<Long> seen = new HashSet<>();
    private int next;
    private boolean full;

    PositionWindow() {
        this(SIZE);
    }

    PositionWindow(int size) {
        ring = new long[size];
    }

    /** Notes a position; false if it is in the window already. The oldest note is forgotten for it. */
    boolean add(long position) {
        if (!seen.add(position)) {
            return false;
        }
        if (full) {
            seen.remove(ring[next]);
        }
        ring[next] = position;
        next++;
        if (next == ring.length) {
            next = 0;
            full = true;
        }
        return true;
    }
}
