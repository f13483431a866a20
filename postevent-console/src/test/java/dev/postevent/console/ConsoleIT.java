package dev.postevent.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.postevent.Delivery;
import dev.postevent.EventPublisher;
import dev.postevent.Subscription;
import dev.postevent.Subscriptions;
import dev.postevent.Topic;
import dev.postevent.testing.App;
import dev.postevent.testing.PostgresFixture;
import io.cloudevents.CloudEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.json.JsonObject;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** REST over a servlet container with security, and an application on PostgreSQL. */
class ConsoleIT {
    private static final Duration LONG = Duration.ofMinutes(4);
    private static final ConsoleSettings SETTINGS =
            new ConsoleSettings(ConsoleSettings.Payload.LIMITED, 64, List.of(), Optional.of("test"));

    private static final PostgresFixture.Db DB = PostgresFixture.shared().newDatabase();

    private static App app;
    private static ServedConsole console;

    /** Cannot handle what has the type bad. */
    @ApplicationScoped
    public static class Picky {
        static final AtomicInteger TAKEN = new AtomicInteger();

        @Subscription("picky")
        void handle(@Observes @Topic("orders") CloudEvent event, Delivery delivery) {
            if (event.getType().equals("bad")) {
                throw new IllegalStateException("the ledger is away, said " + delivery.position());
            }
        }

        @Subscription("easy")
        void take(@Observes @Topic("orders") CloudEvent event) {
            TAKEN.incrementAndGet();
        }
    }

    @BeforeAll
    static void start() throws Exception {
        app = App.over(DB)
                .with("postevent.feed.kind", "polling")
                .with("postevent.subscriptions.defaults.attempts-max", "1")
                .beans(Picky.class)
                .start();
        EventPublisher orders = app.get(EventPublisher.class, Topic.Literal.of("orders"));
        app.jta().transaction(() -> {
            orders.publish("good", "c-1", new byte[] {1});
            for (int i = 0; i < 5; i++) {
                orders.publish("bad", "c-" + i, new byte[] {1});
            }
            orders.publish("good", "c-4", new byte[] {1});
        });
        await().atMost(LONG)
                .until(() -> app.get(Subscriptions.class).held("picky", 10).size() == 6);
        console = ServedConsole.of(app.get(Subscriptions.class), SETTINGS);
    }

    @AfterAll
    static void stop() throws Exception {
        console.close();
        app.close();
    }

    @Test
    void nobodyIsLetInWithoutALogin() throws Exception {
        for (String path : List.of("", "api/v1/me", "api/v1/status", "api/v1/nothing", "assets/x/console.js")) {
            HttpResponse<String> answer = console.send(console.request("", path));
            assertThat(answer.statusCode()).as(path).isEqualTo(401);
            assertThat(answer.headers().firstValue("WWW-Authenticate")).as(path).isPresent();
        }
        HttpResponse<String> change =
                console.send(console.change("", "/subscriptions/picky/pause", "{\"reason\": \"x\"}"));
        assertThat(change.statusCode()).isEqualTo(401);
        assertThat(console.get("rita", "/subscriptions/picky").getBoolean("paused"))
                .isFalse();
    }

    @Test
    void whereNoSecurityIsSwitchedOnNobodyIsLetIn() throws Exception {
        try (ServedConsole open = ServedConsole.unsecured(app.get(Subscriptions.class), SETTINGS)) {
            HttpResponse<String> answer = open.send(open.request("", "api/v1/me"));
            assertThat(answer.statusCode()).isEqualTo(403);
            assertThat(answer.body()).contains("nobody can use the console");
        }
    }

    @Test
    void aLoginWithoutARoleSeesNothing() throws Exception {
        JsonObject problem = ServedConsole.json(console.send(console.request("nemo", "api/v1/status")), 403);
        assertThat(problem.getString("detail")).contains("nemo", "postevent-read", "postevent-operate");
        assertThat(console.send(console.request("nemo", "")).statusCode()).isEqualTo(403);
    }

    @Test
    void whoReadsChangesNothing() throws Exception {
        for (Route route : new Api(SETTINGS, app.get(Subscriptions.class), null, new Json()).routes()) {
            if (route.method() == Route.Method.POST) {
                String path = route.template().replace("{subscription}", "picky");
                JsonObject problem =
                        ServedConsole.json(console.send(console.change("rita", path, "{\"reason\": \"x\"}")), 403);
                assertThat(problem.getString("detail")).as(path).contains("rita", "postevent-operate");
            }
        }
        assertThat(app.get(Subscriptions.class).operations(Long.MAX_VALUE, 100))
                .noneMatch(done -> done.operator().equals("rita"));
    }

    @Test
    void whoeverAsksIsToldWhoHeIs() throws Exception {
        assertThat(console.get("rita", "/me").toString())
                .contains(
                        "\"user\":\"rita\"", "\"roles\":[\"read\"]", "\"environment\":\"test\"", "\"node\":\"node1\"");
        assertThat(console.get("otto", "/me").toString()).contains("\"roles\":[\"read\",\"operate\"]");
    }

    @Test
    void theStateOfEverythingHasACauseForEachSubscription() throws Exception {
        JsonObject status = console.get("rita", "/status");
        assertThat(status.getJsonArray("topics").getJsonObject(0).getString("name"))
                .isEqualTo("orders");
        assertThat(status.getJsonArray("feeds").getJsonObject(0).getString("kind"))
                .isEqualTo("POLLING");
        JsonObject easy = status.getJsonArray("subscriptions").getJsonObject(0);
        assertThat(easy.getString("name")).isEqualTo("easy");
        assertThat(easy.getJsonObject("owners").getInt("node1")).isPositive();
        assertThat(easy.getJsonArray("history")).isNotEmpty();
        JsonObject picky = status.getJsonArray("subscriptions").getJsonObject(1);
        assertThat(picky.getJsonObject("explanation").getString("cause")).isEqualTo("HELD");
        assertThat(picky.getJsonObject("explanation").getString("sentence")).contains("picky");
    }

    @Test
    void whoHasWhatIsThereIsToldThatNothingIsNew() throws Exception {
        HttpResponse<String> first = console.send(console.request("rita", "api/v1/me"));
        String tag = first.headers().firstValue("ETag").orElseThrow();
        HttpResponse<String> second =
                console.send(console.request("rita", "api/v1/me").header("If-None-Match", tag));
        assertThat(second.statusCode()).isEqualTo(304);
        assertThat(second.body()).isEmpty();
    }

    @Test
    void whatIsHeldIsFoundAPageAtATime() throws Exception {
        JsonObject page = console.get("rita", "/subscriptions/picky/held?type=bad&limit=3");
        assertThat(page.getInt("count")).isEqualTo(5);
        assertThat(page.getJsonArray("items")).hasSize(3);
        assertThat(page.getJsonArray("items").getJsonObject(0).getString("cause"))
                .contains("the ledger is away");
        JsonObject rest = console.get(
                "rita",
                "/subscriptions/picky/held?type=bad&limit=3&after="
                        + page.getJsonNumber("next").longValue());
        assertThat(rest.getJsonArray("items")).hasSize(2);
        assertThat(rest.containsKey("next")).isFalse();
        JsonObject behind = console.get("rita", "/subscriptions/picky/held?state=BEHIND&subject=c-4");
        assertThat(behind.getInt("count")).isEqualTo(1);
        assertThat(console.get("rita", "/subscriptions/picky/held?cause=LEDGER&state=PARKED&state=WAITING")
                        .getInt("count"))
                .isEqualTo(5);
    }

    @Test
    void whyAnEventFailedIsTold() throws Exception {
        JsonObject parked = console.get("rita", "/subscriptions/picky/held?subject=c-3")
                .getJsonArray("items")
                .getJsonObject(0);
        JsonObject attempt = console.get("rita", "/subscriptions/picky/held/" + parked.getInt("position") + "/attempts")
                .getJsonArray("items")
                .getJsonObject(0);
        assertThat(attempt.getInt("number")).isEqualTo(1);
        assertThat(attempt.getString("node")).isEqualTo("node1");
        assertThat(attempt.getString("cause")).contains("the ledger is away");
        assertThat(attempt.getString("stack")).contains("Picky.handle");
    }

    @Test
    void anEventIsFoundAndItsDataShownAsFarAsThatMayBe() throws Exception {
        JsonObject page = console.get("rita", "/topics/orders/events?type=good&limit=1");
        JsonObject newest = page.getJsonArray("items").getJsonObject(0);
        assertThat(newest.getString("subject")).isEqualTo("c-4");
        JsonObject next = console.get("rita", "/topics/orders/events?type=good&limit=1&before=" + page.getInt("next"));
        assertThat(next.getJsonArray("items").getJsonObject(0).getString("subject"))
                .isEqualTo("c-1");
        JsonObject byId = console.get("rita", "/topics/orders/events?id=" + newest.getString("id"));
        assertThat(byId.getJsonArray("items")).hasSize(1);
        JsonObject event = console.get("rita", "/topics/orders/events/" + newest.getInt("position"));
        assertThat(event.getJsonObject("data").toString())
                .isEqualTo(
                        "{\"size\":1,\"shown\":\"limited\",\"cut\":false,\"encoding\":\"base64\",\"value\":\"AQ==\"}");
        refused(404, "/topics/orders/events/4711", "4711");
        refused(404, "/topics/nowhere/events", "nowhere");
        refused(400, "/topics/orders/events/0", "position");
    }

    @Test
    void whatTheDatabaseWarnsOfIsTold() throws Exception {
        assertThat(newer()).isEmpty();
        DB.execute("insert into postevent_internal.schema_version(part, version) values ('inbox', 999)");
        try {
            await().atMost(LONG)
                    .untilAsserted(() -> assertThat(newer()).singleElement().satisfies(warning -> {
                        assertThat(warning.getString("level")).isEqualTo("WATCH");
                        assertThat(warning.getString("fact")).contains("inbox", "999");
                        assertThat(warning.getString("next")).isNotEmpty();
                    }));
        } finally {
            DB.execute("delete from postevent_internal.schema_version where version = 999");
        }
    }

    private static List<JsonObject> newer() throws Exception {
        return console.get("rita", "/warnings").getJsonArray("items").getValuesAs(JsonObject.class).stream()
                .filter(warning -> warning.getString("kind").equals("SCHEMA_NEWER"))
                .toList();
    }

    @Test
    void eachKeyIsToldWithWhatCountsAndWhoSaidSo() throws Exception {
        String text = console.get("rita", "/configuration").toString();
        assertThat(text)
                .contains("{\"name\":\"postevent.feed.kind\",\"value\":\"polling\"")
                .contains("{\"name\":\"postevent.lease\",\"value\":\"10s\",\"secret\":false,\"default\":\"10s\"")
                .contains("{\"name\":\"postevent.console.enabled\",\"value\":\"false\"");
        JsonObject attempts = setting("postevent.subscriptions.defaults.attempts-max");
        assertThat(attempts.getString("value")).isEqualTo("1");
        assertThat(attempts.getString("default")).isEqualTo("unlimited");
        assertThat(attempts.getJsonObject("source").getInt("ordinal")).isEqualTo(100);
        assertThat(attempts.getJsonObject("source").getString("name")).contains("test");
        assertThat(setting("postevent.lease").containsKey("source")).isFalse();
        JsonObject password = setting("postevent.feed.password");
        assertThat(password.getBoolean("secret")).isTrue();
        assertThat(password.containsKey("source")).isTrue();
        assertThat(password.containsKey("value")).isFalse();
    }

    private static JsonObject setting(String name) throws Exception {
        return console.get("rita", "/configuration").getJsonArray("items").getValuesAs(JsonObject.class).stream()
                .filter(item -> item.getString("name").equals(name))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void whatThereIsToCallIsTold() throws Exception {
        HttpResponse<String> answer = console.send(console.request("rita", "api/v1/openapi.json"));
        assertThat(ServedConsole.json(answer, 200).getString("openapi")).isEqualTo("3.1.0");
    }

    @Test
    void whatCannotBeIsRefusedWithASentence() throws Exception {
        refused(404, "/subscriptions/nobody/held", "nobody");
        refused(404, "/nothing", "there is no");
        refused(400, "/subscriptions/picky/held?limit=0", "limit");
        refused(400, "/subscriptions/picky/held?limit=1001", "limit");
        refused(400, "/subscriptions/picky/held?sbject=c-1", "sbject");
        refused(400, "/subscriptions/picky/held?state=LOST", "PARKED");
        refused(400, "/subscriptions/picky/held?failedBefore=yesterday", "failedBefore");
        refused(400, "/subscriptions/picky/held?first=5&last=4", "positions");
        refused(400, "/subscriptions/picky/replay?from=somewhere", "somewhere");
        refused(400, "/subscriptions/picky/replay?from=now&position=4", "position");
        refused(405, "/subscriptions/picky/pause", "POST");
        HttpResponse<String> put =
                console.send(console.request("otto", "api/v1/me").DELETE());
        assertThat(put.statusCode()).isEqualTo(405);
        assertThat(put.headers().firstValue("Allow")).contains("GET");
    }

    private static void refused(int status, String path, String said) throws Exception {
        HttpResponse<String> answer = console.send(console.request("otto", "api/v1" + path));
        assertThat(answer.headers().firstValue("Content-Type")).contains("application/problem+json");
        JsonObject problem = ServedConsole.json(answer, status);
        assertThat(problem.getInt("status")).isEqualTo(status);
        assertThat(problem.getString("detail")).as(path).contains(said);
    }

    @Test
    void aChangeThatAPageOfAnotherSiteCouldSendIsRefused() throws Exception {
        String path = "/subscriptions/easy/pause";
        String body = "{\"reason\": \"maintenance\"}";
        HttpResponse<String> bare = console.send(
                console.request("otto", "api/v1" + path).POST(java.net.http.HttpRequest.BodyPublishers.ofString(body)));
        assertThat(bare.statusCode()).isEqualTo(403);
        HttpResponse<String> elsewhere =
                console.send(console.change("otto", path, body).header("Origin", "http://elsewhere.example"));
        assertThat(elsewhere.statusCode()).isEqualTo(403);
        HttpResponse<String> nowhere =
                console.send(console.change("otto", path, body).header("Origin", "null"));
        assertThat(nowhere.statusCode()).isEqualTo(403);
        HttpResponse<String> form = console.send(
                console.change("otto", path, body).setHeader("Content-Type", "application/x-www-form-urlencoded"));
        assertThat(form.statusCode()).isEqualTo(415);
        HttpResponse<String> keyless = console.send(console.request("otto", "api/v1" + path)
                .header("Content-Type", "application/json")
                .header("Postevent-Console", "1")
                .POST(java.net.http.HttpRequest.BodyPublishers.ofString(body)));
        assertThat(keyless.statusCode()).isEqualTo(400);
        for (String wrong : List.of("", "[]", "{}", "{\"reason\": 1}", "{\"reason\": \"x\", \"why\": \"y\"}")) {
            assertThat(console.send(console.change("otto", path, wrong)).statusCode())
                    .as(wrong)
                    .isEqualTo(400);
        }
        assertThat(console.send(console.change("otto", path, "{\"reason\": \"" + "x".repeat(70_000) + "\"}"))
                        .statusCode())
                .isEqualTo(413);
        assertThat(console.get("rita", "/subscriptions/easy").getBoolean("paused"))
                .isFalse();
    }

    @Test
    void pauseAndResumeAreKeptWithWhoAndWhy() throws Exception {
        HttpResponse<String> paused =
                console.send(console.change("otto", "/subscriptions/easy/pause", "{\"reason\": \"maintenance\"}")
                        .header("Origin", "http://127.0.0.1:" + console.base().getPort()));
        ServedConsole.json(paused, 200);
        JsonObject easy = console.get("rita", "/subscriptions/easy");
        assertThat(easy.getBoolean("paused")).isTrue();
        assertThat(easy.getJsonObject("explanation").getString("sentence")).contains("otto", "maintenance");
        console.post("otto", "/subscriptions/easy/resume", "{\"reason\": \"over\"}");
        assertThat(console.get("rita", "/subscriptions/easy").getBoolean("paused"))
                .isFalse();
        JsonObject last = console.get("rita", "/operations?subscription=easy&limit=1");
        JsonObject operation = last.getJsonArray("items").getJsonObject(0);
        assertThat(operation.getString("action")).isEqualTo("RESUME");
        assertThat(operation.getString("operator")).isEqualTo("otto");
        assertThat(operation.getString("reason")).isEqualTo("over");
        JsonObject first = console.get(
                "rita",
                "/operations?subscription=easy&limit=1&before="
                        + last.getJsonNumber("next").longValue());
        assertThat(first.getJsonArray("items").getJsonObject(0).getString("action"))
                .isEqualTo("PAUSE");
    }

    @Test
    void whatIsNotDeployedIsListedAndDeletedOnce() throws Exception {
        String application = DB.text("select application from postevent_inbox.subscription where name = 'easy'");
        DB.execute(
                "insert into postevent_inbox.subscription (application, name, topic, lanes) values ('" + application
                        + "', 'easy-v1', 'orders', 2)",
                "insert into postevent_inbox.lane (application, subscription, lane, cursor)" + " select '" + application
                        + "', 'easy-v1', n, 3 from generate_series(0, 1) n");
        JsonObject left = console.get("rita", "/undeployed");
        assertThat(left.toString())
                .isEqualTo(
                        "{\"items\":[{\"name\":\"easy-v1\",\"topic\":\"orders\",\"handled\":3,\"held\":0,\"nodes\":[]}]}");
        refusedChange("/undeployed/easy/delete", "deployed here");

        console.post("otto", "/undeployed/easy-v1/delete", "{\"reason\": \"renamed\"}");

        assertThat(console.get("rita", "/undeployed").getJsonArray("items")).isEmpty();
        JsonObject last = console.get("rita", "/operations?subscription=easy-v1&limit=1");
        assertThat(last.getJsonArray("items").getJsonObject(0).getString("action"))
                .isEqualTo("DELETE");
    }

    private static void refusedChange(String path, String said) throws Exception {
        HttpResponse<String> answer = console.send(console.change("otto", path, "{\"reason\": \"a test\"}"));
        assertThat(ServedConsole.json(answer, 409).getString("detail")).contains(said);
    }

    @Test
    void aReplayIsShownBeforeItIsMade() throws Exception {
        JsonObject plan = console.get("rita", "/subscriptions/easy/replay?from=position&position=1");
        assertThat(plan.getInt("events")).isEqualTo(7);
        int before = Picky.TAKEN.get();
        console.post("otto", "/subscriptions/easy/replay", "{\"reason\": \"index lost\", \"from\": \"beginning\"}");
        await().atMost(LONG).until(() -> Picky.TAKEN.get() >= before + 7);
        assertThat(console.get("rita", "/operations?subscription=easy").toString())
                .contains("REPLAY", "index lost");
    }

    @Test
    void whatFailedIsTriedAgainOnceHoweverOftenItIsAsked() throws Exception {
        String retry =
                "{\"reason\": \"the ledger is up\", \"filter\": {\"states\": [\"PARKED\"], \"subject\": \"c-0\"}}";
        var asked = console.change("otto", "/subscriptions/picky/retry", retry).setHeader("Idempotency-Key", "once");
        assertThat(ServedConsole.json(console.send(asked), 200).getInt("changed"))
                .isEqualTo(1);
        assertThat(ServedConsole.json(console.send(asked), 200).getInt("changed"))
                .isEqualTo(1);
        JsonObject other = ServedConsole.json(
                console.send(console.change("otto", "/subscriptions/picky/skip", retry)
                        .setHeader("Idempotency-Key", "once")),
                409);
        assertThat(other.getString("code")).isEqualTo("PSTEV34009");
        assertThat(console.get("rita", "/operations?subscription=picky")
                        .toString()
                        .split("\"RETRY\""))
                .hasSize(2);
        ServedConsole.json(
                console.send(console.change("otto", "/subscriptions/picky/skip", "{\"reason\": \"x\"}")), 400);
        ServedConsole.json(
                console.send(console.change(
                        "otto", "/subscriptions/picky/skip", "{\"reason\": \"x\", \"filter\": {\"sbject\": \"c\"}}")),
                400);
    }
}
