package dev.postevent.internal.cdi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.postevent.EventFilter;
import dev.postevent.EventPage;
import dev.postevent.EventPublisher;
import dev.postevent.Live;
import dev.postevent.NotFoundException;
import dev.postevent.StoredEvent;
import dev.postevent.Subscription;
import dev.postevent.Subscriptions;
import dev.postevent.Topic;
import dev.postevent.spi.Transport;
import dev.postevent.testing.App;
import dev.postevent.testing.EffectTable;
import dev.postevent.testing.EffectWriter;
import dev.postevent.testing.PostgresFixture;
import io.cloudevents.CloudEvent;
import io.cloudevents.core.builder.CloudEventBuilder;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.ObservesAsync;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Operators find events of an application's topics, and see what its observers failed of. */
class EventBrowserIT {
    private static final Duration LONG = Duration.ofMinutes(4);

    private final PostgresFixture.Db db = PostgresFixture.shared().newDatabase();

    @TempDir
    Path library;

    @ApplicationScoped
    public static class OfParcels {
        @Subscription("parcel-keeper")
        void observe(@Observes @Topic("parcels") CloudEvent event) {
            throw new IllegalStateException("nothing was sent");
        }

        @Live
        void glance(@ObservesAsync @Topic("letters") CloudEvent event) {
            throw new IllegalStateException("nothing was sent");
        }
    }

    private App.Builder anApplication() {
        db.execute(EffectTable.DDL);
        return App.over(db).with("postevent.feed.kind", "polling").beans(EffectWriter.class);
    }

    private static EventFilter orders() {
        return EventFilter.of("orders");
    }

    private static List<String> ids(EventPage page) {
        return page.events().stream().map(StoredEvent::id).toList();
    }

    @Test
    void anEventOfOnesOwnTopicIsFoundWithAllThatItHas() throws Exception {
        try (App app = anApplication().start()) {
            Subscriptions subscriptions = app.get(Subscriptions.class);
            EventPublisher publisher = app.get(EventPublisher.class, Topic.Literal.of("orders"));
            OffsetDateTime time = OffsetDateTime.parse("2026-03-01T12:00:00.123456789+02:00");
            CloudEvent event = CloudEventBuilder.v1()
                    .withId("order-1")
                    .withSource(URI.create("urn:shop"))
                    .withType("order.placed")
                    .withSubject("customer-7")
                    .withTime(time)
                    .withDataSchema(URI.create("urn:schema:1"))
                    .withData("application/json", "{\"sum\":7}".getBytes(StandardCharsets.UTF_8))
                    .withExtension("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
                    .withExtension("tenant", "north")
                    .withExtension("urgent", true)
                    .withExtension("count", 3)
                    .withExtension("link", URI.create("urn:link"))
                    .withExtension("raw", new byte[] {1, 2})
                    .build();
            app.jta().transaction(() -> {
                publisher.publish(event);
                publisher.publish("order.shipped", "customer-8", null);
            });

            EventPage found =
                    subscriptions.events(orders().subject("customer-7").type("order.placed"), 100, 10);

            assertThat(ids(found)).containsExactly("order-1");
            assertThat(found.next()).isEmpty();
            StoredEvent listed = found.events().get(0);
            assertThat(listed.size()).hasValue(9);
            assertThat(listed.data()).isEmpty();
            assertThat(listed.extensions()).isEmpty();
            StoredEvent whole = subscriptions.event("orders", listed.position()).orElseThrow();
            assertThat(whole.source() + " " + whole.type() + " " + whole.subject() + " " + whole.contentType() + " "
                            + whole.dataSchema())
                    .isEqualTo("urn:shop order.placed Optional[customer-7] Optional[application/json]"
                            + " Optional[urn:schema:1]");
            assertThat(whole.time()).contains(time.toInstant());
            assertThat(whole.extensions())
                    .isEqualTo(Map.of(
                            "traceparent",
                            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                            "tenant",
                            "north",
                            "urgent",
                            "true",
                            "count",
                            "3",
                            "link",
                            "urn:link",
                            "raw",
                            "AQI="));
            assertThat(new String(whole.data().orElseThrow(), StandardCharsets.UTF_8))
                    .isEqualTo("{\"sum\":7}");
            whole.data().orElseThrow()[0] = 0;
            assertThat(whole.data().orElseThrow()[0]).isEqualTo((byte) '{');
            assertThat(ids(subscriptions.events(orders().id("order-1"), Long.MAX_VALUE, 10)))
                    .containsExactly("order-1");
            assertThat(ids(subscriptions.events(
                            orders().after(time.toInstant().minusSeconds(1)).until(time.toInstant()), 100, 10)))
                    .contains("order-1");
            assertThat(subscriptions.events(orders(), Long.MAX_VALUE, 1).next()).isPresent();
            assertThat(subscriptions
                            .events(orders().positions(listed.position(), listed.position()), Long.MAX_VALUE, 10)
                            .events())
                    .hasSize(1);
            assertThat(subscriptions.event("orders", 4_711)).isEmpty();
        }
    }

    @Test
    void whatWasInsertedByHandIsToldAsItIs() throws Exception {
        try (App app = anApplication().start()) {
            Subscriptions subscriptions = app.get(Subscriptions.class);
            db.execute(
                    "begin",
                    "insert into postevent.orders (id, source, type, extensions)"
                            + " values ('strange', 'no uri', 't', '{\"list\": [1], \"time\": \"noon\", \"null\": null}')",
                    "commit");
            StoredEvent event = subscriptions.event("orders", 1).orElseThrow();
            assertThat(event.source()).isEqualTo("no uri");
            assertThat(event.size()).isEmpty();
            assertThat(event.time()).isEmpty();
            assertThat(event.extensions()).isEqualTo(Map.of("list", "[1]", "time", "noon", "null", "null"));
        }
    }

    @Test
    void attemptsAreToldByTheApplication() throws Exception {
        try (App app = anApplication()
                .with("postevent.subscriptions.defaults.attempts-max", "1")
                .start()) {
            Subscriptions subscriptions = app.get(Subscriptions.class);
            EventPublisher publisher = app.get(EventPublisher.class, Topic.Literal.of("orders"));
            app.jta().transaction(() -> publisher.publish("t", "bad", null));
            await().atMost(LONG).until(() -> subscriptions.held("s", 10).size() == 1);
            assertThat(subscriptions.attempts("s", 1)).singleElement().satisfies(attempt -> {
                assertThat(attempt.node()).isEqualTo("node1");
                assertThat(attempt.cause()).isEqualTo("java.lang.IllegalStateException: bad");
                assertThat(attempt.stack()).get().asString().contains("EffectWriter.write(EffectWriter.java:");
            });
        }
    }

    @Test
    void ofARemoteTopicTheInboxIsLookedThrough() throws Exception {
        Files.writeString(services(), PigeonTransport.class.getName());
        PigeonTransport.fresh();
        try (App app = App.over(db)
                .services(library.toUri().toURL())
                .with("postevent.topics.parcels.remote.uri", "pigeon://loft-7:1/parcels")
                .with("postevent.topics.letters.remote.uri", "pigeon://loft-7:1/letters")
                .beans(OfParcels.class)
                .start()) {
            await().atMost(LONG).until(() -> PigeonTransport.TOLD.contains("feed start"));
            Subscriptions subscriptions = app.get(Subscriptions.class);
            db.execute(
                    "insert into postevent_inbox.messages (topic, idn, kind, slot, id, source, type, data)"
                            + " values ('parcels', 1, 'e', 0, 'p1', 'urn:far', 't', '\\x0102'), ('other', 2, 'e', 0, 'o', 's', 't', null)");
            assertThat(ids(subscriptions.events(EventFilter.of("parcels"), Long.MAX_VALUE, 10)))
                    .containsExactly("p1");
            assertThat(subscriptions.event("parcels", 1).orElseThrow().data())
                    .hasValueSatisfying(data -> assertThat(data).containsExactly(1, 2));
            assertThat(subscriptions.event("parcels", 2)).isEmpty();
            assertThatThrownBy(() -> subscriptions.event("letters", 1))
                    .isInstanceOf(NotFoundException.class)
                    .hasMessageContaining("PSTEV34012");
        }
    }

    private Path services() throws IOException {
        return Files.createDirectories(library.resolve("META-INF/services")).resolve(Transport.class.getName());
    }

    @Test
    void whatCannotBeAskedIsRefused() throws Exception {
        try (App app = anApplication().start()) {
            Subscriptions subscriptions = app.get(Subscriptions.class);
            assertThatThrownBy(() -> subscriptions.events(EventFilter.of("other"), 10, 10))
                    .isInstanceOf(NotFoundException.class)
                    .hasMessageContaining("PSTEV34011")
                    .hasMessageContaining("[orders]");
            assertThatThrownBy(() -> subscriptions.event("../orders", 1)).isInstanceOf(NotFoundException.class);
            assertThatThrownBy(() -> subscriptions.events(orders(), 0, 10))
                    .isInstanceOf(IllegalArgumentException.class);
            for (int limit : new int[] {0, 1_001}) {
                assertThatThrownBy(() -> subscriptions.events(orders(), 10, limit))
                        .isInstanceOf(IllegalArgumentException.class);
            }
            assertThatThrownBy(() -> subscriptions.event("orders", 0)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> orders().positions(2, 1)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> orders().after(Instant.MAX)).isInstanceOf(IllegalArgumentException.class);
        }
    }
}
