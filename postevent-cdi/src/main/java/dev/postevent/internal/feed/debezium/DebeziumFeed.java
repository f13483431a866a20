package dev.postevent.internal.feed.debezium;

import dev.postevent.internal.feed.FeedState;
import dev.postevent.internal.threads.Loop;
import dev.postevent.internal.threads.Threads;
import dev.postevent.spi.Feed;
import dev.postevent.spi.TopicName;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.random.RandomGenerator;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * The live flow by logical decoding: an embedded Debezium engine under a supervisor that restarts it for ever.
 *
 * <p>Uses one replication slot and one publication, both named {@code postevent_<application>}, and touches no other. One node of
 * an application streams, the others stand by. A slot that was lost, dropped or invalidated is routine: it is made anew, and
 * {@link Listener#onDoubt} has the tables read. The listener is called on a thread of Debezium's ({@code onBatch}) or of the
 * supervisor ({@code onDoubt}): it must hand over and return, and may not use {@code java:comp} there.
 *
 * <p>Debezium and Kafka write their whole configuration to the log at INFO at each start, passwords masked. There is no setting
 * against that but the level of their loggers, {@code io.debezium} and {@code org.apache.kafka} with whatever prefix the JAR
 * relocates them to, and levels are the server's.
 */
public final class DebeziumFeed implements Feed {
    private static final Logger LOG = System.getLogger("dev.postevent.feed");

    private final DebeziumFeedSettings settings;
    private final FeedTiming timing;
    private final Collection<TopicName> topics;
    private final DataSource dataSource;
    private final Threads threads;
    private final RandomGenerator random;
    private final FeedState state = new FeedState(Kind.STREAM, "debezium");
    // all below under the monitor
    private boolean stopped;
    private @Nullable FeedSupervisor supervisor;
    private @Nullable Loop loop;

    /**
     * Makes the feed; nothing runs yet.
     *
     * @param topics at least one; their tables must exist when it connects
     * @param dataSource of the publisher's database, for the publication: its role should own the topics' tables
     */
    public DebeziumFeed(
            DebeziumFeedSettings settings,
            Collection<TopicName> topics,
            DataSource dataSource,
            Threads threads,
            RandomGenerator random) {
        this(settings, FeedTiming.DEFAULT, topics, dataSource, threads, random);
    }

    DebeziumFeed(
            DebeziumFeedSettings settings,
            FeedTiming timing,
            Collection<TopicName> topics,
            DataSource dataSource,
            Threads threads,
            RandomGenerator random) {
        if (topics.isEmpty()) {
            throw new IllegalArgumentException("a feed needs at least one topic");
        }
        this.settings = settings;
        this.timing = timing;
        this.topics = topics;
        this.dataSource = dataSource;
        this.threads = threads;
        this.random = random;
    }

    /** Begins; after a stop it does nothing, because a fast undeploy may overtake the start. */
    @Override
    public synchronized void start(Listener listener) {
        if (supervisor != null) {
            throw new IllegalStateException("the feed was started before");
        }
        if (stopped) {
            return;
        }
        state.set(State.STARTING, null);
        state.facts(Map.of("slot", settings.slot(), "publication", settings.publication(), "restarts", "0"));
        FeedSupervisor created = new FeedSupervisor(
                settings, timing, topics, new Surroundings(dataSource, threads, random), state, listener);
        supervisor = created;
        loop = threads.loop("feed", created::run);
    }

    @Override
    public synchronized void stop(Duration limit) {
        boolean first = !stopped;
        stopped = true;
        FeedSupervisor running = supervisor;
        Loop begun = loop;
        if (first && running != null && begun != null) {
            end(running, begun, limit);
        }
        state.set(State.STOPPED, null);
    }

    @Override
    public Status status() {
        return state.get();
    }

    private static void end(FeedSupervisor running, Loop loop, Duration limit) {
        long deadline = System.nanoTime() + limit.toNanos();
        // most of the limit is for the engine, the rest for ending its backend
        running.stop(limit.multipliedBy(3).dividedBy(5));
        try {
            if (!loop.awaitEnd(Duration.ofNanos(Math.max(1_000_000, deadline - System.nanoTime())))) {
                running.abort();
                loop.interrupt();
                if (!loop.awaitEnd(Duration.ofMillis(500))) {
                    LOG.log(
                            Level.WARNING,
                            "the feed did not end within " + limit.toMillis() + " ms; its thread ends by itself");
                }
            }
        } catch (InterruptedException e) {
            loop.interrupt();
            Thread.currentThread().interrupt();
        } finally {
            DirectConnections.hideDriver();
        }
    }
}
