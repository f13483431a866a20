package dev.postevent.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import dev.postevent.grpc.v1.HeadRequest;
import dev.postevent.grpc.v1.HeadResponse;
import dev.postevent.grpc.v1.TopicServiceGrpc;
import dev.postevent.internal.schema.Schema;
import dev.postevent.spi.Feed;
import dev.postevent.spi.LogEntry;
import dev.postevent.spi.TopicName;
import dev.postevent.spi.Transport;
import dev.postevent.testing.PostgresFixture;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.interfaces.ECPublicKey;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** G9: whoever brings tokens that cost much to check, and are of no use, takes nothing from those who are served. */
class TokenFloodIT {
    private static final PostgresFixture.Db DB = PostgresFixture.shared().newDatabase();
    private static final Duration LONG = Duration.ofMinutes(4);
    private static final Metadata.Key<String> AUTHORIZATION =
            Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);
    /** Each is tried for a token that does not name its key: some ten milliseconds in all. */
    private static final int KEYS = 40;

    private static final int CONNECTIONS = 10;
    private static final int AT_ONCE = 200;
    private static final int CALLS = 6_000;

    private final Wires wires = new Wires();
    private final List<ManagedChannel> channels = new ArrayList<>();
    private final Random random = new Random(5);
    private final AtomicInteger begun = new AtomicInteger();
    private final AtomicInteger ended = new AtomicInteger();
    private final Queue<Status.Code> ends = new ConcurrentLinkedQueue<>();

    @AfterEach
    void close() throws Exception {
        channels.forEach(ManagedChannel::shutdownNow);
        wires.close();
    }

    @Test
    void tokensThatAreNoneDoNotHoldUpStreamsNorCallsOfOthers(@TempDir Path files) throws Exception {
        new Schema(DB.dataSource(), Schema.Mode.CREATE).prepareOutbox(List.of(Wires.ORDERS));
        Tokens issuer = new Tokens();
        Path keys = files.resolve("keys.json");
        Files.writeString(keys, keySet(issuer).toString());
        wires.with("postevent.grpc.insecure", "true")
                .with("postevent.grpc.server.heartbeat", "50ms")
                .with("postevent.grpc.server.token.issuer", Tokens.ISSUER)
                .with("postevent.grpc.server.token.audience", Tokens.AUDIENCE)
                .with("postevent.grpc.server.token.jwks-file", keys)
                .with("postevent.grpc.server.allow.orders.read", "token:warehouse")
                .with("postevent.grpc.server.allow.orders.subscribe", "token:warehouse")
                .with("postevent.grpc.client.token", issuer.valid("warehouse"));
        int port = Wires.port(wires.server(DB));
        Transport.Source witness = wires.source("grpc", port);
        witness.feed().start(new Feed.Listener() {
            @Override
            public void onBatch(Map<TopicName, List<LogEntry>> batch) {
                // nothing is published here
            }

            @Override
            public void onDoubt(String reason) {
                // nothing is kept here
            }
        });
        await().atMost(LONG).until(() -> witness.feed().status().state() == Feed.State.STREAMING);

        String[] token = new Tokens().valid("warehouse").split("\\.");
        for (int i = 0; i < CONNECTIONS; i++) {
            ManagedChannel channel = ManagedChannelBuilder.forAddress("127.0.0.1", port)
                    .usePlaintext()
                    .build();
            channels.add(channel);
            for (int call = 0; call < AT_ONCE; call++) {
                begin(channel, token);
            }
        }
        await().atMost(LONG).until(() -> {
            assertThat(witness.log().head(Wires.ORDERS)).isZero();
            return ended.get() >= CALLS;
        });

        assertThat(witness.feed().status().state()).isEqualTo(Feed.State.STREAMING);
        assertThat(witness.feed().status().facts())
                .as("it never took the source for dead")
                .containsEntry("connects", "1");
        assertThat(ends)
                .containsOnly(Status.Code.UNAUTHENTICATED, Status.Code.RESOURCE_EXHAUSTED)
                .contains(Status.Code.UNAUTHENTICATED);
    }

    private static JWKSet keySet(Tokens issuer) {
        List<JWK> keys = new ArrayList<>();
        for (int i = 0; i < KEYS - 1; i++) {
            keys.add(key((ECPublicKey) Certificates.keyPair().getPublic()));
        }
        keys.add(key((ECPublicKey) issuer.keys().getPublic()));
        return new JWKSet(keys);
    }

    private static ECKey key(ECPublicKey key) {
        return new ECKey.Builder(Curve.P_256, key).build();
    }

    /** As soon as it has ended, another one begins. */
    private void begin(ManagedChannel channel, String[] token) {
        if (begun.incrementAndGet() > CALLS) {
            return;
        }
        byte[] signature = new byte[64];
        synchronized (random) {
            random.nextBytes(signature);
        }
        Metadata headers = new Metadata();
        headers.put(
                AUTHORIZATION,
                "Bearer " + token[0] + "." + token[1] + "."
                        + Base64.getUrlEncoder().withoutPadding().encodeToString(signature));
        TopicServiceGrpc.newStub(channel)
                .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers))
                .head(HeadRequest.newBuilder().setTopic("orders").build(), new StreamObserver<>() {
                    @Override
                    public void onNext(HeadResponse response) {
                        ends.add(Status.Code.OK);
                    }

                    @Override
                    public void onError(Throwable failure) {
                        ends.add(Status.fromThrowable(failure).getCode());
                        ended.incrementAndGet();
                        begin(channel, token);
                    }

                    @Override
                    public void onCompleted() {
                        ended.incrementAndGet();
                    }
                });
    }
}
