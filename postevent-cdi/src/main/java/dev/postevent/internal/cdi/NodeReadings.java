package dev.postevent.internal.cdi;

import dev.postevent.PosteventException;
import dev.postevent.StatusReport;
import dev.postevent.Subscriptions;
import dev.postevent.internal.catchup.CatchUp;
import dev.postevent.internal.jdbc.TableSizeStore;
import dev.postevent.internal.telemetry.Label;
import dev.postevent.internal.telemetry.Metric;
import dev.postevent.internal.telemetry.Reading;
import dev.postevent.spi.TopicName;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import javax.sql.DataSource;

/** The numbers of this node at one moment, for metrics. It asks databases. */
final class NodeReadings implements Supplier<List<Reading>> {
    private static final System.Logger LOG = System.getLogger("dev.postevent");
    private static final String INBOX = "postevent_inbox.messages";

    private final Plan plan;
    private final Stages stages;
    private final Subscriptions subscriptions;

    NodeReadings(Plan plan, Stages stages, Subscriptions subscriptions) {
        this.plan = plan;
        this.stages = stages;
        this.subscriptions = subscriptions;
    }

    @Override
    public List<Reading> get() {
        StatusReport report = subscriptions.report();
        List<Reading> all = new ArrayList<>();
        all.add(new Reading(Metric.FAULTS, report.faults().size(), Map.of()));
        report.subscriptions().forEach(one -> subscription(all, one, report.node()));
        stages.processor().laneMoves().forEach((name, moves) -> {
            all.add(new Reading(
                    Metric.LANE_MOVES, moves.taken(), Map.of(Label.SUBSCRIPTION, name, Label.LANE_MOVE, "taken")));
            all.add(new Reading(
                    Metric.LANE_MOVES, moves.left(), Map.of(Label.SUBSCRIPTION, name, Label.LANE_MOVE, "left")));
        });
        report.topics().forEach(one -> topic(all, one));
        report.feeds().forEach(one -> feed(all, one));
        report.live()
                .forEach(one -> all.add(new Reading(
                        Metric.LIVE_DROPPED,
                        one.dropped(),
                        Map.of(Label.DESTINATION, one.topic(), Label.OBSERVER, one.name()))));
        sizes(all);
        return all;
    }

    private static void subscription(List<Reading> all, Subscriptions.Status one, String node) {
        Map<String, String> whose = Map.of(Label.DESTINATION, one.topic(), Label.SUBSCRIPTION, one.name());
        all.add(new Reading(Metric.SUBSCRIPTION_LAG, one.lag(), whose));
        all.add(new Reading(Metric.SUBSCRIPTION_LAG_TIME, seconds(one.lagTime()), whose));
        held(all, one, "waiting", one.waiting());
        held(all, one, "behind", one.behind());
        held(all, one, "parked", one.parked());
        all.add(new Reading(Metric.SUBSCRIPTION_FAILING_TIME, seconds(one.failingFor()), whose));
        all.add(new Reading(Metric.SUBSCRIPTION_PAUSED, one.paused() ? 1 : 0, whose));
        all.add(new Reading(Metric.SUBSCRIPTION_LANES, one.owners().getOrDefault(node, 0), whose));
    }

    private static void held(List<Reading> all, Subscriptions.Status one, String state, long events) {
        all.add(new Reading(
                Metric.SUBSCRIPTION_HELD,
                events,
                Map.of(Label.DESTINATION, one.topic(), Label.SUBSCRIPTION, one.name(), Label.HELD_STATE, state)));
    }

    private static double seconds(Duration time) {
        return time.toMillis() / 1e3;
    }

    private void topic(List<Reading> all, StatusReport.TopicStatus one) {
        TopicName topic = new TopicName(one.name());
        Map<String, String> whose = Map.of(Label.DESTINATION, one.name());
        one.head().ifPresent(head -> all.add(new Reading(Metric.TOPIC_HEAD, head, whose)));
        one.mark().ifPresent(mark -> all.add(new Reading(Metric.TOPIC_MARK, mark, whose)));
        boolean blocked = one.blocker().isPresent() || one.fault().isPresent();
        all.add(new Reading(Metric.TOPIC_BLOCKED, blocked ? 1 : 0, whose));
        CatchUp.Status caughtUp = stages.catchUp(topic);
        if (caughtUp != null) {
            all.add(new Reading(Metric.CATCHUP_READS, caughtUp.reads(), whose));
        }
        if (!plan.remotes().containsKey(topic)) {
            all.add(new Reading(Metric.GAP_VOIDS, stages.log().sealed(topic), whose));
        }
    }

    private static void feed(List<Reading> all, StatusReport.FeedStatus one) {
        Map<String, String> whose = Map.of(Label.FEED, one.name());
        boolean streaming = one.state() == StatusReport.FeedStatus.State.STREAMING;
        boolean up = streaming || one.state() == StatusReport.FeedStatus.State.STANDBY;
        all.add(new Reading(Metric.FEED_UP, up ? 1 : 0, whose));
        all.add(new Reading(Metric.FEED_STREAMING, streaming ? 1 : 0, whose));
        if (streaming) {
            // of one that does not stream any more they are of then
            fact(one, "retained_bytes")
                    .ifPresent(bytes -> all.add(new Reading(Metric.FEED_WAL_RETAINED, bytes, whose)));
            fact(one, "lag_bytes").ifPresent(bytes -> all.add(new Reading(Metric.FEED_WAL_LAG, bytes, whose)));
        }
    }

    private static Optional<Long> fact(StatusReport.FeedStatus feed, String name) {
        try {
            return Optional.ofNullable(feed.facts().get(name)).map(Long::valueOf);
        } catch (NumberFormatException e) {
            // facts are texts for a person, and a transport of somebody else's may have others under this name
            return Optional.empty();
        }
    }

    private void sizes(List<Reading> all) {
        Set<TopicName> local = plan.localTopics();
        if (!local.isEmpty()) {
            Map<String, Long> tables = sizes(
                    plan.outboxDataSource(),
                    local.stream().map(TopicName::table).toList());
            for (TopicName topic : local) {
                Long bytes = tables.get(topic.table());
                if (bytes != null) {
                    all.add(new Reading(Metric.OUTBOX_SIZE, bytes, Map.of(Label.DESTINATION, topic.value())));
                }
            }
        }
        Set<TopicName> copied = new TreeSet<>(plan.durableTopics());
        copied.removeAll(plan.directTopics());
        if (!copied.isEmpty()) {
            sizes(plan.inboxDataSource(), List.of(INBOX))
                    .values()
                    .forEach(bytes -> all.add(new Reading(Metric.INBOX_SIZE, bytes, Map.of())));
        }
    }

    /** Of a database that does not answer nothing is known; all else is told. */
    private static Map<String, Long> sizes(DataSource dataSource, List<String> tables) {
        try {
            return TableSizeStore.bytes(dataSource, tables);
        } catch (PosteventException e) {
            LOG.log(Level.DEBUG, "metrics go without the sizes of tables", e);
            return Map.of();
        }
    }
}
