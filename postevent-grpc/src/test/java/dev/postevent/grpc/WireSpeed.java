package dev.postevent.grpc;

import dev.postevent.EventPublisher;
import dev.postevent.Subscription;
import dev.postevent.Topic;
import dev.postevent.grpc.server.EventServer;
import dev.postevent.grpc.v1.Entries;
import dev.postevent.grpc.v1.SubscribeRequest;
import dev.postevent.grpc.v1.SubscribeResponse;
import dev.postevent.grpc.v1.TopicServiceGrpc;
import dev.postevent.grpc.wire.Wire;
import dev.postevent.internal.eventlog.JdbcEventLog;
import dev.postevent.internal.eventlog.RemoteConsumers;
import dev.postevent.internal.schema.Schema;
import dev.postevent.spi.Feed;
import dev.postevent.spi.LogEntry;
import dev.postevent.spi.Range;
import dev.postevent.spi.TopicName;
import dev.postevent.spi.Transport;
import dev.postevent.testing.App;
import dev.postevent.testing.JtaFixture;
import dev.postevent.testing.PostgresFixture;
import io.cloudevents.CloudEvent;
import io.cloudevents.core.builder.CloudEventBuilder;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Measures, as ratios within one run: the live flow and catch-up over loopback against a bare gRPC stream of the same messages,
 * alternately; and the time from commit to a remote observer.
 *
 * <p>A program and no test, run from the root of the project; nothing has to be installed for it:
 *
 * <pre>
 * mvn -pl postevent-cdi,postevent-grpc test-compile \
 *     dependency:build-classpath -Dmdep.outputFile=target/test.classpath
 * cd postevent-grpc
 * java -cp target/test-classes:target/classes:$(cat target/test.classpath) \
 *     -Djava.util.logging.config.file=../.mvn/test-logging.properties dev.postevent.grpc.WireSpeed
 * </pre>
 */
public final class WireSpeed {
    private static final int EVENTS = 100_000;
    private static final int ROUNDS = 5;
    private static final int DATA_BYTES = 200;
    private static final int CHUNK = 512;
    private static final int LATENCIES = 1_000;

    private WireSpeed() {}

    /** Prints one line per figure. */
    public static void main(String... args) throws Exception {
        throughput();
        latency();
        System.exit(0); // threads of the transaction manager are no daemons
    }

    private static void throughput() throws Exception {
        PostgresFixture.Db db = PostgresFixture.shared().newDatabase();
        new Schema(db.dataSource(), Schema.Mode.CREATE).prepareOutbox(List.of(Wires.ORDERS));
        db.execute(
                "insert into postevent.orders (id, source, type, subject, data) select 'e' || g, 'urn:test', 'order.placed',"
                        + " 's' || g % 1000, decode(repeat('ab', " + DATA_BYTES + "), 'hex') from generate_series(1, "
                        + EVENTS
                        + ") g",
                "vacuum analyze postevent.orders");
        List<LogEntry> entries = entries();
        double[] bare = new double[ROUNDS];
        double[] live = new double[ROUNDS];
        double[] catchUp = new double[ROUNDS];
        // a pool, as in a server: a connection for each page costs more than the page
        try (JtaFixture pool = JtaFixture.over(db);
                Wires wires = new Wires().open().with("postevent.grpc.server.heartbeat", "1s")) {
            EventServer server = wires.server(
                    new JdbcEventLog(pool.local(), Duration.ofMillis(200)), new RemoteConsumers(pool.local()));
            Transport.Source source = wires.source("grpc", Wires.port(server));
            AtomicLong taken = new AtomicLong();
            source.feed().start(new Feed.Listener() {
                @Override
                public void onBatch(Map<TopicName, List<LogEntry>> batch) {
                    batch.values().forEach(some -> taken.addAndGet(some.size()));
                }

                @Override
                public void onDoubt(String reason) {
                    // what is skipped is not counted, and the run would not end
                }
            });
            while (source.feed().status().state() != Feed.State.STREAMING) {
                Thread.onSpinWait();
            }
            for (int round = -1; round < ROUNDS; round++) { // the first warms up
                double bareNow = bare(entries);
                double liveNow = live(server, taken, entries);
                double catchUpNow = catchUp(source);
                if (round >= 0) {
                    bare[round] = bareNow;
                    live[round] = liveNow;
                    catchUp[round] = catchUpNow;
                }
            }
        }
        print("bare gRPC stream of the same messages", bare, bare);
        print("live: offered to the server, taken by a remote feed", live, bare);
        print("catch-up: read from the table, taken by a remote event log", catchUp, bare);
    }

    private static List<LogEntry> entries() {
        List<LogEntry> entries = new ArrayList<>();
        for (int i = 1; i <= EVENTS; i++) {
            entries.add(LogEntry.of(
                    i,
                    CloudEventBuilder.v1()
                            .withId("e" + i)
                            .withSource(URI.create("urn:test"))
                            .withType("order.placed")
                            .withSubject("s" + i % 1000)
                            .withData(new byte[DATA_BYTES])
                            .build()));
        }
        return entries;
    }

    private static double bare(List<LogEntry> entries) throws IOException, InterruptedException {
        List<SubscribeResponse> messages = new ArrayList<>();
        for (int from = 0; from < entries.size(); from += CHUNK) {
            Entries.Builder chunk = Entries.newBuilder();
            entries.subList(from, Math.min(entries.size(), from + CHUNK))
                    .forEach(entry -> chunk.addEntries(Wire.encode(entry)));
            messages.add(SubscribeResponse.newBuilder().setEntries(chunk).build());
        }
        Server server = NettyServerBuilder.forPort(0)
                .addService(new TopicServiceGrpc.TopicServiceImplBase() {
                    @Override
                    public void subscribe(SubscribeRequest request, StreamObserver<SubscribeResponse> observer) {
                        ServerCallStreamObserver<SubscribeResponse> call =
                                (ServerCallStreamObserver<SubscribeResponse>) observer;
                        Iterator<SubscribeResponse> left = messages.iterator();
                        call.setOnReadyHandler(() -> {
                            while (call.isReady() && left.hasNext()) {
                                call.onNext(left.next());
                                if (!left.hasNext()) {
                                    call.onCompleted();
                                }
                            }
                        });
                    }
                })
                .build()
                .start();
        ManagedChannel channel = NettyChannelBuilder.forAddress("127.0.0.1", server.getPort())
                .usePlaintext()
                .build();
        try {
            long began = System.nanoTime();
            long count = 0;
            Iterator<SubscribeResponse> answers =
                    TopicServiceGrpc.newBlockingStub(channel).subscribe(SubscribeRequest.getDefaultInstance());
            while (answers.hasNext()) {
                count += answers.next().getEntries().getEntriesCount();
            }
            return rate(count, began);
        } finally {
            channel.shutdownNow();
            server.shutdownNow();
            server.awaitTermination();
        }
    }

    private static double live(EventServer server, AtomicLong taken, List<LogEntry> entries) {
        long before = taken.get();
        long began = System.nanoTime();
        for (int from = 0; from < entries.size(); from += CHUNK) {
            List<LogEntry> batch = entries.subList(from, Math.min(entries.size(), from + CHUNK));
            server.offer(Map.of(Wires.ORDERS, batch));
            // as the inbox of the publisher's own side would: not so far ahead that the stream is skipped
            while (taken.get() - before < from - 8 * CHUNK) {
                Thread.onSpinWait();
            }
        }
        while (taken.get() - before < entries.size()) {
            Thread.onSpinWait();
        }
        return rate(entries.size(), began);
    }

    private static double catchUp(Transport.Source source) {
        long began = System.nanoTime();
        long mark = 0;
        Range range;
        do {
            range = source.log().read(Wires.ORDERS, mark, Long.MAX_VALUE, 1_000, 4 << 20);
            mark = range.settledThrough();
        } while (range.more());
        return rate(mark, began);
    }

    private static double rate(long count, long began) {
        return count * 1e9 / (System.nanoTime() - began);
    }

    private static void print(String what, double[] rates, double[] limit) {
        Arrays.sort(rates);
        double[] sorted = limit.clone();
        Arrays.sort(sorted);
        System.out.printf(
                "%-62s %,9.0f events/s (%,.0f to %,.0f), %.2f of the bare stream%n",
                what, rates[ROUNDS / 2], rates[0], rates[ROUNDS - 1], rates[ROUNDS / 2] / sorted[ROUNDS / 2]);
    }

    /** Remembers when it was called. */
    @ApplicationScoped
    public static class Stopwatch {
        final Map<String, Long> at = new ConcurrentHashMap<>();
        private final CountDownLatch all = new CountDownLatch(LATENCIES);

        @Subscription("stopwatch")
        void seen(@Observes @Topic("orders") CloudEvent event) {
            if (at.putIfAbsent(event.getId(), System.nanoTime()) == null) {
                all.countDown();
            }
        }

        Map<String, Long> await() throws InterruptedException {
            if (!all.await(60, TimeUnit.SECONDS)) {
                throw new IllegalStateException(at.size() + " of " + LATENCIES + " were seen");
            }
            return at;
        }
    }

    private static void latency() throws Exception {
        PostgresFixture.Db shopDb = PostgresFixture.shared().newDatabase();
        PostgresFixture.Db warehouseDb = PostgresFixture.shared().newDatabase();
        try (App shop = Shops.shop(shopDb).start();
                App warehouse = Shops.warehouse(warehouseDb, Shops.port(shop))
                        .beans(Stopwatch.class)
                        .start()) {
            Shops.awaitStreaming(warehouse, "orders");
            EventPublisher orders = shop.get(EventPublisher.class, Topic.Literal.of("orders"));
            Map<String, Long> committed = new ConcurrentHashMap<>();
            for (int i = 0; i < LATENCIES; i++) {
                CloudEvent event = CloudEventBuilder.v1()
                        .withId("e" + i)
                        .withSource(URI.create("urn:test"))
                        .withType("t")
                        .withSubject("s" + i % 100)
                        .build();
                shop.jta().transaction(() -> orders.publish(event));
                committed.put(event.getId(), System.nanoTime());
                TimeUnit.NANOSECONDS.sleep(Duration.ofMillis(5).toNanos()); // a load, not a wait for something
            }
            Map<String, Long> seen = warehouse.get(Stopwatch.class).await();
            double[] millis = committed.entrySet().stream()
                    .mapToDouble(one -> (seen.get(one.getKey()) - one.getValue()) / 1e6)
                    .sorted()
                    .toArray();
            System.out.printf(
                    "commit to remote observer: p50 %.1f ms, p99 %.1f ms, max %.1f ms, of %d events%n",
                    millis[LATENCIES / 2], millis[LATENCIES * 99 / 100], millis[LATENCIES - 1], LATENCIES);
        }
    }
}
