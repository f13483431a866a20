package dev.postevent.internal.processor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.postevent.PosteventException;
import dev.postevent.internal.schema.Schema;
import dev.postevent.spi.TopicName;
import dev.postevent.testing.FormerInbox;
import dev.postevent.testing.PostgresFixture;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whose a subscription becomes that was stored before subscriptions belonged to an application, and which one is new. */
class RegistrationIT {
    private static final TopicName ORDERS = new TopicName("orders");
    private static final TopicName INVOICES = new TopicName("invoices");

    private final PostgresFixture.Db db = PostgresFixture.shared().newDatabase();

    @BeforeEach
    void tables() {
        new Schema(db.dataSource(), Schema.Mode.CREATE).prepareInbox();
    }

    private static Member member(String application, boolean given, String node) {
        return new Member(new Application(application, given), node, new Lease(Duration.ofSeconds(10)));
    }

    private SubscriptionStore store(String application, boolean given, String node) {
        return new SubscriptionStore(db.dataSource(), member(application, given, node));
    }

    private SubscriptionStore store(String application) {
        return store(application, true, "node1");
    }

    /** A subscription that has come to position 7 and holds one event, in tables that are brought up to date. */
    private void upgraded() {
        FormerInbox.goBack(db);
        db.execute(
                "insert into postevent_inbox.subscription (name, topic, lanes) values ('shipping', 'orders', 2)",
                "insert into postevent_inbox.lane (subscription, lane, cursor, owner, epoch, expires)"
                        + " select 'shipping', g, 7, 'node1', 3, now() from generate_series(0, 1) g",
                "insert into postevent_inbox.lease (subscription, lane, epoch, expires)"
                        + " select 'shipping', g, 3, now() from generate_series(0, 1) g",
                "insert into postevent_inbox.member (subscription, node, expires) values ('shipping', 'node1', now())",
                "insert into postevent_inbox.held_event (subscription, idn, lane, state) values ('shipping', 5, 0, 'parked')");
        tables();
    }

    private String cursors() {
        return db.text("select string_agg(application || ' ' || cursor, ', ' order by cursor desc, application, lane)"
                + " from postevent_inbox.lane");
    }

    @ParameterizedTest
    @ValueSource(strings = {"read committed", "repeatable read"})
    void ofAllThatComeAtOnceOneApplicationTakesItOverAndTheOtherBeginsAnew(String isolation) throws Exception {
        upgraded();
        db.execute("alter database " + db.name() + " set default_transaction_isolation = '" + isolation + "'");
        int nodes = 6;
        CyclicBarrier together = new CyclicBarrier(nodes);
        ExecutorService threads = Executors.newFixedThreadPool(nodes);
        try {
            List<Callable<Optional<LaneStore.Registered>>> starts = new ArrayList<>();
            for (int i = 0; i < nodes; i++) {
                SubscriptionStore store = store(i % 2 == 0 ? "shop" : "office", true, "node" + i);
                starts.add(() -> {
                    together.await(30, TimeUnit.SECONDS);
                    return store.lanes("shipping").register(ORDERS, 2, Start.BEGINNING);
                });
            }
            for (Future<Optional<LaneStore.Registered>> start : threads.invokeAll(starts)) {
                assertThat(start.get()).contains(new LaneStore.Registered("orders", 2, false, Start.BEGINNING));
            }
        } finally {
            threads.shutdownNow();
        }
        assertThat(cursors()).isIn("shop 7, shop 7, office 0, office 0", "office 7, office 7, shop 0, shop 0");
        String heir = cursors().replaceAll(" .*", "");
        assertThat(db.number("select count(*) from postevent_inbox.held_event h join postevent_inbox.member m"
                        + " using (application, subscription) join postevent_inbox.lease e using (application, subscription)"
                        + " where application = '" + heir + "'"))
                .isEqualTo(2);
    }

    @Test
    void ofAllThatComeAtOnceTheFirstSaysWhereItBegins() throws Exception {
        tables();
        int nodes = 6;
        CyclicBarrier together = new CyclicBarrier(nodes);
        ExecutorService threads = Executors.newFixedThreadPool(nodes);
        Set<Start> starts = new HashSet<>();
        try {
            List<Callable<Optional<LaneStore.Registered>>> registrations = new ArrayList<>();
            for (int i = 0; i < nodes; i++) {
                SubscriptionStore store = store("shop", true, "node" + i);
                Start now = Start.nowAfter(10 + i);
                assertThat(store.lanes("shipping").register(ORDERS, 2, Start.NOW))
                        .isEmpty();
                registrations.add(() -> {
                    together.await(30, TimeUnit.SECONDS);
                    return store.lanes("shipping").register(ORDERS, 2, now);
                });
            }
            for (Future<Optional<LaneStore.Registered>> one : threads.invokeAll(registrations)) {
                starts.add(one.get().orElseThrow().start());
            }
        } finally {
            threads.shutdownNow();
        }
        assertThat(starts).hasSize(1);
        assertThat(store("shop")
                        .lanes("shipping")
                        .register(ORDERS, 2, Start.NOW)
                        .orElseThrow()
                        .start())
                .as("later, too")
                .isIn(starts);
        Start time = Start.at(Instant.parse("2026-01-31T00:00:00.123456Z"));
        assertThat(store("shop")
                        .lanes("billing")
                        .register(ORDERS, 2, time)
                        .orElseThrow()
                        .start())
                .isEqualTo(time);
        assertThat(store("shop")
                        .lanes("mail")
                        .register(ORDERS, 2, Start.at(12))
                        .orElseThrow()
                        .start())
                .isEqualTo(Start.at(12));
    }

    @Test
    void whatIsOfAnotherTopicStaysNobodysAndWhoeverHasItsOwnKeepsIt() throws Exception {
        upgraded();
        store("office").lanes("shipping").register(INVOICES, 1, Start.BEGINNING);
        assertThat(cursors()).isEqualTo(" 7,  7, office 0");
        store("shop").lanes("shipping").register(ORDERS, 4, Start.BEGINNING);
        assertThat(cursors()).isEqualTo("shop 7, shop 7, office 0");
        store("office").lanes("shipping").register(INVOICES, 1, Start.BEGINNING);
        store("shop").lanes("shipping").register(ORDERS, 4, Start.BEGINNING);
        assertThat(cursors()).isEqualTo("shop 7, shop 7, office 0");
    }

    /** A server calls an application as its file, and that may have a version in its name. */
    @Test
    void anApplicationWithoutANameOfItsOwnDoesNotBeginAnewUnasked() throws Exception {
        store("shop_1_0", false, "a").lanes("shipping").register(ORDERS, 1, Start.BEGINNING);
        store("shop_1_0", false, "b").lanes("shipping").register(ORDERS, 1, Start.BEGINNING);

        assertThatThrownBy(() -> store("shop_1_1", false, "a").lanes("shipping").register(ORDERS, 1, Start.BEGINNING))
                .isInstanceOf(PosteventException.class)
                .hasMessageContaining("PSTEV34005")
                .hasMessageContaining("application shop_1_0 has one of the same name")
                .hasMessageContaining("Set postevent.application");
        assertThatThrownBy(() -> store("shop_1_1", false, "a").lanes("shipping").register(ORDERS, 1, Start.NOW))
                .as("before its source is asked")
                .hasMessageContaining("PSTEV34005");
        assertThat(store("shop_1_0", false, "a").lanes("shipping").register(ORDERS, 1, Start.NOW))
                .isPresent();
        assertThat(store("office").lanes("shipping").register(ORDERS, 1, Start.NOW))
                .isEmpty();
        assertThat(cursors()).isEqualTo("shop_1_0 0");

        store("shop_1_1", false, "a").lanes("shipping").register(INVOICES, 1, Start.BEGINNING);
        store("office").lanes("shipping").register(ORDERS, 1, Start.BEGINNING);
        store("shop_1_0").lanes("shipping").register(ORDERS, 1, Start.BEGINNING);
        assertThat(cursors()).isEqualTo("office 0, shop_1_0 0, shop_1_1 0");
    }

    /** The way that docs/operations.md tells. */
    @Test
    void anApplicationThatIsRenamedGoesOn() throws Exception {
        store("shop").lanes("shipping").register(ORDERS, 1, Start.BEGINNING);
        db.execute("update postevent_inbox.lane set cursor = 9");
        db.execute("update postevent_inbox.subscription set application = 'store' where application = 'shop'");
        store("store").lanes("shipping").register(ORDERS, 1, Start.BEGINNING);
        assertThat(cursors()).isEqualTo("store 9");
    }

    /** What row security keeps from a login is left as it is, without a word: cursors would stand still, and nobody knew why. */
    @Test
    void aLoginWhoseApplicationWasGivenToAnotherOneSaysSo() throws SQLException {
        String login = db.name() + "_login";
        db.execute(
                "create role " + login + " login password '" + db.password() + "'",
                "grant usage on schema postevent_inbox to " + login,
                "grant all on all tables in schema postevent_inbox to " + login,
                "insert into postevent_inbox.application (name, login) values ('shop', '" + login + "')");
        SubscriptionStore store = new SubscriptionStore(
                new PostgresFixture.Db(db.jdbcUrl(), login, db.password(), db.name()).dataSource(),
                member("shop", true, "node1"));
        store.lanes("shipping").register(ORDERS, 2, Start.BEGINNING);
        store.lanes("shipping").renew(Map.of());

        db.execute("update postevent_inbox.application set login = 'heir' where name = 'shop'");

        assertThatThrownBy(() -> store.lanes("shipping").renew(Map.of()))
                .hasMessageContaining("application shop")
                .hasMessageContaining("postevent_inbox.application");
        db.execute("update postevent_inbox.application set login = '" + login + "' where name = 'shop'");
        store.lanes("shipping").renew(Map.of());
    }
}
