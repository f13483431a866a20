package dev.postevent.internal.cdi;

import dev.postevent.Resources;
import dev.postevent.Setting;
import dev.postevent.internal.catchup.CatchUpSettings;
import dev.postevent.internal.config.Key;
import dev.postevent.internal.config.Settings;
import dev.postevent.internal.config.SettingsTold;
import dev.postevent.internal.config.SubscriptionSettings;
import dev.postevent.internal.feed.debezium.DebeziumFeedSettings;
import dev.postevent.internal.feed.debezium.FeedTarget;
import dev.postevent.internal.feed.polling.PollingFeedSettings;
import dev.postevent.internal.health.Disclosure;
import dev.postevent.internal.outbox.OutboxSettings;
import dev.postevent.internal.processor.Application;
import dev.postevent.internal.processor.GiveUp;
import dev.postevent.internal.processor.Lease;
import dev.postevent.internal.processor.Member;
import dev.postevent.internal.processor.SubscriptionSpec;
import dev.postevent.internal.schema.Schema;
import dev.postevent.internal.threads.Backoff;
import dev.postevent.internal.warnings.Watched;
import dev.postevent.spi.ConfigKey;
import dev.postevent.spi.RemoteTopic;
import dev.postevent.spi.TopicName;
import dev.postevent.spi.Transport;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Collectors;
import javax.sql.DataSource;

/** The configuration of one application, as the stages want it. */
final class Plan {
    private final Settings settings;
    private final Resources resources;
    private final String application;
    private final String node;
    private final String dataSourceName;
    private final Topics topics;
    private final List<TopicObserver> observers;
    private final CurrentDelivery delivery;
    private final Container container;

    /**
     * The topics of an application.
     *
     * @param all that it publishes to or observes
     * @param meant those that somebody publishes to here, or named in the configuration
     * @param remotes those of other applications, by their name here
     * @param transports what brings these, and serves ours
     */
    record Topics(
            Set<TopicName> all,
            Set<TopicName> meant,
            Map<TopicName, RemoteTopic> remotes,
            Map<Transport, Transport.Configured> transports) {
        Topics {
            all = new TreeSet<>(all);
            meant = Set.copyOf(meant);
            remotes = Map.copyOf(remotes);
            transports = new LinkedHashMap<>(transports);
        }
    }

    Plan(
            Settings settings,
            Resources resources,
            String application,
            String dataSourceName,
            Topics topics,
            List<TopicObserver> observers,
            CurrentDelivery delivery,
            Container container) {
        this.settings = settings;
        this.resources = resources;
        this.application = application;
        this.node = settings.given(Key.NODE).orElseGet(Plan::inventedNode);
        this.dataSourceName = dataSourceName;
        this.topics = topics;
        this.observers = List.copyOf(observers);
        this.delivery = delivery;
        this.container = container;
    }

    private static String inventedNode() {
        String host;
        try {
            host = InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            // the random part alone is a name, too
            host = "node";
        }
        return host + "-" + UUID.randomUUID().toString().substring(0, 8);
    }

    /** Checks every key, so that all faults are found at deployment and none later. */
    void checkAll() {
        settings.checkBounds(subscriptionNames());
        schemaMode();
        outbox();
        source();
        readyRule();
        disclosure();
        if (!polls()) {
            settings.given(Key.FEED_URL)
                    .flatMap(FeedTarget::faultOf)
                    .ifPresent(fault -> settings.fault(Key.FEED_URL.keyName() + " " + fault));
        }
        long batch = settings.number(Key.FEED_BATCH_MAX);
        if (settings.number(Key.FEED_QUEUE_MAX) <= batch) {
            settings.fault(Key.FEED_QUEUE_MAX.keyName() + " must be more than " + Key.FEED_BATCH_MAX.keyName()
                    + ", which is " + batch);
        }
        directTopics();
        durable().forEach(observer -> {
            settings.subscription(observer.name());
            StartSetting.of(settings, observer);
        });
    }

    String application() {
        return application;
    }

    /** This node, and the application as the owner of its subscriptions. */
    Member member() {
        boolean given = settings.given(Key.APPLICATION).isPresent();
        return new Member(new Application(application, given), node, new Lease(lease()));
    }

    String node() {
        return node;
    }

    Set<TopicName> topics() {
        return topics.all();
    }

    /** Topics whose tables are in this application's database. */
    Set<TopicName> localTopics() {
        Set<TopicName> of = new TreeSet<>(topics.all());
        of.removeAll(remotes().keySet());
        return of;
    }

    /** A sentence for each topic that there would be only because it is observed, as a name that is misspelt. */
    List<String> onlyObserved(Set<TopicName> before) {
        return new OnlyObserved(topics.meant(), observers).told(localTopics(), before);
    }

    /** Topics of other applications, by their name here. */
    Map<TopicName, RemoteTopic> remotes() {
        return topics.remotes();
    }

    Map<Transport, Transport.Configured> transports() {
        return topics.transports();
    }

    /** Topics of this application whose live flow somebody wants. */
    Set<TopicName> fedTopics() {
        Set<TopicName> of = localTopics();
        if (transports().values().stream().noneMatch(Transport.Configured::serves)) {
            of.retainAll(observedTopics());
        }
        return of;
    }

    /** True if the application neither publishes nor observes anything. */
    boolean isIdle() {
        return topics.all().isEmpty();
    }

    List<TopicObserver> durable() {
        return observers.stream().filter(TopicObserver::durable).toList();
    }

    List<TopicObserver> live() {
        return observers.stream().filter(observer -> !observer.durable()).toList();
    }

    Set<TopicName> durableTopics() {
        Set<TopicName> of = new TreeSet<>();
        durable().forEach(observer -> of.add(observer.topic()));
        return of;
    }

    Set<TopicName> observedTopics() {
        Set<TopicName> of = new TreeSet<>();
        observers.forEach(observer -> of.add(observer.topic()));
        return of;
    }

    /** Durable topics whose events are read where they were published. */
    Set<TopicName> directTopics() {
        Set<TopicName> of = durableTopics();
        of.removeIf(topic -> !settings.isDirect(topic, !remotes().containsKey(topic)));
        return of;
    }

    /** Durable topics whose tables are in the database of the inbox. */
    Set<TopicName> topicsOfInboxDatabase() {
        Set<TopicName> of = durableTopics();
        of.removeIf(topic -> remotes().containsKey(topic) || !settings.isInboxWithTopics());
        return of;
    }

    List<String> subscriptionNames() {
        return durable().stream().map(TopicObserver::name).toList();
    }

    CurrentDelivery delivery() {
        return delivery;
    }

    Container container() {
        return container;
    }

    Resources resources() {
        return resources;
    }

    DataSource outboxDataSource() {
        return resources.dataSource(dataSourceName);
    }

    DataSource inboxDataSource() {
        return resources.dataSource(settings.given(Key.INBOX_DATASOURCE).orElse(dataSourceName));
    }

    java.util.concurrent.ThreadFactory threadFactory() {
        return resources.threadFactory(settings.text(Key.THREAD_FACTORY).orElseThrow());
    }

    Schema.Mode schemaMode() {
        return settings.choice(Key.SCHEMA, Schema.Mode.class);
    }

    OutboxSettings outbox() {
        return new OutboxSettings(
                (int) settings.size(Key.PUBLISH_SIZE_MAX),
                settings.duration(Key.PUBLISH_LOCK_TIMEOUT).toMillis(),
                settings.choice(Key.PUBLISH_WHEN, OutboxSettings.When.class),
                settings.choice(Key.PUBLISH_WITHOUT_TRANSACTION, OutboxSettings.WithoutTransaction.class),
                settings.size(Key.PUBLISH_PENDING_BYTES));
    }

    URI source() {
        return settings.source(application);
    }

    CatchUpSettings catchUp() {
        return new CatchUpSettings(
                settings.duration(Key.CATCHUP_GRACE),
                (int) settings.number(Key.CATCHUP_ROWS_MAX),
                settings.size(Key.CATCHUP_BYTES_MAX),
                settings.duration(Key.CATCHUP_INTERVAL),
                settings.duration(Key.CATCHUP_GAP_LIMIT));
    }

    Duration followInterval() {
        return settings.duration(Key.CATCHUP_FOLLOW_INTERVAL);
    }

    Duration settleWait() {
        return settings.duration(Key.SETTLE_WAIT);
    }

    ReadyRule readyRule() {
        return new ReadyRule(
                settings.choice(Key.READY_WITH_FAULTS, ReadyRule.WithFaults.class),
                localTopics().stream().map(TopicName::value).collect(Collectors.toUnmodifiableSet()));
    }

    private enum Principals {
        HIDE,
        SHOW
    }

    Disclosure disclosure() {
        return new Disclosure(
                settings.choice(Key.HEALTH_DETAILS, Disclosure.Details.class),
                (int) settings.number(Key.HEALTH_CONSUMERS_MAX),
                settings.choice(Key.HEALTH_PRINCIPALS, Principals.class) == Principals.SHOW);
    }

    private enum FeedKind {
        STREAM,
        POLLING
    }

    boolean polls() {
        return settings.choice(Key.FEED, FeedKind.class) == FeedKind.POLLING;
    }

    DebeziumFeedSettings debeziumFeed(DataSource dataSource) {
        return new DebeziumFeedSettings(
                application,
                node,
                () -> target(dataSource),
                settings.duration(Key.FEED_HEARTBEAT),
                new DebeziumFeedSettings.Queue(
                        settings.duration(Key.FEED_POLL_INTERVAL),
                        (int) settings.number(Key.FEED_BATCH_MAX),
                        (int) settings.number(Key.FEED_QUEUE_MAX),
                        settings.size(Key.FEED_QUEUE_BYTES)),
                settings.number(Key.FEED_BEHIND_MAX),
                lease(),
                backoff());
    }

    private Backoff backoff() {
        Duration first = settings.duration(Key.FEED_BACKOFF_FIRST);
        Duration cap = settings.duration(Key.FEED_BACKOFF_MAX);
        return new Backoff(first, 2, cap.compareTo(first) < 0 ? first : cap);
    }

    /** Asked at each connect, so that a configuration source that changes (a rotated password) is followed. */
    private FeedTarget target(DataSource dataSource) {
        String url = settings.given(Key.FEED_URL).orElse("");
        String user = settings.given(Key.FEED_USER).orElse("");
        String password = settings.given(Key.FEED_PASSWORD).orElse("");
        if (url.isEmpty() || user.isEmpty()) {
            try (Connection connection = dataSource.getConnection()) {
                user = user.isEmpty() ? connection.getMetaData().getUserName() : user;
                if (url.isEmpty()) {
                    return FeedTarget.ofDataSource(connection.getMetaData().getURL(), user, password);
                }
            } catch (SQLException e) {
                throw new dev.postevent.PosteventException(
                        "PSTEV20020",
                        "cannot ask the data source for its URL and user, to stream from there: " + e.getMessage(),
                        e);
            }
        }
        return new FeedTarget(url, user, password);
    }

    PollingFeedSettings pollingFeed() {
        Duration interval = settings.duration(Key.FEED_POLL_INTERVAL);
        Duration idle = settings.duration(Key.FEED_POLL_IDLE);
        return new PollingFeedSettings(
                interval,
                idle.compareTo(interval) < 0 ? interval : idle,
                (int) settings.number(Key.FEED_BATCH_MAX),
                settings.size(Key.CATCHUP_BYTES_MAX),
                backoff());
    }

    int liveQueueMax() {
        return (int) settings.number(Key.LIVE_QUEUE_MAX);
    }

    long liveQueueMaxBytes() {
        return settings.size(Key.LIVE_QUEUE_BYTES);
    }

    private Duration lease() {
        return settings.duration(Key.LEASE);
    }

    Duration stopLimit() {
        return settings.duration(Key.STOP_LIMIT);
    }

    /** See {@link dev.postevent.Subscriptions#settings}, with keys of other JARs. */
    List<Setting> told(List<ConfigKey> others) {
        Map<Key, String> derived = Map.of(
                Key.APPLICATION, application,
                Key.NODE, node,
                Key.SOURCE, source().toString(),
                Key.INBOX_DATASOURCE, dataSourceName);
        return new SettingsTold(settings, derived).all(topics.all(), subscriptionNames(), others);
    }

    /** The databases of this application, with what there has to be in them. */
    List<Watched> watched(DataSource outbox, DataSource inbox) {
        String slot = polls() || fedTopics().isEmpty() ? null : DebeziumFeedSettings.slotOf(application);
        Map<String, Integer> versions = new LinkedHashMap<>();
        if (!localTopics().isEmpty()) {
            versions.putAll(Schema.outboxVersions(localTopics()));
        }
        Map<String, Integer> received = durable().isEmpty() ? Map.of() : Schema.inboxVersions();
        if (settings.isInboxWithTopics()) {
            versions.putAll(received);
            return List.of(new Watched(dataSourceName, outbox, versions, slot));
        }
        Watched second = new Watched(settings.given(Key.INBOX_DATASOURCE).orElseThrow(), inbox, received, null);
        return List.of(new Watched(dataSourceName, outbox, versions, slot), second);
    }

    private static GiveUp giveUp(SubscriptionSettings.Retry one) {
        Integer attemptsMax = one.attemptsMax();
        return new GiveUp(attemptsMax == null ? GiveUp.UNLIMITED : attemptsMax, one.giveUpAfter());
    }

    private static SubscriptionSpec.Retry retry(SubscriptionSettings.Retry one) {
        Duration cap = one.backoffMax().compareTo(one.backoffFirst()) < 0 ? one.backoffFirst() : one.backoffMax();
        return new SubscriptionSpec.Retry(
                giveUp(one),
                new Backoff(one.backoffFirst(), one.backoffFactor(), cap),
                one.blockOnFailure() ? SubscriptionSpec.OnFailure.BLOCK : SubscriptionSpec.OnFailure.HOLD);
    }

    private static SubscriptionSpec.Limits limits(SubscriptionSettings.Limits one) {
        return new SubscriptionSpec.Limits(
                one.concurrency(), one.batchMax(), one.heldMax(), one.bufferMaxBytes(), one.transactionTimeout());
    }

    List<SubscriptionSpec> subscriptions(
            Collection<TopicObserver> of,
            java.util.function.Function<TopicObserver, SubscriptionSpec.Handler> handler) {
        List<SubscriptionSpec> specs = new ArrayList<>();
        for (TopicObserver observer : of) {
            SubscriptionSettings one = settings.subscription(observer.name());
            specs.add(new SubscriptionSpec(
                    observer.name(),
                    observer.topic(),
                    StartSetting.of(settings, observer),
                    one.lanes(),
                    retry(one.retry()),
                    limits(one.limits()),
                    one.synchronousCommit(),
                    handler.apply(observer)));
        }
        return specs;
    }
}
