package dev.postevent.internal.feed.debezium;

import dev.postevent.spi.TopicName;
import java.util.List;

/**
 * What one feed works on, the same for as long as it lives.
 *
 * @param name what its backends are called
 */
record FeedSetup(DebeziumFeedSettings settings, FeedTiming timing, List<TopicName> topics, BackendName name) {
    FeedSetup {
        topics = List.copyOf(topics);
    }

    /** Name of the slot. */
    String slot() {
        return settings.slot();
    }
}
