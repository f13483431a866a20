package dev.postevent.internal.feed.polling;

import static dev.postevent.internal.feed.debezium.FeedHarness.BILLS;
import static dev.postevent.internal.feed.debezium.FeedHarness.LONG;
import static dev.postevent.internal.feed.debezium.FeedHarness.ORDERS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.postevent.internal.eventlog.JdbcEventLog;
import dev.postevent.internal.feed.debezium.FeedHarness;
import dev.postevent.internal.threads.Backoff;
import dev.postevent.internal.threads.Threads;
import dev.postevent.spi.Feed;
import dev.postevent.spi.LogEntry;
import dev.postevent.spi.TopicName;
import dev.postevent.testing.LogLines;
import dev.postevent.testing.PostgresFixture;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Level;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The polling feed over the real event log. */
class PollingFeedIT implements Feed.Listener {
    private final FeedHarness harness = new FeedHarness(PostgresFixture.shared());
    private final Set<Thread> made = ConcurrentHashMap.newKeySet();
    private final Threads threads = new Threads(task -> {
        Thread thread = new Thread(task);
        made.add(thread);
        return thread;
    });
    private final PollingFeed feed = new PollingFeed(
            new JdbcEventLog(harness.db.dataSource(), Duration.ZERO),
            Set.of(ORDERS, BILLS),
            threads,
            new PollingFeedSettings(
                    Duration.ofMillis(2),
                    Duration.ofMillis(50),
                    100,
                    1 << 20,
                    new Backoff(Duration.ofMillis(20), 2, Duration.ofMillis(200))),
            new Random(1));

    private final List<String> orders = new CopyOnWriteArrayList<>();
    private final List<String> bills = new CopyOnWriteArrayList<>();
    private final List<String> doubts = new CopyOnWriteArrayList<>();
    private final AtomicInteger refusals = new AtomicInteger();

    @Override
    public void onBatch(Map<TopicName, List<LogEntry>> batch) {
        if (refusals.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
            throw new IllegalStateException("the inbox is away");
        }
        batch.getOrDefault(ORDERS, List.of()).forEach(entry -> orders.add(entry.id()));
        batch.getOrDefault(BILLS, List.of()).forEach(entry -> bills.add(entry.id()));
    }

    @Override
    public void onDoubt(String reason) {
        doubts.add(reason);
    }

    @AfterEach
    void close() {
        feed.stop(Duration.ofSeconds(10));
        threads.stop(Duration.ofSeconds(5));
        harness.close();
        await().atMost(LONG).until(() -> made.stream().noneMatch(Thread::isAlive));
    }

    private void poll() {
        feed.start(this);
        await().atMost(LONG).until(() -> feed.status().state() == Feed.State.STREAMING);
    }

    @Test
    void beginsAtTheHeadWithADoubtAndBringsWhatIsCommittedFromThenOn() {
        harness.publish(ORDERS, "old");
        poll();

        harness.publish(ORDERS, "new");

        await().atMost(LONG).until(() -> !orders.isEmpty());
        assertThat(orders).containsExactly("new");
        assertThat(doubts)
                .containsExactlyInAnyOrder(
                        "orders: polling begins after position 1", "bills: polling begins after position 0");
        assertThat(feed.status().kind()).isEqualTo(Feed.Kind.POLLING);
        assertThat(feed.status().engine()).isEqualTo("jdbc");
    }

    @Test
    void bringsWhatStandsAboveAnOpenGapOnceAndTheGapWhenItFills() throws SQLException {
        poll();
        try (Connection slow = harness.db.dataSource().getConnection();
                Statement statement = slow.createStatement()) {
            slow.setAutoCommit(false);
            statement.execute("insert into postevent.orders(id, source, type) values ('slow', 'urn:test', 't')");
            harness.publish(ORDERS, "fast");
            await().atMost(LONG).until(() -> orders.contains("fast"));
            harness.publish(ORDERS, "fast too");
            await().atMost(LONG).until(() -> orders.contains("fast too"));

            slow.commit();
        }

        await().atMost(LONG).until(() -> orders.contains("slow"));
        harness.publish(ORDERS, "last");
        await().atMost(LONG).until(() -> orders.contains("last"));
        assertThat(orders).containsExactly("fast", "fast too", "slow", "last");
    }

    @Test
    void bringsMoreThanOneReadHoldsWithoutAWait() {
        poll();

        harness.db.execute("insert into postevent.orders(id, source, type)"
                + " select g::text, 'urn:test', 't' from generate_series(1, 1000) g");

        await().atMost(LONG).until(() -> orders.size() == 1000);
        assertThat(orders).doesNotHaveDuplicates();
    }

    @Test
    void aTableThatIsEmptiedIsPolledFromItsBeginning() {
        harness.publish(ORDERS, "old 1");
        harness.publish(ORDERS, "old 2");
        poll();
        await().atMost(LONG).until(() -> doubts.size() >= 2);

        harness.db.execute("truncate postevent.orders restart identity");
        await().atMost(LONG).until(() -> doubts.contains("orders: polling begins after position 0"));
        harness.publish(ORDERS, "new 1");

        await().atMost(LONG).until(() -> orders.contains("new 1"));
        assertThat(orders).containsExactly("new 1");
    }

    @Test
    void aTableThatIsEmptiedAndFilledBeyondWhatWasPolledBringsADoubtAndNothingBeforeIt() {
        poll();
        harness.db.execute("insert into postevent.orders(id, source, type)"
                + " select 'old ' || g, 'urn:test', 't' from generate_series(1, 20) g");
        await().atMost(LONG).until(() -> orders.size() == 20);
        orders.clear();

        // in one transaction: there is no poll between
        harness.db.execute(
                "begin; truncate postevent.orders restart identity; insert into postevent.orders(id, source, type)"
                        + " select 'new ' || g, 'urn:test', 't' from generate_series(1, 30) g; commit");

        await().atMost(LONG).until(() -> doubts.contains("orders: polling begins after position 30"));
        assertThat(orders).isEmpty();
        assertThat(doubts).anyMatch(doubt -> doubt.contains("another row than polling has seen there"));
        harness.publish(ORDERS, "next");
        await().atMost(LONG).until(() -> !orders.isEmpty());
        assertThat(orders).containsExactly("next");
    }

    @Test
    void anEventThatIsAsLargeAsAReadDoesNotHoldUpTheNext() {
        poll();
        for (int i = 0; i < 3; i++) {
            String id = "large " + i;
            harness.db.execute("insert into postevent.orders(id, source, type, data) values ('" + id
                    + "', 'urn:test', 't', convert_to(repeat('x', 2 << 20), 'UTF8'))");
            await().atMost(LONG).until(() -> orders.contains(id));
        }
        assertThat(orders).containsExactly("large 0", "large 1", "large 2");
    }

    @Test
    void aTopicThatCannotBeReadDoesNotHoldUpTheOthers() {
        poll();
        try (LogLines lines = new LogLines("dev.postevent.feed", Level.WARNING)) {
            harness.db.execute("alter table postevent.orders rename to orders_away");
            await().atMost(LONG).until(() -> feed.status().state() == Feed.State.RETRYING);
            assertThat(lines.with("PSTEV32011: orders: ")).hasSize(1);
        }
        assertThat(feed.status().detail()).contains("orders:").doesNotContain("bills:");

        harness.publish(BILLS, "b");
        await().atMost(LONG).until(() -> bills.contains("b"));
        int seen = doubts.size();
        harness.db.execute("alter table postevent.orders_away rename to orders");

        await().atMost(LONG).until(() -> feed.status().state() == Feed.State.STREAMING);
        assertThat(doubts.subList(seen, doubts.size())).anyMatch(doubt -> doubt.startsWith("orders: polling goes on"));
        harness.publish(ORDERS, "e");
        await().atMost(LONG).until(() -> orders.contains("e"));
    }

    @Test
    void aListenerThatThrowsGetsTheEntriesAgain() {
        poll();
        refusals.set(3);

        harness.publish(ORDERS, "e");

        await().atMost(LONG).until(() -> orders.contains("e"));
        assertThat(refusals).hasValue(0);
        assertThat(orders).containsExactly("e");
    }

    @Test
    void everyConnectionMayBeKilled() {
        poll();
        for (int i = 0; i < 5; i++) {
            harness.db.execute(
                    "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database()"
                            + " and pid <> pg_backend_pid()");
            String id = "e" + i;
            harness.publish(ORDERS, id);
            await().atMost(LONG).until(() -> orders.contains(id));
        }
        assertThat(orders).doesNotHaveDuplicates();
    }

    @Test
    void stopMayComeFirstAndTwice() {
        feed.stop(Duration.ofSeconds(1));
        feed.stop(Duration.ofSeconds(1));
        feed.start(this);

        assertThat(feed.status().state()).isEqualTo(Feed.State.STOPPED);
        // but the one that makes the others
        assertThat(made).extracting(Thread::getName).containsExactly("postevent-threads");
    }
}
