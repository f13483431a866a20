package dev.postevent.internal.cdi;

import dev.postevent.PosteventException;
import dev.postevent.internal.catchup.CatchUp;
import dev.postevent.internal.feed.DebeziumFeed;
import dev.postevent.internal.feed.LiveFanOut;
import dev.postevent.internal.feed.PollingFeed;
import dev.postevent.internal.inbox.Inbox;
import dev.postevent.internal.outbox.JdbcEventLog;
import dev.postevent.internal.outbox.Outbox;
import dev.postevent.internal.processor.EntrySource;
import dev.postevent.internal.processor.Processor;
import dev.postevent.internal.schema.Schema;
import dev.postevent.internal.worker.Threads;
import dev.postevent.spi.Feed;
import dev.postevent.spi.LogEntry;
import dev.postevent.spi.Origin;
import dev.postevent.spi.TopicName;
import jakarta.json.bind.Jsonb;
import jakarta.json.bind.JsonbBuilder;
import jakarta.transaction.TransactionSynchronizationRegistry;
import jakarta.transaction.UserTransaction;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** The stages of one application, each plugged into the next: the only place that knows them all. */
final class Stages {
    private static final System.Logger LOG = System.getLogger("dev.postevent");

    private final Plan plan;
    private final Threads threads;
    private final LazyJsonb jsonb = new LazyJsonb();
    private final Payloads payloads;
    private final DataSource outboxSource;
    private final DataSource inboxSource;
    private final Outbox outbox;
    private final JdbcEventLog log;
    private final Inbox inbox;
    private final Processor processor;
    private final LiveFanOut live;
    private final Map<TopicName, CatchUp> catchUps = new TreeMap<>();
    private final @Nullable Feed feed;
    private boolean schemaReady;
    private boolean following;

    Stages(Plan plan) {
        this.plan = plan;
        this.threads = new Threads(plan.threadFactory());
        this.payloads = new Payloads(plan.source(), jsonb::get, InstantSource.system());
        this.outboxSource = plan.outboxDataSource();
        this.inboxSource = plan.inboxDataSource();
        UserTransaction transaction = plan.resources().userTransaction();
        RandomGenerator random = RandomGeneratorFactory.of("SecureRandom").create();
        TransactionSynchronizationRegistry registry = plan.resources().synchronizationRegistry();
        this.outbox = new Outbox(plan.outbox(), outboxSource, registry, transaction, plan.topics());
        this.log = new JdbcEventLog(outboxSource, plan.settleWait());
        this.inbox = new Inbox(inboxSource);
        this.processor = new Processor(
                inboxSource, new InboxEntries(), transaction, registry, threads, random, plan.node(), plan.lease());
        this.live = new LiveFanOut(threads, Math.max(1, Math.min(4, plan.live().size())));
        ExecutorService catchUpPool =
                threads.pool(Math.max(1, Math.min(4, plan.durableTopics().size())));
        for (TopicName topic : plan.durableTopics()) {
            catchUps.put(
                    topic,
                    new CatchUp(
                            topic,
                            log,
                            new InboxTopics(),
                            processor::released,
                            plan.catchUp(),
                            catchUpPool,
                            threads.timer(),
                            System::nanoTime,
                            random));
        }
        for (TopicObserver observer : plan.live()) {
            ObserverCall call = new ObserverCall(observer, plan.delivery(), plan.beans(), jsonb::get);
            live.add(observer.topic(), observer.name(), plan.liveQueueMax(), call::live);
        }
        this.feed = plan.observedTopics().isEmpty() ? null : feed(random);
    }

    private Feed feed(RandomGenerator random) {
        return plan.polls()
                ? new PollingFeed(
                        new JdbcEventLog(outboxSource, Duration.ZERO),
                        plan.observedTopics(),
                        threads,
                        plan.pollingFeed(),
                        random)
                : new DebeziumFeed(
                        plan.debeziumFeed(outboxSource), plan.observedTopics(), outboxSource, threads, random);
    }

    /** Starts what is not started yet; throws where the database fails, and may then be called again. */
    void start() {
        if (!schemaReady) {
            new Schema(outboxSource, plan.schemaMode()).prepareOutbox(plan.topics());
            if (!plan.durable().isEmpty()) {
                new Schema(inboxSource, plan.schemaMode()).prepareInbox();
            }
            schemaReady = true;
        }
        processor.start(plan.subscriptions(
                plan.durable(), observer -> new ObserverCall(observer, plan.delivery(), plan.beans(), jsonb::get)));
        catchUps.values().forEach(CatchUp::start);
        Feed flow = feed;
        if (flow != null) {
            flow.start(new Intake());
            if (!following) {
                following = true;
                long interval = plan.followInterval().toMillis();
                ScheduledFuture<?> unused = threads.timer()
                        .scheduleWithFixedDelay(() -> follow(flow), interval, interval, TimeUnit.MILLISECONDS);
            }
        }
    }

    /** Another node of this application streams; what it stores is for all. */
    private void follow(Feed flow) {
        if (flow.status().state() != Feed.State.STREAMING) {
            catchUps.values().forEach(CatchUp::follow);
        }
    }

    /** Where the feed's entries go. */
    private final class Intake implements Feed.Listener {
        @Override
        public void onBatch(Map<TopicName, List<LogEntry>> batch) {
            batch.forEach((topic, entries) -> {
                CatchUp catchUp = catchUps.get(topic);
                if (catchUp != null) {
                    catchUp.arrived(entries);
                }
            });
            live.offer(batch);
        }

        @Override
        public void onDoubt(String reason) {
            LOG.log(Level.DEBUG, () -> "catching up: " + reason);
            catchUps.values().forEach(CatchUp::doubt);
        }
    }

    /** The inbox as catch-up sees it. */
    private final class InboxTopics implements CatchUp.Store {
        @Override
        public long mark(TopicName topic) {
            return inbox.mark(topic);
        }

        @Override
        public void store(TopicName topic, List<LogEntry> entries, long mark) {
            inbox.store(topic, entries, mark);
        }

        @Override
        public @Nullable LogEntry at(TopicName topic, long position) {
            List<LogEntry> found = inbox.readAt(topic, List.of(position));
            return found.isEmpty() ? null : found.get(0);
        }

        @Override
        public @Nullable Origin origin(TopicName topic) {
            return inbox.origin(topic);
        }

        @Override
        public void saveOrigin(TopicName topic, Origin origin) {
            inbox.saveOrigin(topic, origin);
        }
    }

    /** The inbox as the processor sees it. */
    private final class InboxEntries implements EntrySource {
        @Override
        public List<LogEntry> read(TopicName topic, long after, long through, int rowsMax, long bytesMax) {
            return inbox.read(topic, after, through, rowsMax, bytesMax);
        }

        @Override
        public List<LogEntry> readAt(TopicName topic, List<Long> positions) {
            return inbox.readAt(topic, positions);
        }

        @Override
        public long mark(TopicName topic) {
            return inbox.mark(topic);
        }

        @Override
        public Backlog backlog(TopicName topic, long[] cursors, long through) {
            Inbox.Backlog backlog = inbox.backlog(topic, cursors, through);
            return new Backlog(backlog.events(), backlog.oldestSeconds());
        }
    }

    /** Stops everything in the order of the flow, each within its limit; may be called before or during a start. */
    void stop() {
        Duration limit = plan.stopLimit();
        processor.stopWork();
        Feed flow = feed;
        if (flow != null) {
            flow.stop(limit);
        }
        catchUps.values().forEach(CatchUp::stop);
        if (!live.stop(limit)) {
            LOG.log(Level.WARNING, "postevent: a live observer still runs " + limit.toMillis() + " ms after the stop");
        }
        if (!threads.stop(limit)) {
            LOG.log(
                    Level.WARNING,
                    "postevent: an observer still runs " + limit.toMillis()
                            + " ms after the stop; its transaction will be refused by the fence or roll back");
        }
        processor.giveBack();
        jsonb.close();
    }

    /** What died and does not come back; null: nothing. */
    @Nullable
    String dead() {
        Feed flow = feed;
        return flow != null && flow.status().state() == Feed.State.STOPPED ? "the feed's supervisor ended" : null;
    }

    Threads threads() {
        return threads;
    }

    Outbox outbox() {
        return outbox;
    }

    Payloads payloads() {
        return payloads;
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

    CatchUp.@Nullable Status catchUp(TopicName topic) {
        CatchUp catchUp = catchUps.get(topic);
        return catchUp == null ? null : catchUp.status();
    }

    /** One Jsonb for all, made when first needed. */
    private static final class LazyJsonb {
        private @Nullable Jsonb made;

        synchronized Jsonb get() {
            Jsonb jsonb = made;
            if (jsonb == null) {
                jsonb = JsonbBuilder.create();
                made = jsonb;
            }
            return jsonb;
        }

        synchronized void close() {
            Jsonb jsonb = made;
            if (jsonb != null) {
                made = null;
                try {
                    jsonb.close();
                } catch (Exception e) {
                    throw new PosteventException("PSTEV20021", "could not close JSON-B: " + e, e);
                }
            }
        }
    }
}
