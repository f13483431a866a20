package dev.postevent.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import dev.postevent.grpc.server.EventServer;
import dev.postevent.grpc.v1.HeadRequest;
import dev.postevent.grpc.v1.ReadRequest;
import dev.postevent.grpc.v1.ReadResponse;
import dev.postevent.grpc.v1.SubscribeRequest;
import dev.postevent.grpc.v1.SubscribeResponse;
import dev.postevent.grpc.v1.TopicServiceGrpc;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.Context;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.MetadataUtils;
import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.net.Socket;
import java.net.SocketException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** G9: what a client asks for and does not take, or begins and does not finish, costs a bounded amount, and nobody else. */
class UntakenIT {
    private static final Duration LONG = Duration.ofMinutes(4);
    private static final int MEBIBYTE = 1 << 20;
    private static final int CALLS = 64;

    private final List<ManagedChannel> channels = new ArrayList<>();
    private final Wires wires = new Wires();
    private final OneEventLog log = new OneEventLog(MEBIBYTE);

    @AfterEach
    void close() throws Exception {
        channels.forEach(ManagedChannel::shutdownNow);
        wires.close();
    }

    private EventServer serve() {
        return wires.server(log, log);
    }

    private ManagedChannel channel(int port) {
        // the smallest window, so that what is not taken is at the server
        ManagedChannel channel = NettyChannelBuilder.forAddress("127.0.0.1", port)
                .usePlaintext()
                .flowControlWindow(65_535)
                .maxInboundMessageSize(4 * MEBIBYTE)
                .build();
        channels.add(channel);
        return channel;
    }

    /** A call whose answer nobody takes, and whose request is not at its end. */
    private static <Q, A> ClientCall<Q, A> begin(
            ManagedChannel channel,
            MethodDescriptor<Q, A> method,
            Metadata headers,
            Q request,
            AtomicReference<Status> closed) {
        ClientCall<Q, A> call = channel.newCall(method, CallOptions.DEFAULT);
        call.start(
                new ClientCall.Listener<>() {
                    @Override
                    public void onClose(Status status, Metadata trailers) {
                        closed.set(status);
                    }
                },
                headers);
        call.sendMessage(request);
        return call;
    }

    private static ReadRequest read() {
        return ReadRequest.newBuilder()
                .setTopic("orders")
                .setAfter(0)
                .setRowsMax(10)
                .setBytesMax(10 * MEBIBYTE)
                .build();
    }

    private static HeadRequest head() {
        return HeadRequest.newBuilder().setTopic("orders").build();
    }

    private static long direct() {
        return ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                .filter(pool -> pool.getName().equals("direct"))
                .mapToLong(BufferPoolMXBean::getMemoryUsed)
                .sum();
    }

    private static Metadata token(String token) {
        Metadata headers = new Metadata();
        headers.put(Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER), "Bearer " + token);
        return headers;
    }

    @Test
    void readsThatNobodyTakesDoNotPileUpOutsideOfTheHeapAndOthersGoOnReading(@TempDir Path files) {
        Tokens tokens = new Tokens();
        Path key = files.resolve("token.pem");
        Certificates.pem(key, "PUBLIC KEY", tokens.keys().getPublic().getEncoded());
        wires.with("postevent.grpc.insecure", "true")
                .with("postevent.grpc.server.token.issuer", Tokens.ISSUER)
                .with("postevent.grpc.server.token.audience", Tokens.AUDIENCE)
                .with("postevent.grpc.server.token.public-key-file", key)
                .with("postevent.grpc.server.allow.orders.read", "group:readers")
                .with("postevent.grpc.call-limit", "500ms");
        EventServer server = serve();
        int port = Wires.port(server);
        Metadata deaf = token(tokens.valid("deaf", "readers"));
        TopicServiceGrpc.TopicServiceBlockingStub deafToo = stub(port, deaf);
        TopicServiceGrpc.TopicServiceBlockingStub other = stub(port, token(tokens.valid("other", "readers")));
        long before = direct();
        List<Long> rounds = new ArrayList<>();
        for (int round = 1; round <= 4; round++) {
            ManagedChannel channel = channel(port);
            int asked = log.reads.get();
            for (int i = 0; i < CALLS; i++) {
                begin(channel, TopicServiceGrpc.getReadMethod(), deaf, read(), new AtomicReference<>())
                        .halfClose();
            }
            await().atMost(LONG).until(() -> log.reads.get() > asked);
            assertThat(read(other)).as("bytes that another client reads").isGreaterThan(MEBIBYTE);
            rounds.add((direct() - before) / MEBIBYTE);
            await("the deaf one's places are free again, as its calls have ended")
                    .atMost(LONG)
                    .ignoreExceptionsInstanceOf(StatusRuntimeException.class)
                    .until(() -> read(deafToo) > MEBIBYTE);
            await("nothing is counted that is gone")
                    .atMost(LONG)
                    .until(() -> server.status().facts().get("untaken_bytes").equals("0"));
        }
        System.out.println("direct memory more than before, MiB, by rounds of " + CALLS + " reads: " + rounds);
        assertThat(rounds).as("MiB of direct memory").allMatch(mebibytes -> mebibytes < 80);
        assertThat(rounds.get(3) - rounds.get(1)).as("MiB more with each round").isLessThan(32);
    }

    private TopicServiceGrpc.TopicServiceBlockingStub stub(int port, Metadata headers) {
        return TopicServiceGrpc.newBlockingStub(channel(port))
                .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers));
    }

    private static long read(TopicServiceGrpc.TopicServiceBlockingStub stub) {
        Iterator<ReadResponse> answers = stub.read(read());
        long bytes = 0;
        while (answers.hasNext()) {
            bytes += answers.next().getSerializedSize();
        }
        return bytes;
    }

    @Test
    void aRequestThatIsNotFinishedHasAPlaceAndEnds() {
        wires.open().with("postevent.grpc.call-limit", "1s").with("postevent.grpc.server.calls-per-principal-max", "1");
        int port = Wires.port(serve());
        ManagedChannel channel = channel(port);
        AtomicReference<Status> closed = new AtomicReference<>();
        begin(channel, TopicServiceGrpc.getHeadMethod(), new Metadata(), head(), closed); // and no end
        TopicServiceGrpc.TopicServiceBlockingStub stub = TopicServiceGrpc.newBlockingStub(channel);
        await("it has the only place")
                .atMost(LONG)
                .until(() -> code(() -> stub.head(head())) == Status.Code.RESOURCE_EXHAUSTED);
        await().atMost(LONG).until(() -> closed.get() != null);
        assertThat(closed.get().getCode()).isEqualTo(Status.Code.DEADLINE_EXCEEDED);
        assertThat(closed.get().getDescription()).contains("not finished within 1000 ms");
        await("its place is free").atMost(LONG).until(() -> code(() -> stub.head(head())) == Status.Code.OK);
    }

    private static Status.Code code(Runnable call) {
        try {
            call.run();
            return Status.Code.OK;
        } catch (StatusRuntimeException e) {
            return e.getStatus().getCode();
        }
    }

    @Test
    void oneConnectionMoreThanTheLimitIsClosedTheOthersLiveAndAFreePlaceIsTaken() throws IOException {
        wires.open().with("postevent.grpc.server.connections-max", "3");
        int port = Wires.port(serve());
        TopicServiceGrpc.TopicServiceBlockingStub one = TopicServiceGrpc.newBlockingStub(channel(port));
        assertThat(one.head(head()).getHead()).isEqualTo(1);
        try (Socket second = connect(port);
                Socket third = connect(port);
                Socket fourth = connect(port)) {
            assertThat(isGreeted(second)).isTrue();
            assertThat(isGreeted(third)).isTrue();
            assertThat(isGreeted(fourth)).as("one too many").isFalse();
            assertThat(one.head(head()).getHead()).isEqualTo(1);
            third.close();
            await().atMost(LONG).until(() -> {
                try (Socket next = connect(port)) {
                    return isGreeted(next);
                }
            });
        }
    }

    @Test
    void whoBeginsCallsOnlyToTakeThemBackLosesTheConnection() throws Exception {
        wires.open();
        TopicServiceGrpc.TopicServiceBlockingStub stub = TopicServiceGrpc.newBlockingStub(channel(Wires.port(serve())));
        SubscribeRequest request = SubscribeRequest.newBuilder()
                .setTopic("orders")
                .setConsumer("c")
                .build();
        Iterator<SubscribeResponse> kept =
                stub.withDeadlineAfter(60, TimeUnit.SECONDS).subscribe(request);
        assertThat(kept.next().hasWelcome()).isTrue();
        for (int call = 0; call < 1_010; call++) {
            try (Context.CancellableContext taken = Context.current().withCancellation()) {
                taken.run(() -> {
                    // the last ones may be refused with the connection
                    Status.Code unused = code(() -> stub.subscribe(request).next());
                });
            }
        }
        StatusRuntimeException ended = catchThrowableOfType(
                StatusRuntimeException.class,
                () -> kept.forEachRemaining(
                        message -> assertThat(message.hasHeartbeat()).isTrue()));
        assertThat(ended.getStatus().getDescription()).contains("ENHANCE_YOUR_CALM");
    }

    private static Socket connect(int port) throws IOException {
        Socket socket = new Socket("127.0.0.1", port);
        socket.setSoTimeout(60_000);
        return socket;
    }

    /** The server's first word is its settings. */
    private static boolean isGreeted(Socket socket) throws IOException {
        try {
            return socket.getInputStream().read() >= 0;
        } catch (SocketException e) {
            return false; // reset is closed, too
        }
    }
}
