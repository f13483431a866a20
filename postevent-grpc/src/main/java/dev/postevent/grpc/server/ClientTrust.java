package dev.postevent.grpc.server;

import dev.postevent.PosteventException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CRL;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import javax.security.auth.x500.X500Principal;
import org.jspecify.annotations.Nullable;

/**
 * Whose certificates are believed, and which of them were revoked. What is found holds as long as the files do, and no longer than
 * it says.
 */
final class ClientTrust {
    private final X509TrustManager authorities;
    private final UsedChain usedChain;
    private final Clock clock;
    private final Map<X500Principal, List<X509CRL>> lists;
    private final Set<X500Principal> unknown;
    private final boolean revocation;

    private ClientTrust(
            Set<X509Certificate> authorities,
            Clock clock,
            Map<X500Principal, List<X509CRL>> lists,
            Set<X500Principal> unknown,
            boolean revocation)
            throws IOException, GeneralSecurityException {
        this.authorities = manager(authorities);
        this.usedChain = new UsedChain(authorities);
        this.clock = clock;
        this.lists = lists;
        this.unknown = unknown;
        this.revocation = revocation;
    }

    /**
     * Reads authorities and revocation lists.
     *
     * @param crl PEM or DER; null: nothing is revoked
     * @throws PosteventException if a file cannot be read, or a list is not signed by the authority whose name it has
     */
    static ClientTrust read(Path ca, @Nullable Path crl, Clock clock) {
        try {
            CertificateFactory factory = CertificateFactory.getInstance("X.509");
            Collection<? extends Certificate> certificates =
                    factory.generateCertificates(new ByteArrayInputStream(Files.readAllBytes(ca)));
            if (certificates.isEmpty()) {
                throw new GeneralSecurityException("there is no certificate in " + ca);
            }
            Map<X500Principal, List<X509CRL>> lists = new HashMap<>();
            Set<X500Principal> unknown = new HashSet<>();
            if (crl != null) {
                Collection<? extends CRL> read =
                        factory.generateCRLs(new ByteArrayInputStream(Files.readAllBytes(crl)));
                if (read.isEmpty()) {
                    throw new GeneralSecurityException("there is no revocation list in " + crl);
                }
                for (CRL each : read) {
                    X509CRL list = (X509CRL) each;
                    X500Principal issuer = list.getIssuerX500Principal();
                    List<Certificate> signers = named(issuer, certificates);
                    if (signers.isEmpty()) {
                        unknown.add(issuer); // one that is not believed (any more)
                    } else {
                        check(list, signers);
                        lists.computeIfAbsent(issuer, name -> new ArrayList<>()).add(list);
                    }
                }
            }
            return new ClientTrust(notRevoked(certificates, lists), clock, lists, unknown, crl != null);
        } catch (IOException | GeneralSecurityException e) {
            throw new PosteventException(
                    "PSTEV35004",
                    "who signs clients' certificates cannot be read from " + ca
                            + (crl == null ? "" : ", or what they revoked from " + crl) + " (" + e.getMessage() + ")",
                    e);
        }
    }

    /** An authority that another one has revoked is none: a client need not show it. */
    private static Set<X509Certificate> notRevoked(
            Collection<? extends Certificate> certificates, Map<X500Principal, List<X509CRL>> lists)
            throws GeneralSecurityException {
        Set<X509Certificate> trusted = new HashSet<>();
        for (Certificate certificate : certificates) {
            X500Principal issuer = ((X509Certificate) certificate).getIssuerX500Principal();
            if (lists.getOrDefault(issuer, List.of()).stream().noneMatch(list -> list.isRevoked(certificate))) {
                trusted.add((X509Certificate) certificate);
            }
        }
        if (trusted.isEmpty()) {
            throw new GeneralSecurityException("all authorities are revoked");
        }
        return trusted;
    }

    private static List<Certificate> named(X500Principal name, Collection<? extends Certificate> certificates) {
        return certificates.stream()
                .filter(certificate -> ((X509Certificate) certificate)
                        .getSubjectX500Principal()
                        .equals(name))
                .<Certificate>map(certificate -> certificate)
                .toList();
    }

    private static X509TrustManager manager(Set<X509Certificate> authorities)
            throws IOException, GeneralSecurityException {
        KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
        trusted.load(null, null);
        for (X509Certificate authority : authorities) {
            trusted.setCertificateEntry("ca" + trusted.size(), authority);
        }
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(trusted);
        for (TrustManager manager : factory.getTrustManagers()) {
            if (manager instanceof X509TrustManager certificates) {
                return certificates;
            }
        }
        throw new GeneralSecurityException("this JVM has no trust manager for X.509");
    }

    /** A list of a part of the certificates, or of changes, would let the others through: both have critical extensions. */
    private static void check(X509CRL list, List<Certificate> signers) throws GeneralSecurityException {
        Set<String> critical = list.getCriticalExtensionOIDs();
        if (critical != null && !critical.isEmpty()) {
            throw new GeneralSecurityException("the revocation list of " + list.getIssuerX500Principal()
                    + " is not a whole one: it has critical extensions " + critical);
        }
        GeneralSecurityException failed = null;
        for (Certificate signer : signers) {
            try {
                list.verify(signer.getPublicKey());
                return;
            } catch (GeneralSecurityException e) {
                failed = e; // an authority may have several keys
            }
        }
        throw new GeneralSecurityException(
                "the revocation list of " + list.getIssuerX500Principal() + " is not signed by that authority", failed);
    }

    /**
     * Looks at a client's certificate, and checks signatures.
     *
     * @param chain what the client has shown, its own certificate first
     * @return until when this holds
     */
    Instant check(X509Certificate[] chain) throws CredentialException {
        List<X509Certificate> used = used(chain);
        Instant until = Instant.MAX;
        for (int i = 0; i < used.size(); i++) {
            until = earlier(until, used.get(i).getNotAfter().toInstant());
            if (revocation) {
                until = earlier(until, notRevoked(used.get(i), i == 0));
            }
        }
        return until;
    }

    private List<X509Certificate> used(X509Certificate[] chain) throws CredentialException {
        try {
            authorities.checkClientTrusted(chain, chain[0].getPublicKey().getAlgorithm());
            return usedChain.of(chain, clock.instant());
        } catch (GeneralSecurityException e) {
            throw new CredentialException("the client's certificate, or one that it rests on, has expired since it"
                    + " connected, or is not believed any more: " + Names.printable(e.getMessage()));
        }
    }

    /** Until when; null: for ever. An authority may have no list of authorities below it, but has one of clients. */
    private @Nullable Instant notRevoked(X509Certificate certificate, boolean ofClient) throws CredentialException {
        List<X509CRL> ofIssuer = lists.get(certificate.getIssuerX500Principal());
        if (ofIssuer == null) {
            if (ofClient) {
                throw new CredentialException("there is no revocation list of who signed the client's certificate");
            }
            return null;
        }
        Instant now = clock.instant();
        Instant until = null;
        for (X509CRL list : ofIssuer) {
            if (list.isRevoked(certificate)) {
                throw new CredentialException("the client's certificate, or one that it rests on, was revoked");
            }
            Instant due = due(list);
            if (!due.isBefore(now) && (until == null || until.isBefore(due))) {
                until = due;
            }
        }
        if (until == null) {
            throw new CredentialException("the revocation list of who signed the client's certificate is out of date");
        }
        return until;
    }

    /** What is wrong with the lists by now, for health; null: nothing. */
    @Nullable
    String fault() {
        Instant now = clock.instant();
        for (Map.Entry<X500Principal, List<X509CRL>> ofIssuer : lists.entrySet()) {
            if (ofIssuer.getValue().stream().allMatch(list -> due(list).isBefore(now))) {
                return "the revocation list of " + ofIssuer.getKey()
                        + " is out of date, and no client with a certificate of it is let in";
            }
        }
        return unknown.isEmpty()
                ? null
                : "there are revocation lists of " + unknown + ", which signs no clients here; they are left out";
    }

    /** When there is to be a newer one; a list may leave it open. */
    private static Instant due(X509CRL list) {
        return list.getNextUpdate() == null ? Instant.MAX : list.getNextUpdate().toInstant();
    }

    static Instant earlier(Instant one, @Nullable Instant other) {
        return other == null || one.isBefore(other) ? one : other;
    }
}
