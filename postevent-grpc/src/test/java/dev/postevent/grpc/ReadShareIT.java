package dev.postevent.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWKSet;
import dev.postevent.grpc.server.EventServer;
import dev.postevent.grpc.v1.HeadRequest;
import dev.postevent.grpc.v1.ReadRequest;
import dev.postevent.grpc.v1.ReadResponse;
import dev.postevent.grpc.v1.SubscribeRequest;
import dev.postevent.grpc.v1.SubscribeResponse;
import dev.postevent.grpc.v1.TopicServiceGrpc;
import dev.postevent.spi.Range;
import dev.postevent.spi.TopicName;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.MetadataUtils;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.interfaces.ECPublicKey;
import java.time.Duration;
import java.util.Iterator;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** G9: a principal that has as many reads open as it may, of which none ends, leaves room for those of another one. */
class ReadShareIT {
    private static final Duration LONG = Duration.ofMinutes(4);
    private static final String SECRETS = "secrets";
    private static final int CALLS_MAX = 64;

    private final Wires wires = new Wires().open();
    private final HeldLog log = new HeldLog();
    private EventServer server;
    private ManagedChannel channel;
    private Tokens issuer;

    /** Reads of {@code orders} do not end before they are let. */
    private static final class HeldLog extends OneEventLog {
        private final CountDownLatch goOn = new CountDownLatch(1);

        private HeldLog() {
            super(1);
        }

        @Override
        public Range read(TopicName topic, long after, long through, int rowsMax, long bytesMax) {
            Range range = super.read(topic, after, through, rowsMax, bytesMax);
            try {
                if (topic.equals(Wires.ORDERS) && !goOn.await(5, TimeUnit.MINUTES)) {
                    throw new IllegalStateException("never let go");
                }
                return range;
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    @BeforeEach
    void serve(@TempDir Path files) throws Exception {
        issuer = new Tokens();
        Path keys = files.resolve("keys.json");
        ECKey key = new ECKey.Builder(Curve.P_256, (ECPublicKey) issuer.keys().getPublic()).build();
        Files.writeString(keys, new JWKSet(key).toString());
        wires.with("postevent.grpc.insecure", "true")
                .with("postevent.grpc.server.token.issuer", Tokens.ISSUER)
                .with("postevent.grpc.server.token.audience", Tokens.AUDIENCE)
                .with("postevent.grpc.server.token.jwks-file", keys)
                .with("postevent.grpc.server.allow.secrets.read", "token:warehouse")
                .with("postevent.grpc.server.allow.secrets.subscribe", "token:warehouse");
        server = wires.server(log, log);
        channel = ManagedChannelBuilder.forAddress("127.0.0.1", Wires.port(server))
                .usePlaintext()
                .build();
    }

    @AfterEach
    void close() throws Exception {
        log.goOn.countDown();
        channel.shutdownNow();
        wires.close();
    }

    private static ReadRequest read(String topic) {
        return ReadRequest.newBuilder()
                .setTopic(topic)
                .setRowsMax(1)
                .setBytesMax(1)
                .build();
    }

    private TopicServiceGrpc.TopicServiceBlockingStub warehouse() throws Exception {
        Metadata headers = new Metadata();
        headers.put(
                Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER),
                "Bearer " + issuer.valid("warehouse"));
        return TopicServiceGrpc.newBlockingStub(channel)
                .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers))
                .withDeadlineAfter(20, TimeUnit.SECONDS);
    }

    @Test
    void anotherPrincipalIsAnsweredWhileOneHasAllThatItMay() throws Exception {
        Ends<ReadResponse> greedy = new Ends<>();
        for (int i = 0; i < CALLS_MAX; i++) {
            TopicServiceGrpc.newStub(channel).read(read("orders"), greedy);
        }
        await().atMost(LONG)
                .untilAsserted(() -> assertThat(server.status().facts())
                        .containsEntry("reads_waiting", Integer.toString(CALLS_MAX - 2)));
        StatusRuntimeException refused = catchThrowableOfType(
                StatusRuntimeException.class,
                () -> TopicServiceGrpc.newBlockingStub(channel)
                        .read(read("orders"))
                        .next());
        assertThat(refused.getStatus().getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);

        Iterator<SubscribeResponse> stream = warehouse()
                .subscribe(SubscribeRequest.newBuilder()
                        .setTopic(SECRETS)
                        .setConsumer("c")
                        .build());
        assertThat(stream.next().hasWelcome()).isTrue();
        assertThat(warehouse().read(read(SECRETS)).next().hasEntries()).isTrue();
        assertThat(warehouse()
                        .head(HeadRequest.newBuilder().setTopic(SECRETS).build())
                        .getHead())
                .isEqualTo(1);
        assertThat(stream.next().hasHeartbeat()).isTrue();
        assertThat(greedy.soFar()).as("they are waited for").isEmpty();

        log.goOn.countDown();
        await().atMost(LONG).until(() -> greedy.soFar().size() == CALLS_MAX);
        assertThat(greedy.soFar()).containsOnly(Status.Code.OK);
    }
}
