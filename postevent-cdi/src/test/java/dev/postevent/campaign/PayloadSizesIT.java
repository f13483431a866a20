package dev.postevent.campaign;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.postevent.EventPublisher;
import dev.postevent.InvalidEventException;
import dev.postevent.Subscription;
import dev.postevent.Topic;
import dev.postevent.testing.App;
import dev.postevent.testing.PostgresFixture;
import io.cloudevents.CloudEvent;
import io.cloudevents.CloudEventData;
import io.cloudevents.core.builder.CloudEventBuilder;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;

/** Data of no byte, 64 KiB, 1 MiB, and as much as is allowed and one byte more; live, and as history. */
class PayloadSizesIT {
    private static final Duration LONG = Duration.ofMinutes(4);
    private static final int ATTRIBUTES = 200;
    private static final int LIMIT = (2 << 20);
    private static final List<Integer> SIZES = List.of(0, 1, 64 << 10, 1 << 20, (1 << 20) + 1);

    private final PostgresFixture.Db db = PostgresFixture.shared().newDatabase();

    /** Keeps what it gets. */
    @ApplicationScoped
    public static class Keeper {
        private final Map<String, byte[]> got = new ConcurrentHashMap<>();

        @Subscription("keeper")
        void keep(@Observes @Topic("orders") CloudEvent event) {
            CloudEventData data = event.getData();
            got.put(event.getId(), data == null ? new byte[0] : data.toBytes());
        }

        public Map<String, byte[]> got() {
            return got;
        }
    }

    @Test
    void everySizeArrivesAndTheFirstByteTooManyIsRefusedAtTheCall() throws Exception {
        Map<String, byte[]> sent = new HashMap<>();
        Random random = new Random(1);
        try (App app = start("live", db)) {
            EventPublisher orders = app.get(EventPublisher.class, Topic.Literal.of("orders"));
            List<Integer> sizes = new ArrayList<>(SIZES);
            sizes.add(greatest(orders, app));
            for (int size : sizes) {
                byte[] data = new byte[size];
                random.nextBytes(data);
                sent.put("size-" + size, data);
                app.jta().transaction(() -> orders.publish(event("size-" + size, data)));
            }
            check(app, sent);
        }
        try (App later = start("history", PostgresFixture.shared().newDatabase())) {
            check(later, sent);
        }
        assertThat(db.number("select count(*) from postevent.orders where kind = 'e'"))
                .isEqualTo(SIZES.size() + 1);
    }

    /** The most data that one event of ours may have: refused at the call with one byte more, and then nothing is published. */
    private static int greatest(EventPublisher orders, App app) throws Exception {
        int refused = LIMIT;
        int allowed = LIMIT - ATTRIBUTES;
        while (refused - allowed > 1) {
            int between = (refused + allowed) / 2;
            if (isRefused(orders, app, between)) {
                refused = between;
            } else {
                allowed = between;
            }
        }
        int tooMuch = refused;
        app.jta()
                .rolledBack(() -> assertThatThrownBy(() -> orders.publish(event("size-" + tooMuch, new byte[tooMuch])))
                        .isInstanceOf(InvalidEventException.class)
                        .hasMessageContaining("postevent.publish.size-max"));
        return allowed;
    }

    private static boolean isRefused(EventPublisher orders, App app, int size) throws Exception {
        boolean[] refused = {false};
        app.jta().rolledBack(() -> {
            try {
                orders.publish(event("size-" + size, new byte[size]));
            } catch (InvalidEventException e) {
                refused[0] = true;
            }
        });
        return refused[0];
    }

    private App start(String application, PostgresFixture.Db inbox) {
        return App.over(db)
                .inbox(inbox)
                .with("postevent.application", application + "_" + db.name())
                .with("postevent.publish.size-max", LIMIT + "B")
                .beans(Keeper.class)
                .start();
    }

    private static CloudEvent event(String id, byte[] data) {
        return CloudEventBuilder.v1()
                .withId(id)
                .withSource(URI.create("urn:test"))
                .withType("t")
                .withData("application/octet-stream", data)
                .build();
    }

    private static void check(App app, Map<String, byte[]> sent) {
        Map<String, byte[]> got = app.get(Keeper.class).got();
        await().atMost(LONG).untilAsserted(() -> assertThat(got.keySet()).isEqualTo(sent.keySet()));
        sent.forEach((id, data) -> assertThat(got.get(id)).as(id).isEqualTo(data));
    }
}
