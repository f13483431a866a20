package dev.postevent.internal.cdi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.postevent.Delivery;
import dev.postevent.EventPublisher;
import dev.postevent.Resources;
import dev.postevent.StatusReport;
import dev.postevent.StatusReport.FeedStatus.State;
import dev.postevent.Subscription;
import dev.postevent.Subscriptions;
import dev.postevent.Topic;
import dev.postevent.testing.App;
import dev.postevent.testing.EffectChecker;
import dev.postevent.testing.EffectTable;
import dev.postevent.testing.LogLines;
import dev.postevent.testing.PostgresFixture;
import io.cloudevents.CloudEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Level;
import java.util.stream.Stream;
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

    /** Of a topic that an older release of the application did not have. */
    @ApplicationScoped
    public static class Added {
        final Set<String> seen = ConcurrentHashMap.newKeySet();

        @Subscription("added")
        void added(@Observes @Topic("payments") CloudEvent event) {
            seen.add(event.getId());
        }

        boolean hasSeen(String id) {
            return seen.contains(id);
        }
    }

    private final PostgresFixture.Db db = PostgresFixture.shared().newDatabase();

    private App node(String name, Class<?>... more) {
        return App.over(db)
                .with("postevent.application", "several_" + db.name())
                .with("postevent.node", name)
                .with("postevent.lease", "3s")
                .beans(Stream.concat(Stream.of(Shared.class), Stream.of(more)).toArray(Class<?>[]::new))
                .start();
    }

    private static Map<String, Integer> owners(App node) {
        return node.get(Subscriptions.class).status().get(0).owners();
    }

    private static State feedState(App node) {
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
            await().atMost(LONG).until(() -> feedState(second) == State.STREAMING);
            publish(second, 200, 100);
            await().atMost(LONG).until(() -> checker.effects("shared") == 300);
            checker.assertExactlyOnceInOrder("shared");
        }
    }

    private App oneBesideAnotherThatLeaves(EffectChecker checker) throws Exception {
        try (App first = node("node1")) {
            await().atMost(LONG).until(() -> feedState(first) == State.STREAMING);
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
                assertThat(feed.state()).isEqualTo(State.STANDBY);
                assertThat(feed.detail().orElseThrow()).contains("node1");
            });
            assertThat(waiting.faults()).isEmpty();
            return second;
        }
    }

    /** A rolling update: the older node streams, and does not know the topic. Two checks of the newer one of its head find that out. */
    @Test
    void eventsOfATopicThatTheStreamingNodeDoesNotKnowComeByTheChecksOfTheOther() {
        db.execute(EffectTable.DDL);
        try (LogLines lines = new LogLines("dev.postevent", Level.FINE);
                App older = node("older")) {
            await().atMost(LONG).until(() -> feedState(older) == State.STREAMING);
            try (App newer = node("newer", Added.class)) {
                await().atMost(LONG).until(() -> feedState(newer) == State.STANDBY);
                for (String id : List.of("first", "second")) {
                    lines.clear();
                    insertPayment(id);

                    await().atMost(LONG).until(() -> newer.get(Added.class).hasSeen(id));
                    // and not because a stream that brings nothing was taken for one that stands still
                    assertThat(lines.with("payments: nobody has stored what was the head at the last check"))
                            .hasSize(1);
                }
                assertThat(feedState(newer)).isEqualTo(State.STANDBY);
            }
        }
    }

    private void insertPayment(String id) {
        db.execute("insert into postevent.payments (id, source, type) values ('" + id + "', 'urn:test', 't')");
    }
}
