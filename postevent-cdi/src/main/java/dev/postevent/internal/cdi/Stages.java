package dev.postevent.internal.cdi;

import dev.postevent.PosteventException;
import dev.postevent.StatusReport;
import dev.postevent.internal.catchup.CatchUp;
import dev.postevent.internal.catchup.SettledNow;
import dev.postevent.internal.catchup.Surroundings;
import dev.postevent.internal.eventlog.JdbcEventLog;
import dev.postevent.internal.eventlog.RemoteConsumers;
import dev.postevent.internal.eventlog.TopicEvents;
import dev.postevent.internal.feed.VisibleFirst;
import dev.postevent.internal.feed.debezium.DebeziumFeed;
import dev.postevent.internal.feed.polling.PollingFeed;
import dev.postevent.internal.flow.VisibilityCondition;
import dev.postevent.internal.inbox.Inbox;
import dev.postevent.internal.inbox.InboxEvents;
import dev.postevent.internal.live.LiveFanOut;
import dev.postevent.internal.processor.Present;
import dev.postevent.internal.processor.Processor;
import dev.postevent.internal.processor.Transactions;
import dev.postevent.internal.schema.ApplicationStore;
import dev.postevent.internal.schema.Schema;
import dev.postevent.internal.telemetry.Telemetry;
import dev.postevent.internal.threads.Threads;
import dev.postevent.internal.warnings.DatabaseWarnings;
import dev.postevent.spi.EventLog;
import dev.postevent.spi.Feed;
import dev.postevent.spi.LogEntry;
import dev.postevent.spi.Origin;
import dev.postevent.spi.TopicName;
import jakarta.transaction.TransactionSynchronizationRegistry;
import jakarta.transaction.UserTransaction;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * The stages of one application, each plugged into the next: the only place that knows them all.
 *
 * <p>Longer than most: each stage is made, started and stopped here, in the order of the flow.
 */
final class Stages {
    private static final System.Logger LOG = System.getLogger("dev.postevent");

    /** How often a node that streams checks whether it still does. */
    private static final Duration STREAMING_CHECK = Duration.ofSeconds(1);

    private final Plan plan;
    private final Threads threads;
    private final ToldNotices notices;
    private final Publishing publishing;
    private final Telemetry telemetry;
    private final DataSource outboxSource;
    private final DataSource inboxSource;
    private final JdbcEventLog log;
    private final Inbox inbox;
    private final Processor processor;
    private final LiveFanOut live;
    private final RemoteConsumers consumers;
    private final EventBrowser events;
    private final Links links;
    private final Map<TopicName, CatchUp> catchUps = new TreeMap<>();
    private final @Nullable Feed feed;
    private volatile boolean schemaReady;
    private volatile boolean starting;
    private volatile boolean threadsStopped;
    private final StartedFeeds feeds = new StartedFeeds();
    private boolean following;
    private final StandbyTail tail;

    /** Makes them in the context that their threads shall have: that of the application's start. */
    Stages(Plan plan, Publishing publishing, Telemetry telemetry) {
        this.plan = plan;
        this.publishing = publishing;
        this.telemetry = telemetry;
        this.threads = new Threads(plan.threadFactory());
        this.outboxSource = plan.outboxDataSource();
        this.inboxSource = plan.inboxDataSource();
        UserTransaction transaction = plan.resources().userTransaction();
        LeftTransaction left = new LeftTransaction(transaction);
        this.notices = new ToldNotices(plan.container(), threads, left);
        RandomGenerator random = RandomGeneratorFactory.of("SecureRandom").create();
        TransactionSynchronizationRegistry registry = plan.resources().synchronizationRegistry();
        this.log = new JdbcEventLog(outboxSource, plan.settleWait());
        this.inbox = new Inbox(inboxSource, plan.directTopics(), plan.topicsOfInboxDatabase());
        this.processor = new Processor(
                inboxSource,
                inbox,
                new SettledTopics(),
                new Transactions(transaction, registry),
                threads,
                random,
                plan.member(),
                notices.port());
        this.live = new LiveFanOut(threads, Math.max(1, Math.min(4, plan.live().size())));
        this.consumers = new RemoteConsumers(outboxSource);
        this.events = new EventBrowser(plan, new TopicEvents(outboxSource), new InboxEvents(inboxSource));
        this.links = new Links(
                plan,
                new NodeSurroundings(
                        plan.application(), plan.node(), threads.factory(), log, consumers, this::received));
        try {
            this.tail = new StandbyTail(
                    log,
                    plan.localTopics(),
                    catchUps,
                    links::hasConsumers,
                    links::doubt,
                    threads.pool(1),
                    System::nanoTime);
            publishing.outbox().nameHolders(threads.pool(1));
            ExecutorService localPool =
                    threads.pool(Math.max(1, Math.min(4, plan.durableTopics().size())));
            for (TopicName topic : plan.durableTopics()) {
                EventLog remote = links.log(topic);
                // a remote source that does not answer holds up a thread of its own and no other topic
                catchUps.put(
                        topic,
                        remote == null
                                ? catchUp(topic, log, localPool, random)
                                : catchUp(topic, remote, threads.pool(1), random));
            }
            for (TopicObserver observer : plan.live()) {
                live.add(
                        observer.topic(),
                        observer.name(),
                        plan.liveQueueMax(),
                        plan.liveQueueMaxBytes(),
                        new LiveCall(observer.name(), call(observer), left));
            }
            this.feed = plan.fedTopics().isEmpty() ? null : feed(random);
        } catch (RuntimeException | Error e) {
            // nobody gets to know of this object, so nobody else can stop what is open by now
            links.stop(plan.stopLimit());
            threads.stop(plan.stopLimit());
            throw e;
        }
    }

    private CatchUp catchUp(TopicName topic, EventLog of, ExecutorService pool, RandomGenerator random) {
        return new CatchUp(
                topic,
                of,
                inbox,
                processor,
                plan.catchUp(),
                new Surroundings(pool, threads.timer(), System::nanoTime, random, notices.port()));
    }

    private ObserverCall call(TopicObserver observer) {
        return new ObserverCall(
                observer,
                plan.delivery(),
                plan.container().beans(),
                publishing::jsonb,
                telemetry.observed(observer.topic(), observer.name()));
    }

    /** For subscriptions that begin now. */
    private final class SettledTopics implements Present {
        @Override
        public long settled(TopicName topic) {
            EventLog remote = links.log(topic);
            EventLog asked = remote == null ? log : remote;
            long settled = SettledNow.of(asked, topic, inbox.mark(topic).mark());
            Origin received = inbox.origin(topic);
            Origin now = asked.origin(topic);
            if (received != null && !received.equals(now)) {
                throw new PosteventException(
                        "PSTEV33009",
                        "topic " + topic + ": its source is now " + now + ", was " + received
                                + ", and has not been compared yet with what was received; it is asked again");
            }
            return settled;
        }
    }

    /** How far a topic was received, as remote sources want to know it. */
    private OptionalLong received(TopicName topic) {
        CatchUp catchUp = catchUps.get(topic);
        return catchUp == null || !schemaReady
                ? OptionalLong.empty()
                : OptionalLong.of(catchUp.status().mark());
    }

    private Feed feed(RandomGenerator random) {
        return plan.polls()
                ? new PollingFeed(log.waiting(Duration.ZERO), plan.fedTopics(), threads, plan.pollingFeed(), random)
                : new DebeziumFeed(plan.debeziumFeed(outboxSource), plan.fedTopics(), outboxSource, threads, random);
    }

    /** Starts what is not started yet; throws where the database fails, and may then be called again. */
    void start() {
        starting = true;
        try {
            startWhatIsNotStarted();
        } finally {
            starting = false;
        }
    }

    private void startWhatIsNotStarted() {
        if (!schemaReady) {
            publishing.tables().prepare();
            if (!plan.durable().isEmpty()) {
                new Schema(inboxSource, plan.schemaMode()).prepareInbox();
                new ApplicationStore(inboxSource).claim(plan.application());
            }
            schemaReady = true;
        }
        for (TopicName topic : plan.durableTopics()) {
            if (inbox.begin(topic, plan.application(), plan.node())) {
                LOG.log(Level.INFO, "topic " + topic + " was read directly so far; it is copied into the inbox now");
            }
        }
        processor.start(plan.subscriptions(plan.durable(), this::call));
        catchUps.values().forEach(CatchUp::start);
        Feed flow = feed;
        if (flow != null) {
            feeds.start(flow, new ToldIntake(StatusReport.LOCAL, new LocalIntake(), telemetry));
            if (!following) {
                following = true;
                followAfter(flow, plan.followInterval());
            }
        }
        links.startFeeds(topic -> new ToldIntake(topic.value(), new RemoteIntake(topic), telemetry));
        notices.watch(flow, links);
        links.serve();
    }

    private void followAfter(Feed flow, Duration wait) {
        try {
            ScheduledFuture<?> unused =
                    threads.timer().schedule(() -> follow(flow), wait.toMillis(), TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            LOG.log(Level.DEBUG, "no other node is followed any more: this one is being stopped");
        }
    }

    private void follow(Feed flow) {
        Duration wait = plan.followInterval();
        try {
            if (flow.status().state() != Feed.State.STREAMING) {
                follow();
            } else if (wait.compareTo(STREAMING_CHECK) < 0) {
                wait = STREAMING_CHECK;
            }
        } finally {
            followAfter(flow, wait);
        }
    }

    /** Another node of this application streams; what it stores is for all. */
    private void follow() {
        for (TopicName topic : plan.localTopics()) {
            CatchUp catchUp = catchUps.get(topic);
            if (catchUp != null) {
                catchUp.follow();
            }
        }
        tail.check();
    }

    private void take(Map<TopicName, List<LogEntry>> batch) {
        try {
            EachTopic.of(batch, (topic, entries) -> {
                CatchUp catchUp = catchUps.get(topic);
                if (catchUp != null) {
                    catchUp.arrived(entries);
                }
            });
        } finally {
            // live observers do not wait for the inbox to take it; of a batch that comes again they recognize
            // what they have seen
            live.offer(batch);
        }
    }

    /** As {@link #take}, for one topic of this database whose storing asks. */
    private boolean takeIf(Map<TopicName, List<LogEntry>> batch, VisibilityCondition condition) {
        if (batch.size() != 1) {
            return false;
        }
        Map.Entry<TopicName, List<LogEntry>> only = batch.entrySet().iterator().next();
        CatchUp catchUp = catchUps.get(only.getKey());
        if (catchUp == null || !catchUp.arrivedNext(only.getValue(), condition)) {
            return false;
        }
        live.offer(batch);
        return true;
    }

    private void doubt(TopicName topic, String reason) {
        CatchUp catchUp = catchUps.get(topic);
        if (catchUp != null) {
            LOG.log(Level.DEBUG, () -> topic + ": catching up: " + reason);
            catchUp.doubt();
        }
    }

    /** Where entries of this application's topics go. */
    private final class LocalIntake implements VisibleFirst.Storing {
        @Override
        public void onBatch(Map<TopicName, List<LogEntry>> batch) {
            take(batch);
            links.offer(batch);
        }

        @Override
        public boolean onBatchIf(Map<TopicName, List<LogEntry>> batch, VisibilityCondition condition) {
            boolean taken = takeIf(batch, condition);
            if (taken) {
                links.offer(batch);
            }
            return taken;
        }

        @Override
        public void onDoubt(String reason) {
            plan.localTopics().forEach(topic -> doubt(topic, reason));
            links.doubt(reason);
        }
    }

    /** Where entries of a remote topic go. */
    private final class RemoteIntake implements Feed.Listener {
        private final TopicName topic;

        RemoteIntake(TopicName topic) {
            this.topic = topic;
        }

        @Override
        public void onBatch(Map<TopicName, List<LogEntry>> batch) {
            take(batch);
        }

        @Override
        public void onDoubt(String reason) {
            doubt(topic, reason);
        }
    }

    /** Stops everything in the order of the flow, each within its limit; may be called before or during a start. */
    void stop() {
        Duration limit = plan.stopLimit();
        stopBegun();
        if (!threads.stop(limit)) {
            LOG.log(
                    Level.WARNING,
                    "postevent: " + (starting ? "its start" : "an observer") + " still runs " + limit.toMillis()
                            + " ms after the stop; "
                            + (starting
                                    ? "what it begins is stopped when the database has answered it"
                                    : "its transaction will be refused by the fence or roll back"));
        }
        threadsStopped = true;
        processor.giveBack();
    }

    /**
     * For a start that was overtaken by {@link #stop}: stops what it began. It waits for no threads, because its own may be one of ours:
     * it would wait for itself, and {@link #stop}, which waits for it, for both.
     */
    void stopBegunSince() {
        stopBegun();
        if (threadsStopped) {
            processor.giveBack();
        }
    }

    private void stopBegun() {
        Duration limit = plan.stopLimit();
        processor.stopWork();
        Feed flow = feed;
        if (flow != null) {
            flow.stop(limit);
        }
        links.stopFeeds(limit);
        catchUps.values().forEach(CatchUp::stop);
        links.stop(limit);
        if (!live.stop(limit)) {
            LOG.log(Level.WARNING, "postevent: a live observer still runs " + limit.toMillis() + " ms after the stop");
        }
        notices.stop(limit);
    }

    /** What died and does not come back; null: nothing. */
    @Nullable
    String dead() {
        Feed flow = feed;
        if (flow != null && flow.status().state() == Feed.State.STOPPED) {
            return "the feed's supervisor ended";
        }
        String remote = links.deadFeed();
        return remote == null ? null : "the feed of the remote topic " + remote + " ended";
    }

    Threads threads() {
        return threads;
    }

    JdbcEventLog log() {
        return log;
    }

    Processor processor() {
        return processor;
    }

    LiveFanOut live() {
        return live;
    }

    @Nullable
    Feed feed() {
        return feed;
    }

    Links links() {
        return links;
    }

    RemoteConsumers consumers() {
        return consumers;
    }

    EventBrowser events() {
        return events;
    }

    DatabaseWarnings warnings() {
        return new DatabaseWarnings(plan.watched(outboxSource, inboxSource));
    }

    CatchUp.@Nullable Status catchUp(TopicName topic) {
        CatchUp catchUp = catchUps.get(topic);
        return catchUp == null ? null : catchUp.status();
    }
}
