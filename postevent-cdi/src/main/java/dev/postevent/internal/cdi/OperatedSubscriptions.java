package dev.postevent.internal.cdi;

import dev.postevent.EventFilter;
import dev.postevent.EventPage;
import dev.postevent.HeldFilter;
import dev.postevent.Operator;
import dev.postevent.PosteventException;
import dev.postevent.ReplayFrom;
import dev.postevent.Setting;
import dev.postevent.StatusReport;
import dev.postevent.StatusReport.FeedStatus;
import dev.postevent.StoredEvent;
import dev.postevent.Subscriptions;
import dev.postevent.TransientFailureException;
import dev.postevent.Warning;
import dev.postevent.internal.catchup.CatchUp;
import dev.postevent.internal.eventlog.JdbcEventLog;
import dev.postevent.internal.feed.VisibleFirst;
import dev.postevent.internal.processor.SubscriptionOperations;
import dev.postevent.internal.processor.SubscriptionViews;
import dev.postevent.internal.processor.TopicState;
import dev.postevent.spi.ConsumerMark;
import dev.postevent.spi.Feed;
import dev.postevent.spi.TopicName;
import dev.postevent.spi.Transport;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** {@link Subscriptions} over the stages of this node. */
final class OperatedSubscriptions implements Subscriptions {
    private static final System.Logger LOG = System.getLogger("dev.postevent");

    /** A feed that fails for less than this is a restart, not a fault: catch-up keeps events flowing meanwhile. */
    private static final Duration FEED_GRACE = Duration.ofSeconds(30);

    private final Plan plan;
    private final Transports transports;
    private final Supplier<@Nullable Stages> stages;
    private final Supplier<@Nullable String> notStarted;

    /**
     * Asks for the last two when it is used.
     *
     * @param stages null before the start
     * @param notStarted why the start is not over; null: it is
     */
    OperatedSubscriptions(
            Plan plan,
            Transports transports,
            Supplier<@Nullable Stages> stages,
            Supplier<@Nullable String> notStarted) {
        this.plan = plan;
        this.transports = transports;
        this.stages = stages;
        this.notStarted = notStarted;
    }

    private Stages stages() {
        Stages made = stages.get();
        if (made == null) {
            throw new PosteventException(
                    "PSTEV20016",
                    plan.isIdle()
                            ? "this application neither publishes nor observes a topic: it has no subscriptions"
                            : "postevent has not started yet: it starts with the application; ask again then");
        }
        return made;
    }

    private SubscriptionViews views() {
        return stages().processor().views();
    }

    private SubscriptionOperations changes() {
        return stages().processor().operations();
    }

    @Override
    public List<Status> status() {
        return views().status();
    }

    @Override
    public Status status(String subscription) {
        return views().status(subscription);
    }

    @Override
    public List<HeldEvent> held(String subscription, int limit) {
        return views().held(subscription, limit);
    }

    @Override
    public List<HeldEvent> held(HeldFilter filter, long after, int limit) {
        return views().held(filter, after, limit);
    }

    @Override
    public List<Attempt> attempts(String subscription, long position) {
        return views().attempts(subscription, position);
    }

    @Override
    public EventPage events(EventFilter filter, long before, int limit) {
        return stages().events().find(filter, before, limit);
    }

    @Override
    public Optional<StoredEvent> event(String topic, long position) {
        return stages().events().at(Objects.requireNonNull(topic, "topic"), position);
    }

    @Override
    public long countHeld(HeldFilter filter) {
        return views().countHeld(filter);
    }

    @Override
    public void retry(String subscription, long position, Operator by) {
        changes().retry(subscription, position, by);
    }

    @Override
    public void skip(String subscription, long position, Operator by) {
        changes().skip(subscription, position, by);
    }

    @Override
    public long retryAll(HeldFilter filter, Operator by) {
        return changes().retryAll(filter, by);
    }

    @Override
    public long skipAll(HeldFilter filter, Operator by) {
        return changes().skipAll(filter, by);
    }

    @Override
    public void pause(String subscription, Operator by) {
        changes().pause(subscription, by);
    }

    @Override
    public void resume(String subscription, Operator by) {
        changes().resume(subscription, by);
    }

    @Override
    public ReplayPlan planReplay(String subscription, ReplayFrom from) {
        return changes().planReplay(subscription, from);
    }

    @Override
    public void replay(String subscription, ReplayFrom from, Operator by) {
        changes().replay(subscription, from, by);
    }

    @Override
    public List<Undeployed> undeployed() {
        return changes().undeployed(Set.copyOf(plan.subscriptionNames()));
    }

    @Override
    public void delete(String subscription, Operator by) {
        changes().delete(subscription, Set.copyOf(plan.subscriptionNames()), by);
    }

    @Override
    public List<Operation> operations(String subscription, long before, int limit) {
        return changes().operations(Objects.requireNonNull(subscription, "subscription"), before, limit);
    }

    @Override
    public List<Operation> operations(long before, int limit) {
        return changes().operations(null, before, limit);
    }

    @Override
    public Awaited await(String subscription, long position, Duration timeout) {
        return stages().processor().waits().await(subscription, position, null, timeout);
    }

    @Override
    public Awaited await(String subscription, long position, String subject, Duration timeout) {
        return stages().processor()
                .waits()
                .await(subscription, position, Objects.requireNonNull(subject, "subject"), timeout);
    }

    @Override
    public Explanation explain(String subscription) {
        return views().explain(subscription, topicState(subscription));
    }

    @Override
    public Explanation explain(Status status) {
        return views().explain(status, topicState(status.name()));
    }

    private TopicState topicState(String subscription) {
        for (TopicObserver observer : plan.durable()) {
            CatchUp.Status topic = stages().catchUp(observer.topic());
            if (observer.name().equals(subscription) && topic != null) {
                return new TopicState(
                        topic.fault(),
                        topic.blocker(),
                        notVisible(observer.topic()),
                        topic.trouble(),
                        feedDown(observer.topic()));
            }
        }
        return TopicState.WELL;
    }

    private @Nullable String feedDown(TopicName topic) {
        Transport.Source source = stages().links().source(topic);
        Feed feed = source == null ? stages().feed() : source.feed();
        return feed == null || !isDown(feed.status()) ? null : feed.status().detail();
    }

    /** True if it has not brought anything for longer than it may. */
    static boolean isDown(Feed.Status status) {
        return status.state() == Feed.State.RETRYING
                && Duration.between(status.since(), Instant.now()).compareTo(FEED_GRACE) > 0;
    }

    /** What has come of one of this application's own topics and waits until it is visible; null: nothing. */
    private @Nullable String notVisible(TopicName topic) {
        Feed local = stages().feed();
        return local == null || plan.remotes().containsKey(topic)
                ? null
                : local.status().facts().get(VisibleFirst.fact(topic));
    }

    @Override
    public List<Setting> settings() {
        return plan.told(transports.keys());
    }

    @Override
    public List<Warning> warnings() {
        return stages().warnings().all();
    }

    @Override
    public StatusReport report() {
        List<String> faults = new ArrayList<>();
        String waitsFor = notStarted.get();
        if (waitsFor != null) {
            faults.add(waitsFor);
        }
        if (stages.get() == null) {
            return NodeReport.ofNothing(plan.node(), faults);
        }
        boolean started = waitsFor == null;
        List<FeedStatus> feeds = feeds(faults);
        List<StatusReport.TopicStatus> topics = topics(started, faults);
        List<Status> subscriptions = List.of();
        if (started) {
            try {
                subscriptions = status();
            } catch (PosteventException e) {
                faults.add(e.getMessage());
            }
        }
        faults.addAll(stages().processor().troubles());
        List<StatusReport.LiveStatus> live = stages().live().status().stream()
                .<StatusReport.LiveStatus>map(one -> new NodeReport.Live(
                        one.name(), one.topic().value(), one.delivered(), one.dropped(), one.failed(), one.queued()))
                .toList();
        List<Transport.ServerStatus> servers = stages().links().status();
        servers.forEach(server -> faults.addAll(server.faults()));
        return new NodeReport(
                plan.node(),
                feeds,
                topics,
                subscriptions,
                live,
                servers.stream()
                        .<StatusReport.ServerStatus>map(server -> new NodeReport.Server(
                                server.kind(), server.listening(), server.detail(), server.facts()))
                        .toList(),
                started ? consumers(servers, topics, faults) : List.of(),
                faults);
    }

    /** Those who are connected to this node, and those who ever reported a mark, to whatever node. */
    private List<StatusReport.ConsumerStatus> consumers(
            List<Transport.ServerStatus> servers, List<StatusReport.TopicStatus> topics, List<String> faults) {
        if (!stages().links().serves()) {
            return List.of();
        }
        Map<TopicName, Set<String>> connected = new TreeMap<>();
        servers.forEach(server -> server.connected()
                .forEach((topic, names) ->
                        connected.computeIfAbsent(topic, t -> new TreeSet<>()).addAll(names)));
        List<StatusReport.ConsumerStatus> all = new ArrayList<>();
        try {
            for (ConsumerMark mark : stages().consumers().all()) {
                Set<String> names = connected.get(mark.topic());
                boolean here = names != null && names.remove(mark.consumer());
                all.add(new NodeReport.Consumer(
                        mark.consumer(),
                        mark.topic().value(),
                        OptionalLong.of(mark.mark()),
                        lag(topics, mark),
                        Optional.of(mark.seen()),
                        here));
            }
        } catch (PosteventException e) {
            faults.add(e.getMessage());
        }
        connected.forEach((topic, names) -> names.forEach(name -> all.add(new NodeReport.Consumer(
                name, topic.value(), OptionalLong.empty(), OptionalLong.empty(), Optional.empty(), true))));
        return all;
    }

    private static OptionalLong lag(List<StatusReport.TopicStatus> topics, ConsumerMark mark) {
        return topics.stream()
                .filter(topic -> topic.name().equals(mark.topic().value()))
                .flatMapToLong(topic -> topic.head().stream())
                .map(head -> Math.max(0, head - mark.mark()))
                .findFirst();
    }

    private List<FeedStatus> feeds(List<String> faults) {
        List<FeedStatus> all = new ArrayList<>();
        Feed local = stages().feed();
        if (local != null) {
            all.add(feed(StatusReport.LOCAL, "the ", local.status(), faults));
        }
        stages().links()
                .sources()
                .forEach((topic, source) -> all.add(feed(
                        topic.value(),
                        "topic " + topic + ": the ",
                        source.feed().status(),
                        faults)));
        return all;
    }

    private static FeedStatus feed(String name, String what, Feed.Status status, List<String> faults) {
        if (isDown(status)) {
            faults.add(what + "feed (" + status.kind().name().toLowerCase(Locale.ROOT) + ", " + status.engine()
                    + ") does not bring anything since " + status.since() + ": " + status.detail());
        }
        return new NodeReport.Feed(
                name,
                kind(status.kind()),
                status.engine(),
                state(status.state()),
                Optional.ofNullable(status.detail()),
                status.facts());
    }

    private static FeedStatus.Kind kind(Feed.Kind kind) {
        return switch (kind) {
            case STREAM -> FeedStatus.Kind.STREAM;
            case POLLING -> FeedStatus.Kind.POLLING;
        };
    }

    private static FeedStatus.State state(Feed.State state) {
        return switch (state) {
            case STOPPED -> FeedStatus.State.STOPPED;
            case STARTING -> FeedStatus.State.STARTING;
            case STREAMING -> FeedStatus.State.STREAMING;
            case RETRYING -> FeedStatus.State.RETRYING;
            case STANDBY -> FeedStatus.State.STANDBY;
        };
    }

    private List<StatusReport.TopicStatus> topics(boolean ask, List<String> faults) {
        List<StatusReport.TopicStatus> all = new ArrayList<>();
        Map<TopicName, JdbcEventLog.Head> heads = ask ? heads(faults) : Map.of();
        for (TopicName topic : plan.topics()) {
            CatchUp.Status status = stages().catchUp(topic);
            OptionalLong mark = status == null ? OptionalLong.empty() : OptionalLong.of(status.mark());
            OptionalLong head = OptionalLong.empty();
            long settled = mark.orElse(0);
            Transport.Source source = stages().links().source(topic);
            if (source != null) {
                // what it told last: a report does not wait for another application
                head = source.headSeen();
                settled = Math.max(settled, source.settledSeen().orElse(0));
            }
            JdbcEventLog.Head local = heads.get(topic);
            if (local != null) {
                head = OptionalLong.of(local.head());
                // what this application has without a gap is settled, whether or not the log was ever asked
                settled = Math.max(settled, local.settled());
            }
            String fault = status == null ? null : status.fault();
            if (fault != null) {
                faults.add(fault);
            }
            if (status != null && status.trouble() != null) {
                faults.add("topic " + topic + " cannot catch up: " + status.trouble());
            }
            all.add(new NodeReport.Topic(
                    topic.value(),
                    head,
                    settled,
                    mark,
                    Optional.ofNullable(status == null ? null : status.blocker()),
                    Optional.ofNullable(fault)));
        }
        return all;
    }

    /** Of the topics of this application that can be read; why others cannot is a fault. */
    private Map<TopicName, JdbcEventLog.Head> heads(List<String> faults) {
        Set<TopicName> local = plan.localTopics();
        try {
            return stages().log().heads(local);
        } catch (TransientFailureException e) {
            faults.add(e.getMessage());
            return Map.of();
        } catch (PosteventException e) {
            LOG.log(Level.DEBUG, "asked for all topics at once; each is asked for now", e);
        }
        Map<TopicName, JdbcEventLog.Head> heads = new TreeMap<>();
        for (TopicName topic : local) {
            try {
                heads.putAll(stages().log().heads(Set.of(topic)));
            } catch (PosteventException e) {
                faults.add(e.getMessage());
            }
        }
        return heads;
    }
}
