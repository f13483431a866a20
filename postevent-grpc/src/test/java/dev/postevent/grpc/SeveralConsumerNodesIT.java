package dev.postevent.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.postevent.Subscriptions;
import dev.postevent.testing.App;
import dev.postevent.testing.EffectTable;
import dev.postevent.testing.PostgresFixture;
import dev.postevent.testing.Proxy;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** One application on two nodes, one inbox: each has a stream of its own, and together they handle each event once. */
class SeveralConsumerNodesIT {
    private static final Duration LONG = Duration.ofMinutes(4);

    private final PostgresFixture.Db shopDb = PostgresFixture.shared().newDatabase();
    private final PostgresFixture.Db warehouseDb = PostgresFixture.shared().newDatabase();
    private final RemoteEffects effects = new RemoteEffects(shopDb, warehouseDb, "orders");

    private App node(String name, int port) {
        return Shops.warehouse(warehouseDb, port)
                .with("postevent.application", "warehouse_" + warehouseDb.name())
                .with("postevent.node", name)
                .with("postevent.lease", "3s")
                .beans(Warehouse.class)
                .start();
    }

    private static Map<String, Integer> owners(App node) {
        return node.get(Subscriptions.class).status().get(0).owners();
    }

    private void awaitAll() {
        await().atMost(LONG).until(() -> effects.effects() >= effects.committed());
    }

    @Test
    void bothNodesRunEitherMayGoAndNothingIsHandledTwice() throws Exception {
        warehouseDb.execute(EffectTable.DDL);
        try (App shop = Shops.shop(shopDb).start();
                Proxy toFirst = new Proxy(Shops.port(shop));
                App second = besideOneThatGoes(shop, toFirst)) {
            TwoApplicationsIT.publish(shop, 100);
            await().atMost(LONG).until(() -> owners(second).equals(Map.of("second", 16)));
            awaitAll();
            effects.assertExactlyOnceInOrder("picking");
            await().atMost(LONG)
                    .untilAsserted(
                            () -> assertThat(Shops.report(shop).servers().get(0).facts())
                                    .containsEntry("streams", "1"));
            // and comes back
            try (App first = node("first", Shops.port(shop))) {
                await().atMost(LONG).until(() -> owners(first).equals(Map.of("first", 8, "second", 8)));
                TwoApplicationsIT.publish(shop, 100);
                awaitAll();
                effects.assertExactlyOnceInOrder("picking");
                assertThat(Shops.report(first).faults()).isEmpty();
                assertThat(Shops.report(second).faults()).isEmpty();
            }
        }
    }

    private App besideOneThatGoes(App shop, Proxy toFirst) throws Exception {
        try (App first = node("first", toFirst.port())) {
            Shops.awaitStreaming(first, "orders");
            App second = node("second", Shops.port(shop));
            Shops.awaitStreaming(second, "orders");
            await().atMost(LONG).until(() -> owners(first).equals(Map.of("first", 8, "second", 8)));
            TwoApplicationsIT.publish(shop, 200);
            awaitAll();
            effects.assertExactlyOnceInOrder("picking");
            assertThat(Shops.report(shop).servers().get(0).facts()).containsEntry("streams", "2");
            assertThat(Shops.report(shop).consumers())
                    .as("they are one consumer, with one mark")
                    .hasSize(1);
            for (App node : List.of(first, second)) {
                assertThat(Shops.report(node).faults()).isEmpty();
            }
            // its stream is gone, its lanes are not: what the other one receives is for both
            toFirst.cut(true);
            TwoApplicationsIT.publish(shop, 100);
            awaitAll();
            effects.assertExactlyOnceInOrder("picking");
            TwoApplicationsIT.publish(shop, 50);
            // and off it goes, with events under way
            return second;
        }
    }
}
