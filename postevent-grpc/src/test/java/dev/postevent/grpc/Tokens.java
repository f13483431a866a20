package dev.postevent.grpc;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.crypto.opts.AllowWeakRSAKey;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import java.security.KeyPair;
import java.security.interfaces.ECPrivateKey;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;

/** Makes tokens as an identity provider would. */
public final class Tokens {
    public static final String ISSUER = "https://issuer.example.com";
    public static final String AUDIENCE = "shop";

    private final KeyPair keys;

    /** Signs with an EC key. */
    public Tokens() {
        this(Certificates.keyPair());
    }

    /** Signs with {@code keys}, EC or RSA. */
    Tokens(KeyPair keys) {
        this.keys = keys;
    }

    /** Public and private key. */
    public KeyPair keys() {
        return keys;
    }

    /** One for some minutes. */
    public String valid(String name, String... groups) {
        return token(name, Duration.ofMinutes(5), claims -> claims.claim("groups", List.of(groups)));
    }

    String token(String name, Duration validFor, UnaryOperator<JWTClaimsSet.Builder> more) {
        return sign(more.apply(claims(name, validFor)).build());
    }

    private static JWTClaimsSet.Builder claims(String name, Duration validFor) {
        return new JWTClaimsSet.Builder()
                .issuer(ISSUER)
                .audience(AUDIENCE)
                .subject("id-of-" + name)
                .claim("upn", name)
                .issueTime(Date.from(Instant.now().minusSeconds(60)))
                .expirationTime(Date.from(Instant.now().plus(validFor)));
    }

    /** With this {@code typ} in its header. */
    String ofType(String type, String name) {
        return sign(claims(name, Duration.ofMinutes(5)).build(), new JOSEObjectType(type));
    }

    String sign(JWTClaimsSet claims) {
        return sign(claims, JOSEObjectType.JWT);
    }

    private String sign(JWTClaimsSet claims, JOSEObjectType type) {
        try {
            boolean elliptic = keys.getPrivate() instanceof ECPrivateKey;
            SignedJWT token = new SignedJWT(
                    new JWSHeader.Builder(elliptic ? JWSAlgorithm.ES256 : JWSAlgorithm.RS256)
                            .type(type)
                            .build(),
                    claims);
            token.sign(
                    elliptic
                            ? new ECDSASigner((ECPrivateKey) keys.getPrivate())
                            : new RSASSASigner(keys.getPrivate(), Set.of(AllowWeakRSAKey.getInstance())));
            return token.serialize();
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
    }
}
