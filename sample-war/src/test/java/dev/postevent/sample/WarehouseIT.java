package dev.postevent.sample;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.postevent.server.PostgresCluster;
import dev.postevent.server.TlsFiles;
import dev.postevent.testing.build.FreePort;
import jakarta.json.JsonObject;
import java.io.UncheckedIOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One WAR on two servers with two PostgreSQL: the warehouse does what the shop committed, whichever of the two is killed. */
class WarehouseIT {
    private static final Duration LONG = Duration.ofMinutes(4);
    private static final int CUSTOMERS = 4;
    /** Of one phase: enough that the kill comes in the middle. */
    private static final int ORDERS = 500;

    private static volatile boolean finished;

    @TempDir
    static Path directory;

    private static PostgresCluster shopPostgres;
    private static PostgresCluster warehousePostgres;
    private static Shop shop;
    private static Shop warehouse;

    @BeforeAll
    static void openBoth() {
        Map<String, String> variables = Map.of(
                "GRPC_PORT", Integer.toString(FreePort.find()),
                "TLS_DIRECTORY",
                        TlsFiles.in(directory.resolve("tls"), List.of("shop", "warehouse"))
                                .toString());
        shopPostgres = PostgresCluster.temporary();
        warehousePostgres = PostgresCluster.temporary();
        shop = Shop.side("two_shop", shopPostgres, "serving.xml", variables);
        warehouse = Shop.side("two_warehouse", warehousePostgres, "warehouse.xml", variables);
        // consumer first: nobody has to wait for the other
        warehouse.start();
        shop.start();
    }

    @AfterAll
    static void closeBoth() {
        for (AutoCloseable one : new AutoCloseable[] {warehouse, shop, warehousePostgres, shopPostgres}) {
            if (one != null) {
                try {
                    one.close();
                } catch (Exception e) {
                    throw new IllegalStateException(e);
                }
            }
        }
    }

    @Test
    void effectsEqualTheShopsCommittedEventsInOrderAndOnceThoughEitherSideIsKilled() throws Exception {
        Semaphore orders = new Semaphore(0);
        ExecutorService customers = Executors.newFixedThreadPool(CUSTOMERS);
        try {
            List<Future<Integer>> all = new ArrayList<>();
            for (int customer = 0; customer < CUSTOMERS; customer++) {
                String name = "c-" + customer;
                all.add(customers.submit(() -> orderWhenAllowed(orders, name)));
            }
            orders.release(ORDERS);
            awaitMorePicked(50);
            shop.server().kill();
            shop.start();
            orders.release(ORDERS);
            awaitMorePicked(50);
            warehouse.server().kill();
            await("orders while the warehouse is away").atMost(LONG).until(() -> orders.availablePermits() == 0);
            warehouse.start();
            orders.release(ORDERS);
            awaitMorePicked(50);
            await("the last orders").atMost(LONG).until(() -> orders.availablePermits() == 0);
            finished = true;
            orders.release(CUSTOMERS);
            for (Future<Integer> one : all) {
                assertThat(one.get()).isPositive();
            }
        } finally {
            customers.shutdownNow();
        }
        await("all picked").atMost(LONG).until(() -> picked() >= committed().size());
        assertEqual();
        bothSidesTellOfEachOther();
    }

    /** Orders one after the other, every fifth rolled back; while the shop is away, an answer that does not come is no order. */
    private static int orderWhenAllowed(Semaphore orders, String customer) throws InterruptedException {
        int answers = 0;
        for (int i = 0; ; i++) {
            orders.acquire();
            if (finished) {
                return answers;
            }
            boolean undone = i % 5 == 4;
            String order = "{\"customer\":\"" + customer + "\",\"item\":\"" + (undone ? "undone" : "item " + i)
                    + "\",\"quantity\":1}";
            try {
                int status =
                        shop.post("/shop/api/orders?rollback=" + undone, order).status();
                if (status == (undone ? 409 : 201)) {
                    answers++;
                } else {
                    awaitShop();
                }
            } catch (UncheckedIOException away) {
                awaitShop();
            }
        }
    }

    private static void awaitShop() {
        await("the shop is back")
                .atMost(LONG)
                .ignoreException(UncheckedIOException.class)
                .until(() -> shop.get("/shop/api/orders?limit=1").status() == 200);
    }

    private static void awaitMorePicked(long more) {
        long before = picked();
        await("%d more effects than %d".formatted(more, before)).atMost(LONG).until(() -> picked() >= before + more);
    }

    private static long picked() {
        return warehouse.database().number("select count(*) from warehouse.picking_effect");
    }

    /** The shop's committed events, in its order: position, id, subject. */
    private static List<String> committed() {
        return shop.database()
                .texts("select idn || ' ' || id || ' ' || subject from postevent.orders where kind = 'e' order by idn");
    }

    private static void assertEqual() {
        assertThat(
                        warehouse
                                .database()
                                .texts(
                                        "select position || ' ' || event_id || ' ' || subject from warehouse.picking_effect order by position"))
                .as("every committed event, once")
                .isEqualTo(committed());
        Map<String, Long> last = new HashMap<>();
        for (Shop.Effect effect : warehouse.effects("picking")) {
            Long before = last.put(effect.subject(), effect.position());
            assertThat(before == null || before < effect.position())
                    .as("%s after position %s", effect, before)
                    .isTrue();
        }
        assertThat(last).hasSize(CUSTOMERS);
        assertThat(
                        warehouse
                                .database()
                                .texts(
                                        "select order_id || ' ' || customer || ' ' || item from warehouse.pick order by order_id"))
                .as("what was picked is what was ordered")
                .isEqualTo(shop.database()
                        .texts("select id || ' ' || customer || ' ' || item from shop.orders order by id"))
                .noneMatch(row -> row.endsWith("undone"));
    }

    private static JsonObject status(Shop side) {
        return side.get("/shop/api/status").object();
    }

    private static void bothSidesTellOfEachOther() {
        await("the shop knows how far the warehouse is").atMost(LONG).untilAsserted(() -> {
            JsonObject consumer = status(shop).getJsonArray("consumers").getJsonObject(0);
            assertThat(consumer.getString("name")).isEqualTo("cert:warehouse/warehouse");
            assertThat(consumer.getBoolean("connected")).isTrue();
            assertThat(consumer.getInt("lag")).isZero();
        });
        JsonObject there = status(warehouse);
        assertThat(there.getString("role")).isEqualTo("warehouse");
        assertThat(there.getJsonArray("feeds")).singleElement().satisfies(feed -> {
            assertThat(feed.asJsonObject().getString("engine")).isEqualTo("grpc");
            assertThat(feed.asJsonObject().getString("state")).isEqualTo("STREAMING");
        });
        assertThat(there.getJsonArray("subscriptions"))
                .singleElement()
                .satisfies(
                        subscription -> assertThat(subscription.asJsonObject().getString("name"))
                                .isEqualTo("picking"));
        assertThat(warehouse.get("/health/ready").status()).isEqualTo(200);
        assertThat(shop.get("/health/ready").status()).isEqualTo(200);
    }

    @Test
    void theWarehouseTakesNoOrdersAndPublishesNothing() {
        assertThat(warehouse
                        .post("/shop/api/orders", "{\"customer\":\"c\",\"item\":\"i\",\"quantity\":1}")
                        .status())
                .isEqualTo(404);
        assertThat(warehouse.get("/shop/api/effects/shipping").status()).isEqualTo(404);
        Shop.Answer refused = warehouse.send(warehouse
                .request("/shop/events/orders")
                .header("Content-Type", "application/cloudevents+json")
                .POST(BodyPublishers.ofString(
                        "{\"specversion\":\"1.0\",\"id\":\"w\",\"source\":\"/test\",\"type\":\"t\"}")));
        assertThat(refused.status()).as(refused.text()).isEqualTo(409);
        assertThat(refused.text()).contains("PSTEV20013");
        assertThat(shop.get("/shop/api/effects/picking").status()).isEqualTo(404);
        assertThat(warehouse.database().texts("select schema_name from information_schema.schemata"))
                .doesNotContain("shop");
    }
}
