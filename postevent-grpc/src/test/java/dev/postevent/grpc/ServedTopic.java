package dev.postevent.grpc;

import static org.awaitility.Awaitility.await;

import dev.postevent.grpc.server.EventServer;
import dev.postevent.internal.eventlog.JdbcEventLog;
import dev.postevent.internal.feed.polling.PollingFeed;
import dev.postevent.internal.feed.polling.PollingFeedSettings;
import dev.postevent.internal.threads.Backoff;
import dev.postevent.internal.threads.Threads;
import dev.postevent.spi.EventLog;
import dev.postevent.spi.Feed;
import dev.postevent.spi.LogEntry;
import dev.postevent.spi.TopicName;
import dev.postevent.testing.PostgresFixture;
import dev.postevent.testing.Proxy;
import dev.postevent.testkit.contract.Publishers;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/** The topic {@code orders} of a database, served with its live flow, and the network in front of it. */
final class ServedTopic implements AutoCloseable {
    private final PostgresFixture.Db db = PostgresFixture.shared().newDatabase();
    private final Wires wires = new Wires().open();
    private final ServedTable table = ServedTable.made(db, Wires.ORDERS);
    private final Threads threads = new Threads(wires.threadFactory());
    private final Feed live;
    private final Proxy network;

    ServedTopic() {
        EventServer server = wires.server(db);
        network = new Proxy(Wires.port(server));
        live = new PollingFeed(
                log(),
                Set.of(Wires.ORDERS),
                threads,
                new PollingFeedSettings(
                        Duration.ofMillis(2),
                        Duration.ofMillis(50),
                        100,
                        1 << 20,
                        new Backoff(Duration.ofMillis(20), 2, Duration.ofMillis(200))),
                new Random(1));
        live.start(new Feed.Listener() {
            @Override
            public void onBatch(Map<TopicName, List<LogEntry>> batch) {
                server.offer(batch);
            }

            @Override
            public void onDoubt(String reason) {
                server.doubt(reason);
            }
        });
        await().atMost(Duration.ofMinutes(4)).until(() -> live.status().state() == Feed.State.STREAMING);
    }

    Publishers publishers() {
        return table;
    }

    /** What is there, asked without a network between. */
    EventLog log() {
        return new JdbcEventLog(db.dataSource(), Duration.ZERO);
    }

    int port() {
        return network.port();
    }

    /** Configured as its clients are. */
    Wires wires() {
        return wires;
    }

    void breakConnections() {
        network.cut(true);
        network.cut(false);
    }

    @Override
    public void close() throws Exception {
        live.stop(Duration.ofSeconds(10));
        network.close();
        wires.close();
        threads.stop(Duration.ofSeconds(5));
    }
}
