package dev.postevent.internal.cdi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.postevent.EventPublisher;
import dev.postevent.StatusReport.FeedStatus;
import dev.postevent.Subscription;
import dev.postevent.Subscriptions;
import dev.postevent.Topic;
import dev.postevent.testing.App;
import dev.postevent.testing.PostgresFixture;
import dev.postevent.testing.StandbyServer;
import io.cloudevents.CloudEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** On a server that has no logical decoding, and towards one that cannot have it: a cluster with {@code wal_level=replica}. */
class WithoutLogicalDecodingIT {
    private static final Duration LONG = Duration.ofMinutes(4);
    private static final List<String> SEEN = new CopyOnWriteArrayList<>();
    private static PostgresFixture cluster;

    private final PostgresFixture.Db db = cluster.newDatabase();

    @ApplicationScoped
    public static class Observer {
        @Subscription("seer")
        void see(@Observes @Topic("orders") CloudEvent event) {
            SEEN.add(event.getType());
        }
    }

    @BeforeAll
    static void startCluster() {
        cluster = PostgresFixture.own("wal_level", "replica");
    }

    @AfterAll
    static void stopCluster() {
        cluster.close();
    }

    @BeforeEach
    void nothingSeen() {
        SEEN.clear();
    }

    private App.Builder app() {
        return App.over(db).beans(Observer.class);
    }

    private static void publish(App app, String... types) throws Exception {
        EventPublisher orders = app.get(EventPublisher.class, Topic.Literal.of("orders"));
        for (String type : types) {
            app.jta().transaction(() -> orders.publish(type, "s", null));
        }
    }

    private static FeedStatus feed(App app) {
        return app.get(Subscriptions.class).report().feeds().get(0);
    }

    @Test
    void thePollingFeedBringsEverythingInOrderAndWithoutAFault() throws Exception {
        assertThat(db.text("show wal_level")).isEqualTo("replica");
        List<String> expected = new ArrayList<>();
        try (App app = app().with("postevent.feed.kind", "polling").start()) {
            for (int i = 0; i < 100; i++) {
                expected.add("t" + i);
                publish(app, "t" + i);
            }
            await().atMost(LONG).until(() -> SEEN.size() >= expected.size());
            assertThat(SEEN).containsExactlyElementsOf(expected);
            assertThat(feed(app).kind()).isEqualTo(FeedStatus.Kind.POLLING);
            await().atMost(LONG).until(() -> feed(app).state() == FeedStatus.State.STREAMING);
            assertThat(app.get(Subscriptions.class).report().faults()).isEmpty();
        }
        assertThat(db.number("select count(*) from pg_replication_slots")).isZero();
    }

    @Test
    void theDebeziumFeedNamesWalLevelAndWhatToDoAndEventsFlowAllTheSame() throws Exception {
        try (App app = app().start()) {
            await().atMost(LONG).until(() -> feed(app).state() == FeedStatus.State.RETRYING);
            assertThat(feed(app).detail().orElseThrow())
                    .contains("PSTEV32002", "wal_level=replica", "'logical'", "postevent.feed.kind=polling");
            publish(app, "a", "b");
            await().atMost(LONG).until(() -> SEEN.size() == 2);
            assertThat(SEEN).containsExactly("a", "b");
        }
    }

    @Test
    void aFeedThatIsPointedToAStandbySaysSo(@TempDir Path directory) throws Exception {
        try (StandbyServer standby = new StandbyServer(cluster, db, directory.resolve("standby"));
                App app = app().with(
                                "postevent.feed.url", db.jdbcUrl().replaceFirst(":\\d+/", ":" + standby.port() + "/"))
                        .start()) {
            await().atMost(LONG).until(() -> feed(app).detail().orElse("").contains("leads to a standby"));
            assertThat(feed(app).detail().orElseThrow()).contains(":" + standby.port(), "the primary");
            publish(app, "a");
            await().atMost(LONG).until(() -> SEEN.contains("a"));
        }
    }
}
