package dev.postevent.internal.cdi;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.postevent.EventPublisher;
import dev.postevent.Subscription;
import dev.postevent.Topic;
import dev.postevent.testing.App;
import dev.postevent.testing.PostgresFixture;
import io.cloudevents.CloudEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Observers that change the bytes they are given, which are theirs: nobody else sees it, not they themselves on the next try. */
class OwnBytesIT {
    private static final int EVENTS = 20;
    private static final List<String> DECODED = new CopyOnWriteArrayList<>();
    private static final List<String> RAW = new CopyOnWriteArrayList<>();
    private static final AtomicInteger CALLS = new AtomicInteger();

    @ApplicationScoped
    public static class Observers {
        @Inject
        @Topic("orders")
        EventPublisher orders;

        @Subscription("decodes")
        void decode(@Observes @Topic("orders") byte[] data) {
            String decoded = flipped(data);
            if (CALLS.incrementAndGet() % 7 == 0) {
                throw new IllegalStateException("each seventh call fails, and the batch is tried again");
            }
            DECODED.add(decoded);
        }

        @Subscription("decodes-event")
        void decodeEvent(@Observes @Topic("orders") CloudEvent event) {
            flipped(event.getData().toBytes());
        }

        @Subscription("reads")
        void read(@Observes @Topic("orders") CloudEvent event) {
            RAW.add(new String(event.getData().toBytes(), UTF_8));
        }
    }

    /** In place. */
    private static String flipped(byte[] data) {
        for (int i = 0; i < data.length; i++) {
            data[i] ^= 1;
        }
        return new String(data, UTF_8);
    }

    @Test
    void whatAnObserverDoesToItsBytesNobodySees() throws Exception {
        try (App app = App.over(PostgresFixture.shared().newDatabase())
                .beans(Observers.class)
                .with("postevent.subscriptions.defaults.backoff-first", "1ms")
                .start()) {
            EventPublisher orders = app.get(EventPublisher.class, Topic.Literal.of("orders"));
            app.jta().transaction(() -> {
                for (int i = 0; i < EVENTS; i++) {
                    orders.publish("t", "s", "event".getBytes(UTF_8));
                }
            });
            await().atMost(Duration.ofMinutes(4)).until(() -> DECODED.size() >= EVENTS && RAW.size() >= EVENTS);
            assertThat(DECODED).containsOnly(flipped("event".getBytes(UTF_8)));
            assertThat(RAW).containsOnly("event");
        }
    }
}
