package dev.postevent.internal.cdi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.postevent.EventPublisher;
import dev.postevent.StatusReport;
import dev.postevent.Subscription;
import dev.postevent.Subscriptions;
import dev.postevent.Topic;
import dev.postevent.internal.health.HealthKey;
import dev.postevent.testing.App;
import dev.postevent.testing.PostgresFixture;
import io.cloudevents.CloudEvent;
import io.cloudevents.core.builder.CloudEventBuilder;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;

/** A CloudEvent that goes in comes out equal, by every path. */
class RoundTripIT {
    private static final Duration LONG = Duration.ofMinutes(4);
    private static final Map<String, CloudEvent> SEEN = new ConcurrentHashMap<>();
    private static final Map<String, CloudEvent> SEEN_LATER = new ConcurrentHashMap<>();

    @ApplicationScoped
    public static class First {
        @Subscription("first")
        void see(@Observes @Topic("things") CloudEvent event) {
            SEEN.put(event.getId(), event);
        }
    }

    @ApplicationScoped
    public static class Later {
        @Subscription("later")
        void see(@Observes @Topic("things") CloudEvent event) {
            SEEN_LATER.put(event.getId(), event);
        }
    }

    private static List<CloudEvent> events() {
        byte[] megabyte = new byte[1_048_000];
        new Random(7).nextBytes(megabyte);
        List<CloudEvent> events = new ArrayList<>();
        events.add(minimal("minimal").build());
        events.add(minimal("empty-data").withData(new byte[0]).build());
        events.add(minimal("binary")
                .withData("application/octet-stream", new byte[] {0, 1, -1, 127, -128, '\\', '"'})
                .build());
        events.add(minimal("json")
                .withData("application/json; charset=utf-8", "{\"a\": \"ä€𝄞\\\\n\"}".getBytes(StandardCharsets.UTF_8))
                .withDataSchema(URI.create("https://example.com/schema#1"))
                .build());
        events.add(
                minimal("large").withData("application/octet-stream", megabyte).build());
        events.add(minimal("unicode-ä€𝄞-'quote'-\"double\"-\\back")
                .withSubject("Übergröße/𝄞 ' \" \\ , {} NULL")
                .withExtension("text", "{\"not\": \"json\"}, 'x' \\ ä𝄞")
                .build());
        events.add(minimal("extensions")
                .withExtension("flag", true)
                .withExtension("off", false)
                .withExtension("number", Integer.MIN_VALUE)
                .withExtension("big", Integer.MAX_VALUE)
                .withExtension("text", "")
                .withExtension("looksnumeric", "42")
                .withExtension("looksboolean", "true")
                .withExtension("uri", URI.create("https://example.com/a?b#c"))
                .withExtension("at", OffsetDateTime.parse("1937-01-01T12:00:27.87+00:20"))
                .withExtension("bytes", new byte[] {1, 2, 3})
                .withExtension("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
                .withExtension("sequence", "0000000000000000001")
                .build());
        events.add(minimal("utc")
                .withTime(OffsetDateTime.of(2026, 2, 28, 23, 59, 59, 123_456_000, ZoneOffset.UTC))
                .build());
        events.add(minimal("nanos")
                .withTime(OffsetDateTime.parse("2026-02-28T23:59:59.123456789+05:30"))
                .build());
        events.add(minimal("old")
                .withTime(OffsetDateTime.parse("0001-01-01T00:00:00Z"))
                .build());
        events.add(minimal("far")
                .withTime(OffsetDateTime.parse("9999-12-31T23:59:59.999999Z"))
                .build());
        events.add(CloudEventBuilder.v1()
                .withId("relative-source")
                .withSource(URI.create("/relative?x=1#f"))
                .withType("t")
                .build());
        return events;
    }

    private static CloudEventBuilder minimal(String id) {
        return CloudEventBuilder.v1()
                .withId(id)
                .withSource(URI.create("urn:test"))
                .withType("com.example.thing");
    }

    @Test
    void whatGoesInComesOutEqualThroughTheWal() throws Exception {
        List<CloudEvent> events = events();
        PostgresFixture.Db db = PostgresFixture.shared().newDatabase();
        String application = "wal_" + db.name();
        try (App app = App.over(db)
                .with("postevent.application", application)
                .beans(First.class)
                .start()) {
            awaitStreaming(app);
            publish(app, events);
            await().atMost(LONG).until(() -> SEEN.size() >= events.size());
            assertThat(facts(app).keySet()).as("what health tells of a feed").allMatch(HealthKey::tellsOfFeed);
            await().atMost(LONG)
                    .untilAsserted(() -> assertThat(facts(app))
                            .containsEntry("entries", Integer.toString(events.size()))
                            .containsEntry("unreadable", "0"));
        }
        assertEqual(events, SEEN);

        // what the feed brought stands in the inbox: for a further subscription it is history
        SEEN_LATER.clear();
        try (App app = App.over(db)
                .with("postevent.application", application)
                .beans(First.class, Later.class)
                .start()) {
            await().atMost(LONG).until(() -> SEEN_LATER.size() >= events.size());
            assertThat(app.get(Subscriptions.class).report().faults()).isEmpty();
        }
        assertEqual(events, SEEN_LATER);
    }

    @Test
    void whatGoesInComesOutEqualThroughTheRangeRead() throws Exception {
        List<CloudEvent> events = events();
        PostgresFixture.Db db = PostgresFixture.shared().newDatabase();
        try (App app = App.over(db).with("postevent.topics.names", "things").start()) {
            publish(app, events);
        }
        SEEN_LATER.clear();
        try (App app = App.over(db).beans(Later.class).start()) {
            await().atMost(LONG).until(() -> SEEN_LATER.size() >= events.size());
            awaitStreaming(app);
            assertThat(facts(app)).as("the feed brought nothing").containsEntry("entries", "0");
        }
        assertEqual(events, SEEN_LATER);
    }

    private static void publish(App app, List<CloudEvent> events) throws Exception {
        app.jta()
                .transaction(() -> app.get(EventPublisher.class, Topic.Literal.of("things"))
                        .publishAll(events));
    }

    private static Map<String, String> facts(App app) {
        return app.get(Subscriptions.class).report().feeds().get(0).facts();
    }

    private static void awaitStreaming(App app) {
        await().atMost(LONG)
                .until(() ->
                        app.get(Subscriptions.class).report().feeds().get(0).state()
                                == StatusReport.FeedStatus.State.STREAMING);
    }

    private static void assertEqual(List<CloudEvent> events, Map<String, CloudEvent> seen) {
        for (CloudEvent event : events) {
            CloudEvent out = seen.get(event.getId());
            assertThat(out).as(event.getId()).isNotNull();
            assertThat(out.getSource()).isEqualTo(event.getSource());
            assertThat(out.getType()).isEqualTo(event.getType());
            assertThat(out.getSpecVersion()).isEqualTo(event.getSpecVersion());
            assertThat(out.getSubject()).isEqualTo(event.getSubject());
            assertThat(out.getDataContentType()).isEqualTo(event.getDataContentType());
            assertThat(out.getDataSchema()).isEqualTo(event.getDataSchema());
            assertThat(out.getTime()).as(event.getId()).isEqualTo(event.getTime());
            assertThat(out.getExtensionNames()).isEqualTo(event.getExtensionNames());
            for (String name : event.getExtensionNames()) {
                Object value = event.getExtension(name);
                if (value instanceof byte[] bytes) {
                    assertThat((byte[]) out.getExtension(name)).isEqualTo(bytes);
                } else {
                    assertThat(out.getExtension(name)).as(name).isEqualTo(value);
                }
            }
            if (event.getData() == null) {
                assertThat(out.getData()).as(event.getId()).isNull();
            } else {
                assertThat(Arrays.equals(
                                out.getData().toBytes(), event.getData().toBytes()))
                        .as(event.getId())
                        .isTrue();
            }
        }
    }
}
