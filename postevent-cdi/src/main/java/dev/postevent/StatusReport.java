package dev.postevent;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Everything there is to know about this node at one moment: what MicroProfile Health shows at most, as an object.
 * Experimental: what operators need of it grows with the console.
 *
 * @param node this node's name
 * @param feeds one entry per feed
 * @param topics one entry per topic, by name
 * @param subscriptions one entry per durable subscription, by name
 * @param live one entry per live observer
 * @param servers one entry per server that gives topics to other applications
 * @param consumers one entry per remote consumer and topic
 * @param faults what is wrong right now, each a sentence that names the culprit; empty: nothing
 * @since 0.1.0
 */
@Experimental
public record StatusReport(
        String node,
        List<FeedStatus> feeds,
        List<TopicStatus> topics,
        List<Subscriptions.Status> subscriptions,
        List<LiveStatus> live,
        List<ServerStatus> servers,
        List<ConsumerStatus> consumers,
        List<String> faults) {
    /** Name of the feed of this application's own topics. */
    public static final String LOCAL = "local topics";

    /** Copies the lists. */
    public StatusReport {
        feeds = List.copyOf(feeds);
        topics = List.copyOf(topics);
        subscriptions = List.copyOf(subscriptions);
        live = List.copyOf(live);
        servers = List.copyOf(servers);
        consumers = List.copyOf(consumers);
        faults = List.copyOf(faults);
    }

    /**
     * A feed.
     *
     * @param name the name of the remote topic it brings; {@link #LOCAL} for this application's own topics
     * @param kind how it notices events: {@code stream} or {@code polling}
     * @param engine what does so: {@code debezium}, {@code jdbc} or {@code grpc}
     * @param state {@code STOPPED}, {@code STARTING}, {@code STREAMING}, {@code RETRYING} or {@code STANDBY}
     * @param detail the last fault, or who holds the slot
     * @param facts among them, for Debezium, {@code slot}, {@code wal_status}, {@code lag_bytes}
     */
    public record FeedStatus(
            String name,
            String kind,
            String engine,
            String state,
            @Nullable String detail,
            Map<String, String> facts) {
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

    /**
     * A server that gives this application's topics to others.
     *
     * @param kind {@code grpc}
     * @param listening true if others can connect
     * @param detail its address, or why it does not listen
     * @param facts among them {@code port}, {@code streams}
     */
    public record ServerStatus(String kind, boolean listening, String detail, Map<String, String> facts) {
        /** Copies the facts. */
        public ServerStatus {
            facts = Map.copyOf(facts);
        }
    }

    /**
     * A remote consumer of one topic.
     *
     * @param name the identity it proved, and the name it gives itself
     * @param topic the topic's name
     * @param mark everything at or below it was received there; -1 if it never said
     * @param lag positions between the mark and the head; -1 if unknown
     * @param seen when it said so last; null: never
     * @param connected true if it has a live stream from this node
     */
    public record ConsumerStatus(
            String name,
            String topic,
            long mark,
            long lag,
            @Nullable Instant seen,
            boolean connected) {}
}
