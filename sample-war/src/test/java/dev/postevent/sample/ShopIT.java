package dev.postevent.sample;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

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
import java.util.List;
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
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The shop's HTTP face, as scripts and people rely on it, on a real Open Liberty.
 *
 * <p>One server for all chapters, because its start takes longer than most of them: that is why they are in one file. Each chapter looks
 * at its own events only ({@link History}) and finds the server running and its observers healed, whatever became of the others. The
 * order only saves time: what strangers began before the first chapter is over when they are asked for, and the server's deaths come
 * last.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ShopIT {
    private static final Duration LONG = Duration.ofMinutes(4);
    private static final int RESTARTS = 10;
    private static final int STRANGERS = Order.DEFAULT + 1;
    private static final int FAULTS = Order.DEFAULT + 2;
    private static final int DATABASE_RESTARTS = Order.DEFAULT + 3;
    private static final int DEATHS = Order.DEFAULT + 4;
    private static final int REDEPLOYMENT = Order.DEFAULT + 5;
    private static final int THE_END = Order.DEFAULT + 6;

    private static Shop shop;
    /** They begin before the first chapter; some of them take their time. */
    private static Strangers strangers;
    /** Positions of events that shipping was told to skip. */
    private static final List<Long> SKIPPED = new CopyOnWriteArrayList<>();

    private History history;

    @BeforeAll
    static void open() throws IOException {
        shop = Shop.openWithConsoleAndEnterpriseBeans("orders");
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

    @BeforeEach
    void whateverBecameOfTheChaptersBefore() {
        if (!shop.server().isAlive()) {
            shop.start();
        }
        heal();
        history = History.fromNow(shop);
    }

    private static void heal() {
        assertThat(shop.delete("/shop/api/faults/shipping").status()).isBetween(200, 204);
    }

    // ---- the console

    @Test
    void nobodyIsLetIntoTheConsoleWithoutALogin() {
        for (String path : List.of("", "api/v1/status", "api/v1/operations")) {
            assertThat(shop.send(shop.console("", path)).status()).as(path).isEqualTo(401);
            assertThat(shop.send(shop.console("nobody", path)).status())
                    .as(path)
                    .isEqualTo(401);
        }
    }

    @Test
    void anOperatorSeesThePageAndWhatHoldsASubscriptionUp() {
        Shop.Answer page = shop.send(shop.console(Shop.VIEWER, ""));
        assertThat(page.status()).isEqualTo(200);
        assertThat(page.headers().firstValue("Content-Security-Policy").orElseThrow())
                .startsWith("default-src 'none'");
        assertThat(page.text()).contains("<title>");
        assertThat(shop.send(shop.console(Shop.VIEWER, "api/v1/status"))
                        .object()
                        .getJsonArray("subscriptions"))
                .extracting(row -> row.asJsonObject().getString("name"))
                .containsExactly("billing", "shipping");
        JsonObject billing = shop.send(shop.console(Shop.VIEWER, "api/v1/subscriptions/billing"))
                .object();
        assertThat(billing.getJsonObject("explanation").getString("sentence")).contains("billing");
    }

    @Test
    void onlyWhoMayOperateChangesSomething() {
        assertThat(change(Shop.VIEWER, "pause").status()).isEqualTo(403);
        assertThat(change(Shop.OPERATOR, "pause").status()).isEqualTo(200);
        JsonObject billing = shop.send(shop.console(Shop.VIEWER, "api/v1/subscriptions/billing"))
                .object();
        assertThat(billing.getBoolean("paused")).isTrue();
        assertThat(change(Shop.OPERATOR, "resume").status()).isEqualTo(200);
        assertThat(shop.send(shop.console(Shop.VIEWER, "api/v1/operations?subscription=billing"))
                        .text())
                .contains("PAUSE", "RESUME", "\"operator\":\"" + Shop.OPERATOR + "\"", "a test");
    }

    private static Shop.Answer change(String login, String what) {
        return shop.send(shop.console(login, "api/v1/subscriptions/billing/" + what)
                .header("Content-Type", "application/json")
                .header("Postevent-Console", "1")
                .header("Idempotency-Key", login + " " + what + " " + System.nanoTime())
                .POST(BodyPublishers.ofString("{\"reason\": \"a test\"}")));
    }

    // ---- orders

    @Test
    void anOrderIsStoredShippedAndBilledAndARolledBackOneIsNot() {
        Shop.Answer placed = shop.post("/shop/api/orders", """
                {"customer": "c-17", "item": "book", "quantity": 2}
                """);
        assertThat(placed.status()).isEqualTo(201);
        long id = placed.object().getJsonNumber("id").longValue();
        assertThat(placed.headers().firstValue("Location").orElseThrow()).endsWith("/shop/api/orders/" + id);
        await().atMost(LONG).untilAsserted(() -> {
            JsonObject order = shop.get("/shop/api/orders/" + id).object();
            assertThat(order.isNull("shippedAt")).isFalse();
            assertThat(order.isNull("billedAt")).isFalse();
        });
        Shop.Answer rolledBack = shop.post("/shop/api/orders?rollback=true", """
                {"customer": "c-18", "item": "book", "quantity": 2}
                """);
        assertThat(rolledBack.status()).isEqualTo(409);
        shop.place("c-17", "after");
        assertThat(history.events()).hasSize(2);
        history.awaitHandled();
        assertThat(shop.database()
                        .texts("select customer || ' ' || item from shop.orders where id >= " + id + " order by id"))
                .containsExactly("c-17 book", "c-17 after");
    }

    @Test
    void whatIsNoOrderIsRefused() {
        assertThat(shop.post("/shop/api/orders", """
                {"customer": ""}
                """).status()).isEqualTo(400);
        assertThat(shop.get("/shop/api/orders/999999").status()).isEqualTo(404);
        assertThat(history.events()).isEmpty();
    }

    // ---- CloudEvents

    @Test
    void aStructuredEventIsPublished() {
        assertAccepted(structured("""
                {"specversion": "1.0", "id": "s-1", "source": "/structured", "type": "test.thing",
                 "subject": "x", "data": {"a": 1}}
                """));
        assertThat(history.ids("/structured")).containsExactly("s-1");
    }

    @Test
    void aBatchIsPublishedInItsOrder() {
        Shop.Answer batch = batch("""
                [{"specversion": "1.0", "id": "b-1", "source": "/batch", "type": "t"},
                 {"specversion": "1.0", "id": "b-2", "source": "/batch", "type": "t"}]
                """);
        assertAccepted(batch);
        assertThat(history.ids("/batch")).containsExactly("b-1", "b-2");
        assertThat(batch.object().getJsonArray("positions").getValuesAs(JsonNumber.class).stream()
                        .map(JsonNumber::longValue))
                .containsExactlyElementsOf(history.events());
    }

    @Test
    void dataInBase64IsPublishedAsTheBytesItStandsFor() {
        assertAccepted(structured("""
                {"specversion": "1.0", "id": "b64", "source": "/base64", "type": "t",
                 "datacontenttype": "application/octet-stream", "data_base64": "AAH/fw=="}
                """));
        assertThat(history.ids("/base64")).containsExactly("b64");
        assertThat(shop.database().texts("select encode(data, 'hex') from postevent.orders where id = 'b64'"))
                .containsExactly("0001ff7f");
    }

    @Test
    void aBinaryEventIsPublishedWithWhatItsHeadersSay() {
        assertAccepted(shop.send(shop.request("/shop/events/orders")
                .header("ce-specversion", "1.0")
                .header("ce-id", "bin-1")
                .header("ce-source", "/binary")
                .header("ce-type", "t")
                .header("ce-subject", "\"caf%C3%A9 1\"")
                .header("ce-time", "2016-12-31T23:59:60.123456789012Z")
                .header("Content-Type", "text/plain")
                .POST(BodyPublishers.ofString("hello"))));
        assertThat(history.ids("/binary")).containsExactly("bin-1");
        assertThat(shop.database().texts("""
                        select subject || ' ' || (time at time zone 'utc') || ' ' || convert_from(data, 'UTF8')
                        from postevent.orders where id = 'bin-1'
                        """)).containsExactly("café 1 2016-12-31 23:59:59.999999 hello");
    }

    @Test
    void ofABatchWithABrokenEventNothingIsPublished() {
        Shop.Answer broken = batch("""
                [{"specversion": "1.0", "id": "b-3", "source": "/test", "type": "t"},
                 {"specversion": "1.0", "id": "", "source": "/test", "type": "t"}]
                """);
        assertRefused(400, broken);
        assertThat(broken.text()).contains("id");
    }

    @Test
    void aTopicThatNobodyKnowsIsNotFound() {
        assertRefused(
                404,
                shop.send(shop.request("/shop/events/nowhere")
                        .header("Content-Type", "application/cloudevents+json")
                        .POST(BodyPublishers.ofString("""
                        {"specversion": "1.0", "id": "n", "source": "/test", "type": "t"}
                        """))));
    }

    @Test
    void anEventThatIsThereAlreadyIsAConflict() {
        assertAccepted(structured("""
                {"specversion": "1.0", "id": "once", "source": "/twice", "type": "t"}
                """));
        history = History.fromNow(shop);
        Shop.Answer twice = structured("""
                {"specversion": "1.0", "id": "once", "source": "/twice", "type": "again"}
                """);
        assertRefused(409, twice);
        assertThat(twice.text()).contains("once");
    }

    @Test
    void anEventThatIsTooLargeIsRefusedAndTheKeyIsNamed() {
        Shop.Answer large = structured("""
                {"specversion": "1.0", "id": "large", "source": "/test", "type": "t", "data": "%s"}
                """.formatted("x".repeat(1_048_576)));
        assertRefused(400, large);
        assertThat(large.text()).contains("postevent.publish.size-max");
    }

    @Test
    void aNumberThatIsTooLongIsRefused() {
        assertRefused(400, structured("""
                {"specversion": "1.0", "id": "number", "source": "/test", "type": "t", "data": %s}
                """.formatted("9".repeat(1_200))));
    }

    @Test
    void dataThatIsTooDeepIsRefused() {
        assertRefused(400, structured("""
                {"specversion": "1.0", "id": "deep", "source": "/test", "type": "t", "data": %s%s}
                """.formatted("[".repeat(200_000), "]".repeat(200_000))));
    }

    /** Two events in two lines, half a character, and data twice. */
    @ParameterizedTest
    @ValueSource(strings = {"""
                {"specversion": "1.0", "id": "l-1", "source": "/test", "type": "t"}
                {"specversion": "1.0", "id": "l-2", "source": "/test", "type": "t"}
                """, """
                {"specversion": "1.0", "id": "half", "source": "/test", "type": "t", "data": "\\ud83d"}
                """, """
                {"specversion": "1.0", "id": "both", "source": "/test", "type": "t", "data": 1, "data_base64": "AA=="}
                """})
    void whatIsNoEventIsRefused(String body) {
        assertRefused(400, structured(body));
    }

    /** With and without a word on how long they are, to servlet and resources. */
    @Test
    void bodiesThatAreTooLongAreRefused() {
        byte[] events = new byte[4 * 1024 * 1024 + 1];
        byte[] order = ("{\"customer\":\"" + "x".repeat(64 * 1024)).getBytes(StandardCharsets.UTF_8);
        for (BodyPublisher body : List.of(
                BodyPublishers.ofByteArray(events),
                BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(events)))) {
            assertRefused(
                    413,
                    shop.send(shop.request("/shop/events/orders")
                            .header("ce-specversion", "1.0")
                            .header("ce-id", "too-long")
                            .header("ce-source", "/test")
                            .header("ce-type", "t")
                            .header("Content-Type", "application/octet-stream")
                            .POST(body)));
        }
        for (BodyPublisher body : List.of(
                BodyPublishers.ofByteArray(order),
                BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(order)))) {
            assertRefused(
                    413,
                    shop.send(shop.request("/shop/api/orders")
                            .header("Content-Type", "application/json")
                            .POST(body)));
        }
    }

    private static Shop.Answer structured(String event) {
        return events("application/cloudevents+json", event);
    }

    private static Shop.Answer batch(String events) {
        return events("application/cloudevents-batch+json", events);
    }

    private static Shop.Answer events(String type, String body) {
        return shop.send(
                shop.request("/shop/events/orders").header("Content-Type", type).POST(BodyPublishers.ofString(body)));
    }

    private static void assertAccepted(Shop.Answer answer) {
        assertThat(answer.status()).as(answer.text()).isEqualTo(202);
    }

    /** And nothing of it was published. */
    private void assertRefused(int status, Shop.Answer answer) {
        assertThat(answer.status()).as(answer.text()).isEqualTo(status);
        assertThat(history.events()).isEmpty();
    }

    // ---- what people and scripts look at

    @Test
    void effectsAreReadByRange() {
        for (int i = 0; i < 5; i++) {
            shop.place("c-range", "item " + i);
        }
        history.awaitHandled();
        List<Shop.Effect> all = shop.effects("billing");
        assertThat(all).hasSizeGreaterThan(4);
        assertThat(shop.effects("billing", "limit=2")).isEqualTo(all.subList(0, 2));
        assertThat(shop.effects("billing", "after=" + all.get(1).effect() + "&limit=2"))
                .isEqualTo(all.subList(2, 4));
        assertThat(shop.effects("billing", "after=" + all.get(all.size() - 1).effect()))
                .isEmpty();
        assertThat(shop.get("/shop/api/effects/billing?limit=-1").status()).isEqualTo(400);
        assertThat(shop.get("/shop/api/effects/nobody").status()).isEqualTo(404);
    }

    @Test
    void anObserverIsMadeSlow() {
        fault("""
                {"slowMillis": 700}
                """);
        long id = shop.place("c-slow", "slow");
        await().atMost(LONG)
                .until(() -> !shop.get("/shop/api/orders/" + id).object().isNull("shippedAt"));
        assertThat(shop.database().number("""
                        select floor(extract(epoch from e.written_at - o.placed_at) * 1000)::bigint
                        from shop.orders o join shop.shipping_effect e on e.subject = o.customer where o.id = %s
                        order by e.effect desc limit 1
                        """.formatted(id)))
                .as("ms from the order to the end of the slow observer")
                .isGreaterThanOrEqualTo(700);
    }

    private static void fault(String wanted) {
        assertThat(shop.put("/shop/api/faults/shipping", wanted).status()).isBetween(200, 204);
    }

    @Test
    void theStatusNamesTopicsSubscriptionsAndTheFeed() {
        // events come before the stream does, by reading
        await("the stream").atMost(LONG).until(() -> feed().getString("state").equals("STREAMING"));
        JsonObject status = shop.get("/shop/api/status").object();
        assertThat(status.getString("node")).isNotEmpty();
        JsonObject topic = status.getJsonArray("topics").getJsonObject(0);
        assertThat(topic.getString("name")).isEqualTo("orders");
        assertThat(topic.keySet()).contains("head", "settled", "mark");
        assertThat(shop.subscription("shipping").keySet())
                .contains("name", "topic", "handled", "lag", "held", "parked");
        assertThat(feed().getJsonObject("facts").keySet()).contains("wal_status");
    }

    private static JsonObject feed() {
        return shop.get("/shop/api/status").object().getJsonArray("feeds").getJsonObject(0);
    }

    @Test
    void healthSaysWhetherAndNotWhy() {
        Shop.Answer ready = shop.get("/health/ready");
        assertThat(ready.status()).isEqualTo(200);
        assertThat(ready.text()).contains("application", "shop").doesNotContain("node", "wal_status", "lag");
        assertThat(shop.get("/health/live").status()).isEqualTo(200);
    }

    @Test
    void thePageIsNotStoredByBrowsers() {
        assertThat(shop.get("/shop/").text()).contains("<html");
        for (String part : List.of("/shop/", "/shop/shop.js", "/shop/words.js")) {
            Shop.Answer answer = shop.get(part);
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.headers().allValues("Cache-Control")).containsExactly("no-store");
        }
    }

    @Test
    void thePageIsToldWhatHappens() throws IOException, InterruptedException {
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
        }
    }

    // ---- strangers

    @Test
    @Order(STRANGERS)
    void pagesOfOtherSitesPressNoButtonAndShowNoFrame() {
        strangers.pagesOfOtherSitesPressNoButtonAndShowNoFrame();
    }

    @Test
    @Order(STRANGERS)
    void otherNamesReachNothingButHealth() throws IOException {
        strangers.otherNamesReachNothingButHealth();
    }

    @Test
    @Order(STRANGERS)
    void whoSendsSlowlyKeepsNobodyOut() throws IOException {
        strangers.whoSendsSlowlyKeepsNobodyOut();
        assertThat(history.events()).isNotEmpty();
        history.awaitHandled();
    }

    @Test
    @Order(STRANGERS)
    void anOrderThatNeverEndsIsRefused() {
        strangers.whatNeverEndsIsRefused();
    }

    // ---- faults

    @Test
    @Order(FAULTS)
    void aFaultHoldsOneCustomerAndRetryAndSkipRepairIt() {
        fault("""
                {"failFor": "c-13", "slowMillis": 0}
                """);
        for (int i = 0; i < 3; i++) {
            shop.place("c-13", "held");
            shop.place("c-14", "flows");
        }
        await().atMost(LONG).until(() -> shop.subscription("shipping").getInt("parked") == 1);
        await().atMost(LONG)
                .until(() -> history.effects("shipping").size() == 3
                        && history.effects("billing").size() == 6);
        assertThat(history.effects("shipping"))
                .allMatch(effect -> effect.subject().equals("c-14"));
        assertThat(shop.subscription("shipping").getInt("held")).isEqualTo(3);
        List<Long> held = history.held("shipping");
        assertThat(held).hasSize(3);
        SKIPPED.add(held.get(0));
        // the observer of notices was called, and found there whom it injects
        await().atMost(LONG)
                .until(() -> shop.get("/shop/api/subscriptions/shipping/alarms")
                        .array()
                        .toString()
                        .equals("[" + held.get(0) + "]"));
        repair(held.get(0), "skip");
        await().atMost(LONG).until(() -> shop.subscription("shipping").getInt("parked") == 1);
        heal();
        repair(held.get(1), "retry");
        history.awaitHandled("shipping", held.subList(0, 1));
        history.awaitHandled("billing", List.of());
    }

    private static void repair(long position, String verb) {
        assertThat(shop.post("/shop/api/subscriptions/shipping/parked/" + position + "/" + verb, "")
                        .status())
                .isBetween(200, 204);
    }

    // ---- restarts and deaths

    @Test
    @Order(DATABASE_RESTARTS)
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
        history.awaitHandled();
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
    @Order(DEATHS)
    void killedWhileCustomersAreOrderingEveryOrderIsShippedAndBilledOnceAndInOrder() throws Exception {
        ExecutorService customers = Executors.newFixedThreadPool(4);
        long ordersBefore = shop.database().number("select coalesce(max(id), 0) from shop.orders");
        long eventsBefore = shop.database().number("select coalesce(max(idn), 0) from postevent.orders");
        try {
            List<Long> accepted = new CopyOnWriteArrayList<>();
            for (int life = 0; life < 3; life++) {
                List<Future<Integer>> all = new ArrayList<>();
                for (int customer = 0; customer < 4; customer++) {
                    String name = "c-" + customer;
                    all.add(customers.submit(() -> placeUntilTheServerDies(name, accepted)));
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
            history.awaitHandled();
            assertThat(shop.database()
                            .texts("select id from shop.orders where shipped_at is not null and billed_at is not null"
                                    + " and id > " + ordersBefore))
                    .hasSize((int) orders)
                    .containsAll(accepted.stream().map(String::valueOf).toList());
            assertThat(shop.database().number("""
                            select count(*) from (
                                select (convert_from(data, 'UTF8')::jsonb ->> 'id')::bigint as id,
                                    lag((convert_from(data, 'UTF8')::jsonb ->> 'id')::bigint)
                                        over (partition by subject order by idn) as before
                                from postevent.orders where kind = 'e' and idn > %s) o
                            where before >= id
                            """.formatted(eventsBefore)))
                    .as("orders of a customer that were published in another order than placed")
                    .isZero();
            assertThat(shop.get("/shop/api/status").object().getJsonArray("feeds"))
                    .hasSize(1);
        } finally {
            customers.shutdownNow();
        }
    }

    /** Returns how many were accepted until a request got no answer. */
    private static int placeUntilTheServerDies(String customer, List<Long> accepted) {
        for (int orders = 0; ; orders++) {
            try {
                accepted.add(shop.place(customer, "item " + orders));
            } catch (UncheckedIOException e) {
                return orders;
            }
        }
    }

    @Test
    @Order(REDEPLOYMENT)
    void anEjbThatIsMadeWithTheApplicationPublishes() {
        shop.deployWith(OpeningTime.class);
        assertThat(history.events()).hasSize(1);
        assertThat(shop.database()
                        .number("select count(*) from postevent.orders where type = 'shop.opened' and idn in ("
                                + history.events().get(0) + ")"))
                .isEqualTo(1);
        history.awaitHandled();
    }

    /** Of all chapters, those that did not look at it themselves among them; but what a chapter that failed left held. */
    @Test
    @Order(THE_END)
    void whateverWasPublishedWasHandledOnceAndInOrder() {
        History all = History.whole(shop);
        List<Long> without = new ArrayList<>(SKIPPED);
        without.addAll(all.held("shipping"));
        all.awaitHandled("shipping", without);
        all.awaitHandled("billing", List.of());
    }
}
