package dev.postevent.grpc.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.postevent.grpc.Certificates;
import dev.postevent.grpc.files.Reloaded;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** G9: a certificate is checked once, on another thread, whatever is found, until that holds no longer. */
class CheckedCertificatesIT {
    @TempDir
    Path files;

    private final MovableClock clock = new MovableClock();
    private final Deque<Runnable> tasks = new ArrayDeque<>();
    private final List<Found> results = new ArrayList<>();
    private final Gate gate = new Gate();
    private Certificates authority;
    private Reloaded<ClientTrust> trust;
    private CheckedCertificates certificates;

    @BeforeEach
    void read() {
        authority = new Certificates(files, "authority");
        trust = Reloaded.ofFiles(
                () -> ClientTrust.read(authority.ca(), files.resolve("revoked"), clock), files.resolve("revoked"));
    }

    private void revoked(Path list) throws Exception {
        Files.copy(list, files.resolve("revoked"), StandardCopyOption.REPLACE_EXISTING);
        assertThat(trust.look()).isTrue();
        certificates = certificates == null ? new CheckedCertificates(trust, tasks::add, clock) : certificates;
    }

    /** Keeps values, as a session does; null: the client has shown nothing. */
    private static SSLSession session(X509Certificate shown) {
        Map<Object, Object> values = new HashMap<>();
        return (SSLSession) Proxy.newProxyInstance(
                SSLSession.class.getClassLoader(), new Class<?>[] {SSLSession.class}, (self, method, arguments) -> {
                    switch (method.getName()) {
                        case "getValue":
                            return values.get(arguments[0]);
                        case "putValue":
                            return values.put(arguments[0], arguments[1]);
                        case "getPeerCertificates":
                            if (shown == null) {
                                throw new SSLPeerUnverifiedException("none");
                            }
                            return new X509Certificate[] {shown};
                        default:
                            throw new UnsupportedOperationException(method.getName());
                    }
                });
    }

    private void runAll() {
        while (!tasks.isEmpty()) {
            tasks.remove().run();
        }
    }

    @Test
    void oneThatIsRefusedIsCheckedOnceUntilListsAreReadAnew() throws Exception {
        Certificates.Issued issued = authority.issue("warehouse");
        SSLSession session = session(ClientTrustIT.certificate(issued.certificate()));
        revoked(authority.revoke("list-1", Duration.ofDays(1), issued));
        certificates.check(session, gate, results::add);
        certificates.check(session, gate, results::add);
        assertThat(results).as("on this thread").isEmpty();
        assertThat(tasks).as("for both").hasSize(1);
        runAll();
        assertThat(results).hasSize(2).allMatch(found -> found.refusal() != null && found.isEnd());

        for (int i = 0; i < 1_000; i++) {
            certificates.check(session, gate, results::add);
            assertThatThrownBy(() -> certificates.again(session)).hasMessageContaining("revoked");
        }
        assertThat(tasks).isEmpty();
        assertThat(results).hasSize(1_002).allMatch(found -> found.refusal() != null);

        revoked(authority.revoke("list-2", Duration.ofDays(1)));
        assertThat(certificates.known(session)).isNull();
        certificates.check(session, gate, results::add);
        runAll();
        assertThat(results.get(1_002).identity())
                .as("it is welcome again")
                .extracting(Identity::principal)
                .isEqualTo("cert:warehouse");
    }

    @Test
    void oneThatIsInOrderIsCheckedAgainWhenWhatItRestsOnEnds() throws Exception {
        SSLSession session =
                session(ClientTrustIT.certificate(authority.issue("warehouse").certificate()));
        revoked(authority.revoke("list-1", Duration.ofHours(1)));
        certificates.check(session, gate, results::add);
        runAll();
        clock.move(Duration.ofMinutes(50));
        assertThat(certificates.again(session))
                .isNotNull()
                .extracting(Identity::principal)
                .isEqualTo("cert:warehouse");
        assertThat(certificates.known(session)).isEqualTo(results.get(0));
        clock.move(Duration.ofMinutes(20));
        assertThat(certificates.known(session)).isNull();
        certificates.check(session, gate, results::add);
        runAll();
        assertThat(results.get(1).refusal()).contains("out of date");
        assertThat(certificates.known(session)).isEqualTo(results.get(1));
    }

    @Test
    void whereThereIsNoneNothingIsChecked() throws Exception {
        revoked(authority.revoke("list-1", Duration.ofHours(1)));
        SSLSession session = session(null);
        certificates.check(session, gate, results::add);
        assertThat(results).containsExactly(Found.NO_CREDENTIAL);
        assertThat(certificates.again(session)).isNull();
        assertThat(tasks).isEmpty();
    }
}
