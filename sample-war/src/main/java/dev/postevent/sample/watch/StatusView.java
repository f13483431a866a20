package dev.postevent.sample.watch;

import dev.postevent.StatusReport;
import dev.postevent.Subscriptions;
import dev.postevent.sample.role.Role;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.eclipse.microprofile.config.ConfigProvider;
import org.jspecify.annotations.Nullable;

/** The answer of {@code GET /shop/api/status}. */
public record StatusView(
        String role,
        @Nullable String otherSide,
        String node,
        List<Feed> feeds,
        List<Topic> topics,
        List<Subscription> subscriptions,
        List<Live> live,
        List<Server> servers,
        List<Consumer> consumers,
        List<String> faults) {
    /** Where people find the page of the application at the other end, if there is one. */
    private static final String OTHER_SIDE = "sample.other-side";

    static StatusView of(StatusReport report) {
        return new StatusView(
                Role.here().word(),
                ConfigProvider.getConfig()
                        .getOptionalValue(OTHER_SIDE, String.class)
                        .orElse(null),
                report.node(),
                report.feeds().stream().map(Feed::of).toList(),
                report.topics().stream().map(Topic::of).toList(),
                report.subscriptions().stream().map(Subscription::of).toList(),
                report.live().stream().map(Live::of).toList(),
                report.servers().stream().map(Server::of).toList(),
                report.consumers().stream().map(Consumer::of).toList(),
                report.faults());
    }

    /** A feed; {@code name} is the remote topic it brings. */
    public record Feed(
            String name,
            String kind,
            String engine,
            String state,
            @Nullable String detail,
            Map<String, String> facts) {
        static Feed of(StatusReport.FeedStatus feed) {
            return new Feed(
                    feed.name(),
                    feed.kind().name().toLowerCase(Locale.ROOT),
                    feed.engine(),
                    feed.state().name(),
                    feed.detail().orElse(null),
                    feed.facts());
        }
    }

    /** A topic; {@code head} and {@code mark} are -1 where they are not known. */
    public record Topic(
            String name,
            long head,
            long settled,
            long mark,
            @Nullable String blocker,
            @Nullable String fault) {
        static Topic of(StatusReport.TopicStatus topic) {
            return new Topic(
                    topic.name(),
                    topic.head().orElse(-1),
                    topic.settled(),
                    topic.mark().orElse(-1),
                    topic.blocker().orElse(null),
                    topic.fault().orElse(null));
        }
    }

    /** A durable subscription; {@code held} is waiting, behind and parked together. */
    public record Subscription(
            String name,
            String topic,
            long handled,
            long lag,
            double lagSeconds,
            long held,
            long waiting,
            long behind,
            long parked,
            boolean paused,
            Map<String, Integer> owners) {
        static Subscription of(Subscriptions.Status status) {
            return new Subscription(
                    status.name(),
                    status.topic(),
                    status.handled(),
                    status.lag(),
                    status.lagTime().toMillis() / 1_000.0,
                    status.held(),
                    status.waiting(),
                    status.behind(),
                    status.parked(),
                    status.paused(),
                    status.owners());
        }
    }

    /** A live observer. */
    public record Live(String name, String topic, long delivered, long dropped, long failed, int queued) {
        static Live of(StatusReport.LiveStatus live) {
            return new Live(live.name(), live.topic(), live.delivered(), live.dropped(), live.failed(), live.queued());
        }
    }

    /** A server for other applications. */
    public record Server(String kind, boolean listening, String detail, Map<String, String> facts) {
        static Server of(StatusReport.ServerStatus server) {
            return new Server(server.kind(), server.listening(), server.detail(), server.facts());
        }
    }

    /** Another application that consumes a topic of this one; {@code mark} and {@code lag} are -1 where they are not known. */
    public record Consumer(
            String name,
            String topic,
            long mark,
            long lag,
            @Nullable Instant seen,
            boolean connected) {
        static Consumer of(StatusReport.ConsumerStatus consumer) {
            return new Consumer(
                    consumer.name(),
                    consumer.topic(),
                    consumer.mark().orElse(-1),
                    consumer.lag().orElse(-1),
                    consumer.seen().orElse(null),
                    consumer.connected());
        }
    }
}
