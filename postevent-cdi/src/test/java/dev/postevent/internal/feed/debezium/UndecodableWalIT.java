package dev.postevent.internal.feed.debezium;

import static dev.postevent.internal.feed.debezium.FeedHarness.LONG;
import static dev.postevent.internal.feed.debezium.FeedHarness.ORDERS;
import static dev.postevent.internal.feed.debezium.FeedHarness.awaitQuietly;
import static dev.postevent.internal.feed.debezium.FeedHarness.many;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.postevent.internal.feed.debezium.FeedHarness.Node;
import dev.postevent.testing.PostgresFixture;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;

/** WAL that the server cannot decode costs the slot that needs it, once, and no other. */
class UndecodableWalIT {

    @Test
    void whatIsSkippedNeedNotBeDecodable() throws IOException {
        try (PostgresFixture own = PostgresFixture.own()) {
            FeedHarness harness = new FeedHarness(own);
            harness.node("a").stream().close();
            await().atMost(LONG).until(() -> harness.slots(true) == 0);
            String segment =
                    harness.db.text("select pg_walfile_name(restart_lsn) from pg_replication_slots where slot_name = '"
                            + harness.slot + "'");
            harness.db.execute(
                    many(FeedHarness.BEHIND_MAX * 2),
                    "select pg_switch_wal()",
                    many(FeedHarness.BEHIND_MAX * 2),
                    "select pg_switch_wal()",
                    "checkpoint");
            Path file = own.dataDirectory().resolve("pg_wal").resolve(segment);
            Files.delete(file);

            Node node = harness.hasty("a").start();

            await().atMost(LONG).until(() -> {
                harness.publish(ORDERS, "after " + System.nanoTime());
                return node.ids().stream().anyMatch(id -> id.startsWith("after"));
            });
            assertThat(node.restarts()).isLessThanOrEqualTo(3);
            node.awaitDoubt("connected to the slot " + harness.slot);
            harness.close();
        }
    }

    @Test
    void theSlotThatWasMadeAnewStays() {
        List<String> made = new CopyOnWriteArrayList<>();
        Handler handler = new Handler() {
            @Override
            public void publish(LogRecord line) {
                if (String.valueOf(line.getMessage()).contains("is dropped and made anew")) {
                    made.add(line.getMessage());
                }
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        Logger logger = Logger.getLogger("dev.postevent.feed");
        logger.addHandler(handler);
        FeedHarness harness = new FeedHarness(PostgresFixture.shared());
        try {
            harness.node("a").stream().close();
            // a filter of then is applied to what was written then, whatever the publication is by now
            harness.db.execute("alter publication " + harness.slot
                    + " set table postevent.bills, postevent.orders where (1 / (length(id) - 6) <> 7)");
            harness.publish(ORDERS, "poison");
            Node node = harness.hasty("a").start();
            await().atMost(LONG).until(() -> {
                harness.publish(ORDERS, "after " + System.nanoTime());
                return node.ids().stream().anyMatch(id -> id.startsWith("after"));
            });
            node.awaitStreaming();
            assertThat(made).hasSize(1);

            CountDownLatch slow = new CountDownLatch(1);
            node.hook = () -> awaitQuietly(slow);
            int doubts = node.doubts.size();
            harness.publish(ORDERS, "held up");
            harness.db.execute(many(FeedHarness.BEHIND_MAX * 2));
            node.awaitDoubt("events behind");
            slow.countDown();
            node.awaitConnectedAgain(doubts);

            assertThat(made).hasSize(1);
        } finally {
            logger.removeHandler(handler);
            harness.close();
        }
    }
}
