package dev.postevent.internal.feed.debezium;

import static dev.postevent.internal.feed.debezium.FeedHarness.LONG;
import static dev.postevent.internal.feed.debezium.FeedHarness.ORDERS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.postevent.internal.feed.debezium.FeedHarness.Node;
import dev.postevent.spi.Feed.State;
import dev.postevent.testing.PostgresFixture;
import dev.postevent.testing.Proxy;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.postgresql.ds.PGSimpleDataSource;

/** The network between a node and the database goes away, with and without a word. */
class FeedNetworkIT {
    private final FeedHarness harness = new FeedHarness(PostgresFixture.shared());
    private final Proxy network;
    private final Node far;

    FeedNetworkIT() {
        PGSimpleDataSource direct = harness.db.dataSource();
        network = new Proxy(direct.getPortNumbers()[0]);
        String url = "jdbc:postgresql://127.0.0.1:" + network.port() + "/" + harness.db.name();
        far = harness.node(
                "far", () -> new FeedTarget(url + "?socketTimeout=3", harness.db.user(), harness.db.password()));
    }

    @AfterEach
    void close() {
        network.thaw();
        harness.close();
        network.close();
    }

    @Test
    void aCutIsNoticedAtOnceAndSurvived() {
        far.stream();
        for (int i = 0; i < 3; i++) {
            network.cut(true);
            far.awaitState(State.RETRYING, "cannot connect");
            harness.publish(ORDERS, "e" + i);
            int doubts = far.doubts.size();

            network.cut(false);

            far.awaitConnectedAgain(doubts);
            far.awaitOrder("e" + i);
        }
    }

    @Test
    void aNodeThatGivesNoSignOfLifeLosesTheSlotToAnotherWithinTheLeaseTimeAndStandsByAfterwards() {
        far.stream();
        Node near = harness.node("near").start();
        near.awaitState(State.STANDBY, "/far");

        network.freeze();
        long began = System.nanoTime();
        harness.publish(ORDERS, "meanwhile");

        near.awaitStreaming();
        near.awaitOrder("meanwhile");
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(20));
        await().atMost(LONG).until(() -> far.feed.status().state() == State.RETRYING);
        network.thaw();
        far.awaitState(State.STANDBY, "/near");
        harness.publish(ORDERS, "after");
        near.awaitOrder("after");
        assertThat(near.restarts()).isZero();
    }

    @Test
    void stopIsBoundedWhileTheNetworkIsFrozen() {
        far.stream();
        network.freeze();

        long began = System.nanoTime();
        far.feed.stop(Duration.ofSeconds(3));

        assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(15));
        // the server lets go of the slot by itself
        await().atMost(LONG).until(() -> harness.slots(true) == 0);
    }
}
