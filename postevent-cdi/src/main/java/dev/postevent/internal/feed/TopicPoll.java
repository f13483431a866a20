package dev.postevent.internal.feed;

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
 * there is nothing anybody could use before the hole is closed.
 */
final class TopicPoll {
    private final TopicName topic;
    private final EventLog log;
    private final PollingFeedSettings settings;
    private final RandomGenerator random;
    private final Set<Long> handed = new HashSet<>();
    private boolean begun;
    private long after;
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
        if (!begun) {
            // head first, doubt second: the range read that follows the doubt goes at least up to this head
            after = log.head(topic);
            begun = true;
            listener.onDoubt(topic + ": polling begins after position " + after);
        }
        Range range = read();
        if (range.entries().isEmpty() && range.goneThrough() < after && log.head(topic) < after) {
            // emptied, or made anew: what comes next stands below
            begun = false;
            handed.clear();
            listener.onDoubt(topic + ": its table ends before position " + after + ", which polling has seen");
            return true;
        }
        return taken(range, listener);
    }

    private Range read() {
        return log.read(topic, after, Long.MAX_VALUE, settings.batchMax(), settings.bytesMax());
    }

    private boolean taken(Range range, Listener listener) {
        if (failures > 0) {
            listener.onDoubt(topic + ": polling goes on after " + failures + " failures");
        }
        List<LogEntry> news = range.entries().stream()
                .filter(entry -> !handed.contains(entry.position()))
                .toList();
        if (!news.isEmpty()) {
            listener.onBatch(Map.of(topic, news));
            entries += news.size();
        }
        news.forEach(entry -> handed.add(entry.position()));
        after = Math.max(after, Math.max(range.settledThrough(), range.goneThrough()));
        handed.removeIf(position -> position <= after);
        failures = 0;
        fault = null;
        return !news.isEmpty();
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
