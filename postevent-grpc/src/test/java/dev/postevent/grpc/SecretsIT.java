package dev.postevent.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import dev.postevent.PosteventException;
import dev.postevent.grpc.server.EventServer;
import dev.postevent.testing.App;
import dev.postevent.testing.EffectTable;
import dev.postevent.testing.PostgresFixture;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.MessageFormat;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Predicate;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Whatever goes wrong with a credential: it is in no log of either side, ours down to the finest level and everybody else's as they
 * come, in no report, no health and no exception.
 */
class SecretsIT {
    private static final Duration LONG = Duration.ofMinutes(4);
    private static final String SECRET = "c2VzYW1l-open-c2VzYW1l";

    @TempDir
    Path files;

    private final Queue<String> logged = new ConcurrentLinkedQueue<>();
    private final Queue<String> told = new ConcurrentLinkedQueue<>();
    private final Wires wires = new Wires().open();
    private final Logger ours = Logger.getLogger("dev.postevent");
    private Level before;
    private Certificates authority;

    private final Handler ear = new Handler() {
        @Override
        public void publish(LogRecord heard) {
            String text = heard.getLoggerName() + " " + heard.getMessage();
            if (heard.getParameters() != null) {
                text += MessageFormat.format(" {0}", List.of(heard.getParameters()));
            }
            logged.add(heard.getThrown() == null ? text : text + stackOf(heard.getThrown()));
        }

        @Override
        public void flush() {
            // nothing is held back
        }

        @Override
        public void close() {
            // nothing is open
        }
    };

    @BeforeEach
    void listen() {
        ear.setLevel(Level.ALL);
        before = ours.getLevel();
        ours.setLevel(Level.ALL);
        Logger.getLogger("").addHandler(ear);
        authority = new Certificates(files, "authority");
        Certificates.Issued server = authority.issue("server");
        wires.with("postevent.grpc.server.certificate-file", server.certificate())
                .with("postevent.grpc.server.key-file", server.key())
                .with("postevent.grpc.client.ca-file", authority.ca())
                .with("postevent.grpc.call-limit", "5s");
    }

    @AfterEach
    void stopListening() throws Exception {
        wires.close();
        Logger.getLogger("").removeHandler(ear);
        ours.setLevel(before);
    }

    private static String stackOf(Throwable e) {
        StringWriter text = new StringWriter();
        e.printStackTrace(new PrintWriter(text));
        return text.toString();
    }

    /** An application that consumes with what {@code wires} has, until its feed and its catch-up have failed; all that it says. */
    private void run(int port) {
        PostgresFixture.Db db = PostgresFixture.shared().newDatabase();
        db.execute(EffectTable.DDL);
        App.Builder builder = App.over(db);
        wires.config().forEach((key, value) -> {
            if (key.startsWith("postevent.grpc.client.")) {
                builder.with(key, value);
            }
        });
        try (App app = builder.with("postevent.topics.orders.remote.uri", "grpcs://127.0.0.1:" + port)
                .beans(Warehouse.class)
                .start()) {
            await().atMost(LONG)
                    .until(() ->
                            Shops.report(app).feeds().get(0).detail().orElse("").contains("PSTEV35"));
            await().atMost(LONG)
                    .until(() -> logged.stream()
                            .anyMatch(text -> text.startsWith("dev.postevent.catchup ") && text.contains("PSTEV35")));
            told.add(Shops.report(app).toString());
            told.add(app.get(dev.postevent.Subscriptions.class)
                    .explain("picking")
                    .sentence());
        }
        refused(port);
    }

    private PosteventException refused(int port) {
        PosteventException refused = catchThrowableOfType(
                PosteventException.class,
                () -> wires.source("grpcs", port).log().head(Wires.ORDERS));
        assertThat(refused).as("not refused").isNotNull();
        told.add(stackOf(refused));
        return refused;
    }

    private int serve() {
        EventServer server = wires.server(PostgresFixture.shared().newDatabase());
        return Wires.port(server);
    }

    private void assertTellsNothing(String secret) {
        assertThat(logged).as("what is heard").anyMatch(text -> text.startsWith("dev.postevent.grpc "));
        // gRPC writes a header value as the numbers of its bytes
        String bytes = Arrays.toString(secret.getBytes(StandardCharsets.UTF_8)).replaceAll("[\\[\\]]", "");
        Predicate<String> tells = text -> text.contains(secret) || text.contains(bytes);
        assertThat(logged.stream().filter(tells).toList()).as("what was logged").isEmpty();
        assertThat(told).isNotEmpty().as("what was told").noneMatch(tells);
    }

    @Test
    void aTokenThatIsWrongIsNotTold() {
        wires.with("postevent.grpc.client.token", SECRET);
        run(serve());
        assertThat(logged).as("why").anyMatch(text -> text.contains("a call was refused"));
        assertTellsNothing(SECRET);
    }

    @Test
    void aTokenThatIsWrongInItsSignatureIsNotTold() {
        Tokens other = new Tokens();
        Path key = files.resolve("token.pem");
        Certificates.pem(key, "PUBLIC KEY", Certificates.keyPair().getPublic().getEncoded());
        wires.with("postevent.grpc.server.token.issuer", Tokens.ISSUER)
                .with("postevent.grpc.server.token.audience", Tokens.AUDIENCE)
                .with("postevent.grpc.server.token.public-key-file", key);
        String token = other.valid("warehouse");
        wires.with("postevent.grpc.client.token", token);
        run(serve());
        for (String part : token.split("\\.")) {
            assertTellsNothing(part);
        }
    }

    @Test
    void aTokenThatNoHeaderCanHaveIsRefusedHereAndNotTold() throws IOException {
        int port = serve();
        Path file = files.resolve("token");
        wires.with("postevent.grpc.client.token-file", file);
        for (String token : List.of(
                SECRET + "\n" + SECRET,
                SECRET + "\r\nx-other: " + SECRET,
                SECRET + " " + SECRET,
                SECRET + "\u0000",
                SECRET + "\u00e4",
                "\"" + SECRET + "\"",
                "Bearer " + SECRET,
                SECRET + "\u007f")) {
            Files.writeString(file, token);
            PosteventException refused = refused(port);
            assertThat(refused)
                    .hasMessageContaining("UNAUTHENTICATED")
                    .hasMessageContaining("has a character that no token has");
        }
        run(port);
        Files.writeString(file, "\n");
        assertThat(refused(port)).hasMessageContaining("is empty");
        assertTellsNothing(SECRET);
    }

    @Test
    void aCertificateThatIsWrongIsNotTold() throws IOException {
        Certificates.Issued foreign = new Certificates(files, "other").issue("warehouse");
        wires.with("postevent.grpc.server.client-ca-file", authority.ca())
                .with("postevent.grpc.client.certificate-file", foreign.certificate())
                .with("postevent.grpc.client.key-file", foreign.key());
        run(serve());
        assertTellsNothing("PRIVATE KEY");
        for (String line : Files.readAllLines(foreign.key())) {
            assertTellsNothing(line);
        }
    }
}
