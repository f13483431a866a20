package dev.postevent.grpc.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.postevent.grpc.Certificates;
import java.io.ByteArrayInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Until when a client's certificate is believed, by the authorities that it rests on. */
class ClientTrustIT {
    @TempDir
    Path files;

    private final MovableClock clock = new MovableClock();
    private Certificates root;
    private Certificates below;
    private X509Certificate client;
    private X509Certificate intermediate;

    @BeforeEach
    void issue() throws Exception {
        root = new Certificates(files, "root");
        below = root.below("below", Duration.ofHours(1));
        client = certificate(below.issue("warehouse").certificate());
        intermediate = certificate(below.ca());
    }

    static X509Certificate certificate(Path file) throws Exception {
        return (X509Certificate) CertificateFactory.getInstance("X.509")
                .generateCertificate(new ByteArrayInputStream(Files.readAllBytes(file)));
    }

    private static Instant end(X509Certificate certificate) {
        return certificate.getNotAfter().toInstant();
    }

    @Test
    void itIsBelievedUntilTheFirstCertificateEndsThatItRestsOn() throws Exception {
        ClientTrust trust = ClientTrust.read(root.ca(), null, clock);
        X509Certificate[] shown = {client, intermediate};
        assertThat(trust.check(shown)).isEqualTo(end(intermediate)).isBefore(end(client));
        clock.move(Duration.ofMinutes(59));
        assertThat(trust.check(shown)).isEqualTo(end(intermediate));
        clock.move(Duration.ofMinutes(2));
        assertThatThrownBy(() -> trust.check(shown))
                .isInstanceOf(CredentialException.class)
                .hasMessageContaining("expired");
    }

    @Test
    void itsOwnEndCountsWhereItIsTheFirst() throws Exception {
        ClientTrust trust = ClientTrust.read(root.ca(), null, clock);
        X509Certificate[] shown = {certificate(root.issue("warehouse").certificate())};
        assertThat(trust.check(shown)).isEqualTo(end(shown[0]));
        clock.move(Duration.ofDays(2));
        assertThatThrownBy(() -> trust.check(shown)).hasMessageContaining("expired");
    }

    @Test
    void whatIsShownBesidesDoesNotCount() throws Exception {
        ClientTrust trust = ClientTrust.read(root.ca(), null, clock);
        X509Certificate beside =
                certificate(root.below("beside", Duration.ofMinutes(1)).ca());
        X509Certificate[] shown = {client, intermediate, beside};
        assertThat(trust.check(shown)).isEqualTo(end(intermediate));
        clock.move(Duration.ofMinutes(30));
        assertThat(trust.check(shown)).isEqualTo(end(intermediate));
    }

    /** As in a handshake: whoever puts it there believes it. */
    @Test
    void anAuthorityInOurOwnFileIsBelievedAsLongAsItIsThere() throws Exception {
        Path both = files.resolve("both");
        Files.writeString(both, Files.readString(root.ca()) + Files.readString(below.ca()));
        ClientTrust trust = ClientTrust.read(both, null, clock);
        for (X509Certificate[] shown :
                List.of(new X509Certificate[] {client}, new X509Certificate[] {client, intermediate})) {
            assertThat(trust.check(shown)).isEqualTo(end(client));
        }
        clock.move(Duration.ofHours(2));
        for (X509Certificate[] shown :
                List.of(new X509Certificate[] {client}, new X509Certificate[] {client, intermediate})) {
            assertThat(trust.check(shown)).isEqualTo(end(client));
        }
    }

    private Path together(String name, Path... parts) throws Exception {
        Path all = files.resolve(name);
        for (Path part : parts) {
            Files.writeString(all, Files.readString(part), StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        }
        return all;
    }

    /** A client shows by whom else its authority is vouched for: it need not, as the authority is in our file. */
    @Test
    void aCrossCertificateOfAnAuthorityInOurFileDoesNotCount() throws Exception {
        Certificates other = new Certificates(files, "other");
        Path crossFile = root.crossedBy(other, "cross", Duration.ofHours(1));
        X509Certificate cross = certificate(crossFile);
        X509Certificate[] own = {certificate(root.issue("warehouse").certificate())};
        X509Certificate[] withCross = {own[0], cross};
        X509Certificate[] withAll = {own[0], cross, certificate(other.ca())};
        for (Path ca : List.of(root.ca(), together("two", other.ca(), root.ca()))) {
            MovableClock later = new MovableClock();
            ClientTrust trust = ClientTrust.read(ca, null, later);
            for (X509Certificate[] shown : List.of(own, withCross, withAll)) {
                assertThat(trust.check(shown)).isEqualTo(end(own[0]));
            }
            later.move(Duration.ofHours(2));
            for (X509Certificate[] shown : List.of(own, withCross, withAll)) {
                assertThat(trust.check(shown)).as("it has expired").isEqualTo(end(own[0]));
            }
        }

        Path lists = together(
                "lists",
                root.revoke("of-root", Duration.ofDays(2)),
                other.revoke("of-other", Duration.ofDays(2), new Certificates.Issued(crossFile, crossFile)));
        ClientTrust trust = ClientTrust.read(together("both", other.ca(), root.ca()), lists, clock);
        for (X509Certificate[] shown : List.of(own, withCross, withAll)) {
            assertThat(trust.check(shown)).as("it is revoked").isEqualTo(end(own[0]));
        }
    }

    @Test
    void aCrossCertificateCountsWhereTheClientRestsOnIt() throws Exception {
        Certificates other = new Certificates(files, "other");
        Path crossFile = root.crossedBy(other, "cross", Duration.ofHours(1));
        X509Certificate cross = certificate(crossFile);
        X509Certificate own = certificate(root.issue("warehouse").certificate());
        List<X509Certificate[]> both = List.of(
                new X509Certificate[] {own, cross}, new X509Certificate[] {own, cross, certificate(other.ca())});
        ClientTrust trust = ClientTrust.read(other.ca(), null, clock);
        for (X509Certificate[] shown : both) {
            assertThat(trust.check(shown)).isEqualTo(end(cross));
        }
        clock.move(Duration.ofHours(2));
        for (X509Certificate[] shown : both) {
            assertThatThrownBy(() -> trust.check(shown)).hasMessageContaining("expired");
        }

        // it is in our file, so that there may be a list of the authority; but who signed it has revoked it
        Path lists = together(
                "lists",
                root.revoke("of-root", Duration.ofDays(2)),
                other.revoke("of-other", Duration.ofDays(2), new Certificates.Issued(crossFile, crossFile)));
        ClientTrust revoking = ClientTrust.read(together("both", other.ca(), crossFile), lists, new MovableClock());
        for (X509Certificate[] shown : both) {
            assertThatThrownBy(() -> revoking.check(shown)).hasMessageContaining("revoked");
        }
    }
}
