package dev.postevent.internal.cdi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.postevent.Delivery;
import dev.postevent.EventPublisher;
import dev.postevent.StatusReport;
import dev.postevent.Subscription;
import dev.postevent.Subscriptions;
import dev.postevent.Topic;
import dev.postevent.spi.Resources;
import dev.postevent.testing.App;
import dev.postevent.testing.EffectChecker;
import dev.postevent.testing.EffectTable;
import dev.postevent.testing.PostgresFixture;
import io.cloudevents.CloudEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Nodes of one application side by side: one streams, all handle. */
class SeveralNodesIT {
    private static final Duration LONG = Duration.ofMinutes(4);

    /** Writes what it handles, and counts it per node. */
    @ApplicationScoped
    public static class Shared {
        final AtomicInteger calls = new AtomicInteger();

        @Inject
        Resources resources;

        @Subscription("shared")
        void shared(@Observes @Topic("orders") CloudEvent event, Delivery delivery) throws SQLException {
            calls.incrementAndGet();
            EffectTable.write(resources, "shared", event, delivery);
        }

        int calls() {
            return calls.get();
        }
    }

    private final PostgresFixture.Db db = PostgresFixture.shared().newDatabase();

    private App node(String name) {
        return App.over(db)
                .with("postevent.application", "several_" + db.name())
                .with("postevent.node", name)
                .with("postevent.lease-millis", "3000")
                .beans(Shared.class)
                .start();
    }

    private static Map<String, Integer> owners(App node) {
        return node.get(Subscriptions.class).status().get(0).owners();
    }

    private static String feedState(App node) {
        return node.get(Subscriptions.class).report().feeds().get(0).state();
    }

    private static void publish(App node, int from, int count) throws Exception {
        EventPublisher orders = node.get(EventPublisher.class, Topic.Literal.of("orders"));
        for (int i = from; i < from + count; i++) {
            int number = i;
            node.jta().transaction(() -> orders.publish("order.placed", "s" + number % 40, "n" + number));
        }
    }

    @Test
    void oneStreamsAllHandleTheStatusSaysWhoAndAWillingStreamerTakesOver() throws Exception {
        db.execute(EffectTable.DDL);
        EffectChecker checker = new EffectChecker(db, "orders", "effect");
        try (App second = oneBesideAnotherThatLeaves(checker)) {
            await().atMost(LONG).until(() -> owners(second).equals(Map.of("node2", 16)));
            await().atMost(LONG).until(() -> feedState(second).equals("STREAMING"));
            publish(second, 200, 100);
            await().atMost(LONG).until(() -> checker.effects("shared") == 300);
            checker.assertExactlyOnceInOrder("shared");
        }
    }

    private App oneBesideAnotherThatLeaves(EffectChecker checker) throws Exception {
        try (App first = node("node1")) {
            await().atMost(LONG).until(() -> feedState(first).equals("STREAMING"));
            App second = node("node2");
            await().atMost(LONG).until(() -> owners(first).equals(Map.of("node1", 8, "node2", 8)));
            assertThat(owners(second)).isEqualTo(owners(first));
            publish(first, 0, 100);
            publish(second, 100, 100);
            await().atMost(LONG).until(() -> checker.effects("shared") == 200);
            int bothNodes =
                    first.get(Shared.class).calls() + second.get(Shared.class).calls();
            assertThat(List.of(
                            first.get(Shared.class).calls(),
                            second.get(Shared.class).calls()))
                    .allMatch(calls -> calls > 0);
            assertThat(bothNodes).isGreaterThanOrEqualTo(200);
            StatusReport waiting = second.get(Subscriptions.class).report();
            assertThat(waiting.feeds()).singleElement().satisfies(feed -> {
                assertThat(feed.state()).isEqualTo("STANDBY");
                assertThat(feed.detail()).contains("node1");
            });
            assertThat(waiting.faults()).isEmpty();
            return second;
        }
    }
}
