package dev.postevent.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import dev.postevent.grpc.server.EventServer;
import dev.postevent.grpc.server.ServerForTests;
import dev.postevent.grpc.v1.HeadRequest;
import dev.postevent.grpc.v1.HeadResponse;
import dev.postevent.grpc.v1.TopicServiceGrpc;
import io.grpc.ConnectivityState;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.handler.ssl.SslContextBuilder;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** G9: handshakes, and checks of certificates, however long they take and whatever they find, take nothing from those who are served. */
class CertificateFloodIT {
    private static final Duration LONG = Duration.ofMinutes(4);
    /** More than there are threads that take calls in. */
    private static final int CONNECTIONS = 4;

    private static final int SENDERS = 2;

    /** While these last, the others come in. */
    private static final int CALLS = 200;

    private final Wires wires = new Wires();
    private final List<ManagedChannel> channels = new ArrayList<>();
    private final HeldClock clock = new HeldClock();
    private final Ends<HeadResponse> ends = new Ends<>();
    private Certificates authority;
    private Certificates.Issued revoked;
    private EventServer server;

    /** Each check asks it, on a thread of the server; where it is held, none goes on before it is let. */
    private static final class HeldClock extends Clock {
        private final AtomicInteger asked = new AtomicInteger();
        private volatile CountDownLatch goOn = new CountDownLatch(0);

        private void hold() {
            goOn = new CountDownLatch(1);
        }

        @Override
        public Instant instant() {
            if (!Thread.currentThread().getName().equals("postevent-grpc-server")) {
                return Instant.now();
            }
            asked.incrementAndGet();
            try {
                if (!goOn.await(5, TimeUnit.MINUTES)) {
                    throw new IllegalStateException("never let go");
                }
                return Instant.now();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            throw new UnsupportedOperationException();
        }
    }

    @BeforeEach
    void serve(@TempDir Path files) {
        authority = new Certificates(files, "authority");
        revoked = authority.issue("warehouse");
        Certificates.Issued own = authority.issue("server");
        wires.with("postevent.grpc.server.certificate-file", own.certificate())
                .with("postevent.grpc.server.key-file", own.key())
                .with("postevent.grpc.server.client-ca-file", authority.ca())
                .with("postevent.grpc.server.client-crl-file", authority.revoke("list", Duration.ofDays(1), revoked))
                .with("postevent.grpc.server.client-certificate", "optional")
                .with("postevent.grpc.server.allow.orders.read", "anonymous, cert:shop");
        OneEventLog log = new OneEventLog(1);
        server = wires.serving(ServerForTests.server(wires.serverSettings(), wires.threadFactory(), log, log, clock));
    }

    @AfterEach
    void close() throws Exception {
        clock.goOn.countDown();
        channels.forEach(ManagedChannel::shutdownNow);
        wires.close();
    }

    private ManagedChannel channel(Certificates.Issued certificate) throws Exception {
        SslContextBuilder ssl =
                GrpcSslContexts.forClient().trustManager(authority.ca().toFile());
        if (certificate != null) {
            ssl.keyManager(certificate.certificate().toFile(), certificate.key().toFile());
        }
        ManagedChannel channel = NettyChannelBuilder.forAddress("127.0.0.1", Wires.port(server))
                .sslContext(ssl.build())
                .build();
        channels.add(channel);
        return channel;
    }

    private static HeadRequest request() {
        return HeadRequest.newBuilder().setTopic("orders").build();
    }

    private static Status.Code refused(ManagedChannel channel) {
        return catchThrowableOfType(
                        StatusRuntimeException.class,
                        () -> TopicServiceGrpc.newBlockingStub(channel).head(request()))
                .getStatus()
                .getCode();
    }

    private void ask(ManagedChannel channel) {
        TopicServiceGrpc.newStub(channel).head(request(), ends);
    }

    @Test
    void othersAreServedMeanwhileAndWhoWasRefusedIsNotCheckedAgain() throws Exception {
        TopicServiceGrpc.TopicServiceBlockingStub other = TopicServiceGrpc.newBlockingStub(channel(null));
        assertThat(other.head(request()).getHead()).isEqualTo(1);
        List<ManagedChannel> flood = new ArrayList<>();
        for (int i = 0; i < CONNECTIONS; i++) {
            ManagedChannel channel = channel(revoked);
            flood.add(channel);
            await().atMost(LONG).until(() -> channel.getState(true) == ConnectivityState.READY);
        }
        clock.hold();
        flood.forEach(this::ask);
        await().atMost(LONG).until(() -> clock.asked.get() > 0);
        for (int i = 0; i < CALLS; i++) {
            assertThat(other.withDeadlineAfter(20, TimeUnit.SECONDS)
                            .head(request())
                            .getHead())
                    .isEqualTo(1);
        }
        assertThat(ends.soFar()).as("they are being checked").isEmpty();

        clock.goOn.countDown();
        await().atMost(LONG).until(() -> ends.soFar().size() == CONNECTIONS);
        assertThat(ends.soFar()).containsOnly(Status.Code.UNAUTHENTICATED);

        int asked = clock.asked.get();
        for (int i = 0; i < 20; i++) {
            assertThat(refused(flood.get(0))).isEqualTo(Status.Code.UNAUTHENTICATED);
        }
        assertThat(clock.asked.get()).as("what was found is kept").isEqualTo(asked);
    }

    /** Shown the other way round: a handshake comes to its end although all those who serve calls are held. */
    @Test
    void handshakesAreNotDoneByThoseWhoServeCalls() throws Exception {
        Certificates.Issued shop = authority.issue("shop");
        List<ManagedChannel> known = new ArrayList<>();
        for (int i = 0; i < SENDERS; i++) {
            ManagedChannel channel = channel(shop);
            known.add(channel);
            assertThat(TopicServiceGrpc.newBlockingStub(channel).head(request()).getHead())
                    .isEqualTo(1);
        }
        clock.hold();
        int asked = clock.asked.get();
        known.forEach(this::ask);
        await().atMost(LONG).until(() -> clock.asked.get() >= asked + SENDERS);
        try (SSLSocket stranger =
                (SSLSocket) authority.stranger().getSocketFactory().createSocket("127.0.0.1", Wires.port(server))) {
            stranger.setSoTimeout(20_000);
            stranger.startHandshake();
            assertThat(stranger.getSession().isValid()).isTrue();
        }
        assertThat(ends.soFar()).as("they are held").isEmpty();
        clock.goOn.countDown();
        await().atMost(LONG).until(() -> ends.soFar().size() == SENDERS);
        assertThat(ends.soFar()).containsOnly(Status.Code.OK);
    }
}
