package dev.postevent.grpc.server;

import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.cert.CertPathBuilder;
import java.security.cert.CertStore;
import java.security.cert.Certificate;
import java.security.cert.CollectionCertStoreParameters;
import java.security.cert.PKIXBuilderParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509CertSelector;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Date;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;
import javax.security.auth.x500.X500Principal;

/**
 * The certificates that a client's one rests on (RFC 5280, 6.1). A client may show more than those, and none of that counts; nor does the
 * authority at the end, which is believed because it is in our file, as TLS has it: also where the client shows another certificate of it
 * than ours, by which somebody else vouches for it (a cross-certificate).
 */
final class UsedChain {
    private final Set<X509Certificate> authorities;
    private final Set<Authority> names;
    private final Set<TrustAnchor> anchors;

    /** What makes a certificate one of an authority. */
    private record Authority(X500Principal name, PublicKey key) {
        private static Authority of(X509Certificate certificate) {
            return new Authority(certificate.getSubjectX500Principal(), certificate.getPublicKey());
        }
    }

    /** Of chains that end in one of {@code authorities}, of which there is at least one. */
    UsedChain(Set<X509Certificate> authorities) {
        this.authorities = Set.copyOf(authorities);
        this.names = authorities.stream().map(Authority::of).collect(Collectors.toUnmodifiableSet());
        this.anchors = authorities.stream()
                .map(authority -> new TrustAnchor(authority, null))
                .collect(Collectors.toUnmodifiableSet());
    }

    /**
     * Those that the client's certificate rests on at {@code now}, itself first.
     *
     * @param shown what the client has shown, its own certificate first; its signatures were checked
     * @throws GeneralSecurityException if it rests on none that holds then
     */
    List<X509Certificate> of(X509Certificate[] shown, Instant now) throws GeneralSecurityException {
        OptionalInt plain = beforeOurs(shown);
        List<? extends Certificate> used =
                plain.isPresent() ? Arrays.asList(shown).subList(0, plain.getAsInt()) : built(shown, now);
        List<X509Certificate> counted = new ArrayList<>();
        for (Certificate each : used) {
            X509Certificate certificate = (X509Certificate) each;
            certificate.checkValidity(Date.from(now));
            counted.add(certificate);
        }
        return counted;
    }

    /** How many are shown, each signed by the next, before one of an authority of ours; empty: it is not as plain as that. */
    private OptionalInt beforeOurs(X509Certificate[] shown) {
        if (shown.length == 1 || authorities.contains(shown[0])) {
            return OptionalInt.of(1);
        }
        for (int i = 1; i < shown.length && isNext(shown[i - 1], shown[i]); i++) {
            if (names.contains(Authority.of(shown[i]))) {
                return OptionalInt.of(i);
            }
        }
        return OptionalInt.empty();
    }

    private static boolean isNext(X509Certificate certificate, X509Certificate signer) {
        return signer.getSubjectX500Principal().equals(certificate.getIssuerX500Principal());
    }

    private List<? extends Certificate> built(X509Certificate[] shown, Instant now) throws GeneralSecurityException {
        X509CertSelector client = new X509CertSelector();
        client.setCertificate(shown[0]);
        PKIXBuilderParameters parameters = new PKIXBuilderParameters(anchors, client);
        parameters.addCertStore(CertStore.getInstance("Collection", new CollectionCertStoreParameters(List.of(shown))));
        parameters.setRevocationEnabled(false); // looked at afterwards, with the lists that we have
        parameters.setMaxPathLength(-1); // TLS bounds what is shown
        parameters.setDate(Date.from(now));
        return CertPathBuilder.getInstance("PKIX")
                .build(parameters)
                .getCertPath()
                .getCertificates();
    }
}
