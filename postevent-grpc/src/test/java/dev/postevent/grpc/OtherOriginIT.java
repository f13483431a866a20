package dev.postevent.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.postevent.Subscriptions;
import dev.postevent.testing.App;
import dev.postevent.testing.EffectTable;
import dev.postevent.testing.PostgresFixture;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A topic of this application that becomes another one's, or back: a cursor belongs to the origin it was reached in. */
class OtherOriginIT {
    private static final Duration LONG = Duration.ofMinutes(4);

    private final PostgresFixture.Db shopDb = PostgresFixture.shared().newDatabase();
    private final PostgresFixture.Db warehouseDb = PostgresFixture.shared().newDatabase();

    @BeforeEach
    void prepare() {
        warehouseDb.execute(EffectTable.DDL);
    }

    private App remote(int port) {
        return named(Shops.warehouse(warehouseDb, port)
                .with("postevent.inbox.mode", "direct")
                .with("postevent.grpc.client.backoff-max", "200ms"));
    }

    private App local() {
        return named(App.over(warehouseDb).with("postevent.inbox.mode", "direct"));
    }

    private App named(App.Builder app) {
        return app.with("postevent.application", "warehouse_" + warehouseDb.name())
                .beans(Warehouse.class)
                .start();
    }

    private static void insert(PostgresFixture.Db db, String prefix, int count) {
        db.execute("insert into postevent.orders (id, source, type, subject) select '" + prefix
                + "' || g, 'urn:test', 't', 's' || g % 3 from generate_series(1, " + count + ") g");
    }

    private long effects(String like) {
        return warehouseDb.number("select count(distinct event) from effect where event like '" + like + "%'");
    }

    private static void awaitFault(App app, String text) {
        await().atMost(LONG)
                .untilAsserted(() -> assertThat(
                                app.get(Subscriptions.class).report().faults().toString())
                        .contains("PSTEV33001", "orders", text));
    }

    @Test
    void aTopicThatWasReadDirectlyBecomesAnotherApplications() {
        try (App app = local()) {
            insert(warehouseDb, "own", 20);
            await().atMost(LONG).until(() -> effects("own") == 20);
            assertThat(Shops.report(app).faults()).isEmpty();
        }
        try (App shop = Shops.shop(shopDb).start()) {
            insert(shopDb, "other", 30);
            try (App app = remote(Shops.port(shop))) {
                awaitFault(app, "through position 20");
                assertThat(effects("other")).as("nor are some of them passed").isZero();
            }
        }
        try (App app = local()) {
            insert(warehouseDb, "more", 5);
            await().atMost(LONG).until(() -> effects("more") == 5);
            assertThat(Shops.report(app).faults()).isEmpty();
        }
        assertThat(warehouseDb.number("select count(*) from effect")).isEqualTo(25);
    }

    @Test
    void anotherApplicationsTopicBecomesOneThatIsReadDirectly() {
        try (App shop = Shops.shop(shopDb).start()) {
            int port = Shops.port(shop);
            insert(shopDb, "other", 20);
            try (App app = remote(port)) {
                await().atMost(LONG).until(() -> effects("other") == 20);
                assertThat(Shops.report(app).faults()).isEmpty();
            }
            try (App app = local()) {
                insert(warehouseDb, "own", 30);
                awaitFault(app, "position 20");
                assertThat(effects("own")).as("nor are some of them passed").isZero();
            }
            insert(shopDb, "later", 5);
            try (App app = remote(port)) {
                await().atMost(LONG).until(() -> effects("later") == 5);
                assertThat(Shops.report(app).faults()).isEmpty();
            }
        }
        assertThat(warehouseDb.number("select count(*) from effect")).isEqualTo(25);
    }

    @Test
    void theSameTableByAnotherWayIsTheSameOrigin() {
        try (App app = local()) {
            insert(warehouseDb, "own", 20);
            await().atMost(LONG).until(() -> effects("own") == 20);
            assertThat(Shops.report(app).faults()).isEmpty();
        }
        try (App server = Shops.shop(warehouseDb).start();
                App app = remote(Shops.port(server))) {
            insert(warehouseDb, "more", 5);
            await().atMost(LONG).until(() -> effects("more") == 5);
            assertThat(Shops.report(app).faults()).isEmpty();
        }
        assertThat(warehouseDb.number("select count(*) from effect")).isEqualTo(25);
    }
}
