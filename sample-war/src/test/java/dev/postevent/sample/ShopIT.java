package dev.postevent.sample;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import jakarta.json.JsonArray;
import jakarta.json.JsonNumber;
import jakarta.json.JsonObject;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/**
 * The shop's HTTP face, as scripts and people rely on it, on a real Open Liberty. One server for all chapters: the first finds it empty,
 * the last kills it.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ShopIT {
    private static final Duration LONG = Duration.ofMinutes(4);
    private static final int RESTARTS = 10;

    private static Shop shop;
    /** They begin with the first chapter; some of them take their time. */
    private static Strangers strangers;
    /** Events that shipping was told to skip. */
    private static int skipped;

    @BeforeAll
    static void open() throws IOException {
        shop = Shop.openWithEnterpriseBeans("orders");
        strangers = new Strangers(shop);
    }

    @AfterAll
    static void close() throws IOException {
        if (strangers != null) {
            strangers.close();
        }
        if (shop != null) {
            shop.close();
        }
    }

    private static void awaitHandled(Shop shop, long shipped, long billed) {
        await("shipping").atMost(LONG).until(() -> shop.effects("shipping").size() >= shipped);
        await("billing").atMost(LONG).until(() -> shop.effects("billing").size() >= billed);
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
    @Order(1)
    void anOrderIsStoredShippedAndBilledAndARolledBackOneIsNot() {
        Shop.Answer placed = shop.post("/shop/api/orders", "{\"customer\":\"c-17\",\"item\":\"book\",\"quantity\":2}");
        assertThat(placed.status()).isEqualTo(201);
        long id = placed.object().getJsonNumber("id").longValue();
        assertThat(placed.headers().firstValue("Location").orElseThrow()).endsWith("/shop/api/orders/" + id);
        await().atMost(LONG).untilAsserted(() -> {
            JsonObject order = shop.get("/shop/api/orders/" + id).object();
            assertThat(order.isNull("shippedAt")).isFalse();
            assertThat(order.isNull("billedAt")).isFalse();
        });
        Shop.Answer rolledBack =
                shop.post("/shop/api/orders?rollback=true", "{\"customer\":\"c-18\",\"item\":\"book\",\"quantity\":2}");
        assertThat(rolledBack.status()).isEqualTo(409);
        assertThat(shop.post("/shop/api/orders", "{\"customer\":\"\"}").status())
                .isEqualTo(400);
        assertThat(shop.get("/shop/api/orders/999999").status()).isEqualTo(404);
        shop.place("c-17", "after");
        awaitHandled(shop, 2, 2);
        assertOnceAndInOrder(shop, "shipping", 2);
        assertOnceAndInOrder(shop, "billing", 2);
        assertThat(shop.database().number("select count(*) from shop.orders")).isEqualTo(2);
        assertThat(shop.database().number("select count(*) from postevent.orders where kind = 'e'"))
                .isEqualTo(2);
        cloudEvents(shop);
        cloudEventsThatAreRefused(shop);
        effectsByRange(shop);
        slowObserver(shop);
        statusAndHealth(shop);
        stream(shop);
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
        assertThat(batch.object().getJsonArray("positions").getValuesAs(JsonNumber.class).stream()
                        .map(JsonNumber::toString))
                .containsExactlyElementsOf(
                        shop.database().texts("select idn from postevent.orders where id like 'b-%' order by id"));
        Shop.Answer base64 = shop.send(shop.request("/shop/events/orders")
                .header("Content-Type", "application/cloudevents+json")
                .POST(BodyPublishers.ofString(
                        "{\"specversion\":\"1.0\",\"id\":\"b64\",\"source\":\"/base64\",\"type\":\"t\","
                                + "\"datacontenttype\":\"application/octet-stream\",\"data_base64\":\"AAH/fw==\"}")));
        assertThat(base64.status()).as(base64.text()).isEqualTo(202);
        assertThat(shop.database().texts("select encode(data, 'hex') from postevent.orders where id = 'b64'"))
                .containsExactly("0001ff7f");
        Shop.Answer binary = shop.send(shop.request("/shop/events/orders")
                .header("ce-specversion", "1.0")
                .header("ce-id", "bin-1")
                .header("ce-source", "/test")
                .header("ce-type", "t")
                .header("ce-subject", "\"caf%C3%A9 1\"")
                .header("ce-time", "2016-12-31T23:59:60.123456789012Z")
                .header("Content-Type", "text/plain")
                .POST(BodyPublishers.ofString("hello")));
        assertThat(binary.status()).as(binary.text()).isEqualTo(202);
        assertThat(shop.database()
                        .texts("select id from postevent.orders where source = '/test' and kind = 'e' order by idn"))
                .containsExactly("s-1", "b-1", "b-2", "bin-1");
        assertThat(shop.database().texts("select convert_from(data, 'UTF8') from postevent.orders where id = 'bin-1'"))
                .containsExactly("hello");
        assertThat(
                        shop.database()
                                .texts(
                                        "select subject || ' ' || (time at time zone 'utc') from postevent.orders where id = 'bin-1'"))
                .containsExactly("café 1 2016-12-31 23:59:59.999999");

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

    private void cloudEventsThatAreRefused(Shop shop) {
        long before = shop.database().number("select count(*) from postevent.orders where kind = 'e'");
        Shop.Answer twice = structured(shop, "\"id\":\"s-1\",\"source\":\"/test\",\"type\":\"again\"");
        assertThat(twice.status()).as(twice.text()).isEqualTo(409);
        assertThat(twice.text()).contains("s-1");
        Shop.Answer large = structured(
                shop,
                "\"id\":\"large\",\"source\":\"/test\",\"type\":\"t\",\"data\":\"" + "x".repeat(1_048_576) + "\"");
        assertThat(large.status()).as(large.text()).isEqualTo(400);
        assertThat(large.text()).contains("postevent.publish.size-max");
        bodiesThatAreTooLong(shop);
        Shop.Answer number =
                structured(shop, "\"id\":\"number\",\"source\":\"/test\",\"type\":\"t\",\"data\":" + "9".repeat(1_200));
        assertThat(number.status()).as(number.text()).isEqualTo(400);
        Shop.Answer lines = shop.send(shop.request("/shop/events/orders")
                .header("Content-Type", "application/cloudevents+json")
                .POST(BodyPublishers.ofString(
                        "{\"specversion\":\"1.0\",\"id\":\"l-1\",\"source\":\"/test\",\"type\":\"t\"}\n"
                                + "{\"specversion\":\"1.0\",\"id\":\"l-2\",\"source\":\"/test\",\"type\":\"t\"}\n")));
        assertThat(lines.status()).as(lines.text()).isEqualTo(400);
        Shop.Answer deep = structured(
                shop,
                "\"id\":\"deep\",\"source\":\"/test\",\"type\":\"t\",\"data\":" + "[".repeat(200_000)
                        + "]".repeat(200_000));
        assertThat(deep.status()).as(deep.text()).isEqualTo(400);
        Shop.Answer half = structured(shop, "\"id\":\"half\",\"source\":\"/test\",\"type\":\"t\",\"data\":\"\\ud83d\"");
        assertThat(half.status()).as(half.text()).isEqualTo(400);
        Shop.Answer both = structured(
                shop, "\"id\":\"both\",\"source\":\"/test\",\"type\":\"t\",\"data\":1,\"data_base64\":\"AA==\"");
        assertThat(both.status()).as(both.text()).isEqualTo(400);
        assertThat(shop.database().number("select count(*) from postevent.orders where kind = 'e'"))
                .as("nothing of it was published")
                .isEqualTo(before);
    }

    /** With and without a word on how long they are, to servlet and resources. */
    private void bodiesThatAreTooLong(Shop shop) {
        byte[] events = new byte[4 * 1024 * 1024 + 1];
        byte[] order = ("{\"customer\":\"" + "x".repeat(64 * 1024)).getBytes(StandardCharsets.UTF_8);
        for (BodyPublisher body : List.of(
                BodyPublishers.ofByteArray(events),
                BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(events)))) {
            Shop.Answer tooLong = shop.send(shop.request("/shop/events/orders")
                    .header("ce-specversion", "1.0")
                    .header("ce-id", "too-long")
                    .header("ce-source", "/test")
                    .header("ce-type", "t")
                    .header("Content-Type", "application/octet-stream")
                    .POST(body));
            assertThat(tooLong.status()).as(tooLong.text()).isEqualTo(413);
        }
        for (BodyPublisher body : List.of(
                BodyPublishers.ofByteArray(order),
                BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(order)))) {
            Shop.Answer tooLong = shop.send(shop.request("/shop/api/orders")
                    .header("Content-Type", "application/json")
                    .POST(body));
            assertThat(tooLong.status()).as(tooLong.text()).isEqualTo(413);
        }
    }

    private static Shop.Answer structured(Shop shop, String attributes) {
        return shop.send(shop.request("/shop/events/orders")
                .header("Content-Type", "application/cloudevents+json")
                .POST(BodyPublishers.ofString("{\"specversion\":\"1.0\"," + attributes + "}")));
    }

    private void effectsByRange(Shop shop) {
        long events = shop.database().number("select count(*) from postevent.orders where kind = 'e'");
        awaitHandled(shop, events, events);
        List<Shop.Effect> all = shop.effects("billing");
        assertThat(all).hasSize((int) events).hasSizeGreaterThan(4);
        assertThat(shop.effects("billing", "limit=2")).isEqualTo(all.subList(0, 2));
        assertThat(shop.effects("billing", "after=" + all.get(1).effect() + "&limit=2"))
                .isEqualTo(all.subList(2, 4));
        assertThat(shop.effects("billing", "after=" + all.get(all.size() - 1).effect()))
                .isEmpty();
        assertThat(shop.get("/shop/api/effects/billing?limit=-1").status()).isEqualTo(400);
        assertThat(shop.get("/shop/api/effects/nobody").status()).isEqualTo(404);
    }

    private void slowObserver(Shop shop) {
        assertThat(shop.put("/shop/api/faults/shipping", "{\"slowMillis\":700}").status())
                .isBetween(200, 204);
        long id = shop.place("c-slow", "slow");
        await().atMost(LONG)
                .until(() -> !shop.get("/shop/api/orders/" + id).object().isNull("shippedAt"));
        assertThat(shop.database()
                        .number("select floor(extract(epoch from e.written_at - o.placed_at) * 1000)::bigint"
                                + " from shop.orders o join shop.shipping_effect e on e.subject = o.customer where o.id = "
                                + id))
                .as("ms from the order to the end of the slow observer")
                .isGreaterThanOrEqualTo(700);
        assertThat(shop.delete("/shop/api/faults/shipping").status()).isBetween(200, 204);
    }

    private void stream(Shop shop) {
        try (Shop.Stream page = shop.stream()) {
            assertThat(page.response().statusCode()).isEqualTo(200);
            assertThat(page.response().headers().firstValue("Content-Type").orElseThrow())
                    .startsWith("text/event-stream");
            assertThat(page.response().headers().firstValue("Cache-Control")).contains("no-store");
            await().atMost(LONG).until(() -> !page.of("tick").isEmpty()); // from now on the page gets what happens
            assertThat(page.first()).as("a comment before anything happens").startsWith(":");
            long id = shop.place("c-page", "seen");
            await().atMost(LONG)
                    .until(() -> page.of("event").stream()
                            .anyMatch(event -> event.getString("type").equals("order.placed")
                                    && event.getString("subject").equals("c-page")
                                    && event.getString("topic").equals("orders")));
            await().atMost(LONG)
                    .until(() -> page.of("tick").stream()
                            .anyMatch(tick -> tick.getJsonArray("orders").getValuesAs(JsonObject.class).stream()
                                            .anyMatch(order -> order.getInt("id") == id)
                                    && tick.getJsonObject("status")
                                                    .getJsonArray("subscriptions")
                                                    .size()
                                            == 2));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private static JsonObject feed(Shop shop) {
        return shop.get("/shop/api/status").object().getJsonArray("feeds").getJsonObject(0);
    }

    private void statusAndHealth(Shop shop) {
        // events come before the stream does, by reading
        await("the stream")
                .atMost(LONG)
                .until(() -> feed(shop).getString("state").equals("STREAMING"));
        JsonObject status = shop.get("/shop/api/status").object();
        assertThat(status.getString("node")).isNotEmpty();
        JsonObject topic = status.getJsonArray("topics").getJsonObject(0);
        assertThat(topic.getString("name")).isEqualTo("orders");
        assertThat(topic.keySet()).contains("head", "settled", "mark");
        assertThat(shop.subscription("shipping").keySet())
                .contains("name", "topic", "handled", "lag", "held", "parked");
        assertThat(feed(shop).getJsonObject("facts").keySet()).contains("wal_status");
        Shop.Answer ready = shop.get("/health/ready");
        assertThat(ready.status()).isEqualTo(200);
        assertThat(ready.text()).contains("application", "shop").doesNotContain("node", "wal_status", "lag");
        assertThat(shop.get("/health/live").status()).isEqualTo(200);
        Shop.Answer html = shop.get("/shop/");
        assertThat(html.text()).contains("<html");
        for (Shop.Answer part : List.of(html, shop.get("/shop/shop.js"), shop.get("/shop/words.js"))) {
            assertThat(part.status()).isEqualTo(200);
            assertThat(part.headers().allValues("Cache-Control")).containsExactly("no-store");
        }
    }

    @Test
    @Order(2)
    void strangersReachNothingAndHoldUpNobody() throws IOException {
        strangers.pagesOfOtherSitesPressNoButtonAndShowNoFrame();
        strangers.otherNamesReachNothingButHealth();
        strangers.whoSendsSlowlyKeepsNobodyOut();
        strangers.whatNeverEndsIsRefused();
        long events = shop.database().number("select count(*) from postevent.orders where kind = 'e'");
        awaitHandled(shop, events, events);
    }

    @Test
    @Order(3)
    void aFaultHoldsOneCustomerAndRetryAndSkipRepairIt() {
        int shippedBefore = shop.effects("shipping").size();
        int billedBefore = shop.effects("billing").size();
        assertThat(shop.put("/shop/api/faults/shipping", "{\"failFor\":\"c-13\",\"slowMillis\":0}")
                        .status())
                .isBetween(200, 204);
        for (int i = 0; i < 3; i++) {
            shop.place("c-13", "held");
            shop.place("c-14", "flows");
        }
        await().atMost(LONG).until(() -> shop.subscription("shipping").getInt("parked") == 1);
        await().atMost(LONG)
                .until(() -> shop.effects("shipping").size() == shippedBefore + 3
                        && shop.effects("billing").size() == billedBefore + 6);
        assertThat(shop.effects("shipping").subList(shippedBefore, shippedBefore + 3))
                .allMatch(effect -> effect.subject().equals("c-14"));
        assertThat(shop.subscription("shipping").getInt("held")).isEqualTo(3);
        List<Long> held = shop
                .database()
                .texts("select idn::text from postevent_inbox.held_event where subscription = 'shipping' order by idn")
                .stream()
                .map(Long::valueOf)
                .toList();
        assertThat(held).hasSize(3);
        assertThat(shop.post("/shop/api/subscriptions/shipping/parked/" + held.get(0) + "/skip", "")
                        .status())
                .isBetween(200, 204);
        skipped++;
        await().atMost(LONG).until(() -> shop.subscription("shipping").getInt("parked") == 1);
        assertThat(shop.delete("/shop/api/faults/shipping").status()).isBetween(200, 204);
        assertThat(shop.post("/shop/api/subscriptions/shipping/parked/" + held.get(1) + "/retry", "")
                        .status())
                .isBetween(200, 204);
        await().atMost(LONG).until(() -> shop.effects("shipping").size() == shippedBefore + 5);
        assertOnceAndInOrder(shop, "shipping", shippedBefore + 5);
        assertOnceAndInOrder(shop, "billing", billedBefore + 6);
    }

    @Test
    @Order(4)
    void tenRestartsOfPostgresqlUnderLoadLeaveNothingStandingStill() throws Exception {
        ScheduledExecutorService customers = Executors.newScheduledThreadPool(4);
        AtomicInteger accepted = new AtomicInteger();
        try {
            for (int customer = 0; customer < 4; customer++) {
                String name = "r-" + customer;
                ScheduledFuture<?> unused = customers.scheduleWithFixedDelay(
                        () -> placeIfTheDatabaseIsThere(name, accepted), 0, 10, TimeUnit.MILLISECONDS);
            }
            for (int restart = 0; restart < RESTARTS; restart++) {
                int before = accepted.get();
                await().atMost(LONG).until(() -> accepted.get() >= before + 20);
                Shop.restartDatabase(restart % 2 == 0);
                long head = shop.database().number("select max(idn) from postevent.orders");
                for (String subscription : List.of("shipping", "billing")) {
                    await(subscription + " goes on after restart " + (restart + 1))
                            .atMost(LONG)
                            .until(() -> shop.database()
                                            .number("select count(*) from shop." + subscription
                                                    + "_effect where position > " + head)
                                    > 0);
                }
            }
        } finally {
            customers.shutdown();
            assertThat(customers.awaitTermination(60, TimeUnit.SECONDS)).isTrue();
        }
        long events = shop.database().number("select count(*) from postevent.orders where kind = 'e'");
        awaitHandled(shop, events - skipped, events);
        assertOnceAndInOrder(shop, "shipping", events - skipped);
        assertOnceAndInOrder(shop, "billing", events);
        await("health").atMost(LONG).until(() -> shop.get("/health/ready").status() == 200);
    }

    private static void placeIfTheDatabaseIsThere(String customer, AtomicInteger accepted) {
        try {
            shop.place(customer, "book");
            accepted.incrementAndGet();
        } catch (IllegalStateException | UncheckedIOException e) {
            // refused, or the answer was lost: what is in the database counts
            return;
        }
    }

    @Test
    @Order(5)
    void killedWhileCustomersAreOrderingEveryOrderIsShippedAndBilledOnceAndInOrder() throws Exception {
        ExecutorService customers = Executors.newFixedThreadPool(4);
        long ordersBefore = shop.database().number("select max(id) from shop.orders");
        long eventsBefore = shop.database().number("select max(idn) from postevent.orders");
        try {
            List<Long> accepted = new CopyOnWriteArrayList<>();
            for (int life = 0; life < 3; life++) {
                List<Future<Integer>> all = new ArrayList<>();
                for (int customer = 0; customer < 4; customer++) {
                    String name = "c-" + customer;
                    all.add(customers.submit(() -> placeUntilTheServerDies(shop, name, accepted)));
                }
                int before = accepted.size();
                await().atMost(LONG).until(() -> accepted.size() >= before + 150);
                shop.server().kill();
                for (Future<Integer> one : all) {
                    assertThat(one.get(60, TimeUnit.SECONDS)).isPositive();
                }
                shop.start();
            }
            // an order whose answer the kill cut off may be there, too: then it counts as any other
            long orders = shop.database().number("select count(*) from shop.orders where id > " + ordersBefore);
            assertThat(orders).isBetween((long) accepted.size(), accepted.size() + 3L * 4);
            long events = shop.database().number("select count(*) from postevent.orders where kind = 'e'");
            awaitHandled(shop, events - skipped, events);
            assertOnceAndInOrder(shop, "shipping", events - skipped);
            assertOnceAndInOrder(shop, "billing", events);
            assertThat(shop.database()
                            .texts("select id from shop.orders where shipped_at is not null and billed_at is not null"
                                    + " and id > " + ordersBefore))
                    .hasSize((int) orders)
                    .containsAll(accepted.stream().map(String::valueOf).toList());
            assertThat(shop.database()
                            .number(
                                    "select count(*) from (select (convert_from(data, 'UTF8')::jsonb ->> 'id')::bigint as id,"
                                            + " lag((convert_from(data, 'UTF8')::jsonb ->> 'id')::bigint)"
                                            + " over (partition by subject order by idn) as before"
                                            + " from postevent.orders where kind = 'e' and idn > "
                                            + eventsBefore + ") o where before >= id"))
                    .as("orders of a customer that were published in another order than placed")
                    .isZero();
            JsonArray feeds = shop.get("/shop/api/status").object().getJsonArray("feeds");
            assertThat(feeds).hasSize(1);
        } finally {
            customers.shutdownNow();
        }
    }

    @Test
    @Order(6)
    void anEjbThatIsMadeWithTheApplicationPublishes() {
        long before = shop.database().number("select count(*) from postevent.orders where kind = 'e'");
        shop.deployWith(OpeningTime.class);
        assertThat(shop.database().number("select count(*) from postevent.orders where type = 'shop.opened'"))
                .isEqualTo(1);
        awaitHandled(shop, before + 1 - skipped, before + 1);
        assertOnceAndInOrder(shop, "billing", before + 1);
    }

    /** Returns how many were accepted until a request got no answer. */
    private static int placeUntilTheServerDies(Shop shop, String customer, List<Long> accepted) {
        for (int orders = 0; ; orders++) {
            try {
                accepted.add(shop.place(customer, "item " + orders));
            } catch (UncheckedIOException e) {
                return orders;
            }
        }
    }
}
