package dev.postevent.internal.feed.debezium;

import static dev.postevent.internal.feed.debezium.FeedHarness.ORDERS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.postevent.internal.feed.debezium.FeedHarness.Node;
import dev.postevent.testing.PostgresFixture;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import javax.net.SocketFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Streams whose bytes come through something else than a plain socket of ours. */
class FeedSocketsIT {
    private static final int LARGE = 300_000;

    @TempDir
    Path temp;

    @Test
    void bringsEverythingThroughTls() throws Exception {
        try (PostgresFixture cluster = PostgresFixture.own();
                FeedHarness harness = new FeedHarness(cluster)) {
            speakTls(cluster);
            Node node = harness.node("a", () -> target(harness, "sslmode=require")).stream();
            assertThat(harness.db.text(
                            "select ssl::text from pg_stat_ssl s join pg_replication_slots r on r.active_pid = s.pid"))
                    .isEqualTo("true");
            bringsSmallAndLarge(harness, node);
        }
    }

    @Test
    void usesTheSocketFactoryOfTheUrl() throws Exception {
        Counting.MADE.set(0);
        try (FeedHarness harness = new FeedHarness(PostgresFixture.shared())) {
            Node node = harness.node("a", () -> target(harness, "socketFactory=" + Counting.class.getName())).stream();
            assertThat(Counting.MADE).hasPositiveValue();
            bringsSmallAndLarge(harness, node);
        }
    }

    private static void bringsSmallAndLarge(FeedHarness harness, Node node) {
        for (int i = 0; i < 20; i++) {
            // one after the other, each after a pause; then many at once, larger than what is read in one go
            harness.publish(ORDERS, "e" + i);
            node.awaitOrder("e" + i);
        }
        harness.db.execute("insert into postevent.orders (id, source, type, data) select 'l' || n, 'urn:test', 't', "
                + "convert_to(repeat('x', " + LARGE + "), 'UTF8') from generate_series(0, 99) n");
        node.awaitOrder("l99");
        List<String> expected = IntStream.range(0, 120)
                .mapToObj(i -> i < 20 ? "e" + i : "l" + (i - 20))
                .toList();
        assertThat(node.orders).extracting(entry -> entry.id()).containsExactlyElementsOf(expected);
        assertThat(node.orders.subList(20, 120)).allMatch(entry -> entry.data().length == LARGE);
    }

    private static FeedTarget target(FeedHarness harness, String parameter) {
        String url = harness.db.jdbcUrl();
        return new FeedTarget(
                url + (url.contains("?") ? "&" : "?") + parameter, harness.db.user(), harness.db.password());
    }

    private void speakTls(PostgresFixture cluster) throws IOException, GeneralSecurityException, InterruptedException {
        Path store = temp.resolve("server.p12");
        String secret = "for-this-test";
        List<String> command = List.of(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                "server",
                "-keyalg",
                "RSA",
                "-dname",
                "CN=localhost",
                "-keystore",
                store.toString(),
                "-storetype",
                "PKCS12",
                "-storepass",
                secret);
        Process keytool = new ProcessBuilder(command).inheritIO().start();
        assertThat(keytool.waitFor()).isZero();
        KeyStore keys = KeyStore.getInstance(store.toFile(), secret.toCharArray());
        place(
                cluster,
                "server.crt",
                "CERTIFICATE",
                keys.getCertificate("server").getEncoded());
        place(
                cluster,
                "server.key",
                "PRIVATE KEY",
                keys.getKey("server", secret.toCharArray()).getEncoded());
        cluster.execute("alter system set ssl = on");
        cluster.execute("select pg_reload_conf()");
    }

    /** Where the server finds it, and as if the server had put it there. */
    private static void place(PostgresFixture cluster, String file, String what, byte[] content) throws IOException {
        String text = "-----BEGIN " + what + "-----\n"
                + Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII))
                        .encodeToString(content)
                + "\n-----END " + what + "-----\n";
        Path path = cluster.dataDirectory().resolve(file);
        Files.writeString(path, text);
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-------"));
        Files.setOwner(path, Files.getOwner(cluster.dataDirectory()));
    }

    /** What a user of the driver may name in a URL. */
    public static final class Counting extends SocketFactory {
        static final AtomicInteger MADE = new AtomicInteger();
        private final SocketFactory plain = SocketFactory.getDefault();

        /** Called by the driver. */
        public Counting() {}

        @Override
        public Socket createSocket() throws IOException {
            MADE.incrementAndGet();
            return plain.createSocket();
        }

        @Override
        public Socket createSocket(String host, int port) throws IOException {
            return plain.createSocket(host, port);
        }

        @Override
        public Socket createSocket(String host, int port, InetAddress localHost, int localPort) throws IOException {
            return plain.createSocket(host, port, localHost, localPort);
        }

        @Override
        public Socket createSocket(InetAddress host, int port) throws IOException {
            return plain.createSocket(host, port);
        }

        @Override
        public Socket createSocket(InetAddress host, int port, InetAddress localHost, int localPort)
                throws IOException {
            return plain.createSocket(host, port, localHost, localPort);
        }
    }
}
