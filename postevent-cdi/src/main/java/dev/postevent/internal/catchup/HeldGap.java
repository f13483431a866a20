package dev.postevent.internal.catchup;

import dev.postevent.spi.TopicName;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How long one gap has been held open at the source. Whoever holds it has every right to for a while; beyond the limit it is a
 * fault that names him, because nothing after the gap is handed on, and nobody else would say so.
 */
final class HeldGap {
    private final TopicName topic;
    private final long limitNanos;
    // all under the monitor
    private @Nullable String blocker;
    private long mark;
    private long since;
    private boolean told;

    HeldGap(TopicName topic, Duration limit) {
        this.topic = topic;
        this.limitNanos = limit.toNanos();
    }

    /**
     * The event log was asked for what is above {@code after}.
     *
     * @param by who holds the next position open; null: nobody
     * @return what is to be logged now, once for each gap; null: nothing
     */
    synchronized @Nullable String asked(long after, @Nullable String by, long now) {
        if (by == null || blocker == null || mark != after) {
            since = now;
            mark = after;
            told = false;
        }
        blocker = by;
        String text = told ? null : fault(after, now);
        told = told || text != null;
        return text;
    }

    /** Why nothing is handed on beyond {@code current}, if that has lasted longer than the limit; null: it has not. */
    synchronized @Nullable String fault(long current, long now) {
        if (blocker == null || current != mark || now - since < limitNanos) {
            return null;
        }
        return "topic " + topic + ": the gap at position " + (mark + 1) + " is held open for "
                + Duration.ofNanos(now - since).toSeconds() + " s by " + blocker
                + "; nothing after it is handed on. End that transaction: commit it, roll it back, or end its session";
    }
}
