package dev.postevent.internal.cdi;

import dev.postevent.StatusReport;
import dev.postevent.Subscriptions;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** What a node says of itself, as values. */
record NodeReport(
        String node,
        List<FeedStatus> feeds,
        List<TopicStatus> topics,
        List<Subscriptions.Status> subscriptions,
        List<LiveStatus> live,
        List<ServerStatus> servers,
        List<ConsumerStatus> consumers,
        List<String> faults)
        implements StatusReport {

    NodeReport {
        feeds = List.copyOf(feeds);
        topics = List.copyOf(topics);
        subscriptions = List.copyOf(subscriptions);
        live = List.copyOf(live);
        servers = List.copyOf(servers);
        consumers = List.copyOf(consumers);
        faults = List.copyOf(faults);
    }

    /** One that has not started. */
    static NodeReport ofNothing(String node, List<String> faults) {
        return new NodeReport(node, List.of(), List.of(), List.of(), List.of(), List.of(), List.of(), faults);
    }

    record Feed(String name, Kind kind, String engine, State state, Optional<String> detail, Map<String, String> facts)
            implements FeedStatus {
        Feed {
            facts = Map.copyOf(facts);
        }
    }

    record Topic(
            String name,
            OptionalLong head,
            long settled,
            OptionalLong mark,
            Optional<String> blocker,
            Optional<String> fault)
            implements TopicStatus {}

    record Live(String name, String topic, long delivered, long dropped, long failed, int queued)
            implements LiveStatus {}

    record Server(String kind, boolean listening, String detail, Map<String, String> facts) implements ServerStatus {
        Server {
            facts = Map.copyOf(facts);
        }
    }

    record Consumer(
            String name, String topic, OptionalLong mark, OptionalLong lag, Optional<Instant> seen, boolean connected)
            implements ConsumerStatus {}
}
