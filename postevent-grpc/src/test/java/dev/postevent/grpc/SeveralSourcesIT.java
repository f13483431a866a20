package dev.postevent.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.postevent.Delivery;
import dev.postevent.Resources;
import dev.postevent.StatusReport;
import dev.postevent.StatusReport.FeedStatus.State;
import dev.postevent.Subscription;
import dev.postevent.Topic;
import dev.postevent.testing.App;
import dev.postevent.testing.EffectTable;
import dev.postevent.testing.PostgresFixture;
import io.cloudevents.CloudEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import java.sql.SQLException;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Several sources for one consumer, and several nodes of one source. */
class SeveralSourcesIT {
    private static final Duration LONG = Duration.ofMinutes(4);

    /** Two topics that are both called orders where they come from. */
    @ApplicationScoped
    public static class Collector {
        @Inject
        Resources resources;

        @Subscription("north")
        void north(@Observes @Topic("orders_north") CloudEvent event, Delivery delivery) throws SQLException {
            write("north", event, delivery);
        }

        @Subscription("south")
        void south(@Observes @Topic("orders_south") CloudEvent event, Delivery delivery) throws SQLException {
            write("south", event, delivery);
        }

        private void write(String subscription, CloudEvent event, Delivery delivery) throws SQLException {
            EffectTable.write(resources, subscription, event.getSource().toString(), event, delivery);
        }
    }

    @Test
    void theSameRemoteNameFromTwoSourcesIsTwoTopicsHere() throws Exception {
        PostgresFixture.Db north = PostgresFixture.shared().newDatabase();
        PostgresFixture.Db south = PostgresFixture.shared().newDatabase();
        PostgresFixture.Db here = PostgresFixture.shared().newDatabase();
        here.execute(EffectTable.DDL);
        try (App northShop =
                        Shops.shop(north).with("postevent.source", "urn:north").start();
                App southShop =
                        Shops.shop(south).with("postevent.source", "urn:south").start();
                App collector = App.over(here)
                        .with(
                                "postevent.topics.orders_north.remote.uri",
                                "grpc://127.0.0.1:" + Shops.port(northShop) + "/orders")
                        .with(
                                "postevent.topics.orders_south.remote.uri",
                                "grpc://127.0.0.1:" + Shops.port(southShop) + "/orders")
                        .beans(Collector.class)
                        .start()) {
            TwoApplicationsIT.publish(northShop, 100);
            TwoApplicationsIT.publish(southShop, 50);
            await().atMost(LONG).until(() -> here.number("select count(*) from effect") == 80 + 40);
            assertThat(here.text(
                            "select string_agg(distinct subscription || ' ' || subject, ', ' order by subscription || ' '"
                                    + " || subject) from effect"))
                    .isEqualTo("north urn:north, south urn:south");
            assertThat(Shops.report(collector).topics())
                    .extracting(StatusReport.TopicStatus::name)
                    .containsExactly("orders_north", "orders_south");
            assertThat(Shops.report(collector).faults()).isEmpty();
        }
    }

    /** Two topics here that are one there; {@code b} stands still. */
    @ApplicationScoped
    public static class Twice {
        @Subscription("a")
        void a(@Observes @Topic("orders_a") CloudEvent event) {
            // its mark is what is looked at
        }

        @Subscription("b")
        void b(@Observes @Topic("orders_b") CloudEvent event) {
            // as above
        }
    }

    @Test
    void twoTopicsOfTheSameOneThereHaveEachAMark() throws Exception {
        PostgresFixture.Db shopDb = PostgresFixture.shared().newDatabase();
        PostgresFixture.Db here = PostgresFixture.shared().newDatabase();
        try (App shop = Shops.shop(shopDb).start()) {
            String remote = "grpc://127.0.0.1:" + Shops.port(shop) + "/orders";
            try (App collector = App.over(here)
                    .with("postevent.topics.orders_a.remote.uri", remote)
                    .with("postevent.topics.orders_b.remote.uri", remote)
                    .with("postevent.grpc.client.report-interval", "100ms")
                    .beans(Twice.class)
                    .start()) {
                Shops.awaitStreaming(collector, "orders_a");
                Shops.awaitStreaming(collector, "orders_b");
                // b cannot be stored from the first position on
                here.execute("alter table postevent_inbox.messages add check (topic <> 'orders_b')");
                TwoApplicationsIT.publish(shop, 10);
                long head = shopDb.number("select max(idn) from postevent.orders");
                await().atMost(LONG)
                        .untilAsserted(() -> assertThat(shopDb.text(
                                        "select string_agg(split_part(consumer, '/', 2) || ' ' || mark, ', ' order by consumer)"
                                                + " from postevent_internal.consumer"))
                                .contains(".orders_a " + head)
                                .contains(".orders_b 0"));
            }
        }
    }

    @Test
    void aConsumerOfANodeThatDoesNotStreamIsToldWhenThereIsMore() throws Exception {
        PostgresFixture.Db shopDb = PostgresFixture.shared().newDatabase();
        PostgresFixture.Db warehouseDb = PostgresFixture.shared().newDatabase();
        warehouseDb.execute(EffectTable.DDL);
        RemoteEffects effects = new RemoteEffects(shopDb, warehouseDb, "orders");
        try (App streams = Shops.shop(shopDb)
                .with("postevent.application", "shop")
                .with("postevent.node", "first")
                .start()) {
            await().atMost(LONG)
                    .until(() -> Shops.report(streams).feeds().get(0).state() == State.STREAMING);
            try (App waits = Shops.shop(shopDb)
                            .with("postevent.application", "shop")
                            .with("postevent.node", "second")
                            .with("postevent.grpc.server.heartbeat", "1m") // not by a heartbeat
                            .start();
                    App warehouse = Shops.warehouse(warehouseDb, Shops.port(waits))
                            .with("postevent.catchup.interval", "1h") // nor by the slow timer
                            .beans(Warehouse.class)
                            .start()) {
                Shops.awaitStreaming(warehouse, "orders");
                assertThat(Shops.report(waits).feeds().get(0).state()).isEqualTo(State.STANDBY);
                for (int round = 1; round <= 3; round++) {
                    TwoApplicationsIT.publish(streams, 50);
                    await().atMost(LONG).until(() -> effects.effects() >= effects.committed());
                }
                effects.assertExactlyOnceInOrder("picking");
            }
        }
    }
}
