package dev.postevent.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.postevent.internal.health.HealthKey;
import dev.postevent.testing.App;
import dev.postevent.testing.EffectTable;
import dev.postevent.testing.PostgresFixture;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** G10, G12: a row that is larger than a message, from before the table refused it. Its position is named, and what to do. */
class LargeRowsIT {
    private static final Duration LONG = Duration.ofMinutes(4);

    private final PostgresFixture.Db shopDb = PostgresFixture.shared().newDatabase();
    private final PostgresFixture.Db warehouseDb = PostgresFixture.shared().newDatabase();
    private final PostgresFixture.Db secondDb = PostgresFixture.shared().newDatabase();

    @BeforeEach
    void prepare() {
        warehouseDb.execute(EffectTable.DDL);
        secondDb.execute(EffectTable.DDL);
    }

    private static App warehouse(PostgresFixture.Db db, int port, int messageMaxBytes) {
        return Shops.warehouse(db, port)
                .with("postevent.application", "warehouse_" + db.name())
                .with("postevent.grpc.client.message-size-max", messageMaxBytes + "B")
                .beans(Warehouse.class)
                .start();
    }

    private void insert(String id, int bytes) {
        shopDb.execute("insert into postevent.orders (id, source, type, data) values ('" + id
                + "', 'urn:test', 't', repeat('x', " + bytes + ")::bytea)");
    }

    private static void awaitHandled(PostgresFixture.Db db, String ids) {
        await().atMost(LONG)
                .untilAsserted(() -> assertThat(db.text("select string_agg(event, ' ' order by event) from effect"))
                        .isEqualTo(ids));
    }

    private static void awaitNamed(App app) {
        await().atMost(LONG)
                .untilAsserted(() -> assertThat(Shops.report(app).faults().toString())
                        .contains(
                                "topic orders", "position 2", "PSTEV35013", "postevent.grpc.client.message-size-max"));
    }

    @Test
    void itIsNamedLiveAndAsHistoryAndGoesOnWhenSomebodyHasActed() {
        try (App shop = Shops.shop(shopDb).start()) {
            int port = Shops.port(shop);
            try (App app = warehouse(warehouseDb, port, 16 << 20)) {
                Shops.awaitStreaming(app, "orders");
                shopDb.execute("drop trigger orders_event_check on postevent.orders");
                insert("a", 10);
                insert("large", 20 << 20);
                insert("z", 10);
                awaitNamed(app);
                awaitHandled(warehouseDb, "a");
                assertThat(Shops.report(shop).servers().get(0).facts().get("too_large.orders"))
                        .contains("position 2");
                assertThat(HealthKey.tellsOfServer("too_large.orders")).isTrue();
            }
            // a consumer that takes more than usual gets it as it is
            try (App app = warehouse(warehouseDb, port, 32 << 20)) {
                awaitHandled(warehouseDb, "a large z");
                assertThat(Shops.report(app).faults()).isEmpty();
            }
            try (App app = warehouse(secondDb, port, 16 << 20)) {
                awaitNamed(app);
                awaitHandled(secondDb, "a");
                shopDb.execute("update postevent.orders set data = null where idn = 2");
                awaitHandled(secondDb, "a large z");
                await().atMost(LONG).until(() -> Shops.report(app).faults().isEmpty());
            }
        }
    }
}
