package dev.postevent.internal.catchup;

import dev.postevent.internal.flow.AnchoredRange;
import dev.postevent.spi.EventLog;
import dev.postevent.spi.Range;
import dev.postevent.spi.TopicName;
import java.lang.System.Logger.Level;
import java.util.OptionalLong;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * A pass over a topic: checks the source, and reads from the mark to the end of the event log. The event log is read without a lock; live
 * entries go on meanwhile.
 */
final class Pass {
    private static final System.Logger LOG = System.getLogger("dev.postevent.catchup");

    private final TopicName topic;
    private final EventLog log;
    private final SourceCheck source;
    private final InboxProgress progress;
    private final Passes passes;
    private final HeldGap held;
    private final CatchUpSettings settings;
    private final Surroundings surroundings;

    /** Of the pass under way, of which there is one. */
    private final OpenGap left = new OpenGap();

    // written by the pass under way, read by all
    private volatile boolean complete;
    private volatile @Nullable String blocker;

    private final LongAdder reads = new LongAdder();

    Pass(
            TopicName topic,
            EventLog log,
            SourceCheck source,
            InboxProgress progress,
            Passes passes,
            HeldGap held,
            CatchUpSettings settings,
            Surroundings surroundings) {
        this.topic = topic;
        this.log = log;
        this.source = source;
        this.progress = progress;
        this.passes = passes;
        this.held = held;
        this.settings = settings;
        this.surroundings = surroundings;
    }

    /** True if the last pass found nothing missing. */
    boolean complete() {
        return complete;
    }

    /** Who holds the next position open at the source; null: nobody. */
    @Nullable
    String blocker() {
        return blocker;
    }

    /** How many ranges were asked for. */
    long reads() {
        return reads.sum();
    }

    /**
     * Makes one.
     *
     * @return true if a gap is still open
     */
    boolean run() {
        if (passes.isStopped()) {
            // it was asked for before
            return false;
        }
        source.check();
        while (true) {
            long after = progress.refreshed();
            long doubts = passes.doubts();
            if (left.isAt(after, doubts) && isStillOpen(after)) {
                return !passes.isStopped();
            }
            left.closed();
            Range range =
                    mustFollow(after, AnchoredRange.read(log, topic, after, settings.rowsMax(), settings.bytesMax()));
            OptionalLong taken = progress.read(after, range);
            if (taken.isEmpty()) {
                continue;
            }
            long reached = taken.getAsLong();
            if (range.blocker() != null) {
                left.leftOpen(reached, doubts);
            }
            heldOpen(range.blocker());
            complete = !range.more() && range.blocker() == null;
            boolean halt = passes.isStopped();
            if (halt || !range.more() || reached <= after) {
                return !halt && range.blocker() != null;
            }
        }
    }

    /** Asks for the gap above {@code after} alone. Whatever has changed is for a read of all above, which sees how it goes on. */
    private boolean isStillOpen(long after) {
        OptionalLong next = progress.firstAbove(after);
        if (next.isEmpty()) {
            return false;
        }
        long through = next.getAsLong() - 1;
        Range range = mustFollow(
                after, AnchoredRange.read(log, topic, after, through, settings.rowsMax(), settings.bytesMax()));
        boolean open = range.blocker() != null
                && range.entries().isEmpty()
                && range.settledThrough() <= after
                && range.goneThrough() <= after;
        if (open) {
            heldOpen(range.blocker());
        }
        return open;
    }

    private Range mustFollow(long after, AnchoredRange read) {
        reads.increment();
        source.mustFollow(after, read);
        return read.above();
    }

    private void heldOpen(@Nullable String by) {
        blocker = by;
        String tooLong = held.asked(progress.markSeen(), by, surroundings.now());
        if (tooLong != null) {
            LOG.log(Level.WARNING, tooLong);
        }
    }
}
