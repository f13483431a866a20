package dev.postevent.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.postevent.StatusReport;
import dev.postevent.testing.App;
import dev.postevent.testing.EffectTable;
import dev.postevent.testing.PostgresFixture;
import dev.postevent.testing.Proxy;
import dev.postevent.testing.build.Seed;
import dev.postevent.testing.build.Seeded;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * G12 over a network that is cut, half open or slow: nothing is lost, doubled or out of order, and the publisher does not notice.
 *
 * <p>A seed is a plan of cuts. {@code -Dpostevent.network.seed=7 -Dpostevent.network.seeds=1} runs that of seed 7 alone; without,
 * 100 are run, from one that is printed.
 */
@Seeded
class NetworkIT {
    private static final Duration LONG = Duration.ofMinutes(4);
    private static final int SEEDS = Integer.getInteger("postevent.network.seeds", 100);
    private static final long FIRST_SEED = Seed.of(
            "NetworkIT",
            "postevent.network.seed",
            seed -> "mvn -B -ntp -pl postevent-grpc -am verify -Dtest=None -Dsurefire.failIfNoSpecifiedTests=false"
                    + " -Dit.test=NetworkIT -Dfailsafe.failIfNoSpecifiedTests=false -Dpostevent.network.seeds=" + SEEDS
                    + " -Dpostevent.network.seed=" + seed);
    private static final int CUTS_PER_SEED_MAX = 2;

    @TempDir
    Path files;

    private final PostgresFixture.Db shopDb = PostgresFixture.shared().newDatabase();
    private final PostgresFixture.Db warehouseDb = PostgresFixture.shared().newDatabase();
    private final RemoteEffects effects = new RemoteEffects(shopDb, warehouseDb, "orders");
    private App shop;
    private Proxy network;
    private App warehouse;

    @BeforeEach
    void prepare() {
        warehouseDb.execute(EffectTable.DDL);
    }

    private void start() {
        start(Shops.shop(shopDb), "grpc");
    }

    private void startWithTls() {
        Certificates authority = new Certificates(files, "authority");
        Certificates.Issued issued = authority.issue("shop");
        start(
                Shops.shop(shopDb)
                        .with(
                                "postevent.grpc.server.certificate-file",
                                issued.certificate().toString())
                        .with("postevent.grpc.server.key-file", issued.key().toString()),
                "grpcs",
                "postevent.grpc.client.ca-file",
                authority.ca().toString());
    }

    private void start(App.Builder source, String scheme, String... more) {
        shop = source.start();
        network = new Proxy(Shops.port(shop));
        App.Builder consumer = Shops.warehouse(warehouseDb, network.port())
                .with("postevent.topics.orders.remote.uri", scheme + "://127.0.0.1:" + network.port())
                .with("postevent.grpc.client.backoff-first", "5ms")
                .with("postevent.grpc.client.backoff-max", "50ms");
        for (int i = 0; i < more.length; i += 2) {
            consumer.with(more[i], more[i + 1]);
        }
        warehouse = consumer.beans(Warehouse.class).start();
        Shops.awaitStreaming(warehouse, "orders");
    }

    @AfterEach
    void stop() {
        if (warehouse != null) {
            warehouse.close();
        }
        if (network != null) {
            network.close();
        }
        if (shop != null) {
            shop.close();
        }
    }

    private void awaitAll(String of) {
        await(of)
                .pollInterval(Duration.ofMillis(20))
                .atMost(LONG)
                .until(() -> effects.effects() >= effects.committed());
    }

    private void awaitAllAndCheck(String of) {
        awaitAll(of);
        effects.assertExactlyOnceInOrder("picking");
        assertThat(Shops.report(shop).feeds())
                .as("the shop's own feed, %s", of)
                .allMatch(feed -> feed.state() == StatusReport.FeedStatus.State.STREAMING);
    }

    @Test
    void cutAtTheBytesOfEachSeed() throws Exception {
        start();
        runSeeds(FIRST_SEED, SEEDS - SEEDS / 5);
    }

    @Test
    void cutAtTheBytesOfEachSeedUnderTls() throws Exception {
        startWithTls();
        // so that one seed alone is run under TLS, too
        int seeds = Math.max(1, SEEDS / 5);
        runSeeds(FIRST_SEED + SEEDS - seeds, seeds);
    }

    private void runSeeds(long first, int count) throws Exception {
        for (long seed = first; seed < first + count; seed++) {
            runSeed(seed);
            if ((seed - first) % 20 == 19) {
                awaitAllAndCheck("seed " + seed);
            }
        }
        awaitAllAndCheck("seeds " + first + " to " + (first + count - 1));
    }

    private void runSeed(long seed) throws Exception {
        Random random = new Random(seed);
        int cuts = 1 + random.nextInt(CUTS_PER_SEED_MAX);
        for (int cut = 1; cut <= cuts; cut++) {
            // from within the handshake to some messages later
            int bytes = 1 + random.nextInt(random.nextInt(3) > 0 ? 600 : 10_000);
            int publishedAtOnce = 1 + random.nextInt(10);
            long target = network.cuts() + 1;
            long deadline = System.nanoTime() + LONG.toNanos();
            network.cutAfter(bytes);
            while (network.cuts() < target) {
                assertThat(System.nanoTime()).as("cut %s of seed %s", cut, seed).isLessThan(deadline);
                // what is published while there is no connection is no event of the cut: it shows in the check
                TwoApplicationsIT.publish(shop, publishedAtOnce);
            }
        }
        awaitAll("seed " + seed);
    }

    @Test
    void aConnectionThatIsHalfOpenIsFoundOutAndMadeAnew() throws Exception {
        start();
        TwoApplicationsIT.publish(shop, 50);
        awaitAll("before");
        long before = network.accepted();
        network.strand();
        TwoApplicationsIT.publish(shop, 50);
        awaitAllAndCheck("after");
        assertThat(network.accepted()).isGreaterThan(before);
    }

    @Test
    void aSlowNetworkDelaysAndNothingElse() throws Exception {
        start();
        network.pace(40_000);
        TwoApplicationsIT.publish(shop, 1_000);
        assertThat(effects.effects())
                .as("the publisher was done before the consumer")
                .isLessThan(effects.committed());
        awaitAllAndCheck("slow");
    }
}
