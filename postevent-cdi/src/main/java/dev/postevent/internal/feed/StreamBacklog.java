package dev.postevent.internal.feed;

import dev.postevent.spi.TopicName;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * How many events the stream has still to bring: positions between what it brought last and the head, of each topic. Where a stream
 * begins nobody knows how far it is, so it is counted from the heads of that moment on.
 *
 * <p>Arrivals come on the engine's thread, looks on the supervisor's.
 */
final class StreamBacklog {
    private final Map<TopicName, Long> brought = new ConcurrentHashMap<>();
    private @Nullable Map<TopicName, Long> began;

    /** A stream begins. */
    void begin() {
        began = null;
        brought.clear();
    }

    /** The stream brought these. */
    void brought(List<VisibleFirst.Arrival> arrivals) {
        arrivals.forEach(arrival -> brought.merge(arrival.topic(), arrival.position(), Math::max));
    }

    /** Events it has to bring until it is where {@code heads} are. */
    long events(Map<TopicName, Long> heads) {
        Map<TopicName, Long> from = began;
        if (from == null) {
            began = Map.copyOf(heads);
            return 0;
        }
        long events = 0;
        for (Map.Entry<TopicName, Long> head : heads.entrySet()) {
            long known = Math.max(
                    from.getOrDefault(head.getKey(), head.getValue()), brought.getOrDefault(head.getKey(), 0L));
            events += Math.max(0, head.getValue() - known);
        }
        return events;
    }
}
