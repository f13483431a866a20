package dev.postevent.adapters;

import dev.postevent.internal.eventlog.JdbcEventLog;
import dev.postevent.internal.feed.polling.PollingFeed;
import dev.postevent.internal.feed.polling.PollingFeedSettings;
import dev.postevent.internal.threads.Backoff;
import dev.postevent.internal.threads.Threads;
import dev.postevent.spi.EventLog;
import dev.postevent.spi.Feed;
import dev.postevent.testing.PostgresFixture;
import dev.postevent.testkit.contract.FeedContract;
import dev.postevent.testkit.contract.Publishers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ThreadFactory;

class PollingFeedContractIT extends FeedContract {
    private final PostgresFixture.Db db = PostgresFixture.shared().newDatabase();
    private final List<Threads> nodes = new ArrayList<>();

    @Override
    protected Publishers publishers() {
        return PublishedTable.made(db, TOPIC);
    }

    @Override
    protected EventLog log() {
        return new JdbcEventLog(db.dataSource(), Duration.ZERO);
    }

    @Override
    protected Feed feed(ThreadFactory factory) {
        Threads threads = new Threads(factory);
        nodes.add(threads);
        return new PollingFeed(
                log(),
                Set.of(TOPIC),
                threads,
                new PollingFeedSettings(
                        Duration.ofMillis(2),
                        Duration.ofMillis(50),
                        100,
                        1 << 20,
                        new Backoff(Duration.ofMillis(20), 2, Duration.ofMillis(200))),
                new Random(1));
    }

    @Override
    protected void breakConnections() {
        db.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database()"
                + " and pid <> pg_backend_pid()");
    }

    @Override
    protected void close() {
        nodes.forEach(threads -> threads.stop(Duration.ofSeconds(5)));
    }
}
