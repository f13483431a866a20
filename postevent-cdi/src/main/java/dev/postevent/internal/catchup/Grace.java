package dev.postevent.internal.catchup;

import java.time.Duration;

/**
 * How long a gap may stay open before the event log is asked. Most gaps are transactions that commit out of order, and fill by
 * themselves; asking for those is a waste. Others are rolled back, and waiting for those holds up what is above. Which of them there are,
 * the last gaps tell: twice the time they took to fill, less the more of them never did.
 *
 * <p>A wrong guess costs a query or a wait of {@code most}, never an entry. Not safe for use by several threads.
 */
final class Grace {
    /** About what it takes to ask. */
    static final long LEAST_NANOS = 2_000_000;

    private static final int WEIGHT = 8;

    private final long mostNanos;
    private long expectedNanos;

    /** Begins with the least, or with {@code most} if that is less; never waits longer than {@code most}. */
    Grace(Duration most) {
        mostNanos = most.toNanos();
        expectedNanos = Math.min(mostNanos, LEAST_NANOS) / 2;
    }

    long nanos() {
        return Math.min(mostNanos, Math.max(LEAST_NANOS, 2 * expectedNanos));
    }

    /** A gap was filled by what the feed brought, after so long. */
    void filled(long nanos) {
        expectedNanos =
                Math.min(mostNanos, nanos >= expectedNanos ? nanos : expectedNanos - (expectedNanos - nanos) / WEIGHT);
    }

    /** Nothing was going to fill it. */
    void wasted() {
        expectedNanos -= expectedNanos / WEIGHT;
    }
}
