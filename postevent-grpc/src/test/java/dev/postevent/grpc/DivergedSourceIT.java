package dev.postevent.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.postevent.StatusReport;
import dev.postevent.Subscriptions;
import dev.postevent.internal.schema.Schema;
import dev.postevent.spi.Feed;
import dev.postevent.spi.LogEntry;
import dev.postevent.spi.TopicName;
import dev.postevent.spi.Transport;
import dev.postevent.testing.App;
import dev.postevent.testing.EffectTable;
import dev.postevent.testing.PostgresFixture;
import dev.postevent.testing.Proxy;
import dev.postevent.testing.build.FreePort;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What stands behind the address of a source is not what it was: the topic stops, says why, and nothing is lost or doubled. */
class DivergedSourceIT {
    private static final Duration LONG = Duration.ofMinutes(4);

    private final PostgresFixture.Db shopDb = PostgresFixture.shared().newDatabase();
    private final PostgresFixture.Db warehouseDb = PostgresFixture.shared().newDatabase();
    private final RemoteEffects effects = new RemoteEffects(shopDb, warehouseDb, "orders");
    private final int port = FreePort.find();

    @BeforeEach
    void prepare() {
        warehouseDb.execute(EffectTable.DDL);
    }

    private App shop(PostgresFixture.Db db) {
        App shop = Shops.shop(db)
                .with("postevent.application", "shop_" + db.name())
                .with("postevent.grpc.server.port", Integer.toString(port))
                .start();
        Shops.port(shop);
        return shop;
    }

    private App warehouse() {
        return Shops.warehouse(warehouseDb, port)
                .with("postevent.application", "warehouse_" + warehouseDb.name())
                .with("postevent.grpc.client.backoff-max", "200ms")
                .beans(Warehouse.class)
                .start();
    }

    private static void insert(PostgresFixture.Db db, String prefix, int from, int through) {
        db.execute("insert into postevent.orders (id, source, type, subject) select '" + prefix
                + "' || g, 'urn:test', 't'," + " 's' || g % 3 from generate_series(" + from + ", " + through + ") g");
    }

    private void awaitEffects(long count) {
        await().atMost(LONG).until(() -> effects.effects() == count);
    }

    private static StatusReport.TopicStatus topic(App warehouse) {
        return Shops.report(warehouse).topics().get(0);
    }

    private static void awaitFault(App warehouse, String pattern) {
        Predicate<String> text = Pattern.compile(pattern).asPredicate();
        await().atMost(LONG).until(() -> text.test(topic(warehouse).fault().orElse("")));
        assertThat(Shops.report(warehouse).faults())
                .as("health names it")
                .anyMatch(fault -> fault.contains("orders") && text.test(fault));
        assertThat(warehouse.get(Subscriptions.class).explain("picking").sentence())
                .containsPattern(pattern);
    }

    /** The right source is there again, and somebody has started the warehouse anew: it goes on as if nothing had been. */
    private void goesOnWithTheRightSource() {
        try (App shop = shop(shopDb);
                App warehouse = warehouse()) {
            insert(shopDb, "later", 1, 20);
            awaitEffects(effects.committed());
            effects.assertExactlyOnceInOrder("picking");
            assertThat(topic(warehouse).fault()).isEmpty();
            assertThat(Shops.report(shop).faults()).isEmpty();
        }
    }

    /** A copy as a restore makes it: even the table has the same object id. */
    private PostgresFixture.Db copyOfTheShop() {
        PostgresFixture.Db copy = PostgresFixture.shared().newDatabase();
        PostgresFixture.shared().execute("drop database " + copy.name());
        await("the shop's connections end").atMost(LONG).ignoreExceptions().until(() -> {
            PostgresFixture.shared().execute("create database " + copy.name() + " template " + shopDb.name());
            return true;
        });
        return copy;
    }

    @Test
    void aSourceThatWasRestoredToThePast() {
        try (App warehouse = warehouse()) {
            try (App first = shop(shopDb)) {
                insert(shopDb, "e", 1, 5);
                awaitEffects(5);
                assertThat(Shops.report(first).faults()).isEmpty();
            }
            PostgresFixture.Db past = copyOfTheShop();
            try (App second = shop(shopDb)) {
                insert(shopDb, "e", 6, 10);
                awaitEffects(10);
                assertThat(Shops.report(second).faults()).isEmpty();
            }
            try (App restored = shop(past)) {
                insert(past, "other", 6, 8);
                awaitFault(warehouse, "ends at position 8");
                assertThat(Shops.report(restored).servers()).allMatch(StatusReport.ServerStatus::listening);
                insert(past, "other", 9, 30);
                awaitFault(warehouse, "at position 10");
                assertThat(effects.effects()).isEqualTo(10);
            }
        }
        goesOnWithTheRightSource();
    }

    @Test
    void anotherDatabaseBehindTheSameAddress() {
        PostgresFixture.Db otherDb = PostgresFixture.shared().newDatabase();
        try (App warehouse = warehouse()) {
            try (App shop = shop(shopDb)) {
                insert(shopDb, "e", 1, 10);
                awaitEffects(10);
                assertThat(Shops.report(shop).faults()).isEmpty();
            }
            try (App other = shop(otherDb)) {
                insert(otherDb, "other", 1, 30);
                // by its events, or before there are any by its table
                awaitFault(warehouse, "(position|through) 10");
                insert(otherDb, "other", 31, 40);
                assertThat(Shops.report(other).faults()).isEmpty();
                assertThat(effects.effects()).isEqualTo(10);
            }
        }
        goesOnWithTheRightSource();
    }

    @Test
    void aTableThatIsEmptiedAndFilledAgainUnderTheStream() {
        try (App shop = shop(shopDb);
                App warehouse = warehouse()) {
            insert(shopDb, "e", 1, 10);
            awaitEffects(10);
            shopDb.execute("truncate postevent.orders restart identity");
            insert(shopDb, "other", 1, 3);
            await().atMost(LONG).until(() -> topic(warehouse).fault().isPresent());
            insert(shopDb, "other", 4, 30);
            assertThat(topic(warehouse).fault().orElseThrow()).contains("orders", "position", "another one");
            assertThat(Shops.report(shop).servers()).allMatch(StatusReport.ServerStatus::listening);
            assertThat(effects.effects()).isEqualTo(10);
        }
    }

    /** What the feed alone says. */
    private static final class Doubts implements Feed.Listener {
        private final Queue<String> reasons = new ConcurrentLinkedQueue<>();

        @Override
        public void onBatch(Map<TopicName, List<LogEntry>> batch) {
            // no feed runs at this source
        }

        @Override
        public void onDoubt(String reason) {
            reasons.add(reason);
        }

        private void await(String text) {
            org.awaitility.Awaitility.await()
                    .atMost(LONG)
                    .untilAsserted(() -> assertThat(reasons).anyMatch(reason -> reason.contains(text)));
        }
    }

    @Test
    void theFeedDoubtsASourceThatChangesOrGoesBack() throws Exception {
        new Schema(shopDb.dataSource(), Schema.Mode.CREATE).prepareOutbox(List.of(Wires.ORDERS));
        insert(shopDb, "e", 1, 10);
        try (Wires wires = new Wires().open();
                Proxy network = new Proxy(Wires.port(wires.server(shopDb)))) {
            Transport.Source source = wires.source("grpc", network.port());
            Doubts doubts = new Doubts();
            source.feed().start(doubts);
            doubts.await("connected to");
            await().atMost(LONG).until(() -> source.headSeen().orElse(-1) == 10);
            doubts.await("the source is at 10, here is 0");

            shopDb.execute("truncate postevent.orders restart identity");
            insert(shopDb, "other", 1, 3);
            doubts.await("went back from 10 to");

            shopDb.execute(
                    "drop table postevent.orders",
                    "delete from postevent_internal.schema_version where part = 'topic:orders'");
            new Schema(shopDb.dataSource(), Schema.Mode.CREATE).prepareOutbox(List.of(Wires.ORDERS));
            assertThat(doubts.reasons).noneMatch(reason -> reason.contains("is another one than before"));
            network.cut(true);
            network.cut(false);
            doubts.await("is another one than before");
        }
    }
}
