package dev.postevent.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.postevent.testing.App;
import dev.postevent.testing.EffectTable;
import dev.postevent.testing.PostgresFixture;
import dev.postevent.testing.Proxy;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** G12 over a network that is cut, half open or slow: nothing is lost, doubled or out of order, and the publisher does not notice. */
class NetworkIT {
    private static final Duration LONG = Duration.ofMinutes(2);
    private static final int CUTS = 100;

    private final PostgresFixture.Db shopDb = PostgresFixture.shared().newDatabase();
    private final PostgresFixture.Db warehouseDb = PostgresFixture.shared().newDatabase();
    private final RemoteEffects effects = new RemoteEffects(shopDb, warehouseDb, "orders");
    private App shop;
    private Proxy network;
    private App warehouse;

    @BeforeEach
    void start() {
        warehouseDb.execute(EffectTable.DDL);
        shop = Shops.shop(shopDb).start();
        network = new Proxy(Shops.port(shop));
        warehouse = Shops.warehouse(warehouseDb, network.port())
                .with("postevent.grpc.backoff-first-millis", "5")
                .with("postevent.grpc.backoff-max-millis", "50")
                .beans(Warehouse.class)
                .start();
        Shops.awaitStreaming(warehouse, "orders");
    }

    @AfterEach
    void stop() {
        warehouse.close();
        network.close();
        shop.close();
    }

    private void awaitAllAndCheck() {
        await().atMost(LONG).until(() -> effects.effects() >= effects.committed());
        effects.assertExactlyOnceInOrder("picking");
        assertThat(Shops.report(shop).feeds())
                .as("the shop's own feed")
                .allMatch(feed -> feed.state().equals("STREAMING"));
    }

    @Test
    void cutAHundredTimesAtRandomBytes() throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        AtomicBoolean publishing = new AtomicBoolean(true);
        Thread publisher = new Thread(() -> {
            try {
                while (publishing.get()) {
                    TwoApplicationsIT.publish(shop, 20);
                }
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        });
        AtomicBoolean harmed = new AtomicBoolean();
        publisher.setUncaughtExceptionHandler((thread, e) -> harmed.set(true));
        publisher.start();
        for (int cut = 1; cut <= CUTS; cut++) {
            int number = cut;
            // from within the handshake to some messages later
            network.cutAfter(1 + random.nextInt(number % 2 == 0 ? 600 : 30_000));
            await("cut " + cut + " of seed " + seed)
                    .pollInterval(Duration.ofMillis(5))
                    .atMost(LONG)
                    .until(() -> network.cuts() == number);
        }
        publishing.set(false);
        publisher.join();
        assertThat(harmed).as("the publisher was harmed").isFalse();
        awaitAllAndCheck();
    }

    @Test
    void aConnectionThatIsHalfOpenIsFoundOutAndMadeAnew() throws Exception {
        TwoApplicationsIT.publish(shop, 50);
        await().atMost(LONG).until(() -> effects.effects() >= effects.committed());
        long before = network.accepted();
        network.strand();
        TwoApplicationsIT.publish(shop, 50);
        awaitAllAndCheck();
        assertThat(network.accepted()).isGreaterThan(before);
    }

    @Test
    void aSlowNetworkDelaysAndNothingElse() throws Exception {
        network.pace(40_000);
        TwoApplicationsIT.publish(shop, 1_000);
        assertThat(effects.effects())
                .as("the publisher was done before the consumer")
                .isLessThan(effects.committed());
        awaitAllAndCheck();
    }
}
