package dev.postevent.grpc.server;

import java.security.GeneralSecurityException;
import java.security.cert.CertPathBuilder;
import java.security.cert.CertStore;
import java.security.cert.Certificate;
import java.security.cert.CollectionCertStoreParameters;
import java.security.cert.PKIXBuilderParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509CertSelector;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Arrays;
import java.util.Date;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The certificates that a client's one rests on (RFC 5280, 6.1). A client may show more than those, and none of that counts; nor does the
 * authority at the end, which is believed because it is in our file, as TLS has it.
 */
final class UsedChain {
    private final Set<X509Certificate> authorities;
    private final Set<TrustAnchor> anchors;

    /** Of chains that end in one of {@code authorities}, of which there is at least one. */
    UsedChain(Set<X509Certificate> authorities) {
        this.authorities = Set.copyOf(authorities);
        this.anchors = authorities.stream()
                .map(authority -> new TrustAnchor(authority, null))
                .collect(Collectors.toUnmodifiableSet());
    }

    /**
     * When the first of those ends that the client's certificate rests on at {@code now}, itself among them.
     *
     * @param shown what the client has shown, its own certificate first; its signatures were checked
     * @throws GeneralSecurityException if it rests on none that holds then
     */
    Instant end(X509Certificate[] shown, Instant now) throws GeneralSecurityException {
        int plain = beforeOurs(shown);
        List<? extends Certificate> used = plain > 0 ? Arrays.asList(shown).subList(0, plain) : built(shown, now);
        Instant end = Instant.MAX;
        for (Certificate each : used) {
            X509Certificate certificate = (X509Certificate) each;
            certificate.checkValidity(Date.from(now));
            end = ClientTrust.earlier(end, certificate.getNotAfter().toInstant());
        }
        return end;
    }

    /** How many are shown, each signed by the next, before one that is in our file; 0: it is not as plain as that. */
    private int beforeOurs(X509Certificate[] shown) {
        if (shown.length == 1 || authorities.contains(shown[0])) {
            return 1;
        }
        for (int i = 1; i < shown.length && isNext(shown[i - 1], shown[i]); i++) {
            if (authorities.contains(shown[i])) {
                return i;
            }
        }
        return 0;
    }

    private static boolean isNext(X509Certificate certificate, X509Certificate signer) {
        return signer.getSubjectX500Principal().equals(certificate.getIssuerX500Principal());
    }

    private List<? extends Certificate> built(X509Certificate[] shown, Instant now) throws GeneralSecurityException {
        X509CertSelector client = new X509CertSelector();
        client.setCertificate(shown[0]);
        PKIXBuilderParameters parameters = new PKIXBuilderParameters(anchors, client);
        parameters.addCertStore(CertStore.getInstance("Collection", new CollectionCertStoreParameters(List.of(shown))));
        parameters.setRevocationEnabled(false); // looked at for all that was shown, with the lists that we have
        parameters.setMaxPathLength(-1); // TLS bounds what is shown
        parameters.setDate(Date.from(now));
        return CertPathBuilder.getInstance("PKIX")
                .build(parameters)
                .getCertPath()
                .getCertificates();
    }
}
