package dev.postevent.internal.cdi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.postevent.Delivery;
import dev.postevent.Live;
import dev.postevent.Resources;
import dev.postevent.StatusReport;
import dev.postevent.Subscription;
import dev.postevent.Subscriptions;
import dev.postevent.Topic;
import dev.postevent.testing.App;
import dev.postevent.testing.EffectTable;
import dev.postevent.testing.PostgresFixture;
import io.cloudevents.CloudEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.ObservesAsync;
import jakarta.inject.Inject;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * G13: whoever gets an event finds what its publisher committed with it. PostgreSQL writes a commit to the WAL before others see it, and
 * where it waits for a synchronous standby, long before.
 */
class VisibleFirstIT {
    private static final Duration LONG = Duration.ofMinutes(4);
    private static final String PLAIN = "PLAIN";

    private static PostgresFixture cluster;
    private static PostgresFixture.Db db;

    /** Who was called with what, and whether the business row of that event could be seen by then. */
    private static final List<String> CALLS = new CopyOnWriteArrayList<>();

    private static final List<String> BLIND = new CopyOnWriteArrayList<>();

    /** As the README shows it: the observer works on what the publisher has written. */
    @ApplicationScoped
    public static class Shop {
        @Inject
        Resources resources;

        @Subscription("billing")
        void bill(@Observes @Topic("orders") CloudEvent event, Delivery delivery) throws SQLException {
            called("durable", event);
            EffectTable.write(resources, "billing", event, delivery);
        }

        @Subscription("filing")
        void file(@Observes @Topic("bills") CloudEvent event, Delivery delivery) throws SQLException {
            called("durable", event);
            EffectTable.write(resources, "filing", event, delivery);
        }

        @Live
        void watchOrders(@ObservesAsync @Topic("orders") CloudEvent event) {
            called("live", event);
        }

        @Live
        void watchBills(@ObservesAsync @Topic("bills") CloudEvent event) {
            called("live", event);
        }

        private static void called(String who, CloudEvent event) {
            String call = who + " " + event.getId();
            if (db.number("select count(*) from business where id = '" + event.getId() + "'") == 0) {
                BLIND.add(call);
            }
            CALLS.add(call);
        }
    }

    @BeforeAll
    static void start() {
        cluster = PostgresFixture.own();
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    @BeforeEach
    void database() {
        db = cluster.newDatabase();
        HeldBackCommit.prepare(db);
        db.execute(EffectTable.DDL, "create table business (id text primary key)");
        CALLS.clear();
        BLIND.clear();
    }

    private static String business(String id) {
        return "insert into business values ('" + id + "')";
    }

    private static String event(String topic, String id) {
        return "insert into postevent." + topic + " (id, source, type, subject) values ('" + id
                + "', 'urn:test', 't', '" + id + "')";
    }

    private static void publish(String topic, String id) {
        db.execute("begin; " + business(id) + "; " + event(topic, id) + "; commit");
    }

    private static App.Builder app(String inbox) {
        return App.over(db)
                .with("postevent.application", "visible_" + db.name())
                .with("postevent.inbox.mode", inbox)
                .beans(Shop.class);
    }

    /** Live observers get nothing of what was before. */
    private static App streaming(App.Builder builder) {
        App app = builder.start();
        await().atMost(LONG)
                .untilAsserted(
                        () -> assertThat(app.get(Subscriptions.class).report().feeds())
                                .extracting(StatusReport.FeedStatus::state)
                                .containsExactly(StatusReport.FeedStatus.State.STREAMING));
        return app;
    }

    private static void awaitCalls(String... calls) {
        await().atMost(LONG).untilAsserted(() -> assertThat(CALLS).contains(calls));
    }

    private static String[] commit(String how, String id) {
        return switch (how) {
            case PLAIN -> new String[] {"begin", business(id), event("orders", id), "commit"};
            case "SAVEPOINT" ->
                new String[] {
                    "begin",
                    "savepoint a",
                    business(id),
                    event("orders", id),
                    "release savepoint a",
                    "savepoint b",
                    "commit"
                };
            case "PREPARED" ->
                new String[] {
                    // the first of the two is durable on the standby, too
                    "set synchronous_commit = 'local'",
                    "begin",
                    business(id),
                    event("orders", id),
                    "prepare transaction '" + db.name() + "'",
                    "set synchronous_commit = 'on'",
                    "commit prepared '" + db.name() + "'"
                };
            default -> throw new IllegalArgumentException(how);
        };
    }

    @ParameterizedTest
    @CsvSource({"copy, PLAIN", "direct, PLAIN", "copy, SAVEPOINT", "direct, PREPARED"})
    void nobodyGetsAnEventThatNobodyCanSee(String inbox, String how) throws Exception {
        try (App app = streaming(app(inbox))) {
            publish("orders", "first");
            publish("bills", "first-bill");
            awaitCalls("durable first", "live first", "durable first-bill", "live first-bill");

            try (HeldBackCommit held = new HeldBackCommit(cluster, db, commit(how, "early"))) {
                // what is behind it in the WAL, and in its own topic, has come and could be seen all the time
                publish("orders", "behind");
                awaitCalls("live behind");
                for (int i = 0; i < 20; i++) {
                    publish("bills", "bill-" + i);
                    awaitCalls("durable bill-" + i, "live bill-" + i);
                }
                assertThat(CALLS).doesNotContain("durable early", "live early", "durable behind");
                // and the node knows what it waits for
                Subscriptions subscriptions = app.get(Subscriptions.class);
                await().atMost(LONG)
                        .untilAsserted(() -> assertThat(subscriptions.report().feeds())
                                .singleElement()
                                .satisfies(
                                        feed -> assertThat(feed.facts().getOrDefault("not_visible.orders", "nothing"))
                                                .startsWith("position 2 is committed")
                                                .contains("nobody can see it yet")));
                assertThat(held.waits()).isTrue();
                assertThat(CALLS).doesNotContain("durable early", "live early", "durable behind");

                held.release();
                awaitCalls("durable early", "live early", "durable behind");
            }
            assertThat(BLIND).isEmpty();
            await().atMost(LONG).untilAsserted(() -> {
                assertThat(app.get(Subscriptions.class).report().feeds())
                        .allSatisfy(feed -> assertThat(feed.facts()).doesNotContainKey("not_visible.orders"));
                assertThat(app.get(Subscriptions.class).report().faults()).isEmpty();
            });
            assertThat(CALLS).doesNotHaveDuplicates();
        }
    }

    /** Nothing is above it: no gap, no lag, and still somebody can tell. */
    @Test
    void whatTheLastEventWaitsForIsExplained() throws Exception {
        try (App app = streaming(app("copy"))) {
            publish("orders", "first");
            awaitCalls("durable first", "live first");
            try (HeldBackCommit held = new HeldBackCommit(cluster, db, commit(PLAIN, "early"))) {
                publish("bills", "bill");
                awaitCalls("durable bill", "live bill");
                assertThat(CALLS).doesNotContain("durable early", "live early");
                Subscriptions subscriptions = app.get(Subscriptions.class);
                await().atMost(LONG)
                        .untilAsserted(() -> assertThat(
                                        subscriptions.explain("billing").sentence())
                                .contains("position 2 is committed")
                                .contains("waits for SyncRep")
                                .contains("synchronous standby"));
                assertThat(subscriptions.explain("filing").sentence()).doesNotContain("committed");
                assertThat(held.waits()).isTrue();
                assertThat(CALLS).doesNotContain("durable early", "live early");
                held.release();
            }
            awaitCalls("durable early", "live early");
            assertThat(BLIND).isEmpty();
        }
    }

    /** What was set aside is gone with the stream; the tables have it. */
    @Test
    void aStreamThatBreaksMeanwhileLosesNothing() throws Exception {
        try (App app = streaming(app("copy"))) {
            publish("orders", "first");
            awaitCalls("durable first", "live first");
            Subscriptions subscriptions = app.get(Subscriptions.class);
            try (HeldBackCommit held = new HeldBackCommit(cluster, db, commit(PLAIN, "early"))) {
                await().atMost(LONG)
                        .until(() -> subscriptions.explain("billing").sentence().contains("position 2 is committed"));
                cluster.execute("select pg_terminate_backend(active_pid) from pg_replication_slots where slot_name ="
                        + " 'postevent_visible_" + db.name() + "'");
                publish("bills", "bill");
                awaitCalls("durable bill", "live bill");
                await().atMost(LONG)
                        .untilAsserted(() -> assertThat(subscriptions.report().feeds())
                                .singleElement()
                                .satisfies(feed -> {
                                    assertThat(feed.facts()).doesNotContainEntry("restarts", "0");
                                    assertThat(feed.state()).isEqualTo(StatusReport.FeedStatus.State.STREAMING);
                                }));
                assertThat(CALLS).doesNotContain("durable early", "live early");
                assertThat(held.waits()).isTrue();
                held.release();
            }
            awaitCalls("durable early");
            assertThat(BLIND).isEmpty();
        }
    }

    /** Rows that a query shows are visible by that. */
    @Test
    void pollingShowsNothingEarlyEither() throws Exception {
        try (App app = streaming(app("copy").with("postevent.feed.kind", "polling"))) {
            publish("orders", "first");
            awaitCalls("durable first", "live first");
            try (HeldBackCommit held = new HeldBackCommit(cluster, db, commit(PLAIN, "early"))) {
                publish("orders", "behind");
                publish("bills", "bill");
                awaitCalls("live behind", "durable bill", "live bill");
                assertThat(CALLS).doesNotContain("durable early", "live early", "durable behind");
                assertThat(held.waits()).isTrue();
                held.release();
            }
            awaitCalls("durable early", "live early", "durable behind");
            assertThat(app.get(Subscriptions.class).report().faults()).isEmpty();
            assertThat(BLIND).isEmpty();
        }
    }
}
