package dev.postevent.internal.feed;

import dev.postevent.internal.worker.AnchoredRange;
import dev.postevent.internal.worker.Backoff;
import dev.postevent.spi.EventLog;
import dev.postevent.spi.Feed.Listener;
import dev.postevent.spi.LogEntry;
import dev.postevent.spi.Range;
import dev.postevent.spi.TopicName;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * How far one topic was handed over. Positions at or below {@code after} are done with; above it there may be a hole that can still
 * fill, so a read begins there each time and what was handed already is left out. That set is no greater than one read: beyond it
 * there is nothing anybody could use before the hole is closed. What stands at {@code after} is read along: if it is not what stood
 * there, the table is another one, and nothing in it follows on what was handed.
 */
final class TopicPoll {
    private final TopicName topic;
    private final EventLog log;
    private final PollingFeedSettings settings;
    private final RandomGenerator random;
    private final Set<Long> handed = new HashSet<>();
    private boolean begun;
    private long after;
    /** What stood at {@code after}; null: nothing, it was removed. */
    private @Nullable LogEntry last;

    private long entries;
    private int failures;
    private long retryAt;
    private @Nullable String fault;

    TopicPoll(TopicName topic, EventLog log, PollingFeedSettings settings, RandomGenerator random) {
        this.topic = topic;
        this.log = log;
        this.settings = settings;
        this.random = random;
    }

    TopicName topic() {
        return topic;
    }

    /** Entries handed over. */
    long entries() {
        return entries;
    }

    /** Why it cannot be read now; null if it can. */
    @Nullable
    String fault() {
        return fault;
    }

    /** Hands over what is new; true if there was something. Nothing is done with before the listener has returned. */
    boolean look(Listener listener, long nanos) {
        if (failures > 0 && nanos - retryAt < 0) {
            return false;
        }
        if (!begun && !begin(listener)) {
            return false;
        }
        AnchoredRange read = AnchoredRange.read(log, topic, after, settings.batchMax(), settings.bytesMax());
        if (!read.isGone(after) && !isAsSeen(read.anchor())) {
            // emptied, or made anew, and maybe filled again: what comes next may stand below
            begun = false;
            handed.clear();
            listener.onDoubt(topic + ": at position " + after + " there is "
                    + (read.anchor() == null ? "nothing any more" : "another row than polling has seen there"));
            return true;
        }
        return taken(read, listener);
    }

    /** False if what stood at the head has just been removed: the next look finds another head. */
    private boolean begin(Listener listener) {
        // head first, doubt second: the range read that follows the doubt goes at least up to this head
        long head = log.head(topic);
        LogEntry there = AnchoredRange.at(log, topic, head);
        if (head > 0 && there == null) {
            return false;
        }
        after = head;
        last = there;
        begun = true;
        listener.onDoubt(topic + ": polling begins after position " + after);
        return true;
    }

    private boolean isAsSeen(@Nullable LogEntry anchor) {
        return anchor != null && last != null && anchor.sameIdentity(last);
    }

    private boolean taken(AnchoredRange read, Listener listener) {
        if (failures > 0) {
            listener.onDoubt(topic + ": polling goes on after " + failures + " failures");
        }
        Range range = read.above();
        List<LogEntry> news = range.entries().stream()
                .filter(entry -> !handed.contains(entry.position()))
                .toList();
        if (!news.isEmpty()) {
            listener.onBatch(Map.of(topic, news));
            entries += news.size();
        }
        news.forEach(entry -> handed.add(entry.position()));
        doneWith(range);
        failures = 0;
        fault = null;
        return !news.isEmpty();
    }

    private void doneWith(Range range) {
        long through = Math.max(after, Math.max(range.settledThrough(), range.goneThrough()));
        if (through > after) {
            last = null;
            for (LogEntry entry : range.entries()) {
                last = entry.position() == through ? entry : last;
            }
            after = through;
        }
        handed.removeIf(position -> position <= after);
    }

    /** Notes a failure; the next look comes after a back-off. Returns how many there were in a row. */
    int failed(Throwable cause, long nanos) {
        failures++;
        fault = Causes.describe(cause);
        Duration wait = backoff().waitAfter(failures, random);
        retryAt = nanos + wait.toNanos();
        return failures;
    }

    private Backoff backoff() {
        return settings.backoff();
    }
}
