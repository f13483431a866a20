package dev.postevent.campaign;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.postevent.Subscriptions;
import dev.postevent.testing.App;
import dev.postevent.testing.PostgresFixture;
import dev.postevent.testing.ServerProcess;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * A topic whose publishers do not wait for the disk ({@code synchronous_commit=off}), and a server that is killed: what they were told
 * is committed is gone, and its position goes to another event. The inbox is in a database that stays.
 */
class ReissuedPositionsIT {
    private static final Duration LONG = Duration.ofMinutes(4);
    private static final int ROUNDS = 4;

    @Test
    void aPositionThatIsIssuedAgainIsNotTakenForTheEventThatWasLost() throws Exception {
        PostgresFixture.Db inbox = PostgresFixture.shared().newDatabase();
        inbox.execute(Recorder.DDL);
        int lost = 0;
        try (PostgresFixture cluster = PostgresFixture.own(
                "fsync",
                "on",
                "synchronous_commit",
                "off",
                "wal_writer_delay",
                "10s",
                "wal_writer_flush_after",
                "1GB")) {
            PostgresFixture.Db source = cluster.newDatabase();
            ServerProcess server = new ServerProcess(cluster);
            try (App app = App.over(source)
                    .inbox(inbox)
                    .with("postevent.lease", "3s")
                    .beans(Recorder.class)
                    .start()) {
                // the tables are not what is to be lost
                source.execute("checkpoint");
                List<String> told = new ArrayList<>();
                for (int round = 0; round < ROUNDS; round++) {
                    for (int i = 0; i < 5; i++) {
                        told.add("round-" + round + "-" + i);
                        source.execute(insert(told.get(told.size() - 1)));
                    }
                    server.kill();
                    server.start();
                    // takes the positions of those that are gone, if any are
                    source.execute("set synchronous_commit = on", insert("after-" + round));
                }
                await().atMost(LONG)
                        .untilAsserted(() -> assertThat(list(inbox, "effect", "position", "event", "true"))
                                .as(() -> app.get(Subscriptions.class).report().toString())
                                .isEqualTo(list(source, "postevent.orders", "idn", "id", "kind = 'e'")));
                assertThat(app.get(Subscriptions.class).report().topics().get(0).fault())
                        .isEmpty();
                for (String id : told) {
                    lost += source.number("select count(*) from postevent.orders where id = '" + id + "'") == 0 ? 1 : 0;
                }
            }
        }
        assertThat(lost)
                .as("events that were committed and are gone: without them this shows nothing")
                .isPositive();
    }

    private static String insert(String id) {
        return "insert into postevent.orders (id, source, type) values ('" + id + "', 'urn:test', 't')";
    }

    private static String list(PostgresFixture.Db db, String table, String position, String id, String where) {
        return db.text("select coalesce(string_agg(" + position + " || ' ' || " + id + ", ', ' order by " + position
                + "), '') from " + table + " where " + where);
    }
}
