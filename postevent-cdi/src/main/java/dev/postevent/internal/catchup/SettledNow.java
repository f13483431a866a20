package dev.postevent.internal.catchup;

import dev.postevent.PosteventException;
import dev.postevent.spi.EventLog;
import dev.postevent.spi.Origin;
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
     * @throws PosteventException also if the source became another one meanwhile, or does not have what it says is settled: ask again
     */
    public static long of(EventLog log, TopicName topic, long known) {
        Origin asked = log.origin(topic);
        // what comes meanwhile is not waited for: a topic may have more to come at any time
        long head = log.head(topic);
        long settled = settled(log, topic, Math.max(known, log.settled(topic)), head);
        while (true) {
            // at least once: its answer is durable at the source, and with it everything that was seen there before
            Range range = log.read(topic, settled, Math.max(settled, head), ROWS, BYTES);
            long through = Math.max(settled, Math.max(range.settledThrough(), range.goneThrough()));
            if (!range.more() || through == settled) {
                mustBeThere(log, topic, asked, through, range.goneThrough());
                return through;
            }
            settled = through;
        }
    }

    /** What one source has settled says nothing of another one, and what is beyond its last event is not settled, whoever says so. */
    private static void mustBeThere(EventLog log, TopicName topic, Origin asked, long through, long gone) {
        long head = log.head(topic);
        Origin now = log.origin(topic);
        if (!now.equals(asked)) {
            throw new PosteventException(
                    "PSTEV33009",
                    "topic " + topic + ": its source was " + asked + " and became " + now
                            + " while it was asked how far it is settled; it is asked again");
        }
        if (through > Math.max(head, gone)) {
            throw new PosteventException(
                    "PSTEV33009",
                    "topic " + topic + ": it is to be settled through position " + through + ", but its source ends at "
                            + Math.max(head, gone) + ": that was restored to the past, is another one, or its answer is"
                            + " wrong; it is asked again");
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
