package dev.postevent.internal.feed.debezium;

import dev.postevent.internal.feed.OverdueHeads;
import dev.postevent.internal.feed.VisibleFirst;
import dev.postevent.spi.TopicName;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * What the stream has still to bring: positions between what it brought last and the head, of each topic. Where a stream begins
 * nobody knows how far it is, so it is counted from the heads of that moment on.
 *
 * <p>Arrivals come on the engine's thread, checks on the supervisor's.
 */
final class StreamBacklog {
    private final Map<TopicName, Long> brought = new ConcurrentHashMap<>();
    /** Odd while one is handed on. */
    private final AtomicLong batches = new AtomicLong();

    // all below of the feed's thread
    private @Nullable Map<TopicName, Long> began;
    private final OverdueHeads overdue = new OverdueHeads();
    private long batchesSeen;

    /** A stream begins. */
    void begin() {
        began = null;
        brought.clear();
        overdue.clear();
    }

    /** The stream brought these; {@code task} hands them on, for as long as that takes. */
    void handing(List<VisibleFirst.Arrival> arrivals, Runnable task) {
        batches.incrementAndGet();
        try {
            task.run();
            arrivals.forEach(arrival -> brought.merge(arrival.topic(), arrival.position(), Math::max));
        } finally {
            batches.incrementAndGet();
        }
    }

    /** Events it has to bring until it is where {@code heads} are. */
    long events(Map<TopicName, Long> heads) {
        if (began == null) {
            began = Map.copyOf(heads);
        }
        return heads.entrySet().stream()
                .mapToLong(head -> Math.max(0, head.getValue() - known(head.getKey(), head.getValue())))
                .sum();
    }

    /**
     * Positions that should be here: each was its topic's head at the last check, and nothing of that topic has come since, although the
     * stream was not held up by whoever takes it. Who goes on about a topic is only behind, and a gap shows by what comes after it.
     * Each position is told once.
     *
     * @param heads as given to {@link #events} right before; checks have the time between them that a stream may need
     */
    Map<TopicName, Long> overdue(Map<TopicName, Long> heads) {
        Map<TopicName, Long> found = new TreeMap<>();
        long seen = batches.get();
        boolean heldUp = seen == batchesSeen && seen % 2 == 1;
        batchesSeen = seen;
        heads.forEach((topic, head) -> overdue.overdue(topic, head, known(topic, head), heldUp)
                .ifPresent(position -> found.put(topic, position)));
        return found;
    }

    private long known(TopicName topic, long head) {
        Map<TopicName, Long> from = began;
        return Math.max(from == null ? head : from.getOrDefault(topic, head), brought.getOrDefault(topic, 0L));
    }
}
