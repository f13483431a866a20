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
import dev.postevent.testing.PostgresFixture;
import io.cloudevents.CloudEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.spi.BeforeBeanDiscovery;
import jakarta.enterprise.inject.spi.Extension;
import jakarta.enterprise.util.AnnotationLiteral;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
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

    /** Has the observer once for each topic. */
    private static final class Each implements Extension {
        void add(@Observes BeforeBeanDiscovery discovery) {
            for (int i = 0; i < TOPICS; i++) {
                int number = i;
                discovery
                        .addAnnotatedType(Everything.class, "everything" + i)
                        .filterMethods(method -> method.isAnnotationPresent(Subscription.class))
                        .forEach(method -> {
                            method.remove(one -> one.annotationType() == Subscription.class)
                                    .add(new Named("s" + number));
                            method.params()
                                    .get(0)
                                    .remove(one -> one.annotationType() == Topic.class)
                                    .add(Topic.Literal.of("many" + number));
                        });
            }
        }
    }

    private static final class Named extends AnnotationLiteral<Subscription> implements Subscription {
        private static final long serialVersionUID = 1L;
        private final String name;

        Named(String name) {
            this.name = name;
        }

        @Override
        public String value() {
            return name;
        }

        @Override
        public boolean atLeastOnce() {
            return false;
        }

        @Override
        public Start start() {
            return Start.BEGINNING;
        }
    }

    @Test
    void allAreStreamedAndTold() throws Exception {
        SEEN.set(0);
        PostgresFixture.Db db = PostgresFixture.shared().newDatabase();
        try (App app = App.over(db)
                .with("postevent.schema", "create")
                .with(
                        "postevent.topics.names",
                        IntStream.range(0, TOPICS).mapToObj(i -> "many" + i).collect(Collectors.joining(",")))
                .extension(new Each())
                .start()) {
            Subscriptions subscriptions = app.get(Subscriptions.class);
            await().atMost(LONG)
                    .until(() -> subscriptions.report().feeds().stream()
                            .anyMatch(feed -> feed.state() == FeedStatus.State.STREAMING));

            app.jta().transaction(() -> {
                for (int i = 0; i < TOPICS; i++) {
                    app.get(EventPublisher.class, Topic.Literal.of("many" + i))
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
