package dev.postevent.internal.cdi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.postevent.EventPublisher;
import dev.postevent.StatusReport.FeedStatus;
import dev.postevent.Subscriptions;
import dev.postevent.Topic;
import dev.postevent.testing.App;
import dev.postevent.testing.EffectTable;
import dev.postevent.testing.EffectWriter;
import dev.postevent.testing.LogLines;
import dev.postevent.testing.PostgresFixture;
import dev.postevent.testing.ServerProcess;
import dev.postevent.testing.StandbyServer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Level;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A standby without slots is promoted while an application is at work; its URL names both servers. */
class FailoverIT {
    private static final Duration LONG = Duration.ofMinutes(4);

    @TempDir
    private Path directory;

    @Test
    void theApplicationGoesOnWhereThePromotedServerIs() throws Exception {
        PostgresFixture cluster = PostgresFixture.own();
        ServerProcess primary = new ServerProcess(cluster);
        PostgresFixture.Db db = cluster.newDatabase();
        db.execute(EffectTable.DDL);
        try (StandbyServer standby = new StandbyServer(cluster, db, directory.resolve("standby"))) {
            PostgresFixture.Db there = at(db, standby.port() + "");
            PostgresFixture.Db both = new PostgresFixture.Db(
                    "jdbc:postgresql://127.0.0.1:" + cluster.port() + ",127.0.0.1:" + standby.port() + "/" + db.name()
                            + "?targetServerType=primary&hostRecheckSeconds=1",
                    db.user(),
                    db.password(),
                    db.name());
            try (LogLines log = new LogLines("dev.postevent.catchup", Level.WARNING);
                    App app = App.over(both).beans(EffectWriter.class).start()) {
                publish(app, "before", 20);
                await().atMost(LONG).until(() -> effects(there, "before") == 20);
                await().atMost(LONG).until(() -> streams(app));

                primary.stop("immediate");
                there.execute("select pg_promote()");

                AtomicInteger tries = new AtomicInteger();
                await().atMost(LONG).ignoreExceptions().until(() -> {
                    publish(app, "after" + tries.incrementAndGet() + "-", 1);
                    return true;
                });
                await().atMost(LONG).until(() -> effects(there, "after" + tries + "-") == 1);
                await().atMost(LONG).until(() -> streams(app));
                await().atMost(LONG)
                        .untilAsserted(() -> assertThat(
                                        app.get(Subscriptions.class).report().faults())
                                .isEmpty());
                assertThat(there.number("select count(*) from pg_replication_slots where active"))
                        .isOne();
                assertThat(effects(there, "before")).as("nothing again").isEqualTo(20);
                assertThat(log.with("both have the same through position")).isNotEmpty();
            }
        } finally {
            cluster.close();
        }
    }

    private static PostgresFixture.Db at(PostgresFixture.Db db, String port) {
        return new PostgresFixture.Db(
                db.jdbcUrl().replaceFirst(":\\d+/", ":" + port + "/"), db.user(), db.password(), db.name());
    }

    private static void publish(App app, String prefix, int count) throws Exception {
        EventPublisher orders = app.get(EventPublisher.class, Topic.Literal.of("orders"));
        for (int i = 0; i < count; i++) {
            String id = prefix + i;
            app.jta().transaction(() -> orders.event("t").id(id).subject("s").publish());
        }
    }

    private static long effects(PostgresFixture.Db db, String prefix) {
        return db.number("select count(*) from effect where event like '" + prefix + "%'");
    }

    private static boolean streams(App app) {
        return app.get(Subscriptions.class).report().feeds().get(0).state() == FeedStatus.State.STREAMING;
    }
}
