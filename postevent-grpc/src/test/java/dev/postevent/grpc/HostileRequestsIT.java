package dev.postevent.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import dev.postevent.grpc.server.EventServer;
import dev.postevent.grpc.v1.HeadRequest;
import dev.postevent.grpc.v1.ReadRequest;
import dev.postevent.grpc.v1.ReportMarkRequest;
import dev.postevent.grpc.v1.SubscribeRequest;
import dev.postevent.grpc.v1.SubscribeResponse;
import dev.postevent.grpc.v1.TopicServiceGrpc;
import dev.postevent.spi.EventLog;
import dev.postevent.spi.Origin;
import dev.postevent.spi.Range;
import dev.postevent.spi.TopicName;
import dev.postevent.spi.Transport;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Requests that can never be right, and those that want too much: a clear status, and nothing is executed. */
class HostileRequestsIT {
    private static final Duration LONG = Duration.ofMinutes(4);

    private final Queue<String> executed = new ConcurrentLinkedQueue<>();
    private final Wires wires = new Wires()
            .open()
            .with("postevent.grpc.server.calls-per-principal-max", "3")
            .with("postevent.grpc.server.read-rows-max", "100")
            .with("postevent.grpc.server.read-size-max", "10000B");
    private volatile Set<String> failing = Set.of();
    private EventServer server;
    private ManagedChannel channel;

    /** Tells what it was asked; the answers are of no interest. */
    private final class Witness implements EventLog, Transport.Marks {
        @Override
        public Origin origin(TopicName topic) {
            fail("origin");
            executed.add("origin");
            return Origin.of("1", 1, 1);
        }

        @Override
        public long head(TopicName topic) {
            executed.add("head");
            return 0;
        }

        @Override
        public long settled(TopicName topic) {
            executed.add("settled");
            return 0;
        }

        @Override
        public Range read(TopicName topic, long after, long through, int rowsMax, long bytesMax) {
            fail("read");
            executed.add("read");
            return Range.of(List.of(), after);
        }

        @Override
        public boolean report(String principal, String name, TopicName topic, long mark, int namesMax) {
            fail("report");
            executed.add("report");
            return true;
        }

        private void fail(String what) {
            if (failing.contains(what)) {
                throw new StackOverflowError("as if");
            }
        }

        @Override
        public List<dev.postevent.spi.ConsumerMark> all() {
            return List.of();
        }
    }

    @BeforeEach
    void serve() {
        Witness witness = new Witness();
        server = wires.server(witness, witness);
        channel = ManagedChannelBuilder.forAddress("127.0.0.1", Wires.port(server))
                .usePlaintext()
                .build();
    }

    @AfterEach
    void close() throws Exception {
        channel.shutdownNow();
        wires.close();
    }

    private TopicServiceGrpc.TopicServiceBlockingStub stub() {
        return TopicServiceGrpc.newBlockingStub(channel);
    }

    static Stream<String> hostileNames() {
        return Stream.of(
                "",
                " ",
                "orders ",
                "Orders",
                "orders;drop table postevent.orders",
                "orders\"",
                "\"orders\"",
                "orders'--",
                "postevent.orders",
                "../orders",
                "orders\u0000",
                "\u202Esredro",
                "öffnen",
                "1orders",
                "_orders",
                "x".repeat(49),
                "x".repeat(100_000),
                "%s%n",
                "${jndi:ldap://127.0.0.1/x}");
    }

    @ParameterizedTest
    @MethodSource("hostileNames")
    void aNameThatNoTopicCanHaveIsInvalid(String name) {
        if (name.length() < 60_000) {
            invalid(() -> stub().head(HeadRequest.newBuilder().setTopic(name).build()));
            invalid(() -> stub().reportMark(ReportMarkRequest.newBuilder()
                    .setTopic(name)
                    .setConsumer("c")
                    .build()));
            invalid(() -> stub().read(read().setTopic(name).build()).next());
            invalid(() -> stub().subscribe(SubscribeRequest.newBuilder()
                            .setTopic(name)
                            .setConsumer("c")
                            .build())
                    .next());
        } else {
            // larger than any request may be
            StatusRuntimeException refused = refused(
                    () -> stub().head(HeadRequest.newBuilder().setTopic(name).build()));
            assertThat(refused.getStatus().getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
        }
        assertThat(executed).isEmpty();
    }

    @Test
    void rangesThatCannotBeAreInvalid() {
        invalid(() -> stub().read(read().setAfter(-1).build()).next());
        invalid(() -> stub().read(read().setAfter(Long.MIN_VALUE).build()).next());
        invalid(() -> stub().read(read().setAfter(10).setThrough(9).build()).next());
        invalid(() -> stub().read(read().setThrough(-5).build()).next());
        invalid(() -> stub().read(read().setRowsMax(0).build()).next());
        invalid(() -> stub().read(read().setRowsMax(-1).build()).next());
        invalid(() -> stub().read(read().setRowsMax(101).build()).next());
        invalid(() -> stub().read(read().setRowsMax(Integer.MAX_VALUE).build()).next());
        invalid(() -> stub().read(read().setBytesMax(0).build()).next());
        invalid(() -> stub().read(read().setBytesMax(Long.MAX_VALUE).build()).next());
        invalid(() -> stub().subscribe(subscribe("c").setAfter(-1).build()).next());
        invalid(() -> stub().subscribe(subscribe("").build()).next());
        invalid(() -> stub().subscribe(subscribe("a/b").build()).next());
        invalid(() -> stub().subscribe(subscribe("c".repeat(101)).build()).next());
        invalid(() -> stub().reportMark(ReportMarkRequest.newBuilder()
                .setTopic("orders")
                .setConsumer("c")
                .setMark(-1)
                .build()));
        assertThat(executed).isEmpty();
    }

    @Test
    void anErrorEndsItsCallAndTheServerGoesOn() {
        failing = Set.of("origin", "read", "report");
        for (Runnable call : List.<Runnable>of(
                () -> stub().head(HeadRequest.newBuilder().setTopic("orders").build()),
                () -> stub().read(read().build()).next(),
                () -> stub().subscribe(subscribe("c").build()).next(),
                () -> stub().reportMark(ReportMarkRequest.newBuilder()
                        .setTopic("orders")
                        .setConsumer("c")
                        .build()))) {
            assertThat(refused(call).getStatus().getCode()).isEqualTo(Status.Code.INTERNAL);
        }
        failing = Set.of("read");
        Iterator<SubscribeResponse> stream =
                stub().subscribe(subscribe("c").setAfter(0).build());
        assertThat(stream.next().hasWelcome()).isTrue();
        StatusRuntimeException ended = refused(() -> stream.forEachRemaining(message -> {}));
        assertThat(ended.getStatus().getCode()).isEqualTo(Status.Code.INTERNAL);
        assertThat(ended.getStatus().getDescription())
                .contains("StackOverflowError")
                .doesNotContain("as if");
        failing = Set.of();
        assertThat(stub().read(read().build()).next().hasSummary()).isTrue();
    }

    @Test
    void whoHasTooManyCallsOpenGetsNoMoreUntilSomeEnd() {
        List<Iterator<SubscribeResponse>> streams = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            Iterator<SubscribeResponse> stream =
                    stub().subscribe(subscribe("c" + i).build());
            assertThat(stream.next().hasWelcome()).isTrue();
            streams.add(stream);
        }
        StatusRuntimeException refused =
                refused(() -> stub().subscribe(subscribe("c4").build()).next());
        assertThat(refused.getStatus().getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
        assertThat(refused(() -> stub().read(read().build()).next()).getStatus().getCode())
                .isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
        channel.shutdownNow();
        await().atMost(LONG).until(() -> server.status().connected().isEmpty());
        channel = ManagedChannelBuilder.forAddress("127.0.0.1", Wires.port(server))
                .usePlaintext()
                .build();
        await().atMost(LONG)
                .ignoreExceptionsInstanceOf(StatusRuntimeException.class)
                .until(() -> stub().read(read().build()).next().hasSummary());
    }

    private static ReadRequest.Builder read() {
        return ReadRequest.newBuilder().setTopic("orders").setRowsMax(10).setBytesMax(1000);
    }

    private static SubscribeRequest.Builder subscribe(String consumer) {
        return SubscribeRequest.newBuilder().setTopic("orders").setConsumer(consumer);
    }

    private static void invalid(Runnable call) {
        assertThat(refused(call).getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
    }

    private static StatusRuntimeException refused(Runnable call) {
        StatusRuntimeException refused = catchThrowableOfType(StatusRuntimeException.class, call::run);
        assertThat(refused).as("not refused").isNotNull();
        return refused;
    }
}
