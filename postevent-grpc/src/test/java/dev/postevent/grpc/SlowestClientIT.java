package dev.postevent.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.postevent.grpc.server.EventServer;
import dev.postevent.grpc.v1.SubscribeRequest;
import dev.postevent.grpc.v1.SubscribeResponse;
import dev.postevent.grpc.v1.TopicServiceGrpc;
import dev.postevent.internal.schema.Schema;
import dev.postevent.spi.Feed;
import dev.postevent.spi.LogEntry;
import dev.postevent.spi.TopicName;
import dev.postevent.spi.Transport;
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
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** A client that never reads costs the server a constant, and costs another client and the publisher nothing. */
class SlowestClientIT {
    private static final int BATCHES = 300;
    private static final int BATCH = 100;
    private static final int EVENT_BYTES = 10_000;
    private static final long BUFFER_BYTES = 4L << 20;

    private final PostgresFixture.Db db = PostgresFixture.shared().newDatabase();

    /** Takes what it asks for and nothing else. */
    private static final class Raw implements ClientResponseObserver<SubscribeRequest, SubscribeResponse> {
        private final ConcurrentLinkedQueue<SubscribeResponse> taken = new ConcurrentLinkedQueue<>();
        private ClientCallStreamObserver<SubscribeRequest> call;

        @Override
        public void beforeStart(ClientCallStreamObserver<SubscribeRequest> started) {
            call = started;
            started.disableAutoRequestWithInitial(1);
        }

        @Override
        public void onNext(SubscribeResponse message) {
            taken.add(message);
        }

        @Override
        public void onError(Throwable failure) {
            // the end of the test
        }

        @Override
        public void onCompleted() {
            // the end of the test
        }
    }

    private static final class Counter implements Feed.Listener {
        private final AtomicLong entries = new AtomicLong();

        @Override
        public void onBatch(Map<TopicName, List<LogEntry>> batch) {
            batch.values().forEach(some -> entries.addAndGet(some.size()));
        }

        @Override
        public void onDoubt(String reason) {
            // the count tells whether something was skipped
        }
    }

    @Test
    void theHeapStaysFlatAndTheOtherClientGetsEverything() throws Exception {
        new Schema(db.dataSource(), Schema.Mode.CREATE).prepareOutbox(List.of(Wires.ORDERS));
        try (Wires wires =
                new Wires().open().with("postevent.grpc.stream-buffer-max-bytes", Long.toString(BUFFER_BYTES))) {
            EventServer server = wires.server(db);
            int port = Wires.port(server);
            Raw deaf = new Raw();
            ManagedChannel channel = ManagedChannelBuilder.forAddress("127.0.0.1", port)
                    .usePlaintext()
                    .build();
            TopicServiceGrpc.newStub(channel)
                    .subscribe(
                            SubscribeRequest.newBuilder()
                                    .setTopic("orders")
                                    .setConsumer("deaf")
                                    .build(),
                            deaf);
            await().atMost(Duration.ofSeconds(30)).until(() -> deaf.taken.size() == 1); // the welcome

            Transport.Source source = wires.source("grpc", port);
            Counter reader = new Counter();
            source.feed().start(reader);
            await().atMost(Duration.ofSeconds(30))
                    .until(() -> source.feed().status().state() == Feed.State.STREAMING);

            long before = usedAfterCollection();
            for (int batch = 0; batch < BATCHES; batch++) {
                server.offer(Map.of(Wires.ORDERS, entries(batch * BATCH)));
                long sent = (batch + 1L) * BATCH;
                await().pollInterval(Duration.ofMillis(1))
                        .atMost(Duration.ofSeconds(30))
                        .until(() -> reader.entries.get() == sent);
            }
            long grown = usedAfterCollection() - before;
            System.out.println((long) BATCHES * BATCH * EVENT_BYTES / (1 << 20)
                    + " MiB offered to a client that takes nothing; heap grew by " + grown / 1024 + " KiB");
            assertThat(grown)
                    .as("bytes of heap more than before, of %s offered", (long) BATCHES * BATCH * EVENT_BYTES)
                    .isLessThan(4 * BUFFER_BYTES);
            assertThat(server.status().connected().get(Wires.ORDERS)).hasSize(2);

            deaf.call.request(10_000);
            await("it is told that it has missed something")
                    .atMost(Duration.ofSeconds(30))
                    .until(() -> deaf.taken.stream().anyMatch(SubscribeResponse::hasSkipped));
            channel.shutdownNow();
        }
    }

    private static List<LogEntry> entries(int from) {
        List<LogEntry> entries = new ArrayList<>();
        for (int i = 1; i <= BATCH; i++) {
            entries.add(LogEntry.of(
                    from + i,
                    CloudEventBuilder.v1()
                            .withId("e" + (from + i))
                            .withSource(URI.create("urn:test"))
                            .withType("t")
                            .withData(new byte[EVENT_BYTES])
                            .build()));
        }
        return entries;
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
