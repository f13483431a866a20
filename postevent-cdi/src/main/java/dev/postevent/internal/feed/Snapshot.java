package dev.postevent.internal.feed;

import java.util.Arrays;

/**
 * Which transactions a query of the source sees, as {@code pg_current_snapshot()} tells it: everything below {@code xmin}, nothing
 * from {@code xmax} on, and between them what is not running.
 *
 * <p>What one snapshot shows, every later one of the same server shows, too. A transaction that the WAL has brought is committed, so
 * there is nothing to tell apart but "shown" and "not yet".
 *
 * <p>The stream names a transaction by 32 bits, and a snapshot by 64. The one that is meant is the nearest to {@code xmax}: no two of
 * the last 2^31 transactions have the same 32 bits, and no snapshot is used until the server may have come further. It is the
 * transaction itself that the stream names, never a subtransaction, and a snapshot knows only those either: all of one transaction becomes visible at once.
 */
public final class Snapshot {
    /** Shows nothing. */
    public static final Snapshot NOTHING = new Snapshot(0, 0, new long[0]);

    private final long xmin;
    private final long xmax;
    private final long[] running;

    private Snapshot(long xmin, long xmax, long[] running) {
        this.xmin = xmin;
        this.xmax = xmax;
        this.running = running;
    }

    /** Reads {@code xmin:xmax:running,running}. */
    public static Snapshot parse(String text) {
        String[] parts = text.split(":", -1);
        if (parts.length != 3) {
            throw new IllegalArgumentException("a snapshot is xmin:xmax:list, got '" + text + "'");
        }
        long[] running = parts[2].isEmpty()
                ? new long[0]
                : Arrays.stream(parts[2].split(",", -1))
                        .mapToLong(Long::parseLong)
                        .sorted()
                        .toArray();
        return new Snapshot(Long.parseLong(parts[0]), Long.parseLong(parts[1]), running);
    }

    /** True if every query from now on sees what the committed {@code transaction}, its 32 bits, has written. */
    public boolean shows(long transaction) {
        if (xmax == 0) {
            return false;
        }
        long whole = whole(transaction, xmax);
        return whole < xmax && (whole < xmin || Arrays.binarySearch(running, whole) < 0);
    }

    /** The 64 bits of a transaction of which 32 are known: the nearest to {@code near}, one of the last 2^31. */
    static long whole(long transaction, long near) {
        return near - (int) (near - transaction);
    }

    /** The first transaction that had not begun. */
    long xmax() {
        return xmax;
    }

    @Override
    public String toString() {
        return xmin + ":" + xmax + ":" + Arrays.toString(running);
    }
}
