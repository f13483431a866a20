package dev.postevent.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.postevent.EventPublisher;
import dev.postevent.StatusReport;
import dev.postevent.Subscriptions;
import dev.postevent.Topic;
import dev.postevent.internal.health.HealthKey;
import dev.postevent.testing.App;
import dev.postevent.testing.EffectTable;
import dev.postevent.testing.PostgresFixture;
import dev.postevent.testing.build.FreePort;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** G12: a remote topic keeps what a local one promises. Two applications, each with a database of its own. */
class TwoApplicationsIT {
    /** Events published before the warehouse is there. */
    private static final int HISTORY = Integer.getInteger("test.history", 30_000);

    private final PostgresFixture.Db shopDb = PostgresFixture.shared().newDatabase();
    private final PostgresFixture.Db warehouseDb = PostgresFixture.shared().newDatabase();
    private final RemoteEffects effects = new RemoteEffects(shopDb, warehouseDb, "orders");

    @Test
    void historyThenLiveEventsAreHandledOnceAndInOrder() throws Exception {
        warehouseDb.execute(EffectTable.DDL);
        try (App shop = Shops.shop(shopDb).start()) {
            int port = Shops.port(shop);
            shopDb.execute("insert into postevent.orders (id, source, type, subject) select 'h' || g, 'urn:test', 't',"
                    + " 's' || g % 100 from generate_series(1, " + HISTORY + ") g");
            try (App warehouse =
                    Shops.warehouse(warehouseDb, port).beans(Warehouse.class).start()) {
                Shops.awaitStreaming(warehouse, "orders");
                publish(shop, 500);
                await().atMost(Duration.ofMinutes(4)).until(() -> effects.effects() >= effects.committed());
                assertThat(effects.committed()).isEqualTo(HISTORY + 400);
                effects.assertExactlyOnceInOrder("picking");

                await().atMost(Duration.ofMinutes(4)).untilAsserted(() -> {
                    StatusReport seen = Shops.report(shop);
                    assertThat(seen.faults()).isEmpty();
                    assertThat(seen.consumers()).hasSize(1).allSatisfy(consumer -> {
                        assertThat(consumer.name()).startsWith("anonymous/");
                        assertThat(consumer.lag()).hasValue(0);
                        assertThat(consumer.connected()).isTrue();
                    });
                });
                assertThat(Shops.report(shop).servers().get(0).facts().keySet())
                        .as("what health tells of a server")
                        .isNotEmpty()
                        .allMatch(HealthKey::tellsOfServer);
                assertThat(Shops.report(warehouse).feeds().get(0).facts().keySet())
                        .as("what health tells of a feed")
                        .isNotEmpty()
                        .allMatch(HealthKey::tellsOfFeed);
                assertThat(Shops.report(warehouse).faults()).isEmpty();
                assertThat(Shops.report(warehouse).topics()).singleElement().satisfies(topic -> {
                    assertThat(topic.mark()).isPresent().isEqualTo(topic.head());
                });
            }
        }
    }

    /** It is told where its topic is now, and reads nothing for that; the history comes into the inbox for whoever wants it. */
    @Test
    void aSubscriptionThatBeginsNowGetsNothingOfTheHistory() {
        warehouseDb.execute(EffectTable.DDL);
        try (App shop = Shops.shop(shopDb).start()) {
            shopDb.execute(events(2_000), "select nextval('postevent.orders_idn_seq')", events(3));
            try (App warehouse = Shops.warehouse(warehouseDb, Shops.port(shop))
                    .with("postevent.subscriptions.picking.start", "now")
                    .beans(Warehouse.class)
                    .start()) {
                awaitStart(warehouse, "now (after position 2004)");
                shopDb.execute(events(2));
                await().atMost(Duration.ofMinutes(4)).until(() -> effects.effects() == 2);
                assertThat(warehouseDb.number("select min(position) from effect"))
                        .isEqualTo(2_005);
            }
        }
    }

    /** Nor does it hold anything up meanwhile. */
    @Test
    void aSubscriptionThatBeginsNowBeginsWhenItsSourceIsThere() {
        warehouseDb.execute(EffectTable.DDL);
        try (App shop = Shops.shop(shopDb).start()) {
            shopDb.execute(events(5));
        }
        int port = FreePort.find();
        try (App warehouse = Shops.warehouse(warehouseDb, port)
                .with("postevent.subscriptions.picking.start", "now")
                .beans(Warehouse.class)
                .start()) {
            await().atMost(Duration.ofMinutes(4))
                    .until(() -> Shops.report(warehouse).faults().stream()
                            .anyMatch(fault -> fault.startsWith("subscription picking: it is new and begins now")));
            assertThat(Shops.report(warehouse).faults()).noneMatch(fault -> fault.contains("not started"));
            try (App shop = Shops.shop(shopDb)
                    .with("postevent.grpc.server.port", Integer.toString(port))
                    .start()) {
                awaitStart(warehouse, "now (after position 5)");
                shopDb.execute(events(2));
                await().atMost(Duration.ofMinutes(4)).until(() -> effects.effects() == 2);
            }
        }
        assertThat(warehouseDb.number("select min(position) from effect")).isEqualTo(6);
    }

    private static void awaitStart(App warehouse, String start) {
        await().atMost(Duration.ofMinutes(4))
                .until(() -> Shops.report(warehouse).subscriptions().stream()
                        .map(Subscriptions.Status::start)
                        .toList()
                        .equals(List.of(start)));
    }

    private static String events(int count) {
        return "insert into postevent.orders (id, source, type) select gen_random_uuid()::text, 'urn:test', 't' from"
                + " generate_series(1, " + count + ") g";
    }

    @Test
    void publishingToARemoteTopicIsRefused() {
        warehouseDb.execute(EffectTable.DDL);
        try (App shop = Shops.shop(shopDb).start();
                App warehouse = Shops.warehouse(warehouseDb, Shops.port(shop))
                        .beans(Warehouse.class)
                        .start()) {
            assertThatThrownBy(() -> warehouse
                            .container()
                            .select(EventPublisher.class, Topic.Literal.of("orders"))
                            .get())
                    .hasStackTraceContaining("PSTEV20013")
                    .hasStackTraceContaining("grpc://127.0.0.1");
        }
    }

    @Test
    void theSourceMayGoAndComeBackWhileEventsFlow() throws Exception {
        warehouseDb.execute(EffectTable.DDL);
        int port = FreePort.find();
        try (App warehouse =
                Shops.warehouse(warehouseDb, port).beans(Warehouse.class).start()) {
            for (int life = 0; life < 3; life++) {
                try (App shop = Shops.shop(shopDb)
                        .with("postevent.grpc.server.port", Integer.toString(port))
                        .with("postevent.application", "shop")
                        .start()) {
                    Shops.port(shop);
                    long before = effects.effects();
                    publish(shop, 300);
                    await().atMost(Duration.ofMinutes(4)).until(() -> effects.effects() > before + 50);
                    publish(shop, 100);
                    // and off it goes, with events under way
                }
            }
            try (App shop = Shops.shop(shopDb)
                    .with("postevent.grpc.server.port", Integer.toString(port))
                    .with("postevent.application", "shop")
                    .start()) {
                assertThat(Shops.port(shop)).isEqualTo(port);
                await().atMost(Duration.ofMinutes(4)).until(() -> effects.effects() >= effects.committed());
                effects.assertExactlyOnceInOrder("picking");
            }
        }
    }

    /** Publishes {@code n} events, every fifth of which is rolled back. */
    static void publish(App shop, int n) throws Exception {
        EventPublisher orders = shop.container()
                .select(EventPublisher.class, Topic.Literal.of("orders"))
                .get();
        for (int i = 0; i < n; i++) {
            String subject = "s" + i % 7;
            if (i % 5 == 4) {
                shop.jta().rolledBack(() -> orders.publish("order.placed", subject, null));
            } else {
                shop.jta().transaction(() -> orders.publish("order.placed", subject, null));
            }
        }
    }

    @Test
    void aTransportThatIsNotThereIsADeploymentFault() {
        assertThatThrownBy(() -> App.over(shopDb)
                        .with("postevent.topics.orders.remote.uri", "pigeon://loft:1")
                        .start())
                .hasMessageContaining("scheme 'pigeon'");
        assertThatThrownBy(() -> App.over(shopDb)
                        .with("postevent.topics.orders.remote.uri", "grpc://user:sesame@127.0.0.1:1")
                        .start())
                .hasMessageNotContaining("sesame");
    }
}
