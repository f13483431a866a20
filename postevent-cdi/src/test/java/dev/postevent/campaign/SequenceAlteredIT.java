package dev.postevent.campaign;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.postevent.EventPublisher;
import dev.postevent.StatusReport;
import dev.postevent.Subscriptions;
import dev.postevent.Topic;
import dev.postevent.testing.App;
import dev.postevent.testing.EffectChecker;
import dev.postevent.testing.EffectTable;
import dev.postevent.testing.PostgresFixture;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Somebody changes a topic's sequence while the application runs and publishes: it says so, and nothing is lost. */
class SequenceAlteredIT {
    private static final Duration LONG = Duration.ofMinutes(4);

    private final PostgresFixture.Db db = PostgresFixture.shared().newDatabase();

    @Test
    void numbersInCachesStopSettlingUntilTheSequenceIsRightAgain() throws Exception {
        db.execute(EffectTable.DDL);
        try (App app = start()) {
            publish(app, 0, 10);
            Thread publisher = new Thread(() -> publish(app, 10, 300));
            publisher.start();
            String sequence = "alter sequence postevent.orders_idn_seq ";
            db.execute(sequence + "cache 20", "select nextval('postevent.orders_idn_seq')");
            await().atMost(LONG).until(() -> topic(app).blocker().orElse("").contains("CACHE 1"));
            assertThat(app.get(Subscriptions.class).explain("good").sentence()).contains("CACHE 1");
            publisher.join();
            db.execute(sequence + "cache 1");
            EffectChecker checker = new EffectChecker(db, "orders", "effect");
            await().atMost(LONG)
                    .until(() -> topic(app).mark().orElse(-1) >= db.number("select max(idn) from postevent.orders")
                            && checker.effects("good")
                                    == db.number("select count(*) from postevent.orders where kind = 'e'"));
            checker.assertExactlyOnceInOrder("good");
            assertThat(app.get(Subscriptions.class).report().faults()).isEmpty();
        }
    }

    @Test
    void aJumpOfTheSequenceIsLeftToAPersonAndNamed() throws Exception {
        db.execute(EffectTable.DDL);
        try (App app = start()) {
            publish(app, 0, 10);
            await().atMost(LONG).until(() -> topic(app).mark().orElse(-1) >= 10);
            db.execute("select setval('postevent.orders_idn_seq', 50000)");
            publish(app, 10, 12);
            await().atMost(LONG)
                    .until(() ->
                            app.get(Subscriptions.class).report().toString().contains("10000"));
            assertThat(topic(app).mark().orElseThrow()).isLessThan(50_000);
        }
    }

    private App start() {
        return App.over(db)
                .with("postevent.application", "sequence_" + db.name())
                .with("postevent.catchup.interval", "500ms")
                .beans(CampaignNode.Effects.class)
                .start();
    }

    private static StatusReport.TopicStatus topic(App app) {
        return app.get(Subscriptions.class).report().topics().get(0);
    }

    private static void publish(App app, int from, int to) {
        EventPublisher orders = app.get(EventPublisher.class, Topic.Literal.of("orders"));
        for (int i = from; i < to; i++) {
            int number = i;
            try {
                app.jta().transaction(() -> orders.publish("t", "s" + number % 7, new byte[] {(byte) number}));
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
