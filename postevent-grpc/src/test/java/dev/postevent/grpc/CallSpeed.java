package dev.postevent.grpc;

import dev.postevent.grpc.server.EventServer;
import dev.postevent.grpc.v1.HeadRequest;
import dev.postevent.grpc.v1.HeadResponse;
import dev.postevent.grpc.v1.TopicServiceGrpc;
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
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

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
                .with("postevent.grpc.server.certificate-file", own.certificate())
                .with("postevent.grpc.server.key-file", own.key())
                .with("postevent.grpc.server.client-ca-file", authority.ca())
                .with("postevent.grpc.server.client-certificate", "optional")
                .with("postevent.grpc.server.token.issuer", Tokens.ISSUER)
                .with("postevent.grpc.server.token.audience", Tokens.AUDIENCE)
                .with("postevent.grpc.server.token.public-key-file", key)
                .with("postevent.grpc.server.allow.orders.read", "*")) {
            OneEventLog log = new OneEventLog(0);
            EventServer server = wires.server(log, log);
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
        AtomicReference<Throwable> failed = new AtomicReference<>();
        long began = System.nanoTime();
        for (int i = 0; i < CALLS; i++) {
            places.acquire();
            stub.head(request(), new StreamObserver<>() {
                @Override
                public void onNext(HeadResponse response) {
                    // that it came is all
                }

                @Override
                public void onError(Throwable failure) {
                    failed.set(failure); // such a call is fast, and counts for nothing
                    places.release();
                }

                @Override
                public void onCompleted() {
                    places.release();
                }
            });
        }
        places.acquire(AT_ONCE);
        if (failed.get() != null) {
            throw new IllegalStateException("a call failed", failed.get());
        }
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
