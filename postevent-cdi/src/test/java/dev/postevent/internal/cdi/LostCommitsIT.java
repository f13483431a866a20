package dev.postevent.internal.cdi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.postevent.Delivery;
import dev.postevent.Resources;
import dev.postevent.Subscription;
import dev.postevent.Subscriptions;
import dev.postevent.Topic;
import dev.postevent.testing.App;
import dev.postevent.testing.EffectChecker;
import dev.postevent.testing.EffectTable;
import dev.postevent.testing.PostgresFixture;
import dev.postevent.testing.ServerProcess;
import io.cloudevents.CloudEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.transaction.Status;
import jakarta.transaction.Synchronization;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/**
 * A database that loses what it committed while the application lives: nobody waited for its disk, and the postmaster is killed. What
 * the application remembers is then ahead of what is stored.
 */
class LostCommitsIT {
    private static final Duration LONG = Duration.ofMinutes(4);
    private static final int ROUNDS = 2;
    private static final int ROUNDS_MAX = 20;
    private static final int EVENTS = 200;

    /** Writes what it handles; each 50th event fails at its first attempt and is held for a moment. */
    @ApplicationScoped
    public static class Durable {
        final AtomicInteger committed = new AtomicInteger();

        @Inject
        Resources resources;

        @Subscription("durable")
        void durable(@Observes @Topic("orders") CloudEvent event, Delivery delivery) throws SQLException {
            EffectTable.write(resources, "durable", event, delivery);
            if (delivery.position() % 50 == 0 && delivery.attempt() == 1) {
                throw new IllegalStateException("not at once");
            }
            resources.synchronizationRegistry().registerInterposedSynchronization(new Synchronization() {
                @Override
                public void beforeCompletion() {
                    // only what became of it counts
                }

                @Override
                public void afterCompletion(int status) {
                    if (status == Status.STATUS_COMMITTED) {
                        committed.incrementAndGet();
                    }
                }
            });
        }

        int committed() {
            return committed.get();
        }
    }

    @Test
    void ofAServerThatWaitsForNothing() throws Exception {
        whatIsLostIsReceivedAndHandledAgainAndNothingIsPassed("off", "true");
    }

    @Test
    void ofASubscriptionThatDoesNotWait() throws Exception {
        whatIsLostIsReceivedAndHandledAgainAndNothingIsPassed("on", "false");
    }

    private static void whatIsLostIsReceivedAndHandledAgainAndNothingIsPassed(
            String serverCommits, String subscriptionCommits) throws Exception {
        try (PostgresFixture own =
                PostgresFixture.own("synchronous_commit", serverCommits, "wal_writer_delay", "10s")) {
            PostgresFixture.Db db = own.newDatabase();
            db.execute(EffectTable.DDL);
            EffectChecker checker = new EffectChecker(db, "orders", "effect");
            ServerProcess server = new ServerProcess(own);
            try (App app = App.over(db)
                    .with("postevent.application", "lost_" + db.name())
                    .with("postevent.lease", "3s")
                    .with("postevent.subscriptions.defaults.synchronous-commit", subscriptionCommits)
                    .beans(Durable.class)
                    .start()) {
                Durable observer = app.get(Durable.class);
                int published = 0;
                // whether anything is lost depends on who commits last: a lease renewed in between makes all durable
                for (int round = 1;
                        round <= ROUNDS || round <= ROUNDS_MAX && observer.committed() == published;
                        round++) {
                    publish(db, EVENTS);
                    published += EVENTS;
                    awaitEffects(checker, published);
                    server.kill();
                    server.start();
                    awaitEffects(checker, published);
                }
                publish(db, 1);
                published++;
                awaitEffects(checker, published);
                await().atMost(LONG)
                        .ignoreExceptions()
                        .until(() ->
                                app.get(Subscriptions.class).status().get(0).lag() == 0);
                checker.assertExactlyOnceInOrder("durable");
                assertThat(observer.committed())
                        .as("effects committed, of which those that were lost were committed again")
                        .isGreaterThan(published);
                assertThat(db.number("select mark from postevent_inbox.high_water_mark"))
                        .isEqualTo(db.number("select max(idn) from postevent.orders"));
                assertThat(app.get(Subscriptions.class).report().topics().get(0).fault())
                        .isEmpty();
            }
        }
    }

    private static void awaitEffects(EffectChecker checker, int count) {
        await().atMost(LONG)
                .pollInterval(Duration.ofMillis(20))
                .ignoreExceptions()
                .until(() -> checker.effects("durable") == count);
    }

    /** Durable at once, so that it is what the application receives of it that is lost. */
    private static void publish(PostgresFixture.Db db, int count) {
        db.execute(
                "set synchronous_commit = on",
                "insert into postevent.orders (id, source, type, subject) select 'e-' || gen_random_uuid(), 'urn:test', 't',"
                        + " 's' || g % 10 from generate_series(1, " + count + ") g");
    }
}
