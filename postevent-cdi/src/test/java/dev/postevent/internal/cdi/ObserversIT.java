package dev.postevent.internal.cdi;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.postevent.Delivery;
import dev.postevent.EventBuilder;
import dev.postevent.EventPublisher;
import dev.postevent.EventType;
import dev.postevent.InvalidEventException;
import dev.postevent.Live;
import dev.postevent.NoTransactionException;
import dev.postevent.PosteventException;
import dev.postevent.Publication;
import dev.postevent.StatusReport;
import dev.postevent.Subject;
import dev.postevent.Subscription;
import dev.postevent.Subscriptions;
import dev.postevent.Topic;
import dev.postevent.testing.App;
import dev.postevent.testing.PostgresFixture;
import io.cloudevents.CloudEvent;
import io.cloudevents.core.builder.CloudEventBuilder;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.context.Dependent;
import jakarta.enterprise.context.RequestScoped;
import jakarta.enterprise.event.Event;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.ObservesAsync;
import jakarta.enterprise.inject.Any;
import jakarta.inject.Inject;
import jakarta.interceptor.AroundInvoke;
import jakarta.interceptor.Interceptor;
import jakarta.interceptor.InterceptorBinding;
import jakarta.interceptor.InvocationContext;
import jakarta.transaction.Status;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.net.URI;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What CDI users may write, in a real container. */
class ObserversIT {
    private static final Duration LONG = Duration.ofMinutes(4);
    private static final Map<String, List<Object>> SEEN = new ConcurrentHashMap<>();
    private static App app;

    private static void saw(String who, Object what) {
        SEEN.computeIfAbsent(who, key -> new CopyOnWriteArrayList<>()).add(what);
    }

    private static List<Object> seen(String who) {
        return SEEN.getOrDefault(who, List.of());
    }

    /** A payload by JSON-B. */
    @EventType("order.placed")
    public static class OrderPlaced {
        @Subject
        public String customer;

        public String item;
        public int quantity;

        public static OrderPlaced of(String customer, String item, int quantity) {
            OrderPlaced order = new OrderPlaced();
            order.customer = customer;
            order.item = item;
            order.quantity = quantity;
            return order;
        }
    }

    /** Counts calls. */
    @InterceptorBinding
    @Retention(RetentionPolicy.RUNTIME)
    public @interface Counted {}

    @Counted
    @Interceptor
    @jakarta.annotation.Priority(1)
    public static class Counter {
        static final AtomicInteger CALLS = new AtomicInteger();

        @AroundInvoke
        Object count(InvocationContext call) throws Exception {
            CALLS.incrementAndGet();
            return call.proceed();
        }
    }

    /** One per delivery. */
    @RequestScoped
    public static class Request {
        private static final AtomicInteger NUMBER = new AtomicInteger();
        private final int number = NUMBER.incrementAndGet();

        public int number() {
            return number;
        }
    }

    @ApplicationScoped
    public static class Beans {
        @Inject
        @Topic("orders")
        EventPublisher orders;

        @Inject
        @Topic("orders")
        Event<OrderPlaced> placed;

        @Inject
        @Topic("orders")
        Event<CloudEvent> raw;

        @Inject
        Delivery delivery;

        public void publishInEveryWay(String subject) {
            orders.publish("way.publisher", subject, null);
            placed.fire(OrderPlaced.of(subject, "fired", 1));
            raw.fire(event("way-" + subject, "way.raw"));
        }

        @Subscription("raw")
        void raw(@Observes @Topic("orders") CloudEvent event) {
            saw("raw", event);
        }

        @Counted
        @Subscription("payload")
        public void payload(
                @Observes @Topic("orders") @EventType("order.placed") OrderPlaced order,
                Request request,
                Delivery now) {
            saw("payload", order.customer + " " + order.item + " " + order.quantity);
            saw("requests", request.number());
            saw(
                    "deliveries",
                    now.subscription() + " " + now.topic() + " " + now.attempt() + " " + now.redelivered() + " "
                            + now.lastAttempt() + " " + now.event().getType() + " "
                            + (now.position() == delivery.position()));
        }

        @ObservesAsyncMarker
        @Live
        void live(@ObservesAsync @Topic("orders") CloudEvent event) {
            saw("live", event.getId());
        }

        @Subscription("hidden")
        private static void hidden(@Observes @Topic("orders") @EventType({"a", "b"}) CloudEvent event) {
            saw("hidden", event.getType());
        }
    }

    /** Only to show that other annotations do not matter. */
    @Retention(RetentionPolicy.RUNTIME)
    public @interface ObservesAsyncMarker {}

    @Dependent
    public static class PerCall {
        @Subscription("dependent")
        void call(@Observes @Topic("orders") CloudEvent event) {
            saw("dependent", System.identityHashCode(this));
        }
    }

    @ApplicationScoped
    public static class Lasts {
        @Subscription("lasts")
        void call(@Observes @Topic("orders") @EventType("hard") CloudEvent event, Delivery now) {
            saw("lasts", now.attempt() + " " + now.redelivered() + " " + now.lastAttempt());
            if (!now.lastAttempt()) {
                throw new IllegalStateException("expected by the test");
            }
        }
    }

    /** Whatever it needs is away for longer than a handful of attempts takes. */
    @ApplicationScoped
    public static class Patient {
        @Subscription("patient")
        void call(@Observes @Topic("orders") @EventType("patient") CloudEvent event, Delivery now) {
            saw("patient", now.attempt() + " " + now.lastAttempt());
            if (now.attempt() < 13) {
                throw new IllegalStateException("expected by the test");
            }
        }
    }

    @BeforeAll
    static void deploy() {
        app = App.over(PostgresFixture.shared().newDatabase())
                .beans(Beans.class, PerCall.class, Lasts.class, Patient.class, Request.class, Counter.class)
                .with("postevent.topics.names", "extra,orders")
                .with("postevent.subscriptions.lasts.attempts-max", "2")
                .with("postevent.subscriptions.lasts.backoff-first", "1ms")
                .with("postevent.subscriptions.patient.backoff-first", "1ms")
                .with("postevent.subscriptions.patient.backoff-max", "2ms")
                .start();
    }

    @AfterAll
    static void undeploy() {
        if (app != null) {
            app.close();
        }
    }

    private static EventPublisher orders() {
        return app.get(EventPublisher.class, Topic.Literal.of("orders"));
    }

    private static boolean sawId(String who, String id) {
        return seen(who).stream()
                .anyMatch(one -> one instanceof CloudEvent event ? event.getId().equals(id) : one.equals(id));
    }

    private static CloudEvent event(String id, String type) {
        return CloudEventBuilder.v1()
                .withId(id)
                .withSource(URI.create("/test"))
                .withType(type)
                .withSubject("s")
                .build();
    }

    @Test
    void firingAPayloadPublishesIt() throws Exception {
        Event<OrderPlaced> placed = app.container().event().select(OrderPlaced.class, Topic.Literal.of("orders"));
        app.jta().transaction(() -> placed.fire(OrderPlaced.of("c-17", "book", 2)));
        await().atMost(LONG).until(() -> seen("payload").contains("c-17 book 2"));
        assertThat(Counter.CALLS.get()).isPositive();
        await().atMost(LONG)
                .until(() -> seen("raw").stream().anyMatch(one -> "c-17".equals(((CloudEvent) one).getSubject())));
        CloudEvent raw = (CloudEvent) seen("raw").stream()
                .filter(one -> "c-17".equals(((CloudEvent) one).getSubject()))
                .findFirst()
                .orElseThrow();
        assertThat(raw.getType()).isEqualTo("order.placed");
        assertThat(raw.getDataContentType()).isEqualTo("application/json");
        assertThat(raw.getSource().toString()).startsWith("urn:postevent:app");
        assertThat(seen("deliveries")).contains("payload orders 1 false false order.placed true");
    }

    @Test
    void byDefaultAnEventIsTriedOnWhereItFailsTenTimes() throws Exception {
        app.jta().transaction(() -> orders().publish(event("patience", "patient")));
        await().atMost(LONG).until(() -> seen("patient").contains("13 false"));
        assertThat(seen("patient")).hasSize(13).noneMatch(one -> one.toString().contains("true"));
    }

    @Test
    void firingACloudEventPublishesItAsItIs() throws Exception {
        app.jta()
                .transaction(() -> app.container()
                        .event()
                        .select(CloudEvent.class, Topic.Literal.of("orders"))
                        .fire(event("fired-1", "a")));
        await().atMost(LONG)
                .until(() -> sawId("raw", "fired-1") && seen("hidden").contains("a"));
    }

    @Test
    void injectedPublishersAndEventsPublish() throws Exception {
        app.jta().transaction(() -> app.get(Beans.class).publishInEveryWay("ways"));
        await().atMost(LONG)
                .until(() -> sawType("raw", "way.publisher")
                        && sawType("raw", "way.raw")
                        && seen("payload").contains("ways fired 1"));
    }

    private static boolean sawType(String who, String type) {
        return seen(who).stream().anyMatch(one -> ((CloudEvent) one).getType().equals(type));
    }

    @Test
    void anEventOfAnotherTypeIsPassedOverAndCountsAsHandled() throws Exception {
        app.jta().transaction(() -> {
            orders().publish("order.cancelled", "filter", OrderPlaced.of("filter", "cancelled", 1));
            orders().publish("order.placed.late", "filter", null);
            orders().publish("ORDER.PLACED", "filter", OrderPlaced.of("filter", "capitals", 1));
            orders().publish("c", "filter", null);
            // the same subject, so whoever has these has left those behind
            orders().publish("order.placed", "filter", OrderPlaced.of("filter", "wanted", 1));
            orders().publish("b", "filter", null);
        });
        await().atMost(LONG)
                .until(() -> seen("payload").contains("filter wanted 1")
                        && seen("hidden").contains("b"));
        Subscriptions subscriptions = app.get(Subscriptions.class);
        await().atMost(LONG)
                .untilAsserted(() -> assertThat(subscriptions.report().subscriptions())
                        .allSatisfy(one -> {
                            assertThat(one.lag()).as("lag of " + one.name()).isZero();
                            assertThat(one.held()).as("held of " + one.name()).isZero();
                            assertThat(one.parked())
                                    .as("parked of " + one.name())
                                    .isZero();
                        }));
        assertThat(seen("payload").stream().filter(one -> one.toString().startsWith("filter ")))
                .containsExactly("filter wanted 1");
        assertThat(seen("hidden")).isSubsetOf("a", "b");
        await().atMost(LONG).until(() -> sawType("raw", "order.cancelled") && sawType("raw", "c"));
    }

    @Test
    void eachDeliveryHasARequestContextOfItsOwn() throws Exception {
        int before = seen("requests").size();
        app.jta().transaction(() -> {
            orders().publish("order.placed", "r", OrderPlaced.of("r", "x", 1));
            orders().publish("order.placed", "r", OrderPlaced.of("r", "y", 1));
        });
        await().atMost(LONG).until(() -> seen("requests").size() >= before + 2);
        assertThat(seen("requests")).doesNotHaveDuplicates();
    }

    @Test
    void liveObserversGetWhatIsCommittedFromNowOn() throws Exception {
        awaitStreaming(app.get(Subscriptions.class));
        app.jta().transaction(() -> orders().publish(event("live", "l")));
        await().atMost(LONG).until(() -> sawId("live", "live"));
    }

    private static void awaitStreaming(Subscriptions subscriptions) {
        await().atMost(LONG)
                .until(() -> subscriptions.report().feeds().get(0).state() == StatusReport.FeedStatus.State.STREAMING);
    }

    @Test
    void withoutATransactionPublishingIsRefusedAndSaysWhatToDo() {
        assertThatThrownBy(() -> orders().publish(event("x", "t")))
                .isInstanceOf(NoTransactionException.class)
                .hasMessageContaining("postevent.publish.without-transaction");
    }

    @Test
    void aRefusedEventDoesNotSpoilTheTransaction() throws Exception {
        app.jta().transaction(() -> {
            assertThatThrownBy(() -> orders().publish("", "s", null)).isInstanceOf(InvalidEventException.class);
            assertThatThrownBy(() -> orders().publish("bad\u0001type", "s", null))
                    .isInstanceOf(InvalidEventException.class);
            assertThatThrownBy(() -> orders().publish("big", "s", new byte[1_048_577]))
                    .isInstanceOf(InvalidEventException.class)
                    .hasMessageContaining("1048576");
            assertThat(app.jta().userTransaction().getStatus()).isEqualTo(Status.STATUS_ACTIVE);
            orders().publish(event("after-refusal", "t"));
        });
        await().atMost(LONG).until(() -> sawId("raw", "after-refusal"));
    }

    @Test
    void anUnknownTopicIsAnErrorAtTheCall() throws Exception {
        app.jta().transaction(() -> {
            assertThatThrownBy(() -> app.get(EventPublisher.class, Topic.Literal.of("nowhere"))
                            .publish(event("x", "t")))
                    .isInstanceOf(PosteventException.class)
                    .hasMessageContaining("PSTEV31001")
                    .hasMessageContaining("nowhere")
                    .hasMessageContaining("orders");
            assertThatThrownBy(() -> app.get(EventPublisher.class, Any.Literal.INSTANCE))
                    .hasStackTraceContaining("PSTEV20010");
            assertThatThrownBy(() -> app.container()
                            .event()
                            .select(CloudEvent.class, Topic.Literal.of("nowhere"))
                            .fire(event("x", "t")))
                    .isInstanceOf(PosteventException.class)
                    .hasMessageContaining("nowhere");
            app.get(EventPublisher.class, Topic.Literal.of("extra")).publish(event("configured", "t"));
        });
    }

    @Test
    void fireAsyncAtATopicIsRefused() {
        assertThatThrownBy(() -> app.container()
                        .event()
                        .select(CloudEvent.class, Topic.Literal.of("orders"))
                        .fireAsync(event("x", "t"))
                        .toCompletableFuture()
                        .join())
                .isInstanceOf(CompletionException.class)
                .hasStackTraceContaining("PSTEV20012: fireAsync");
    }

    @Test
    void deliveryOutsideOfAnObserverSaysSo() {
        Delivery delivery = app.get(Delivery.class);
        assertThatThrownBy(delivery::position).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void theReportKnowsAll() throws Exception {
        app.jta().transaction(() -> orders().publish(event("reported", "t")));
        Subscriptions subscriptions = app.get(Subscriptions.class);
        await().atMost(LONG)
                .until(() -> subscriptions.report().subscriptions().stream().allMatch(one -> one.lag() == 0));
        awaitStreaming(subscriptions);
        assertThat(subscriptions.report().faults()).isEmpty();
        assertThat(subscriptions.report().subscriptions())
                .extracting(Subscriptions.Status::name)
                .containsExactly("dependent", "hidden", "lasts", "patient", "payload", "raw");
        assertThat(subscriptions.report().topics()).hasSize(2);
        assertThat(subscriptions.report().live()).hasSize(1);
    }

    /** Says all of itself. */
    @EventType("described")
    public record Described(@Subject String customer, int items) {}

    @Test
    void aPublisherTakesObjectsThatSayWhatTheyAreAndBuildsWhatNeedsMore() throws Exception {
        List<Publication> published = new ArrayList<>();
        app.jta().transaction(() -> {
            published.add(orders().publish(new Described("c-1", 3)));
            EventBuilder built = orders().event("built")
                    .subject("c-1")
                    .source(URI.create("urn:elsewhere"))
                    .time(OffsetDateTime.parse("2026-01-02T03:04:05Z"))
                    .dataschema(URI.create("urn:schema"))
                    .extension("tenant", "north")
                    .extension("count", 3)
                    .extension("vip", true)
                    .data(new Described("c-2", 4));
            published.add(built.publish());
            published.add(built.id("built-id").publish());
            published.add(orders().event("raw")
                    .data(new byte[] {1, 2}, "application/x-two")
                    .publishNow());
            byte[] buffer = {7};
            EventBuilder buffered = orders().event("raw").data(buffer);
            buffer[0] = 8;
            published.add(buffered.publish());
            published.add(orders().event(new Described("c-3", 5))
                    .extension("tenant", "south")
                    .publish());
        });
        assertThat(published).allMatch(one -> one.topic().equals("orders"));
        List<CloudEvent> events = published.stream().map(Publication::event).toList();
        await().atMost(LONG).until(() -> events.stream().allMatch(event -> sawId("raw", event.getId())));

        assertThat(events.get(0).getType()).isEqualTo("described");
        assertThat(events.get(0).getSubject()).isEqualTo("c-1");
        assertThat(new String(events.get(0).getData().toBytes(), UTF_8)).contains("\"items\":3");
        CloudEvent built = events.get(1);
        assertThat(List.of(
                        built.getType(),
                        built.getSubject(),
                        built.getSource(),
                        built.getTime(),
                        built.getDataSchema(),
                        built.getDataContentType(),
                        built.getExtension("tenant"),
                        built.getExtension("count"),
                        built.getExtension("vip")))
                .containsExactly(
                        "built",
                        "c-1",
                        URI.create("urn:elsewhere"),
                        OffsetDateTime.parse("2026-01-02T03:04:05Z"),
                        URI.create("urn:schema"),
                        "application/json",
                        "north",
                        3,
                        true);
        assertThat(new String(built.getData().toBytes(), UTF_8)).contains("\"items\":4");
        assertThat(built.getId()).isNotEqualTo("built-id");
        assertThat(events.get(2).getId()).isEqualTo("built-id");
        assertThat(events.get(3).getDataContentType()).isEqualTo("application/x-two");
        assertThat(events.get(3).getData().toBytes()).containsExactly(1, 2);
        assertThat(events.get(4).getData().toBytes()).containsExactly(7);
        assertThat(events.get(5).getType()).isEqualTo("described");
        assertThat(events.get(5).getSubject()).isEqualTo("c-3");
        assertThat(events.get(5).getExtension("tenant")).isEqualTo("south");
        assertThat(published)
                .extracting(one -> one.position().orElseThrow())
                .isSorted()
                .doesNotHaveDuplicates();
    }

    @Test
    void theLastAttemptKnowsThatItIsTheLast() throws Exception {
        app.jta().transaction(() -> orders().publish("hard", null, null));
        await().atMost(LONG).until(() -> seen("lasts").size() >= 2);
        assertThat(seen("lasts")).isEqualTo(List.of("1 false false", "2 true true"));
    }

    @Test
    void anEventIsNoData() throws Exception {
        CloudEvent event = event("never", "never");
        List<ThrowingCallable> ways = List.of(
                () -> orders().publish((Object) event),
                () -> orders().publish("t", "s", event),
                () -> orders().event("t").data(event),
                () -> orders().event("t").extension("No Name", "x").publish(),
                () -> orders().publish(new Object()),
                () -> orders().publish((Object) null),
                () -> orders().publish(orders().event("t")),
                () -> orders().event("t").data(orders().event("t")));
        app.jta().transaction(() -> {
            for (ThrowingCallable way : ways) {
                assertThatThrownBy(way).isInstanceOf(InvalidEventException.class);
            }
            assertThatThrownBy(ways.get(0))
                    .hasMessageContaining("PSTEV21008")
                    .hasMessageContaining("publish(CloudEvent)");
        });
        assertThat(sawId("raw", "never")).isFalse();
    }
}
