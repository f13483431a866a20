package dev.postevent.benchmarks;

import static org.awaitility.Awaitility.await;

import dev.postevent.EventPublisher;
import dev.postevent.StatusReport;
import dev.postevent.Subscriptions;
import dev.postevent.Topic;
import dev.postevent.benchmarks.Scenario.WrongException;
import dev.postevent.testing.App;
import dev.postevent.testing.PostgresFixture;
import java.time.Duration;
import java.util.Map;

/** A whole application in a real container, default settings but for what a scenario names, with one counting observer or none. */
final class Node implements AutoCloseable {
    static final Duration LIMIT = Duration.ofMinutes(10);

    private final App app;
    private final String application;
    private final boolean observes;

    private Node(App app, String application, boolean observes) {
        this.app = app;
        this.application = application;
        this.observes = observes;
    }

    /** Publishes only. */
    static Node publisher(PostgresFixture.Db db, Map<String, String> config) {
        return start(db, false, config);
    }

    /** Publishes and observes. */
    static Node observer(PostgresFixture.Db db, Map<String, String> config) {
        return start(db, true, config);
    }

    private static Node start(PostgresFixture.Db db, boolean observes, Map<String, String> config) {
        String application = "b" + db.name();
        App.Builder builder = App.over(db)
                .with("postevent.application", application)
                .with("postevent.topics.names", "orders")
                .with("postevent.schema", "create");
        config.forEach(builder::with);
        if (observes) {
            builder.beans(Observers.Counting.class);
        }
        return new Node(builder.start(), application, observes);
    }

    App app() {
        return app;
    }

    /** Name of its slot. */
    String slot() {
        return "postevent_" + application;
    }

    EventPublisher orders() {
        return app.get(EventPublisher.class, Topic.Literal.of("orders"));
    }

    Subscriptions subscriptions() {
        return app.get(Subscriptions.class);
    }

    Tally tally() {
        return app.get(Observers.Counting.class).tally();
    }

    /** Counts anew from here. */
    Tally anew() {
        return app.get(Observers.Counting.class).anew();
    }

    /** Waits until the live flow is there and nothing is missing. */
    Node awaitStreaming() {
        await().atMost(LIMIT).until(() -> {
            StatusReport report = subscriptions().report();
            return report.feeds().stream().allMatch(feed -> feed.state() == StatusReport.FeedStatus.State.STREAMING)
                    && lag() == 0;
        });
        return this;
    }

    private long lag() {
        return subscriptions().status().stream()
                .mapToLong(Subscriptions.Status::lag)
                .sum();
    }

    /** Everything is committed with its cursor, nothing is held. */
    void checkDone() {
        if (!observes) {
            return;
        }
        await().atMost(Duration.ofSeconds(30)).until(() -> lag() == 0);
        for (Subscriptions.Status status : subscriptions().status()) {
            if (status.held() > 0) {
                throw new WrongException(status.held() + " events are held by " + status.name());
            }
        }
    }

    @Override
    public void close() {
        app.close();
    }
}
