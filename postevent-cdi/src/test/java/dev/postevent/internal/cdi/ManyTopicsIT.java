package dev.postevent.internal.cdi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.postevent.EventPublisher;
import dev.postevent.StatusReport;
import dev.postevent.StatusReport.FeedStatus;
import dev.postevent.Subscription;
import dev.postevent.Subscriptions;
import dev.postevent.Topic;
import dev.postevent.testing.App;
import dev.postevent.testing.ManyObservers;
import dev.postevent.testing.PostgresFixture;
import io.cloudevents.CloudEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** An application may have more topics than PostgreSQL takes arguments of a function, a hundred. */
class ManyTopicsIT {
    private static final int TOPICS = 120;
    private static final Duration LONG = Duration.ofMinutes(2);
    private static final AtomicInteger SEEN = new AtomicInteger();

    @ApplicationScoped
    static class Everything {
        @Subscription("template")
        void seen(@Observes @Topic("template") CloudEvent event) {
            SEEN.incrementAndGet();
        }
    }

    @Test
    void allAreStreamedAndTold() throws Exception {
        SEEN.set(0);
        ManyObservers many = new ManyObservers(Everything.class, TOPICS, TOPICS);
        PostgresFixture.Db db = PostgresFixture.shared().newDatabase();
        try (App app = App.over(db)
                .with("postevent.schema", "create")
                .with("postevent.topics.names", many.topicNames())
                .extension(many)
                .start()) {
            Subscriptions subscriptions = app.get(Subscriptions.class);
            await().atMost(LONG)
                    .until(() -> subscriptions.report().feeds().stream()
                            .anyMatch(feed -> feed.state() == FeedStatus.State.STREAMING));

            app.jta().transaction(() -> {
                for (int i = 0; i < TOPICS; i++) {
                    app.get(EventPublisher.class, Topic.Literal.of(ManyObservers.topic(i)))
                            .publish("order.placed", "s", new byte[] {1});
                }
            });

            await().atMost(LONG).until(() -> SEEN.get() == TOPICS);
            StatusReport report = subscriptions.report();
            assertThat(report.faults()).isEmpty();
            assertThat(report.topics()).hasSize(TOPICS);
            await().atMost(LONG)
                    .untilAsserted(() -> assertThat(subscriptions.status())
                            .hasSize(TOPICS)
                            .allSatisfy(status -> assertThat(status.lag() + " " + status.handled())
                                    .isEqualTo("0 1")));
            assertThat(subscriptions.report().feeds())
                    .singleElement()
                    .satisfies(feed -> assertThat(feed.state()).isEqualTo(FeedStatus.State.STREAMING));
        }
    }
}
