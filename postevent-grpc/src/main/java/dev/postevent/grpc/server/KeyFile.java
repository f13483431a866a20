package dev.postevent.grpc.server;

import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import dev.postevent.PosteventException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.cert.CertificateFactory;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.X509EncodedKeySpec;
import java.text.ParseException;
import java.util.Base64;

/** The public keys that tokens are checked with, in a PEM or JWKS file. */
final class KeyFile {
    private static final int RSA_BITS_MIN = 2048;

    private KeyFile() {}

    /**
     * Reads them.
     *
     * @throws PosteventException if the file cannot be read, or has no key that is fit
     */
    static JWKSet read(ServerSettings.Token settings) {
        Path pem = settings.publicKey();
        Path jwks = settings.jwks();
        try {
            if (pem != null) {
                return new JWKSet(pemKey(Files.readString(pem)));
            }
            if (jwks != null) {
                return strong(JWKSet.load(jwks.toFile()));
            }
        } catch (IOException | ParseException | GeneralSecurityException e) {
            throw new PosteventException(
                    "PSTEV35002",
                    "the key that tokens are checked with cannot be read: " + (pem == null ? jwks : pem) + ": " + e,
                    e);
        }
        throw new IllegalArgumentException("tokens need a public key or a JWKS file");
    }

    private static JWKSet strong(JWKSet keys) throws GeneralSecurityException {
        boolean fit = false;
        for (JWK key : keys.getKeys()) {
            if (key instanceof RSAKey rsa && rsa.size() < RSA_BITS_MIN) {
                throw new GeneralSecurityException("an RSA key of less than " + RSA_BITS_MIN + " bits");
            }
            fit |= key instanceof RSAKey || (key instanceof ECKey elliptic && Curve.P_256.equals(elliptic.getCurve()));
        }
        if (!fit) {
            throw new GeneralSecurityException("there is neither an RSA key nor one of P-256 in it");
        }
        return keys;
    }

    private static JWK pemKey(String pem) throws GeneralSecurityException {
        PublicKey key = pem.contains("BEGIN CERTIFICATE")
                ? CertificateFactory.getInstance("X.509")
                        .generateCertificate(new ByteArrayInputStream(pem.getBytes(StandardCharsets.US_ASCII)))
                        .getPublicKey()
                : publicKey(pem);
        if (key instanceof RSAPublicKey rsa) {
            if (rsa.getModulus().bitLength() < RSA_BITS_MIN) {
                throw new GeneralSecurityException("an RSA key of less than " + RSA_BITS_MIN + " bits");
            }
            return new RSAKey.Builder(rsa).build();
        }
        if (key instanceof ECPublicKey elliptic) {
            Curve curve = Curve.forECParameterSpec(elliptic.getParams());
            if (Curve.P_256.equals(curve)) {
                return new ECKey.Builder(curve, elliptic).build();
            }
        }
        throw new GeneralSecurityException("neither an RSA key nor one of P-256");
    }

    private static PublicKey publicKey(String pem) throws GeneralSecurityException {
        int begin = pem.indexOf("-----BEGIN PUBLIC KEY-----");
        int end = pem.indexOf("-----END PUBLIC KEY-----");
        if (begin < 0 || end < begin) {
            throw new GeneralSecurityException("no 'BEGIN PUBLIC KEY' and no 'BEGIN CERTIFICATE' in it");
        }
        byte[] der;
        try {
            der = Base64.getMimeDecoder().decode(pem.substring(begin + 26, end));
        } catch (IllegalArgumentException e) {
            throw new GeneralSecurityException("it is not base64", e);
        }
        X509EncodedKeySpec spec = new X509EncodedKeySpec(der);
        try {
            return KeyFactory.getInstance("RSA").generatePublic(spec);
        } catch (GeneralSecurityException notRsa) {
            return KeyFactory.getInstance("EC").generatePublic(spec);
        }
    }
}
