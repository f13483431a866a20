package dev.postevent.internal.feed;

import static dev.postevent.internal.feed.FeedHarness.LONG;
import static dev.postevent.internal.feed.FeedHarness.ORDERS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.postevent.internal.feed.FeedHarness.Node;
import dev.postevent.testing.PostgresFixture;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** WAL that the server cannot decode costs the slot that needs it. */
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

            await().atMost(Duration.ofSeconds(30)).until(() -> {
                harness.publish(ORDERS, "after " + System.nanoTime());
                return node.ids().stream().anyMatch(id -> id.startsWith("after"));
            });
            assertThat(node.restarts()).isLessThanOrEqualTo(3);
            assertThat(node.doubts).contains("connected to the slot " + harness.slot);
            harness.close();
        }
    }

    private static String many(int events) {
        return "insert into postevent.orders (id, source, type, data) select 'many ' || g || clock_timestamp(), 'urn:test', 't',"
                + " decode(repeat('ab', 200), 'hex') from generate_series(1, " + events + ") g";
    }
}
