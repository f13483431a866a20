package dev.postevent.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.postevent.Live;
import dev.postevent.StatusReport;
import dev.postevent.Subscription;
import dev.postevent.Topic;
import dev.postevent.internal.cdi.HeldBackCommit;
import dev.postevent.testing.App;
import dev.postevent.testing.PostgresFixture;
import io.cloudevents.CloudEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.ObservesAsync;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.awaitility.core.ConditionTimeoutException;
import org.junit.jupiter.api.Test;

/** G13: a remote consumer gets no event that a query of the source would not show. */
class RemoteVisibleFirstIT {
    private static final Duration LONG = Duration.ofMinutes(4);
    private static final List<String> CALLS = new CopyOnWriteArrayList<>();
    private static final List<String> BLIND = new CopyOnWriteArrayList<>();
    private static PostgresFixture.Db shopDb;

    /** Another application, which asks the shop about what it is told. */
    @ApplicationScoped
    public static class Picking {
        @Subscription("picking")
        void pick(@Observes @Topic("orders") CloudEvent event) {
            called("durable", event);
        }

        @Live
        void watch(@ObservesAsync @Topic("orders") CloudEvent event) {
            called("live", event);
        }

        private static void called(String who, CloudEvent event) {
            String call = who + " " + event.getId();
            if (shopDb.number("select count(*) from postevent.orders where id = '" + event.getId() + "'") == 0) {
                BLIND.add(call);
            }
            CALLS.add(call);
        }
    }

    private static String event(String id) {
        return "insert into postevent.orders (id, source, type, subject) values ('" + id + "', 'urn:test', 't', '" + id
                + "')";
    }

    private static void awaitCalls(String... calls) {
        await().atMost(LONG).untilAsserted(() -> assertThat(CALLS).contains(calls));
    }

    /**
     * Publishes until one is heard live, and returns its id. A doubt of the shop's feed, which a slow machine has, too, drops what
     * waits for live observers.
     */
    private static String heardLive(String id) {
        long deadline = System.nanoTime() + LONG.toNanos();
        for (int i = 0; System.nanoTime() < deadline; i++) {
            String one = id + "-" + i;
            shopDb.execute(event(one));
            try {
                await().atMost(Duration.ofSeconds(5)).until(() -> CALLS.contains("live " + one));
                return one;
            } catch (ConditionTimeoutException dropped) {
                // the next one, then
            }
        }
        throw new AssertionError("nothing of " + id + " was heard live: " + CALLS);
    }

    @Test
    void aRemoteConsumerGetsNothingThatNobodyCanSee() throws Exception {
        try (PostgresFixture cluster = PostgresFixture.own()) {
            shopDb = cluster.newDatabase();
            HeldBackCommit.prepare(shopDb);
            PostgresFixture.Db warehouseDb = PostgresFixture.shared().newDatabase();
            try (App shop = Shops.shop(shopDb).start();
                    App warehouse = Shops.warehouse(warehouseDb, Shops.port(shop))
                            .beans(Picking.class)
                            .start()) {
                Shops.awaitStreaming(shop, StatusReport.LOCAL);
                Shops.awaitStreaming(warehouse, "orders");
                awaitCalls("durable " + heardLive("first"));

                String behind = "";
                try (HeldBackCommit held = new HeldBackCommit(cluster, shopDb, event("early"))) {
                    for (int i = 0; i < 20; i++) {
                        behind = heardLive("behind-" + i);
                    }
                    assertThat(held.waits()).isTrue();
                    assertThat(CALLS).doesNotContain("durable early", "live early", "durable behind-0-0");
                    held.release();
                }
                awaitCalls("durable early", "durable " + behind);
                assertThat(BLIND).isEmpty();
                assertThat(CALLS).filteredOn(call -> call.startsWith("durable")).doesNotHaveDuplicates();
            }
        }
    }
}
