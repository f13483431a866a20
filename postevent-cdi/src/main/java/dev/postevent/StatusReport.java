package dev.postevent;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Everything there is to know about this node at one moment: what MicroProfile Health shows, as an object.
 *
 * @param node this node's name
 * @param feeds one entry per feed
 * @param topics one entry per topic, by name
 * @param subscriptions one entry per durable subscription, by name
 * @param live one entry per live observer
 * @param faults what is wrong right now, each a sentence that names the culprit; empty: nothing
 */
public record StatusReport(
        String node,
        List<FeedStatus> feeds,
        List<TopicStatus> topics,
        List<Subscriptions.Status> subscriptions,
        List<LiveStatus> live,
        List<String> faults) {

    /** Copies the lists. */
    public StatusReport {
        feeds = List.copyOf(feeds);
        topics = List.copyOf(topics);
        subscriptions = List.copyOf(subscriptions);
        live = List.copyOf(live);
        faults = List.copyOf(faults);
    }

    /**
     * A feed.
     *
     * @param kind {@code debezium} or {@code polling}
     * @param state {@code STOPPED}, {@code STARTING}, {@code STREAMING}, {@code RETRYING} or {@code STANDBY}
     * @param detail the last fault, or who holds the slot
     * @param facts among them, for Debezium, {@code slot}, {@code wal_status}, {@code lag_bytes}
     */
    public record FeedStatus(
            String kind, String state, @Nullable String detail, Map<String, String> facts) {
        /** Copies the facts. */
        public FeedStatus {
            facts = Map.copyOf(facts);
        }
    }

    /**
     * A topic.
     *
     * @param name the topic's name in this application
     * @param head greatest committed position; -1 where the source cannot be asked
     * @param settled everything at or below it is an event or a void for ever
     * @param mark everything at or below it is in this application's inbox; -1 where nobody subscribes
     * @param blocker who holds the position after the mark open; null: nobody
     * @param fault why the topic stands still; null: it does not
     */
    public record TopicStatus(
            String name,
            long head,
            long settled,
            long mark,
            @Nullable String blocker,
            @Nullable String fault) {}

    /**
     * A live observer.
     *
     * @param name class and method
     * @param topic the topic's name
     * @param delivered events handed over since the start
     * @param dropped events dropped because its queue was full
     * @param failed events it threw an exception for
     * @param queued events waiting now
     */
    public record LiveStatus(String name, String topic, long delivered, long dropped, long failed, int queued) {}
}
