package dev.postevent.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import dev.postevent.grpc.server.EventServer;
import dev.postevent.grpc.v1.HeadRequest;
import dev.postevent.grpc.v1.ReadRequest;
import dev.postevent.grpc.v1.ReadResponse;
import dev.postevent.grpc.v1.TopicServiceGrpc;
import dev.postevent.spi.Range;
import dev.postevent.spi.TopicName;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCalls;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.function.BooleanSupplier;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is no request, or is taken back: a status that says whose fault it is, and at most one line in the log for each. */
class MalformedRequestsIT {
    private static final Duration LONG = Duration.ofMinutes(4);
    private static final byte[] NO_MESSAGE = {10, 99, 1, 2};

    private final Queue<LogRecord> heard = new ConcurrentLinkedQueue<>();
    private final Wires wires = new Wires().open();
    private final Log log = new Log();
    private EventServer server;
    private ManagedChannel channel;
    private final Handler ear = new Handler() {
        @Override
        public void publish(LogRecord line) {
            heard.add(line);
        }

        @Override
        public void flush() {
            // nothing is kept back
        }

        @Override
        public void close() {
            // nothing is open
        }
    };

    /** A read waits where it is told to. */
    private static final class Log extends OneEventLog {
        private final CountDownLatch goOn = new CountDownLatch(1);
        private volatile boolean slow;

        private Log() {
            super(500_000);
        }

        @Override
        public Range read(TopicName topic, long after, long through, int rowsMax, long bytesMax) {
            Range range = super.read(topic, after, through, rowsMax, bytesMax);
            try {
                if (slow) {
                    goOn.await();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            return range;
        }
    }

    @BeforeEach
    void serve() {
        Logger.getLogger("").addHandler(ear);
        server = wires.server(log, log);
        channel = NettyChannelBuilder.forAddress("127.0.0.1", Wires.port(server))
                .usePlaintext()
                .flowControlWindow(65_535)
                .build();
    }

    @AfterEach
    void close() throws Exception {
        Logger.getLogger("").removeHandler(ear);
        log.goOn.countDown();
        channel.shutdownNow();
        wires.close();
    }

    /** Bytes as they are; empty ones are not sent. */
    private static final class Raw implements MethodDescriptor.Marshaller<byte[]> {
        @Override
        public InputStream stream(byte[] value) {
            return new ByteArrayInputStream(value);
        }

        @Override
        public byte[] parse(InputStream stream) {
            return new byte[0];
        }
    }

    private static MethodDescriptor<byte[], byte[]> raw(
            MethodDescriptor<?, ?> method, MethodDescriptor.MethodType type) {
        return MethodDescriptor.newBuilder(new Raw(), new Raw())
                .setType(type)
                .setFullMethodName(method.getFullMethodName())
                .build();
    }

    private static Status refused(Runnable call) {
        StatusRuntimeException refused = catchThrowableOfType(StatusRuntimeException.class, call::run);
        assertThat(refused).as("not refused").isNotNull();
        return refused.getStatus();
    }

    private TopicServiceGrpc.TopicServiceBlockingStub stub() {
        return TopicServiceGrpc.newBlockingStub(channel);
    }

    /** What was logged is nobody's stack trace and no cry for help, and not more than a line for each. */
    private void assertQuiet(int linesMax) {
        // what comes before this answer was logged before
        assertThat(stub().head(HeadRequest.newBuilder().setTopic("orders").build())
                        .getHead())
                .isEqualTo(1);
        List<String> lines = heard.stream()
                .filter(line -> line.getLevel().intValue() >= Level.WARNING.intValue())
                .map(line -> line.getLevel() + " " + line.getLoggerName() + ": " + line.getMessage())
                .toList();
        assertThat(heard).as("with a trace").allMatch(line -> line.getThrown() == null);
        assertThat(lines).hasSizeLessThanOrEqualTo(linesMax).allMatch(line -> !line.contains("SEVERE"));
    }

    @Test
    void whatIsNoMessageIsTheCallersFault() {
        for (MethodDescriptor<?, ?> method :
                TopicServiceGrpc.getServiceDescriptor().getMethods()) {
            Status status = refused(() -> ClientCalls.blockingUnaryCall(
                    channel, raw(method, MethodDescriptor.MethodType.UNARY), CallOptions.DEFAULT, NO_MESSAGE));
            assertThat(status.getCode()).as(method.getFullMethodName()).isEqualTo(Status.Code.INVALID_ARGUMENT);
            assertThat(status.getDescription()).contains("not a message of this call");
        }
        assertQuiet(0);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2, 3})
    void aRequestHasOneMessage(int messages) {
        MethodDescriptor<byte[], byte[]> method =
                raw(TopicServiceGrpc.getHeadMethod(), MethodDescriptor.MethodType.BIDI_STREAMING);
        Ended ended = new Ended();
        ClientCall<byte[], byte[]> call = channel.newCall(method, CallOptions.DEFAULT);
        call.start(ended, new Metadata());
        byte[] request = HeadRequest.newBuilder().setTopic("orders").build().toByteArray();
        for (int i = 0; i < messages; i++) {
            call.sendMessage(request);
        }
        call.halfClose();
        await().atMost(LONG).until(() -> ended.status != null);
        if (messages == 0) {
            assertThat(ended.status.getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
            assertThat(ended.status.getDescription()).contains("no message");
        } else {
            assertThat(ended.status.getCode()).as("a reset by gRPC").isEqualTo(Status.Code.CANCELLED);
        }
        assertQuiet(0);
    }

    private static final class Ended extends ClientCall.Listener<byte[]> {
        private volatile Status status;

        @Override
        public void onClose(Status closed, Metadata trailers) {
            status = closed;
        }
    }

    @Test
    void aRequestThatIsTooLargeLeavesOneLine() {
        HeadRequest large =
                HeadRequest.newBuilder().setTopic("x".repeat(100_000)).build();
        for (TopicServiceGrpc.TopicServiceBlockingStub stub :
                List.of(stub(), stub(), stub().withCompression("gzip"), stub().withCompression("gzip"))) {
            assertThat(refused(() -> stub.head(large)).getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
        }
        assertQuiet(4);
    }

    @Test
    void manyOfThemLeaveOneLine() {
        HeadRequest large =
                HeadRequest.newBuilder().setTopic("x".repeat(100_000)).build();
        for (int i = 0; i < 50; i++) {
            assertThat(refused(() -> stub().head(large)).getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
        }
        assertQuiet(1);
    }

    @Test
    void readsThatAreTakenBackLeaveALineAtMost() {
        int each = 8;
        log.slow = true;
        for (int i = 0; i < each; i++) {
            cancelled(() -> log.reads.get() > 0);
        }
        log.slow = false;
        log.goOn.countDown();
        for (int i = 0; i < each; i++) {
            // while more is at the server than the client takes
            cancelled(() -> untaken() > 0);
        }
        await().atMost(LONG).until(() -> untaken() == 0);
        assertQuiet(2 * each);
    }

    @Test
    void aConnectionThatGoesWithReadsOnItLeavesALineEachAtMost() {
        int reads = 8;
        ManagedChannel going = NettyChannelBuilder.forAddress("127.0.0.1", Wires.port(server))
                .usePlaintext()
                .flowControlWindow(65_535)
                .build();
        for (int i = 0; i < reads; i++) {
            begin(going);
        }
        await().atMost(LONG).until(() -> untaken() > (reads - 1) * 500_000L);
        going.shutdownNow();
        await().atMost(LONG).until(() -> untaken() == 0);
        assertQuiet(reads);
    }

    private static ClientCall<ReadRequest, ReadResponse> begin(ManagedChannel channel) {
        ClientCall<ReadRequest, ReadResponse> call =
                channel.newCall(TopicServiceGrpc.getReadMethod(), CallOptions.DEFAULT);
        call.start(new ClientCall.Listener<>() {}, new Metadata());
        call.sendMessage(ReadRequest.newBuilder()
                .setTopic("orders")
                .setRowsMax(100)
                .setBytesMax(10_000_000)
                .build());
        call.halfClose();
        return call;
    }

    private long untaken() {
        return Long.parseLong(server.status().facts().get("untaken_bytes"));
    }

    private void cancelled(BooleanSupplier when) {
        ClientCall<ReadRequest, ReadResponse> call = begin(channel);
        await().atMost(LONG).until(when::getAsBoolean);
        call.cancel("not wanted any more", null);
    }
}
