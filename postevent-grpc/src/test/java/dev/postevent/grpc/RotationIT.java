package dev.postevent.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.postevent.PosteventException;
import dev.postevent.grpc.server.EventServer;
import dev.postevent.grpc.server.MovableClock;
import dev.postevent.internal.schema.Schema;
import dev.postevent.spi.Feed;
import dev.postevent.spi.LogEntry;
import dev.postevent.spi.TopicName;
import dev.postevent.spi.Transport;
import dev.postevent.testing.PostgresFixture;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Certificates are replaced while server and client live: neither is started anew. */
class RotationIT {
    private static final Duration LONG = Duration.ofMinutes(4);
    private static final PostgresFixture.Db DB = PostgresFixture.shared().newDatabase();

    @TempDir
    Path files;

    private final Wires wires = new Wires();
    private Certificates authority;
    private EventServer server;
    private Transport.Source source;

    @BeforeEach
    void connect() throws IOException {
        new Schema(DB.dataSource(), Schema.Mode.CREATE).prepareOutbox(List.of(Wires.ORDERS));
        authority = new Certificates(files, "authority");
        put("server", authority.issue("server"));
        put("client", authority.issue("warehouse"));
        put("ca", authority.ca());
        put("client-ca", authority.ca());
        wires.with("postevent.grpc.server.certificate-file", files.resolve("server.crt"))
                .with("postevent.grpc.server.key-file", files.resolve("server.key"))
                .with("postevent.grpc.server.client-ca-file", files.resolve("client-ca"))
                .with("postevent.grpc.client.ca-file", files.resolve("ca"))
                .with("postevent.grpc.client.certificate-file", files.resolve("client.crt"))
                .with("postevent.grpc.client.key-file", files.resolve("client.key"))
                .with("postevent.grpc.server.connection-age-max", "1s")
                .with("postevent.grpc.call-limit", "2s")
                .with("postevent.grpc.server.allow.orders.read", "cert:warehouse")
                .with("postevent.grpc.server.allow.orders.subscribe", "cert:warehouse");
    }

    @AfterEach
    void close() throws Exception {
        wires.close();
    }

    private void put(String name, Certificates.Issued issued) throws IOException {
        put(name + ".crt", issued.certificate());
        put(name + ".key", issued.key());
    }

    private void put(String name, Path content) throws IOException {
        Path fresh = Files.copy(content, files.resolve("fresh"), StandardCopyOption.REPLACE_EXISTING);
        Files.move(fresh, files.resolve(name), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private void start() {
        start(Clock.systemUTC());
    }

    private void start(Clock clock) {
        server = wires.server(DB, clock);
        source = wires.source("grpcs", Wires.port(server));
        source.feed().start(new Feed.Listener() {
            @Override
            public void onBatch(Map<TopicName, List<LogEntry>> batch) {
                // nothing is published here
            }

            @Override
            public void onDoubt(String reason) {
                // nothing is kept here
            }
        });
        awaitStreaming();
    }

    private void awaitStreaming() {
        await().atMost(LONG).until(() -> source.feed().status().state() == Feed.State.STREAMING);
    }

    private void awaitFault(String text) {
        await().atMost(LONG)
                .until(() -> String.valueOf(source.feed().status().detail()).contains(text));
    }

    @Test
    void aCertificateThatExpiresEndsItsStreamAndTheNextOneIsTakenUp() throws IOException {
        put("client", authority.issue("warehouse", Duration.ofSeconds(6)));
        start();
        assertThat(source.log().head(Wires.ORDERS)).isZero();
        await("nothing opens to it any more").atMost(LONG).untilAsserted(() -> {
            assertThatThrownBy(() -> source.log().head(Wires.ORDERS)).isInstanceOf(PosteventException.class);
            assertThat(server.status().connected()).isEmpty();
            assertThat(source.feed().status().state()).isEqualTo(Feed.State.RETRYING);
        });

        put("client", authority.issue("warehouse"));
        awaitStreaming();
        assertThat(source.log().head(Wires.ORDERS)).isZero();
    }

    @Test
    void theServerTakesUpItsOwnCertificateAndTheAuthorityOfItsClients() throws IOException {
        start();
        Certificates next = new Certificates(files, "next-authority");
        put("server", next.issue("server"));
        put("client-ca", next.ca());
        awaitFault("certification path"); // connections get old within a second
        put("ca", next.ca());
        await().atMost(LONG)
                .untilAsserted(() ->
                        assertThat(source.feed().status().detail()).isNotNull().doesNotContain("certification path"));
        assertThat(source.feed().status().state())
                .as("the client's certificate is of the old authority")
                .isEqualTo(Feed.State.RETRYING);
        put("client", next.issue("warehouse"));
        awaitStreaming();
        assertThat(server.status().faults()).isEmpty();
    }

    @Test
    void aClientThatIsRevokedLosesItsStreamAndAllCallsOnTheConnectionItHas() throws IOException {
        Certificates.Issued other = authority.issue("other");
        Certificates.Issued own = authority.issue("warehouse");
        put("client", own);
        put("revoked", authority.revoke("list-1", Duration.ofDays(1), other));
        wires.with("postevent.grpc.server.client-crl-file", files.resolve("revoked"))
                .with("postevent.grpc.server.connection-age-max", "1h");
        start();
        String connections = server.status().facts().get("connections");

        put("revoked", authority.revoke("list-2", Duration.ofDays(1), other, own));
        await().atMost(LONG)
                .untilAsserted(() -> assertThat(server.status().connected()).isEmpty());
        assertThatThrownBy(() -> source.log().head(Wires.ORDERS)).hasMessageContaining("UNAUTHENTICATED");
        assertThat(server.status().facts().get("connections")).isEqualTo(connections);

        Files.writeString(files.resolve("revoked"), "nonsense");
        awaitServerFault("PSTEV35004");
        assertThatThrownBy(() -> source.log().head(Wires.ORDERS)).hasMessageContaining("UNAUTHENTICATED");
        put("revoked", new Certificates(files, "somebody").revoke("list-3", Duration.ofDays(1)));
        awaitServerFault("CN=somebody], which signs no clients here");
        assertThatThrownBy(() -> source.log().head(Wires.ORDERS)).hasMessageContaining("UNAUTHENTICATED");

        put("revoked", authority.revoke("list-4", Duration.ofDays(1), other));
        awaitStreaming();
        assertThat(server.status().faults()).isEmpty();
    }

    @Test
    void aListThatIsOutOfDateLetsNobodyInAndANewerOneDoes() throws IOException {
        put("revoked", authority.revoke("list-1", Duration.ofSeconds(5)));
        wires.with("postevent.grpc.server.client-crl-file", files.resolve("revoked"))
                .with("postevent.grpc.server.connection-age-max", "1h");
        start();
        await().atMost(LONG)
                .untilAsserted(() -> assertThat(server.status().connected()).isEmpty());
        awaitServerFault("out of date");
        assertThatThrownBy(() -> source.log().head(Wires.ORDERS)).hasMessageContaining("UNAUTHENTICATED");
        put("revoked", authority.revoke("list-2", Duration.ofDays(1)));
        awaitStreaming();
    }

    @Test
    void whoIsNotAllowedAnyMoreLosesItsStream() {
        wires.with("postevent.grpc.server.connection-age-max", "1h");
        start();
        wires.with("postevent.grpc.server.allow.orders.subscribe", "cert:another");
        await().atMost(LONG)
                .untilAsserted(() -> assertThat(server.status().connected()).isEmpty());
        awaitFault("PERMISSION_DENIED");
        assertThat(source.log().head(Wires.ORDERS)).isZero();

        wires.with("postevent.grpc.server.allow.orders.subscribe", "everybody");
        awaitServerFault("'everybody'");
        awaitServerFault("PSTEV35005");
        awaitFault("PERMISSION_DENIED");
        wires.with("postevent.grpc.server.allow.orders.subscribe", "cert:another, cert:warehouse");
        awaitStreaming();
        assertThat(server.status().faults()).isEmpty();
    }

    @Test
    void anAuthorityThatIsNotBelievedAnyMoreEndsTheStreamsOfItsClients() throws IOException {
        wires.with("postevent.grpc.server.connection-age-max", "1h");
        start();
        Certificates next = new Certificates(files, "next-authority");
        put("client-ca", next.ca());
        await().atMost(LONG)
                .untilAsserted(() -> assertThat(server.status().connected()).isEmpty());
        put("client", next.issue("warehouse"));
        awaitStreaming();
        Files.writeString(files.resolve("client-ca"), "");
        await().atMost(LONG)
                .untilAsserted(() -> assertThat(server.status().faults())
                        .anySatisfy(fault -> assertThat(fault).contains("PSTEV35004", "there is no certificate in")));
        assertThat(source.log().head(Wires.ORDERS)).as("the one before goes on").isZero();
    }

    @Test
    void anAuthorityIsTakenAwayAlthoughItsListIsStillThere() throws IOException {
        Certificates next = new Certificates(files, "next-authority");
        String lists = Files.readString(authority.revoke("list-1", Duration.ofDays(1)))
                + Files.readString(next.revoke("list-2", Duration.ofDays(1)));
        Files.writeString(files.resolve("client-ca"), Files.readString(authority.ca()) + Files.readString(next.ca()));
        Files.writeString(files.resolve("revoked"), lists);
        wires.with("postevent.grpc.server.client-crl-file", files.resolve("revoked"))
                .with("postevent.grpc.server.connection-age-max", "1h");
        start();
        put("client-ca", next.ca());
        await().atMost(LONG)
                .untilAsserted(() -> assertThat(server.status().connected()).isEmpty());
        put("client", next.issue("warehouse"));
        awaitStreaming();
    }

    @Test
    void aClientLosesItsStreamWhenAnAuthorityThatItRestsOnIsRevoked() throws IOException {
        Certificates below = authority.below("below", Duration.ofDays(1));
        put("client", below.issue("warehouse").shownWith(below));
        authorityBelowIsRevoked(below);
    }

    /** What is in our own file need not be shown. */
    @Test
    void aClientLosesItsStreamWhenAnAuthorityThatItDoesNotShowIsRevoked() throws IOException {
        Certificates below = authority.below("below", Duration.ofDays(1));
        put("client", below.issue("warehouse"));
        authorityBelowIsRevoked(below);
    }

    private void authorityBelowIsRevoked(Certificates below) throws IOException {
        String ofBelow = Files.readString(below.revoke("of-below", Duration.ofDays(1)));
        Files.writeString(files.resolve("client-ca"), Files.readString(authority.ca()) + Files.readString(below.ca()));
        Files.writeString(
                files.resolve("revoked"), Files.readString(authority.revoke("of-root", Duration.ofDays(1))) + ofBelow);
        wires.with("postevent.grpc.server.client-crl-file", files.resolve("revoked"))
                .with("postevent.grpc.server.connection-age-max", "1h");
        start();
        assertThat(source.log().head(Wires.ORDERS)).isZero();

        Path both = files.resolve("both-lists");
        Files.writeString(both, Files.readString(authority.revoke("of-root-2", Duration.ofDays(1), below)) + ofBelow);
        put("revoked", both);
        await().atMost(LONG)
                .untilAsserted(() -> assertThat(server.status().connected()).isEmpty());
        assertThatThrownBy(() -> source.log().head(Wires.ORDERS)).hasMessageContaining("UNAUTHENTICATED");

        put("client", authority.issue("warehouse"));
        awaitStreaming();
    }

    @Test
    void aClientIsServedUntilTheFirstCertificateEndsThatItRestsOn() throws IOException {
        MovableClock clock = new MovableClock();
        Certificates below = authority.below("below", Duration.ofHours(1));
        put("client", below.issue("warehouse").shownWith(below));
        wires.with("postevent.grpc.server.connection-age-max", "1h");
        start(clock);
        clock.move(Duration.ofMinutes(50));
        assertThat(source.log().head(Wires.ORDERS)).isZero();

        clock.move(Duration.ofMinutes(20));
        assertThatThrownBy(() -> source.log().head(Wires.ORDERS)).hasMessageContaining("UNAUTHENTICATED");
        // the timer of the stream goes by the real time (ExpiryTest): so it is looked at for another reason
        wires.with("postevent.grpc.server.allow.orders.read", "cert:warehouse, cert:another");
        await().atMost(LONG)
                .untilAsserted(() -> assertThat(server.status().connected()).isEmpty());
    }

    private void awaitServerFault(String text) {
        await().atMost(LONG)
                .untilAsserted(() -> assertThat(server.status().faults())
                        .singleElement()
                        .asString()
                        .contains(text));
    }

    @Test
    void filesThatCannotBeUsedLeaveTheOldOnesInForceAndAreAFault() throws IOException {
        start();
        Files.writeString(files.resolve("server.crt"), "nonsense");
        Files.writeString(files.resolve("client.crt"), "nonsense");
        String connects = source.feed().status().facts().get("connects");
        await().atMost(LONG)
                .untilAsserted(() -> assertThat(server.status().faults())
                        .singleElement()
                        .asString()
                        .contains("PSTEV35001", "goes on", "server.crt"));
        await("connections are made anew")
                .atMost(LONG)
                .until(() -> !source.feed().status().facts().get("connects").equals(connects));
        awaitStreaming();
        put("server", authority.issue("server"));
        await().atMost(LONG)
                .untilAsserted(() -> assertThat(server.status().faults()).isEmpty());
    }
}
