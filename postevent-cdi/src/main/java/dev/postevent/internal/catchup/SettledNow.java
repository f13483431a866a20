package dev.postevent.internal.catchup;

import dev.postevent.spi.EventLog;
import dev.postevent.spi.Range;
import dev.postevent.spi.TopicName;

/**
 * Through which position a topic is settled right now: each event at or below it was committed before, and none can come there.
 *
 * <p>It is no head. A transaction that is open has drawn a position below the head, as a rule, and what it commits comes after now.
 */
public final class SettledNow {
    private static final int ROWS = 1_000;
    private static final long BYTES = 4L << 20;

    private SettledNow() {}

    /**
     * Asks the log.
     *
     * @param known everything at or below it is known to be settled, and durable at the source
     */
    public static long of(EventLog log, TopicName topic, long known) {
        // what comes meanwhile is not waited for: a topic may have more to come at any time
        long head = log.head(topic);
        long settled = settled(log, topic, Math.max(known, log.settled(topic)), head);
        while (true) {
            // at least once: its answer is durable at the source, and with it everything that was seen there before
            Range range = log.read(topic, settled, Math.max(settled, head), ROWS, BYTES);
            long through = Math.max(settled, Math.max(range.settledThrough(), range.goneThrough()));
            if (!range.more() || through == settled) {
                return through;
            }
            settled = through;
        }
    }

    private static long settled(EventLog log, TopicName topic, long from, long head) {
        long settled = from;
        while (settled < head) {
            long through = log.settle(topic, settled);
            if (through <= settled) {
                return settled;
            }
            settled = through;
        }
        return settled;
    }
}
