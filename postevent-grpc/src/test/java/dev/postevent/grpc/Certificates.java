package dev.postevent.grpc;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.interfaces.RSAPrivateKey;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.CRLReason;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.CertIOException;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v2CRLBuilder;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.ContentSigner;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.jspecify.annotations.Nullable;

/** A certificate authority, and certificates it signed, as PEM files. */
public final class Certificates {
    private static final AtomicLong SERIAL = new AtomicLong(1);

    private final Path directory;
    private final Supplier<KeyPair> keyPairs;
    private final KeyPair keys;
    private final X500Name name;
    private final Path file;

    /** An authority whose files are in {@code directory}; its keys and those it signs are EC. */
    public Certificates(Path directory, String name) {
        this(directory, name, Certificates::keyPair, null, Duration.ofDays(1));
    }

    /** The same with RSA. */
    static Certificates rsa(Path directory, String name) {
        return new Certificates(directory, name, () -> rsaKeyPair(2048), null, Duration.ofDays(1));
    }

    /** An authority that this one has signed, for so long. */
    public Certificates below(String name, Duration validFor) {
        return new Certificates(directory, name, keyPairs, this, validFor);
    }

    private Certificates(
            Path directory, String name, Supplier<KeyPair> keyPairs, @Nullable Certificates above, Duration validFor) {
        this.directory = directory;
        this.keyPairs = keyPairs;
        this.keys = keyPairs.get();
        this.name = new X500Name("CN=" + name);
        this.file = directory.resolve(name + ".pem");
        try {
            Certificates signer = above == null ? this : above;
            pem(file, "CERTIFICATE", signer.certify(this.name, keys, validFor).getEncoded());
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Another certificate of this authority, by which {@code other} vouches for it for so long, in a file of this name. */
    public Path crossedBy(Certificates other, String name, Duration validFor) {
        try {
            Path cross = directory.resolve(name);
            pem(cross, "CERTIFICATE", other.certify(this.name, keys, validFor).getEncoded());
            return cross;
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private X509Certificate certify(X500Name authority, KeyPair itsKeys, Duration validFor)
            throws GeneralSecurityException, IOException {
        X509v3CertificateBuilder builder =
                builder(authority, itsKeys, Instant.now().minusSeconds(60), validFor.plusSeconds(60));
        builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(true));
        return sign(builder);
    }

    /** The authority's own certificate. */
    public Path ca() {
        return file;
    }

    /** Of a client that trusts this authority, and has no certificate. */
    SSLContext stranger() {
        try (InputStream ca = Files.newInputStream(file)) {
            KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
            trusted.load(null, null);
            trusted.setCertificateEntry(
                    "ca", CertificateFactory.getInstance("X.509").generateCertificate(ca));
            TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(trusted);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, trust.getTrustManagers(), null);
            return context;
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A certificate and its key. */
    public record Issued(Path certificate, Path key) {

        /** Followed by that of the authority which signed it. */
        Issued shownWith(Certificates signer) {
            try {
                Files.writeString(certificate, Files.readString(signer.ca()), StandardOpenOption.APPEND);
                return this;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** For {@code localhost} and {@code 127.0.0.1}, valid now. */
    public Issued issue(String commonName) {
        return issue(commonName, Instant.now().minusSeconds(60), Duration.ofDays(1));
    }

    /** One that expires soon. */
    Issued issue(String commonName, Duration validFor) {
        return issue(commonName, Instant.now().minusSeconds(60), validFor.plusSeconds(60));
    }

    /** One that was valid until an hour ago. */
    Issued issueExpired(String commonName) {
        return issue(
                commonName,
                Instant.now().minus(Duration.ofDays(2)),
                Duration.ofDays(2).minusHours(1));
    }

    private Issued issue(String commonName, Instant from, Duration valid) {
        return issue(
                new X500Name("O=Test,CN=" + commonName),
                from,
                valid,
                new GeneralName(GeneralName.dNSName, "localhost"),
                new GeneralName(GeneralName.iPAddress, "127.0.0.1"));
    }

    /** For a client with this subject, valid now. */
    Issued issueFor(String subject, GeneralName... alternatives) {
        return issue(new X500Name(subject), Instant.now().minusSeconds(60), Duration.ofDays(1), alternatives);
    }

    private Issued issue(X500Name subject, Instant from, Duration valid, GeneralName... alternatives) {
        try {
            KeyPair own = keyPairs.get();
            X509v3CertificateBuilder builder = builder(subject, own, from, valid);
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(false));
            if (alternatives.length > 0) {
                builder.addExtension(Extension.subjectAlternativeName, false, new GeneralNames(alternatives));
            }
            String base = "issued-" + SERIAL.incrementAndGet();
            Path certificate = directory.resolve(base + ".pem");
            Path key = directory.resolve(base + ".key");
            pem(certificate, "CERTIFICATE", sign(builder).getEncoded());
            pem(key, "PRIVATE KEY", own.getPrivate().getEncoded());
            return new Issued(certificate, key);
        } catch (GeneralSecurityException | CertIOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The authority's list of revoked certificates, as a file of this name; the next one is due after {@code validFor}. */
    public Path revoke(String name, Duration validFor, Issued... revoked) {
        Instant from = Instant.now().minusSeconds(60);
        JcaX509v2CRLBuilder builder = new JcaX509v2CRLBuilder(new X500Principal(this.name.toString()), Date.from(from));
        builder.setNextUpdate(Date.from(Instant.now().plus(validFor)));
        try {
            for (Issued each : revoked) {
                X509Certificate certificate = (X509Certificate) CertificateFactory.getInstance("X.509")
                        .generateCertificate(new ByteArrayInputStream(Files.readAllBytes(each.certificate())));
                builder.addCRLEntry(certificate.getSerialNumber(), Date.from(from), CRLReason.keyCompromise);
            }
            Path list = directory.resolve(name);
            pem(list, "X509 CRL", builder.build(signer()).getEncoded());
            return list;
        } catch (GeneralSecurityException | IOException | OperatorCreationException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The same, with an authority on it. */
    Path revoke(String name, Duration validFor, Certificates below) {
        return revoke(name, validFor, new Issued(below.ca(), below.ca()));
    }

    private ContentSigner signer() throws OperatorCreationException {
        return new JcaContentSignerBuilder(
                        "SHA256with" + (keys.getPrivate() instanceof RSAPrivateKey ? "RSA" : "ECDSA"))
                .build(keys.getPrivate());
    }

    static KeyPair keyPair() {
        return keyPair("EC", 256);
    }

    static KeyPair rsaKeyPair(int bits) {
        return keyPair("RSA", bits);
    }

    private static KeyPair keyPair(String algorithm, int bits) {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm);
            generator.initialize(bits);
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private X509v3CertificateBuilder builder(X500Name subject, KeyPair own, Instant from, Duration valid) {
        return new JcaX509v3CertificateBuilder(
                name,
                BigInteger.valueOf(SERIAL.incrementAndGet()),
                Date.from(from),
                Date.from(from.plus(valid)),
                subject,
                own.getPublic());
    }

    private X509Certificate sign(X509v3CertificateBuilder builder) throws GeneralSecurityException {
        try {
            return new JcaX509CertificateConverter().getCertificate(builder.build(signer()));
        } catch (OperatorCreationException e) {
            throw new GeneralSecurityException(e);
        }
    }

    static void pem(Path file, String type, byte[] der) {
        try {
            Files.writeString(
                    file,
                    "-----BEGIN " + type + "-----\n"
                            + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der) + "\n-----END " + type
                            + "-----\n");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
