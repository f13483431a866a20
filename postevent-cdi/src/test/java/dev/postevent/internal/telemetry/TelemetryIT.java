package dev.postevent.internal.telemetry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.postevent.EventPublisher;
import dev.postevent.Operator;
import dev.postevent.ParkNowException;
import dev.postevent.StatusReport;
import dev.postevent.Subscription;
import dev.postevent.Subscriptions;
import dev.postevent.Topic;
import dev.postevent.testing.App;
import dev.postevent.testing.PostgresFixture;
import dev.postevent.testing.ToldTelemetry;
import io.cloudevents.CloudEvent;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.context.Scope;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.trace.data.SpanData;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.Collection;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What OpenTelemetry's own SDK is told, by an application that has it as a bean. */
class TelemetryIT {
    private static final Duration LONG = Duration.ofMinutes(4);
    private final PostgresFixture.Db db = PostgresFixture.shared().newDatabase();
    private final ToldTelemetry told = new ToldTelemetry();
    /** The name of a slot, of which the server has one in all databases. */
    private final String application = "shop_" + db.name();

    private final Map<String, String> shipping = Map.of(
            "messaging.system", "postevent",
            "messaging.destination.name", "orders",
            "messaging.destination.subscription.name", "shipping",
            "postevent.application", application);
    private final Map<String, String> orders = Map.of(
            "messaging.system", "postevent",
            "messaging.destination.name", "orders",
            "postevent.application", application);

    /** What a user writes. */
    @ApplicationScoped
    public static class Shop {
        /** The span that was current in each call. */
        private static final List<SpanContext> CURRENT = new CopyOnWriteArrayList<>();

        @Inject
        @Topic("orders")
        EventPublisher orders;

        /** A proxy of this bean has no fields. */
        public EventPublisher orders() {
            return orders;
        }

        public void place(String customer) {
            orders.publish("order.placed", customer, null);
        }

        @Subscription("shipping")
        void ship(@Observes @Topic("orders") CloudEvent event) {
            CURRENT.add(Span.current().getSpanContext());
            if ("bad".equals(event.getSubject())) {
                throw new ParkNowException("nobody lives there");
            }
        }
    }

    @BeforeEach
    void forget() {
        Shop.CURRENT.clear();
    }

    @AfterEach
    void close() {
        told.close();
    }

    private App.Builder shop() {
        return App.over(db)
                .with("postevent.application", application)
                .beans(Shop.class)
                .extension(told);
    }

    private void awaitValue(double expected, String metric, Map<String, String> attributes) {
        await().atMost(LONG)
                .untilAsserted(() ->
                        assertThat(told.value(metric, attributes)).as(metric).isEqualTo(expected));
    }

    private void awaitPositive(String metric, Map<String, String> attributes) {
        await().atMost(LONG)
                .untilAsserted(() ->
                        assertThat(told.value(metric, attributes)).as(metric).isPositive());
    }

    private static Map<String, String> with(Map<String, String> attributes, String name, String value) {
        Map<String, String> all = new HashMap<>(attributes);
        all.put(name, value);
        return all;
    }

    @Test
    void numbersOfAnApplicationAreThoseOfItsDatabase() throws Exception {
        try (App app = shop().start()) {
            Shop shop = app.get(Shop.class);
            app.jta().transaction(() -> {
                shop.place("a");
                shop.orders().publishNow("order.placed", "b", null);
            });
            app.jta().rolledBack(() -> shop.place("c"));
            app.jta().rolledBack(() -> shop.orders().publishNow("order.placed", "d", null)); // its number is sealed
            app.jta().transaction(() -> shop.place("bad"));
            app.jta().transaction(() -> shop.place("a"));
            Subscriptions subscriptions = app.get(Subscriptions.class);
            await().atMost(LONG).until(() -> subscriptions.status("shipping").lag() == 0);

            awaitValue(4, "messaging.client.sent.messages", with(orders, "messaging.operation.name", "publish"));
            awaitValue(4, "messaging.client.consumed.messages", with(shipping, "messaging.operation.name", "process"));
            awaitValue(4, "messaging.process.duration", shipping);
            awaitValue(1, "messaging.process.duration", with(shipping, "error.type", ParkNowException.class.getName()));

            long head = db.number("select max(idn) from postevent.orders");
            awaitValue(head, "postevent.topic.head", orders);
            awaitValue(head, "postevent.topic.mark", orders);
            awaitValue(1, "postevent.gap.voids", orders);
            awaitValue(0, "postevent.topic.blocked", orders);
            awaitValue(1, "postevent.subscription.held", with(shipping, "postevent.held.state", "parked"));
            awaitValue(0, "postevent.subscription.held", with(shipping, "postevent.held.state", "waiting"));
            awaitValue(0, "postevent.subscription.lag", shipping);
            long lanes = db.number("select count(*) from postevent_inbox.lane where subscription = 'shipping'");
            awaitValue(lanes, "postevent.lane.owned", shipping);
            awaitValue(
                    lanes,
                    "postevent.lane.moves",
                    Map.of(
                            "messaging.destination.subscription.name", "shipping",
                            "postevent.lane.move", "taken",
                            "postevent.application", application));
            Map<String, String> local =
                    Map.of("postevent.feed.name", "local topics", "postevent.application", application);
            awaitValue(1, "postevent.feed.up", local);
            awaitValue(1, "postevent.feed.streaming", local);
            awaitPositive("postevent.outbox.size", orders);
            assertThat(told.value("postevent.catchup.reads", orders)).isPositive();
            awaitPositive("postevent.feed.wal.retained", local);

            subscriptions.pause("shipping", Operator.of("test", "because"));
            awaitValue(1, "postevent.subscription.paused", shipping);
            app.jta().transaction(() -> shop.place("e"));
            awaitValue(1, "postevent.subscription.lag", shipping);
            awaitPositive("postevent.subscription.lag.time", shipping);

            Collection<MetricData> all = told.collect();
            assertThat(all)
                    .allSatisfy(metric -> assertThat(metric.getData().getPoints())
                            .as(metric.getName())
                            .isNotEmpty()
                            .allSatisfy(
                                    point -> assertThat(point.getAttributes().asMap())
                                            .containsEntry(AttributeKey.stringKey("postevent.application"), application)
                                            .containsEntry(AttributeKey.stringKey("messaging.system"), "postevent")));
            Set<String> expected = EnumSet.complementOf(EnumSet.of(Metric.LIVE_DROPPED)).stream()
                    .filter(metric -> metric != Metric.INBOX_SIZE
                            || !System.getProperty("test.inbox", "copy").equals("direct"))
                    .map(metric -> metric.title() + " in " + metric.unit())
                    .collect(Collectors.toSet());
            assertThat(all)
                    .extracting(metric -> metric.getName() + " in " + metric.getUnit())
                    .hasSameElementsAs(expected);
        }
        assertThat(told.collect())
                .as("what is left when the application has stopped")
                .extracting(MetricData::getName)
                .isSubsetOf(Metric.SENT.title(), Metric.CONSUMED.title(), Metric.PROCESS_DURATION.title());
    }

    @Test
    void anObserverRunsInASpanThatIsLinkedToThePublishers() throws Exception {
        SpanContext caller = SpanContext.createFromRemoteParent(
                "0af7651916cd43dd8448eb211c80319c",
                "b7ad6b7169203331",
                TraceFlags.getSampled(),
                TraceState.builder().put("vendor", "v1").build());
        try (App app = shop().start()) {
            Shop shop = app.get(Shop.class);
            // what comes before it streams is read by catch-up
            await().atMost(LONG)
                    .until(() -> app.get(Subscriptions.class).report().feeds().stream()
                            .allMatch(feed -> feed.state() == StatusReport.FeedStatus.State.STREAMING));
            app.jta().transaction(() -> {
                try (Scope unused = Span.wrap(caller).makeCurrent()) {
                    shop.place("a");
                }
            });
            await().atMost(LONG).until(() -> told.spans("process shipping").size() == 1);

            SpanData publish = told.spans("publish orders").get(0);
            assertThat(publish.getKind()).isEqualTo(SpanKind.PRODUCER);
            assertThat(publish.getParentSpanId()).isEqualTo(caller.getSpanId());
            assertThat(publish.getTraceId()).isEqualTo(caller.getTraceId());
            assertThat(db.text("select traceparent from postevent.orders"))
                    .isEqualTo("00-" + publish.getTraceId() + "-" + publish.getSpanId() + "-01");
            assertThat(db.text("select extensions->>'tracestate' from postevent.orders"))
                    .isEqualTo("vendor=v1");
            assertThat(publish.getAttributes().asMap())
                    .containsEntry(AttributeKey.stringKey("cloudevents.event_type"), "order.placed")
                    .containsEntry(AttributeKey.stringKey("cloudevents.event_subject"), "a")
                    .containsEntry(
                            AttributeKey.stringKey("cloudevents.event_id"), db.text("select id from postevent.orders"));

            SpanData process = told.spans("process shipping").get(0);
            assertThat(process.getKind()).isEqualTo(SpanKind.CONSUMER);
            assertThat(process.getParentSpanContext().isValid()).isFalse();
            assertThat(process.getStatus().getStatusCode()).isEqualTo(StatusCode.UNSET);
            assertThat(process.getLinks()).singleElement().satisfies(link -> {
                assertThat(link.getSpanContext().getSpanId()).isEqualTo(publish.getSpanId());
                assertThat(link.getSpanContext().getTraceState().get("vendor")).isEqualTo("v1");
            });
            assertThat(Shop.CURRENT).containsExactly(process.getSpanContext());
            await().atMost(LONG)
                    .untilAsserted(() -> assertThat(told.spans("receive orders"))
                            .anySatisfy(receive -> assertThat(receive.getLinks())
                                    .extracting(link -> link.getSpanContext().getSpanId())
                                    .containsExactly(publish.getSpanId())));
        }
    }

    @Test
    void anEventThatSaysWhereItComesFromKeepsThat() throws Exception {
        String own = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        try (App app = shop().start()) {
            Shop shop = app.get(Shop.class);
            app.jta()
                    .transaction(() -> shop.orders()
                            .event("order.placed")
                            .subject("bad")
                            .extension("traceparent", own)
                            .publish());
            await().atMost(LONG).until(() -> told.spans("process shipping").size() == 1);
            assertThat(db.text("select traceparent from postevent.orders")).isEqualTo(own);
            SpanData process = told.spans("process shipping").get(0);
            assertThat(process.getLinks())
                    .singleElement()
                    .satisfies(link ->
                            assertThat(link.getSpanContext().getSpanId()).isEqualTo("00f067aa0ba902b7"));
            assertThat(process.getStatus().getStatusCode()).isEqualTo(StatusCode.ERROR);
            assertThat(process.getAttributes().get(AttributeKey.stringKey("error.type")))
                    .isEqualTo(ParkNowException.class.getName());
        }
    }

    @Test
    void whoCannotBeToldDisturbsNobody() throws Exception {
        told.close();
        try (App app = App.over(db)
                .with("postevent.application", application)
                .beans(Shop.class)
                .extension(new FailingTelemetry())
                .start()) {
            app.jta().transaction(() -> app.get(Shop.class).place("a"));
            await().atMost(LONG).until(() -> Shop.CURRENT.size() == 1);
            assertThat(Shop.CURRENT.get(0).isValid()).isFalse();
        }
    }
}
