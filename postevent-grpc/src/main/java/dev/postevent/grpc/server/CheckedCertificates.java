package dev.postevent.grpc.server;

import dev.postevent.grpc.files.Reloaded;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Instant;
import java.util.Arrays;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * Checks clients' certificates. TLS does so once, and not even that where a session is resumed; a connection may outlive it. So it is done
 * for each call; but what was found, also that it is refused, is kept with the session, which has always the same certificate, until
 * authorities or lists are read anew, or what it rests on ends.
 */
final class CheckedCertificates {
    private static final String FOUND = "postevent-found";

    private final Reloaded<ClientTrust> trust;
    private final Clock clock;
    /** One of each connection. */
    private final SharedChecks<Gate> checks;

    /** What was found with that trust. */
    private record Known(ClientTrust by, Found found) {}

    /** Makes it; {@code executor} is for checks, and no thread that serves calls. */
    CheckedCertificates(Reloaded<ClientTrust> trust, Executor executor, Clock clock) {
        this.trust = trust;
        this.clock = clock;
        this.checks = new SharedChecks<>(executor);
    }

    /** What is known of a session's certificate, or that there is none; null: it has to be checked. */
    @SuppressWarnings("ReferenceEquality") // trust that was read anew is another, whatever it is
    @Nullable
    Found known(SSLSession session) {
        Known known = (Known) session.getValue(FOUND);
        if (known == null) {
            return chain(session).length == 0 ? Found.NO_CREDENTIAL : null;
        }
        if (known.by() != trust.current()) {
            return null;
        }
        Identity identity = known.found().identity();
        Instant expires = identity == null ? null : identity.expires();
        return expires != null && expires.isBefore(clock.instant()) ? null : known.found();
    }

    /**
     * Checks the certificate of a session on the connection of {@code gate}. Does not wait: what is known is given to {@code then} at once,
     * all else later, on another thread.
     */
    void check(SSLSession session, Gate gate, Consumer<Found> then) {
        Found known = known(session);
        if (known == null) {
            checks.begin(gate, () -> look(session), then);
        } else {
            then.accept(known);
        }
    }

    /** Looks again at one that let a call in, on this thread. All calls of its connection end at one instant: so it is checked once. */
    @Nullable
    Identity again(SSLSession session) throws CredentialException {
        Found found = known(session);
        return (found == null ? look(session) : found).orThrow();
    }

    private Found look(SSLSession session) {
        ClientTrust with = trust.current();
        Found found;
        try {
            X509Certificate[] chain = chain(session);
            Instant until = with.check(chain);
            CertificateNames names = CertificateNames.of(chain[0]);
            found = Found.admitted(new Identity(names.principal(), names.all(), until));
        } catch (CredentialException e) {
            found = Found.refused(e);
        }
        session.putValue(FOUND, new Known(with, found));
        return found;
    }

    /** Was checked by TLS; empty if the client has none. */
    private static X509Certificate[] chain(SSLSession session) {
        try {
            Certificate[] shown = session.getPeerCertificates();
            return Arrays.copyOf(shown, shown.length, X509Certificate[].class);
        } catch (SSLPeerUnverifiedException e) {
            return new X509Certificate[0]; // this is how Java says that there is none
        }
    }
}
