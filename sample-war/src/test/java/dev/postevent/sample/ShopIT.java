package dev.postevent.sample;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import jakarta.json.JsonArray;
import jakarta.json.JsonObject;
import java.net.http.HttpRequest.BodyPublishers;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** The shop's HTTP face, as scripts and people rely on it, on a real Open Liberty. */
class ShopIT {
    private static final Duration LONG = Duration.ofSeconds(60);

    private static void awaitHandled(Shop shop, long orders) {
        for (String subscription : List.of("shipping", "billing")) {
            await(subscription)
                    .atMost(LONG)
                    .until(() -> shop.effects(subscription).size() >= orders);
        }
    }

    private static void assertOnceAndInOrder(Shop shop, String subscription, long events) {
        List<Shop.Effect> effects = shop.effects(subscription);
        Set<Long> positions = new HashSet<>();
        Map<String, Long> last = new HashMap<>();
        for (Shop.Effect effect : effects) {
            assertThat(positions.add(effect.position()))
                    .as("%s twice in %s", effect, subscription)
                    .isTrue();
            if (effect.subject() != null) {
                Long before = last.put(effect.subject(), effect.position());
                assertThat(before == null || before < effect.position())
                        .as("%s after position %s in %s", effect, before, subscription)
                        .isTrue();
            }
        }
        assertThat(effects).hasSize((int) events);
    }

    @Test
    void anOrderIsStoredShippedAndBilledAndARolledBackOneIsNot() {
        try (Shop shop = Shop.open("orders")) {
            Shop.Answer placed =
                    shop.post("/shop/api/orders", "{\"customer\":\"c-17\",\"item\":\"book\",\"quantity\":2}");
            assertThat(placed.status()).isEqualTo(201);
            long id = placed.object().getJsonNumber("id").longValue();
            assertThat(placed.headers().firstValue("Location").orElseThrow()).endsWith("/shop/api/orders/" + id);
            await().atMost(LONG).untilAsserted(() -> {
                JsonObject order = shop.get("/shop/api/orders/" + id).object();
                assertThat(order.isNull("shippedAt")).isFalse();
                assertThat(order.isNull("billedAt")).isFalse();
            });
            Shop.Answer rolledBack = shop.post(
                    "/shop/api/orders?rollback=true", "{\"customer\":\"c-18\",\"item\":\"book\",\"quantity\":2}");
            assertThat(rolledBack.status()).isEqualTo(409);
            assertThat(shop.post("/shop/api/orders", "{\"customer\":\"\"}").status())
                    .isEqualTo(400);
            assertThat(shop.get("/shop/api/orders/999999").status()).isEqualTo(404);
            shop.place("c-17", "after");
            awaitHandled(shop, 2);
            assertOnceAndInOrder(shop, "shipping", 2);
            assertOnceAndInOrder(shop, "billing", 2);
            assertThat(shop.database().number("select count(*) from shop.orders"))
                    .isEqualTo(2);
            assertThat(shop.database().number("select count(*) from postevent.orders where kind = 'e'"))
                    .isEqualTo(2);
            cloudEvents(shop);
            statusAndHealth(shop);
        }
    }

    private void cloudEvents(Shop shop) {
        Shop.Answer structured = shop.send(shop.request("/shop/events/orders")
                .header("Content-Type", "application/cloudevents+json")
                .POST(BodyPublishers.ofString(
                        "{\"specversion\":\"1.0\",\"id\":\"s-1\",\"source\":\"/test\",\"type\":\"test.thing\","
                                + "\"subject\":\"x\",\"data\":{\"a\":1}}")));
        assertThat(structured.status()).as(structured.text()).isEqualTo(202);
        Shop.Answer batch = shop.send(shop.request("/shop/events/orders")
                .header("Content-Type", "application/cloudevents-batch+json")
                .POST(BodyPublishers.ofString(
                        "[{\"specversion\":\"1.0\",\"id\":\"b-1\",\"source\":\"/test\",\"type\":\"t\"},"
                                + "{\"specversion\":\"1.0\",\"id\":\"b-2\",\"source\":\"/test\",\"type\":\"t\"}]")));
        assertThat(batch.status()).as(batch.text()).isEqualTo(202);
        Shop.Answer binary = shop.send(shop.request("/shop/events/orders")
                .header("ce-specversion", "1.0")
                .header("ce-id", "bin-1")
                .header("ce-source", "/test")
                .header("ce-type", "t")
                .header("Content-Type", "text/plain")
                .POST(BodyPublishers.ofString("hello")));
        assertThat(binary.status()).as(binary.text()).isEqualTo(202);
        assertThat(shop.database()
                        .texts("select id from postevent.orders where source = '/test' and kind = 'e' order by idn"))
                .containsExactly("s-1", "b-1", "b-2", "bin-1");
        assertThat(shop.database().texts("select convert_from(data, 'UTF8') from postevent.orders where id = 'bin-1'"))
                .containsExactly("hello");

        Shop.Answer broken = shop.send(shop.request("/shop/events/orders")
                .header("Content-Type", "application/cloudevents-batch+json")
                .POST(BodyPublishers.ofString(
                        "[{\"specversion\":\"1.0\",\"id\":\"b-3\",\"source\":\"/test\",\"type\":\"t\"},"
                                + "{\"specversion\":\"1.0\",\"id\":\"\",\"source\":\"/test\",\"type\":\"t\"}]")));
        assertThat(broken.status()).as(broken.text()).isEqualTo(400);
        assertThat(broken.text()).contains("id");
        assertThat(shop.database().number("select count(*) from postevent.orders where id = 'b-3'"))
                .isZero();
        assertThat(shop.send(shop.request("/shop/events/nowhere")
                                .header("Content-Type", "application/cloudevents+json")
                                .POST(BodyPublishers.ofString(
                                        "{\"specversion\":\"1.0\",\"id\":\"n\",\"source\":\"/test\",\"type\":\"t\"}")))
                        .status())
                .isEqualTo(404);
    }

    private void statusAndHealth(Shop shop) {
        JsonObject status = shop.get("/shop/api/status").object();
        assertThat(status.getString("node")).isNotEmpty();
        JsonObject topic = status.getJsonArray("topics").getJsonObject(0);
        assertThat(topic.getString("name")).isEqualTo("orders");
        assertThat(topic.keySet()).contains("head", "settled", "mark");
        assertThat(shop.subscription("shipping").keySet())
                .contains("name", "topic", "handled", "lag", "held", "parked");
        assertThat(status.getJsonArray("feeds").getJsonObject(0).getString("state"))
                .isEqualTo("STREAMING");
        Shop.Answer ready = shop.get("/health/ready");
        assertThat(ready.status()).isEqualTo(200);
        assertThat(ready.text()).contains("feed.debezium.wal_status", "topic.orders.mark", "subscription.shipping.lag");
        assertThat(shop.get("/health/live").status()).isEqualTo(200);
        assertThat(shop.get("/shop/").text()).contains("<html");
    }

    @Test
    void aFaultHoldsOneCustomerAndRetryAndSkipRepairIt() {
        try (Shop shop = Shop.open("faults")) {
            assertThat(shop.put("/shop/api/faults/shipping", "{\"failFor\":\"c-13\",\"slowMillis\":0}")
                            .status())
                    .isBetween(200, 204);
            for (int i = 0; i < 3; i++) {
                shop.place("c-13", "held");
                shop.place("c-14", "flows");
            }
            await().atMost(LONG).until(() -> shop.subscription("shipping").getInt("parked") == 1);
            await().atMost(LONG)
                    .until(() -> shop.effects("shipping").size() == 3
                            && shop.effects("billing").size() == 6);
            assertThat(shop.effects("shipping"))
                    .allMatch(effect -> effect.subject().equals("c-14"));
            assertThat(shop.subscription("shipping").getInt("held")).isEqualTo(3);
            List<Long> held = shop
                    .database()
                    .texts(
                            "select idn::text from postevent_inbox.held_event where subscription = 'shipping' order by idn")
                    .stream()
                    .map(Long::valueOf)
                    .toList();
            assertThat(held).hasSize(3);
            assertThat(shop.post("/shop/api/subscriptions/shipping/parked/" + held.get(0) + "/skip", "")
                            .status())
                    .isBetween(200, 204);
            await().atMost(LONG).until(() -> shop.subscription("shipping").getInt("parked") == 1);
            assertThat(shop.delete("/shop/api/faults/shipping").status()).isBetween(200, 204);
            assertThat(shop.post("/shop/api/subscriptions/shipping/parked/" + held.get(1) + "/retry", "")
                            .status())
                    .isBetween(200, 204);
            await().atMost(LONG).until(() -> shop.effects("shipping").size() == 5);
            assertOnceAndInOrder(shop, "shipping", 5);
            assertOnceAndInOrder(shop, "billing", 6);
        }
    }

    @Test
    void killedAndStartedAgainEveryOrderIsShippedAndBilledOnceAndInOrder() throws Exception {
        try (Shop shop = Shop.open("killed")) {
            long placed = 0;
            for (int life = 0; life < 3; life++) {
                ExecutorService customers = Executors.newFixedThreadPool(4);
                List<Future<Integer>> all = new java.util.ArrayList<>();
                for (int customer = 0; customer < 4; customer++) {
                    String name = "c-" + customer;
                    all.add(customers.submit(() -> {
                        int orders = 0;
                        for (int i = 0; i < 60; i++) {
                            shop.place(name, "item " + i);
                            orders++;
                        }
                        return orders;
                    }));
                }
                for (Future<Integer> one : all) {
                    placed += one.get();
                }
                customers.shutdown();
                shop.server().kill();
                shop.start();
            }
            long expected = placed;
            awaitHandled(shop, expected);
            assertOnceAndInOrder(shop, "shipping", expected);
            assertOnceAndInOrder(shop, "billing", expected);
            assertThat(shop.database()
                            .number("select count(*) from shop.orders where shipped_at is null or billed_at is null"))
                    .isZero();
            JsonArray feeds = shop.get("/shop/api/status").object().getJsonArray("feeds");
            assertThat(feeds).hasSize(1);
        }
    }
}
