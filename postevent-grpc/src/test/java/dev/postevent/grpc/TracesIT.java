package dev.postevent.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.postevent.EventPublisher;
import dev.postevent.Topic;
import dev.postevent.testing.App;
import dev.postevent.testing.EffectTable;
import dev.postevent.testing.PostgresFixture;
import dev.postevent.testing.ToldTelemetry;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.context.Scope;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A trace goes on in another application, whose OpenTelemetry is another one. */
class TracesIT {
    private static final Duration LONG = Duration.ofMinutes(4);

    @Test
    void theConsumersSpansAreLinkedToThePublishersOfTheOtherApplication() throws Exception {
        PostgresFixture.Db shopDb = PostgresFixture.shared().newDatabase();
        PostgresFixture.Db warehouseDb = PostgresFixture.shared().newDatabase();
        warehouseDb.execute(EffectTable.DDL);
        SpanContext caller = SpanContext.createFromRemoteParent(
                "0af7651916cd43dd8448eb211c80319c",
                "b7ad6b7169203331",
                TraceFlags.getSampled(),
                TraceState.builder().put("vendor", "v1").build());
        try (ToldTelemetry shops = new ToldTelemetry();
                ToldTelemetry warehouses = new ToldTelemetry();
                App shop = Shops.shop(shopDb).extension(shops).start();
                App warehouse = Shops.warehouse(warehouseDb, Shops.port(shop))
                        .with("postevent.application", "warehouse")
                        .extension(warehouses)
                        .beans(Warehouse.class)
                        .start()) {
            Shops.awaitStreaming(warehouse, "orders");
            EventPublisher orders = shop.get(EventPublisher.class, Topic.Literal.of("orders"));
            try (Scope unused = Span.wrap(caller).makeCurrent()) {
                shop.jta().transaction(() -> orders.publish("order.placed", "a", null));
            }
            await().atMost(LONG).until(() -> warehouses.spans("process picking").size() == 1);

            SpanData publish = shops.spans("publish orders").get(0);
            assertThat(publish.getTraceId()).isEqualTo(caller.getTraceId());
            assertThat(shops.spans("process picking")).isEmpty();
            SpanData process = warehouses.spans("process picking").get(0);
            assertThat(process.getLinks()).singleElement().satisfies(link -> {
                assertThat(link.getSpanContext().getTraceId()).isEqualTo(publish.getTraceId());
                assertThat(link.getSpanContext().getSpanId()).isEqualTo(publish.getSpanId());
                assertThat(link.getSpanContext().getTraceState().get("vendor")).isEqualTo("v1");
            });
            await().atMost(LONG)
                    .untilAsserted(() -> assertThat(warehouses.spans("receive orders"))
                            .anySatisfy(receive -> assertThat(receive.getLinks())
                                    .extracting(link -> link.getSpanContext().getSpanId())
                                    .containsExactly(publish.getSpanId())));
            await().atMost(LONG)
                    .untilAsserted(() -> assertThat(warehouses.value(
                                    "postevent.feed.streaming",
                                    Map.of("postevent.feed.name", "orders", "postevent.application", "warehouse")))
                            .isEqualTo(1));
        }
    }
}
