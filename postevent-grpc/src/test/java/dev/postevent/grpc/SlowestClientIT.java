package dev.postevent.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.postevent.EventPublisher;
import dev.postevent.Topic;
import dev.postevent.grpc.v1.Entry;
import dev.postevent.grpc.v1.ReadRequest;
import dev.postevent.grpc.v1.ReadResponse;
import dev.postevent.grpc.v1.SubscribeRequest;
import dev.postevent.grpc.v1.SubscribeResponse;
import dev.postevent.grpc.v1.TopicServiceGrpc;
import dev.postevent.internal.eventlog.JdbcEventLog;
import dev.postevent.internal.eventlog.RemoteConsumers;
import dev.postevent.internal.schema.Schema;
import dev.postevent.spi.EventLog;
import dev.postevent.spi.Origin;
import dev.postevent.spi.Range;
import dev.postevent.spi.TopicName;
import dev.postevent.testing.App;
import dev.postevent.testing.EffectTable;
import dev.postevent.testing.PostgresFixture;
import io.cloudevents.core.builder.CloudEventBuilder;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** A client that never reads costs the server a constant, and costs another client and the publisher nothing. */
class SlowestClientIT {
    private static final Duration LONG = Duration.ofMinutes(4);
    private static final long MEBIBYTE = 1L << 20;
    private static final long BUFFER_BYTES = 2 * MEBIBYTE;
    private static final int EVENT_BYTES = 8_000;

    private final PostgresFixture.Db db = PostgresFixture.shared().newDatabase();

    /** Takes what it asks for and nothing else. */
    private static final class Raw<Q, A> implements ClientResponseObserver<Q, A> {
        private final ConcurrentLinkedQueue<A> taken = new ConcurrentLinkedQueue<>();
        private final int first;
        private ClientCallStreamObserver<Q> call;
        private volatile boolean completed;

        Raw(int first) {
            this.first = first;
        }

        @Override
        public void beforeStart(ClientCallStreamObserver<Q> started) {
            call = started;
            started.disableAutoRequestWithInitial(first);
        }

        @Override
        public void onNext(A message) {
            taken.add(message);
        }

        @Override
        public void onError(Throwable failure) {
            // the end of the test
        }

        @Override
        public void onCompleted() {
            completed = true;
        }
    }

    @Test
    void aDeafStreamCostsAConstantAndNeitherTheOtherClientNorThePublisher() throws Exception {
        PostgresFixture.Db warehouseDb = PostgresFixture.shared().newDatabase();
        warehouseDb.execute(EffectTable.DDL);
        RemoteEffects effects = new RemoteEffects(db, warehouseDb, "orders");
        try (App shop = Shops.shop(db)
                        .with("postevent.grpc.server.stream-buffer-size-max", BUFFER_BYTES + "B")
                        .start();
                App warehouse = Shops.warehouse(warehouseDb, Shops.port(shop))
                        .beans(Warehouse.class)
                        .start()) {
            Shops.awaitStreaming(warehouse, "orders");
            long alone = publishAndAwait(shop, effects, "warm-up");
            alone = Math.max(alone, publishAndAwait(shop, effects, "alone"));

            ManagedChannel channel = ManagedChannelBuilder.forAddress("127.0.0.1", Shops.port(shop))
                    .usePlaintext()
                    .build();
            try {
                Raw<SubscribeRequest, SubscribeResponse> deaf = new Raw<>(1);
                TopicServiceGrpc.newStub(channel)
                        .subscribe(
                                SubscribeRequest.newBuilder()
                                        .setTopic("orders")
                                        .setConsumer("deaf")
                                        .build(),
                                deaf);
                await().atMost(LONG).until(() -> deaf.taken.size() == 1); // the welcome
                long before = usedAfterCollection();
                long beside = publishAndAwait(shop, effects, "beside");
                long half = usedAfterCollection();
                beside = Math.min(beside, publishAndAwait(shop, effects, "beside, again"));
                long after = usedAfterCollection();

                System.out.println("publisher and warehouse: " + alone + " ms alone, " + beside
                        + " ms beside a client that takes nothing; heap " + (half - before) / 1024 + " KiB more, then "
                        + (after - half) / 1024 + " KiB");
                assertThat(after - before)
                        .as("bytes of heap more than before, of %s MiB offered", 2 * offeredMebibytes())
                        .isLessThan(4 * BUFFER_BYTES);
                assertThat(after - half)
                        .as("bytes of heap more, once the buffer is full")
                        .isLessThan(2 * BUFFER_BYTES);
                assertThat(beside).as("ms beside, %s alone", alone).isLessThan(5 * alone + 5_000);
                await().atMost(LONG)
                        .untilAsserted(() -> assertThat(Shops.report(shop).consumers())
                                .filteredOn(consumer -> !consumer.name().endsWith("/deaf"))
                                .singleElement()
                                .satisfies(
                                        consumer -> assertThat(consumer.lag()).hasValue(0)));

                deaf.call.request(10_000);
                await("it is told that it has missed something")
                        .atMost(LONG)
                        .until(() -> deaf.taken.stream().anyMatch(SubscribeResponse::hasSkipped));
                effects.assertExactlyOnceInOrder("picking");
            } finally {
                channel.shutdownNow();
            }
        }
    }

    private static final int TRANSACTIONS = 40;
    private static final int EVENTS_EACH = 40;

    private static long offeredMebibytes() {
        return (long) TRANSACTIONS * EVENTS_EACH * EVENT_BYTES / MEBIBYTE;
    }

    /** Milliseconds until all was published and handled at the warehouse, at the pace that they have. */
    private static long publishAndAwait(App shop, RemoteEffects effects, String prefix) throws Exception {
        long began = System.nanoTime();
        EventPublisher orders = shop.get(EventPublisher.class, Topic.Literal.of("orders"));
        for (int transaction = 0; transaction < TRANSACTIONS; transaction++) {
            int number = transaction;
            shop.jta().transaction(() -> {
                for (int event = 0; event < EVENTS_EACH; event++) {
                    orders.publish(CloudEventBuilder.v1()
                            .withId(prefix + "-" + number + "-" + event)
                            .withSource(URI.create("urn:test"))
                            .withType("t")
                            .withSubject("s" + event)
                            .withData(new byte[EVENT_BYTES])
                            .build());
                }
            });
        }
        await().pollInterval(Duration.ofMillis(20)).atMost(LONG).until(() -> effects.effects() >= effects.committed());
        return (System.nanoTime() - began) / 1_000_000;
    }

    /** The real log, and how often it was asked. */
    private record Counting(EventLog log, AtomicInteger begun, AtomicInteger ended) implements EventLog {
        @Override
        public Origin origin(TopicName topic) {
            return log.origin(topic);
        }

        @Override
        public long head(TopicName topic) {
            return log.head(topic);
        }

        @Override
        public long settled(TopicName topic) {
            return log.settled(topic);
        }

        @Override
        public Range read(TopicName topic, long after, long through, int rowsMax, long bytesMax) {
            begun.incrementAndGet();
            Range range = log.read(topic, after, through, rowsMax, bytesMax);
            ended.incrementAndGet();
            return range;
        }
    }

    @Test
    void deafRangeReadsCostAPageEach() throws Exception {
        int reads = 24;
        int rows = 2_400;
        new Schema(db.dataSource(), Schema.Mode.CREATE).prepareOutbox(List.of(Wires.ORDERS));
        db.execute(
                "insert into postevent.orders (id, source, type, data) select 'e' || g, 'urn:test', 't', decode(repeat('ab', "
                        + EVENT_BYTES + "), 'hex') from generate_series(1, " + rows + ") g");
        Counting log = new Counting(
                new JdbcEventLog(db.dataSource(), Duration.ZERO), new AtomicInteger(), new AtomicInteger());
        log.read(Wires.ORDERS, 0, Long.MAX_VALUE, rows, 1 << 30); // settles it
        ManagedChannel channel = null;
        try (Wires wires = new Wires().open().with("postevent.grpc.call-limit", "5m")) {
            channel = ManagedChannelBuilder.forAddress(
                            "127.0.0.1", Wires.port(wires.server(log, new RemoteConsumers(db.dataSource()))))
                    .usePlaintext()
                    .build();
            long before = usedAfterCollection();
            List<Raw<ReadRequest, ReadResponse>> deaf = new ArrayList<>();
            for (int i = 0; i < reads; i++) {
                Raw<ReadRequest, ReadResponse> one = new Raw<>(0);
                TopicServiceGrpc.newStub(channel)
                        .read(
                                ReadRequest.newBuilder()
                                        .setTopic("orders")
                                        .setRowsMax(rows)
                                        .setBytesMax(16 * MEBIBYTE)
                                        .build(),
                                one);
                deaf.add(one);
            }
            await().atMost(LONG)
                    .until(() ->
                            log.begun.get() > reads && log.begun.get() == log.ended.get()); // each has its first page
            long grown = usedAfterCollection() - before;
            System.out.println(reads + " range reads of 16 MiB that nobody takes: heap grew by " + grown / 1024
                    + " KiB, " + log.begun.get() + " pages read");
            assertThat(grown)
                    .as("bytes of heap, of %s MiB asked for", reads * 16)
                    .isLessThan(4 * reads * MEBIBYTE);

            Raw<ReadRequest, ReadResponse> last = deaf.get(reads - 1);
            deaf.subList(0, reads - 1).forEach(one -> one.call.cancel("enough", null));
            last.call.request(100_000);
            await().atMost(LONG).until(() -> last.completed);
            List<Long> positions = last.taken.stream()
                    .flatMap(message -> message.getEntries().getEntriesList().stream())
                    .map(Entry::getPosition)
                    .toList();
            assertThat(positions).hasSize((int) (16 * MEBIBYTE / EVENT_BYTES) + 1);
            for (int i = 0; i < positions.size(); i++) {
                assertThat(positions.get(i)).isEqualTo(i + 1);
            }
            assertThat(last.taken)
                    .filteredOn(ReadResponse::hasSummary)
                    .singleElement()
                    .satisfies(message -> {
                        assertThat(message.getSummary().getMore()).isTrue();
                        assertThat(message.getSummary().getSettledThrough()).isEqualTo(positions.size());
                    });
        } finally {
            if (channel != null) {
                channel.shutdownNow();
            }
        }
    }

    private static long usedAfterCollection() {
        Runtime runtime = Runtime.getRuntime();
        long least = Long.MAX_VALUE;
        for (int i = 0; i < 5; i++) {
            System.gc();
            least = Math.min(least, runtime.totalMemory() - runtime.freeMemory());
        }
        return least;
    }
}
