package dev.postevent.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.postevent.testing.App;
import dev.postevent.testing.EffectTable;
import dev.postevent.testing.PostgresFixture;
import dev.postevent.testing.build.FreePort;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/**
 * Shop and warehouse come and go in one JVM, as applications do in a server, {@code -Dtest.lives} times: nothing of them stays.
 */
class LinkLifeIT {
    private static final int LIVES = Integer.getInteger("test.lives", 8);

    private final PostgresFixture.Db shopDb = PostgresFixture.shared().newDatabase();
    private final PostgresFixture.Db warehouseDb = PostgresFixture.shared().newDatabase();

    @Test
    void livesLeaveNoThreadAndNoPort() throws Exception {
        warehouseDb.execute(EffectTable.DDL);
        int port = FreePort.find();
        for (int life = 0; life < LIVES; life++) {
            try (App shop = Shops.shop(shopDb)
                            .with("postevent.application", "shop")
                            .with("postevent.grpc.server.port", Integer.toString(port))
                            .start();
                    App warehouse = Shops.warehouse(warehouseDb, port)
                            .with("postevent.application", "warehouse")
                            .beans(Warehouse.class)
                            .start()) {
                if (life % 2 == 0) {
                    Shops.awaitStreaming(warehouse, "orders");
                }
                TwoApplicationsIT.publish(shop, 5);
            }
            // whatever they had: the next one could not listen
            new ServerSocket(port, 1, InetAddress.getLoopbackAddress()).close();
        }
        await("threads end")
                .atMost(Duration.ofMinutes(4))
                .untilAsserted(() -> assertThat(left()).isEmpty());
        RemoteEffects effects = new RemoteEffects(shopDb, warehouseDb, "orders");
        try (App shop = Shops.shop(shopDb)
                        .with("postevent.application", "shop")
                        .with("postevent.grpc.server.port", Integer.toString(port))
                        .start();
                App warehouse = Shops.warehouse(warehouseDb, port)
                        .with("postevent.application", "warehouse")
                        .beans(Warehouse.class)
                        .start()) {
            Shops.awaitStreaming(warehouse, "orders");
            await().atMost(Duration.ofMinutes(4)).until(() -> effects.effects() >= effects.committed());
            assertThat(Shops.port(shop)).isEqualTo(port);
            effects.assertExactlyOnceInOrder("picking");
        }
    }

    private static Set<String> left() {
        Set<String> names = new TreeSet<>();
        for (Thread thread : Thread.getAllStackTraces().keySet()) {
            if (thread.isAlive() && thread.getName().matches("(?i).*(postevent|grpc|netty|globalEventExecutor).*")) {
                names.add(thread.getName());
            }
        }
        return names;
    }
}
