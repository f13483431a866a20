package dev.postevent.grpc.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.postevent.grpc.Certificates;
import java.io.ByteArrayInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
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
}
