package dev.postevent.internal.catchup;

import dev.postevent.Notice;
import dev.postevent.internal.flow.Told;
import dev.postevent.spi.TopicName;
import java.time.Duration;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * How long one gap has been held open at the source. Whoever holds it has every right to for a while; beyond the limit it is a
 * fault that names him, because nothing after the gap is handed on, and nobody else would say so. The application is told, too, and
 * when it is over.
 */
final class HeldGap {
    private final TopicName topic;
    private final long limitNanos;
    private final Consumer<? super Notice> notices;
    // all under the monitor
    private @Nullable String blocker;
    private long mark;
    private long since;
    private boolean told;

    HeldGap(TopicName topic, Duration limit, Consumer<? super Notice> notices) {
        this.topic = topic;
        this.limitNanos = limit.toNanos();
        this.notices = notices;
    }

    /**
     * The event log was asked for what is above {@code after}.
     *
     * @param by who holds the next position open; null: nobody
     * @return what is to be logged now, once for each gap; null: nothing
     */
    synchronized @Nullable String asked(long after, @Nullable String by, long now) {
        if (by == null || blocker == null || mark != after) {
            if (told) {
                notices.accept(new Told.GapUnblocked(topic.value(), mark + 1, Duration.ofNanos(now - since)));
            }
            since = now;
            mark = after;
            told = false;
        }
        blocker = by;
        String text = told ? null : fault(after, now);
        if (text != null && by != null) {
            notices.accept(new Told.GapBlocked(topic.value(), after + 1, by, Duration.ofNanos(now - since)));
            told = true;
        }
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
