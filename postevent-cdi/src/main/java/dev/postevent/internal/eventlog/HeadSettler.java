package dev.postevent.internal.eventlog;

import dev.postevent.spi.TopicName;
import java.sql.SQLException;

/**
 * Settles a topic as far as it is drawn, without reading what its rows hold. What it returns may be taken back by a crash of the server;
 * a range read that follows waits until it cannot.
 */
final class HeadSettler {
    /** One more than a gap may be wide: one that fills it is too wide. */
    private static final long PAGE = Gaps.WIDTH_MAX + 1;

    /** Of one call: some two million positions, which takes a second or two where few are missing. */
    private static final int PAGES_MAX = 200;

    private final Settler settler;

    HeadSettler(Settler settler) {
        this.settler = settler;
    }

    /** Everything at or below {@code after} is settled; returns through which position everything is now, or a part of it. */
    long settle(LogTable table, TopicName topic, long after) throws SQLException {
        table.readCommitted();
        long head = table.bound().head();
        long settled = after;
        for (int page = 0; page < PAGES_MAX && settled < head; page++) {
            long through = settleNext(table, topic, settled, Math.min(head, settled + PAGE));
            if (through == settled) {
                break;
            }
            settled = through;
        }
        if (settled > after && table.guard().isEmpty()) {
            boolean unused = table.raise(after, settled);
        }
        return settled;
    }

    /** {@code settled} if a gap right above it is open, or too wide. */
    private long settleNext(LogTable table, TopicName topic, long settled, long through) throws SQLException {
        long[] missing = table.missing(settled, through);
        long upper = beforeLastGap(missing, through);
        if (missing.length == 0 || missing[0] > upper || settler.settle(table, topic, settled, upper) == null) {
            return upper;
        }
        long[] open = table.missing(settled, upper);
        return open.length == 0 ? upper : open[0] - 1;
    }

    /** A gap at the end may go on above it: it is settled with what comes next. The head is a row, so none is there. */
    private static long beforeLastGap(long[] missing, long through) {
        long before = through;
        for (int i = missing.length - 1; i >= 0 && missing[i] == before; i--) {
            before--;
        }
        return before;
    }
}
