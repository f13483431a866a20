package dev.postevent.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.postevent.StatusReport;
import dev.postevent.Subscriptions;
import dev.postevent.testing.App;
import dev.postevent.testing.PostgresFixture;
import java.time.Duration;

/** What the tests with two applications share: the shop publishes, the warehouse consumes remotely. */
final class Shops {
    private Shops() {}

    /** An application that serves {@code orders} to everybody on loopback, in plaintext. */
    static App.Builder shop(PostgresFixture.Db db) {
        return App.over(db)
                .with("postevent.topics.names", "orders")
                .with("postevent.grpc.server.port", "0")
                .with("postevent.grpc.server.address", "127.0.0.1")
                .with("postevent.grpc.server.allow.orders.read", "anonymous")
                .with("postevent.grpc.server.allow.orders.subscribe", "anonymous")
                .with("postevent.grpc.server.heartbeat", "200ms");
    }

    /** An application that consumes {@code orders} from a port on loopback. */
    static App.Builder warehouse(PostgresFixture.Db db, int port) {
        return App.over(db)
                .with("postevent.topics.orders.remote.uri", "grpc://127.0.0.1:" + port)
                .with("postevent.grpc.client.report-interval", "200ms")
                .with("postevent.grpc.client.backoff-max", "1s");
    }

    static StatusReport report(App app) {
        return app.get(Subscriptions.class).report();
    }

    /** The port that the application's server has. */
    static int port(App app) {
        await().atMost(Duration.ofMinutes(4))
                .until(() -> report(app).servers().size() == 1
                        && report(app).servers().get(0).listening());
        return Integer.parseInt(report(app).servers().get(0).facts().get("port"));
    }

    static void awaitStreaming(App app, String feed) {
        await().atMost(Duration.ofMinutes(4))
                .untilAsserted(() -> assertThat(report(app).feeds())
                        .filteredOn(one -> one.name().equals(feed))
                        .extracting(StatusReport.FeedStatus::state)
                        .containsExactly(StatusReport.FeedStatus.State.STREAMING));
    }
}
