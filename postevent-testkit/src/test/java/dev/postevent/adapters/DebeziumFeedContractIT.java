package dev.postevent.adapters;

import dev.postevent.internal.eventlog.JdbcEventLog;
import dev.postevent.internal.feed.debezium.FeedHarness;
import dev.postevent.internal.threads.Threads;
import dev.postevent.spi.EventLog;
import dev.postevent.spi.Feed;
import dev.postevent.testing.PostgresFixture;
import dev.postevent.testkit.contract.FeedContract;
import dev.postevent.testkit.contract.Publishers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadFactory;

/** Each feed is a node of its own. */
class DebeziumFeedContractIT extends FeedContract {
    private final FeedHarness harness = new FeedHarness(PostgresFixture.shared());
    private final List<Threads> nodes = new ArrayList<>();

    @Override
    protected Publishers publishers() {
        return new PublishedTable(harness.db, TOPIC);
    }

    @Override
    protected EventLog log() {
        return new JdbcEventLog(harness.db.dataSource(), Duration.ZERO);
    }

    @Override
    protected Feed feed(ThreadFactory factory) {
        Threads threads = new Threads(factory);
        nodes.add(threads);
        return harness.feed("node-" + nodes.size(), threads);
    }

    @Override
    protected void breakConnections() {
        harness.db.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database()"
                + " and pid <> pg_backend_pid()");
    }

    @Override
    protected void close() {
        nodes.forEach(threads -> threads.stop(Duration.ofSeconds(5)));
        harness.close();
    }
}
