package dev.postevent.internal.catchup;

import dev.postevent.DivergedSourceException;
import dev.postevent.PosteventException;
import dev.postevent.internal.flow.AnchoredRange;
import dev.postevent.internal.flow.InboxWriter;
import dev.postevent.spi.EventLog;
import dev.postevent.spi.Origin;
import dev.postevent.spi.TopicName;
import java.time.Duration;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * Whether a topic's source is still the one that was read so far, and has all of it: its head with each check, and what {@link
 * OriginCheck} compares where there is a doubt. Any thread may check.
 */
final class SourceCheck {
    /** How long a source may end below the mark before that is a fault. */
    private static final Duration BEHIND_GRACE = Duration.ofSeconds(5);

    private final TopicName topic;
    private final EventLog log;
    private final InboxWriter inbox;
    private final InboxProgress progress;
    private final Passes passes;
    private final Standstill standstill;
    private final Surroundings surroundings;
    private final OriginCheck origins;

    private final Object monitor = new Object();
    /** Since when the source ends below the mark; null: it does not. Under the monitor. */
    private @Nullable Long behindSince;

    SourceCheck(
            TopicName topic,
            EventLog log,
            InboxWriter inbox,
            InboxProgress progress,
            Passes passes,
            Standstill standstill,
            CatchUpSettings settings,
            Surroundings surroundings) {
        this.topic = topic;
        this.log = log;
        this.inbox = inbox;
        this.progress = progress;
        this.passes = passes;
        this.standstill = standstill;
        this.surroundings = surroundings;
        this.origins = new OriginCheck(topic, log, inbox, settings, progress::refreshed);
    }

    /**
     * The source must have everything we have. Whether it still has it with the same identity is asked after each doubt, whether
     * or not the origin changed: a table that was emptied and filled again keeps its object id.
     *
     * @throws DivergedSourceException if it is another source
     * @throws PosteventException if that cannot be told now, and it is to be checked again
     */
    void check() {
        long reached = progress.refreshed();
        OptionalLong doubts = passes.unanswered();
        if (reached > 0) {
            checkHead(reached);
        }
        if (doubts.isPresent()) {
            origins.check(reached);
            passes.answered(doubts.getAsLong());
        }
        // not before: a source that has grown again may have other events than it had
        standstill.behind(null);
    }

    /** As {@link OriginCheck#mustFollow}, of what is stored at {@code reached}. */
    void mustFollow(long reached, AnchoredRange read) {
        origins.mustFollow(reached, read, progress.storedAt(reached));
    }

    /**
     * A source that ends below the mark was restored to the past, or it has not shown yet what its WAL has told already: the feed
     * may be faster than a query, and with a synchronous standby away by any time. So nothing is taken meanwhile, and it is
     * checked again; only what lasts is told as a fault.
     */
    private void checkHead(long reached) {
        long head = log.head(topic);
        if (head >= reached || origins.isGone(reached)) {
            synchronized (monitor) {
                behindSince = null;
            }
            return;
        }
        refuseTableMadeAnew(head, reached);
        String text = "topic " + topic + ": the source ends at position " + head
                + ", but this application has received through " + reached
                + " from it. The source was restored to the past or is another one; point the topic to the right"
                + " source, or give this application a new inbox. (If it only waits for its synchronous standby, this"
                + " passes by itself)";
        passes.countDoubt();
        if (isBehindForLong()) {
            standstill.behind(text);
        }
        throw new PosteventException("PSTEV33003", text);
    }

    private boolean isBehindForLong() {
        long now = surroundings.now();
        synchronized (monitor) {
            Long since = behindSince;
            if (since == null) {
                since = now;
                behindSince = since;
            }
            return now - since >= BEHIND_GRACE.toNanos();
        }
    }

    /** What a table has that was made anew does not come back: nothing is waited for. */
    private void refuseTableMadeAnew(long head, long reached) {
        Origin before = inbox.origin(topic);
        Origin now = log.origin(topic);
        if (before != null && before.system().equals(now.system()) && before.table() != now.table()) {
            throw new DivergedSourceException(
                    "topic " + topic + ": the source's table was dropped and made anew (it is "
                            + now.table() + ", was " + before.table() + "): it ends at position " + head
                            + ", and this application has received through " + reached
                            + " of the one before. Give this application a new inbox for it, or the source the table it had");
        }
    }
}
