package dev.postevent.internal.cdi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.postevent.Delivery;
import dev.postevent.EventPublisher;
import dev.postevent.Operator;
import dev.postevent.Resources;
import dev.postevent.Subscription;
import dev.postevent.Subscriptions;
import dev.postevent.Subscriptions.HeldEvent;
import dev.postevent.Topic;
import dev.postevent.testing.App;
import dev.postevent.testing.EffectChecker;
import dev.postevent.testing.EffectTable;
import dev.postevent.testing.FormerInbox;
import dev.postevent.testing.PostgresFixture;
import io.cloudevents.CloudEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.eclipse.microprofile.config.ConfigProvider;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Applications that have one inbox database, and the same code: each has its own subscriptions, whatever they are called. */
class SharedInboxIT {
    private static final Duration LONG = Duration.ofMinutes(4);
    private static final Operator BY = Operator.of("test", "because");

    /** Writes under the application's name. In the application "one" the first try of the subject "bad" fails. */
    @ApplicationScoped
    public static class Shared {
        @Inject
        Resources resources;

        private static String application() {
            return ConfigProvider.getConfig().getValue("postevent.application", String.class);
        }

        @Subscription("shared")
        void shared(@Observes @Topic("orders") CloudEvent event, Delivery delivery) throws SQLException {
            if ("bad".equals(event.getSubject()) && application().startsWith("one_") && !delivery.redelivered()) {
                throw new IllegalStateException("bad");
            }
            EffectTable.write(resources, application() + " shared", event, delivery);
        }

        @Subscription("other")
        void other(@Observes @Topic("orders") CloudEvent event, Delivery delivery) throws SQLException {
            EffectTable.write(resources, application() + " other", event, delivery);
        }
    }

    private final PostgresFixture.Db db = PostgresFixture.shared().newDatabase();
    private final EffectChecker checker = new EffectChecker(db, "orders", "effect");
    private final String one = "one_" + db.name();
    private final String two = "two_" + db.name();

    @BeforeEach
    void table() {
        db.execute(EffectTable.DDL);
    }

    private App start(String application) {
        return App.over(db)
                .with("postevent.application", application)
                .with("postevent.node", "node1")
                .with("postevent.subscriptions.defaults.attempts-max", "1")
                .beans(Shared.class)
                .start();
    }

    private static void publish(App app, int count) throws Exception {
        EventPublisher orders = app.get(EventPublisher.class, Topic.Literal.of("orders"));
        for (int i = 0; i < count; i++) {
            int number = i;
            app.jta().transaction(() -> orders.publish("t", "s" + number % 7, new byte[] {1}));
        }
    }

    private static void publishBad(App app) throws Exception {
        EventPublisher orders = app.get(EventPublisher.class, Topic.Literal.of("orders"));
        app.jta().transaction(() -> orders.publish("t", "bad", new byte[] {1}));
    }

    private static Subscriptions of(App app) {
        return app.get(Subscriptions.class);
    }

    private void awaitAll(String application, long shared, long other) {
        await().atMost(LONG)
                .untilAsserted(() -> assertThat(List.of(
                                checker.effects(application + " shared"), checker.effects(application + " other")))
                        .containsExactly(shared, other));
    }

    private void assertOnceAndInOrder(String application) {
        checker.assertExactlyOnceInOrder(application + " shared");
        checker.assertExactlyOnceInOrder(application + " other");
    }

    @Test
    void eachApplicationGetsEverythingWhateverItsSubscriptionsAndNodesAreCalled() throws Exception {
        try (App first = start(one);
                App second = start(two)) {
            publish(first, 50);
            publish(second, 50);
            awaitAll(one, 100, 100);
            awaitAll(two, 100, 100);
            for (App app : List.of(first, second)) {
                assertThat(of(app).report().faults()).isEmpty();
                assertThat(of(app).status())
                        .extracting(Subscriptions.Status::owners)
                        .containsExactly(Map.of("node1", 16), Map.of("node1", 16));
            }

            // what an operator says to one, and what one holds, is that one's
            of(first).pause("shared", BY);
            publish(second, 10);
            awaitAll(two, 110, 110);
            awaitAll(one, 100, 110);
            of(first).resume("shared", BY);
            awaitAll(one, 110, 110);
            publishBad(second);
            await().atMost(LONG).until(() -> of(first).held("shared", 10).size() == 1);
            awaitAll(two, 111, 111);
            assertThat(of(second).held("shared", 10)).isEmpty();
            long position = of(first).held("shared", 10).get(0).position();
            assertThatThrownBy(() -> of(second).skip("shared", position, BY)).hasMessageContaining("not held");
            of(first).retry("shared", position, BY);
            awaitAll(one, 111, 111);
        }
        assertOnceAndInOrder(one);
        assertOnceAndInOrder(two);
    }

    @Test
    void anUpgradeOfTheTablesHandlesNothingTwiceAndLosesNothing() throws Exception {
        try (App app = start(one)) {
            publishBad(app);
            publish(app, 60);
            await().atMost(LONG).until(() -> of(app).held("shared", 10).size() == 1);
            awaitAll(one, 60, 61);
        }
        HeldEvent held;
        FormerInbox.goBack(db);
        try (App app = start(one)) {
            held = of(app).held("shared", 10).get(0);
            assertThat(held.state()).isEqualTo(HeldEvent.State.PARKED);
            assertThat(held.attempts()).isEqualTo(1);
            publish(app, 40);
            awaitAll(one, 100, 101);
            of(app).retry("shared", held.position(), BY);
            awaitAll(one, 101, 101);
        }
        assertOnceAndInOrder(one);
        for (String table : List.of("subscription", "lane", "held_event", "member", "lease")) {
            assertThat(db.number(
                            "select count(*) from postevent_inbox." + table + " where application <> '" + one + "'"))
                    .as(table)
                    .isZero();
        }
    }
}
