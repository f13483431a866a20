package dev.postevent.grpc;

import dev.postevent.grpc.server.EventServer;
import dev.postevent.grpc.v1.HeadRequest;
import dev.postevent.grpc.v1.HeadResponse;
import dev.postevent.grpc.v1.TopicServiceGrpc;
import dev.postevent.spi.ConsumerMark;
import dev.postevent.spi.EventLog;
import dev.postevent.spi.Origin;
import dev.postevent.spi.Range;
import dev.postevent.spi.TopicName;
import dev.postevent.spi.Transport;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import io.netty.handler.ssl.SslContext;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Measures what it costs to get in: connections with mTLS and a call each, and calls with a certificate, and with a token, on one
 * connection. The source's answers are made up, so that no database is measured.
 *
 * <p>A program and no test, to be run alternately on two builds: as {@link WireSpeed}.
 */
public final class CallSpeed {
    private static final int ROUNDS = 5;
    private static final int HANDSHAKES = 300;
    private static final int CALLS = 20_000;
    private static final int AT_ONCE = 32;

    private CallSpeed() {}

    /** Knows nothing, at once. */
    private static final class Empty implements EventLog, Transport.Marks {
        @Override
        public Origin origin(TopicName topic) {
            return new Origin("1", 1, 1);
        }

        @Override
        public long head(TopicName topic) {
            return 0;
        }

        @Override
        public long settled(TopicName topic) {
            return 0;
        }

        @Override
        public Range read(TopicName topic, long after, long through, int rowsMax, long bytesMax) {
            return new Range(List.of(), after, null, 0, false);
        }

        @Override
        public boolean report(String principal, String name, TopicName topic, long mark, int namesMax) {
            return true;
        }

        @Override
        public List<ConsumerMark> all() {
            return List.of();
        }
    }

    /** Prints one line per figure. */
    public static void main(String... args) throws Exception {
        Path files = Files.createTempDirectory("call-speed");
        Certificates authority = new Certificates(files, "authority");
        Certificates.Issued own = authority.issue("server");
        Certificates.Issued client = authority.issue("warehouse");
        Tokens tokens = new Tokens();
        Path key = files.resolve("token.pem");
        Certificates.pem(key, "PUBLIC KEY", tokens.keys().getPublic().getEncoded());
        SslContext withCertificate = GrpcSslContexts.forClient()
                .trustManager(authority.ca().toFile())
                .keyManager(client.certificate().toFile(), client.key().toFile())
                .build();
        SslContext without = GrpcSslContexts.forClient()
                .trustManager(authority.ca().toFile())
                .build();
        double[] handshakes = new double[ROUNDS];
        double[] byCertificate = new double[ROUNDS];
        double[] byToken = new double[ROUNDS];
        try (Wires wires = new Wires()
                .with("postevent.grpc.certificate-file", own.certificate())
                .with("postevent.grpc.key-file", own.key())
                .with("postevent.grpc.client-ca-file", authority.ca())
                .with("postevent.grpc.client-certificate", "optional")
                .with("postevent.grpc.token.issuer", Tokens.ISSUER)
                .with("postevent.grpc.token.audience", Tokens.AUDIENCE)
                .with("postevent.grpc.token.public-key-file", key)
                .with("postevent.grpc.allow.orders.read", "*")) {
            Empty empty = new Empty();
            EventServer server = wires.server(empty, empty);
            int port = Wires.port(server);
            for (int round = -1; round < ROUNDS; round++) { // the first warms up
                double handshakesNow = handshakes(port, withCertificate);
                double byCertificateNow = calls(port, withCertificate, null);
                double byTokenNow = calls(port, without, tokens.valid("warehouse"));
                if (round >= 0) {
                    handshakes[round] = handshakesNow;
                    byCertificate[round] = byCertificateNow;
                    byToken[round] = byTokenNow;
                }
            }
        }
        print("connections with mTLS and a call", handshakes);
        print("calls with a certificate", byCertificate);
        print("calls with a token", byToken);
        System.exit(0);
    }

    private static ManagedChannel channel(int port, SslContext ssl) {
        return NettyChannelBuilder.forAddress("localhost", port).sslContext(ssl).build();
    }

    private static double handshakes(int port, SslContext ssl) throws InterruptedException {
        long began = System.nanoTime();
        for (int i = 0; i < HANDSHAKES; i++) {
            ManagedChannel channel = channel(port, ssl);
            HeadResponse unused = TopicServiceGrpc.newBlockingStub(channel).head(request());
            channel.shutdownNow().awaitTermination(10, TimeUnit.SECONDS);
        }
        return HANDSHAKES * 1e9 / (System.nanoTime() - began);
    }

    private static double calls(int port, SslContext ssl, String token) throws InterruptedException {
        Metadata headers = new Metadata();
        if (token != null) {
            headers.put(Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER), "Bearer " + token);
        }
        ManagedChannel channel = channel(port, ssl);
        TopicServiceGrpc.TopicServiceStub stub =
                TopicServiceGrpc.newStub(channel).withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers));
        Semaphore places = new Semaphore(AT_ONCE);
        long began = System.nanoTime();
        for (int i = 0; i < CALLS; i++) {
            places.acquire();
            stub.head(request(), new StreamObserver<>() {
                @Override
                public void onNext(HeadResponse response) {
                    // it is empty
                }

                @Override
                public void onError(Throwable failure) {
                    failure.printStackTrace();
                    System.exit(1); // a call that fails is fast
                }

                @Override
                public void onCompleted() {
                    places.release();
                }
            });
        }
        places.acquire(AT_ONCE);
        double rate = CALLS * 1e9 / (System.nanoTime() - began);
        channel.shutdownNow().awaitTermination(10, TimeUnit.SECONDS);
        return rate;
    }

    private static HeadRequest request() {
        return HeadRequest.newBuilder().setTopic("orders").build();
    }

    private static void print(String what, double[] rates) {
        Arrays.sort(rates);
        System.out.printf(
                "%-40s %,9.0f a second (%,.0f to %,.0f)%n", what, rates[ROUNDS / 2], rates[0], rates[ROUNDS - 1]);
    }
}
