package dev.postevent.sample.watch;

import dev.postevent.StatusReport;
import dev.postevent.Subscriptions;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The answer of {@code GET /shop/api/status}. */
public record StatusView(
        String node,
        List<Feed> feeds,
        List<Topic> topics,
        List<Subscription> subscriptions,
        List<Live> live,
        List<String> faults) {

    static StatusView of(StatusReport report) {
        return new StatusView(
                report.node(),
                report.feeds().stream().map(Feed::of).toList(),
                report.topics().stream().map(Topic::of).toList(),
                report.subscriptions().stream().map(Subscription::of).toList(),
                report.live().stream().map(Live::of).toList(),
                report.faults());
    }

    /** A feed. */
    public record Feed(String kind, String state, @Nullable String detail, Map<String, String> facts) {
        static Feed of(StatusReport.FeedStatus feed) {
            return new Feed(feed.kind(), feed.state(), feed.detail(), feed.facts());
        }
    }

    /** A topic. */
    public record Topic(
            String name,
            long head,
            long settled,
            long mark,
            @Nullable String blocker,
            @Nullable String fault) {
        static Topic of(StatusReport.TopicStatus topic) {
            return new Topic(topic.name(), topic.head(), topic.settled(), topic.mark(), topic.blocker(), topic.fault());
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
                    status.lagSeconds(),
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
}
