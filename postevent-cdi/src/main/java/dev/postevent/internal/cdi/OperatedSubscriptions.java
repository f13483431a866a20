package dev.postevent.internal.cdi;

import dev.postevent.PosteventException;
import dev.postevent.StatusReport;
import dev.postevent.Subscriptions;
import dev.postevent.internal.catchup.CatchUp;
import dev.postevent.spi.Feed;
import dev.postevent.spi.TopicName;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** {@link Subscriptions} over the stages of this node. */
final class OperatedSubscriptions implements Subscriptions {
    /** A feed that fails for less than this is a restart, not a fault: catch-up keeps events flowing meanwhile. */
    private static final Duration FEED_GRACE = Duration.ofSeconds(30);

    private final Plan plan;
    private final Stages stages;
    private final Supplier<@Nullable String> startFault;

    OperatedSubscriptions(Plan plan, Stages stages, Supplier<@Nullable String> startFault) {
        this.plan = plan;
        this.stages = stages;
        this.startFault = startFault;
    }

    @Override
    public List<Status> status() {
        return stages.processor().status();
    }

    @Override
    public List<HeldEvent> held(String subscription, int limit) {
        return stages.processor().held(subscription, limit);
    }

    @Override
    public void retry(String subscription, long position) {
        stages.processor().retry(subscription, position);
    }

    @Override
    public void skip(String subscription, long position) {
        stages.processor().skip(subscription, position);
    }

    @Override
    public void pause(String subscription) {
        stages.processor().pause(subscription, true);
    }

    @Override
    public void resume(String subscription) {
        stages.processor().pause(subscription, false);
    }

    @Override
    public String explain(String subscription) {
        String topicTrouble = null;
        for (TopicObserver observer : plan.durable()) {
            CatchUp.Status topic = stages.catchUp(observer.topic());
            if (observer.name().equals(subscription) && topic != null) {
                topicTrouble = topic.fault() != null
                        ? topic.fault()
                        : topic.blocker() != null ? topic.blocker() : topic.trouble();
            }
        }
        return stages.processor().explain(subscription, topicTrouble);
    }

    @Override
    public StatusReport report() {
        List<String> faults = new ArrayList<>();
        String notStarted = startFault.get();
        if (notStarted != null) {
            faults.add("not started: " + notStarted);
        }
        List<StatusReport.FeedStatus> feeds = feeds(faults);
        List<StatusReport.TopicStatus> topics = topics(notStarted == null, faults);
        List<Status> subscriptions = List.of();
        if (notStarted == null) {
            try {
                subscriptions = status();
            } catch (PosteventException e) {
                faults.add(e.getMessage());
            }
        }
        faults.addAll(stages.processor().troubles());
        List<StatusReport.LiveStatus> live = stages.live().status().stream()
                .map(one -> new StatusReport.LiveStatus(
                        one.name(), one.topic().value(), one.delivered(), one.dropped(), one.failed(), one.queued()))
                .toList();
        return new StatusReport(plan.node(), feeds, topics, subscriptions, live, faults);
    }

    private List<StatusReport.FeedStatus> feeds(List<String> faults) {
        Feed feed = stages.feed();
        if (feed == null) {
            return List.of();
        }
        Feed.Status status = feed.status();
        if (status.state() == Feed.State.RETRYING
                && Duration.between(status.since(), Instant.now()).compareTo(FEED_GRACE) > 0) {
            faults.add(
                    "the " + status.kind() + " feed does not stream since " + status.since() + ": " + status.detail());
        }
        return List.of(
                new StatusReport.FeedStatus(status.kind(), status.state().name(), status.detail(), status.facts()));
    }

    private List<StatusReport.TopicStatus> topics(boolean ask, List<String> faults) {
        List<StatusReport.TopicStatus> all = new ArrayList<>();
        for (TopicName topic : plan.topics()) {
            CatchUp.Status status = stages.catchUp(topic);
            long mark = status == null ? -1 : status.mark();
            long head = -1;
            long settled = Math.max(0, mark);
            if (ask) {
                try {
                    head = stages.log().head(topic);
                    // what this application has without a hole is settled, whether or not the log was ever asked
                    settled = Math.max(settled, stages.log().settled(topic));
                } catch (PosteventException e) {
                    faults.add(e.getMessage());
                }
            }
            String fault = status == null ? null : status.fault();
            if (fault != null) {
                faults.add(fault);
            }
            if (status != null && status.trouble() != null) {
                faults.add("topic " + topic + " cannot catch up: " + status.trouble());
            }
            all.add(new StatusReport.TopicStatus(
                    topic.value(), head, settled, mark, status == null ? null : status.blocker(), fault));
        }
        return all;
    }
}
