package dev.postevent.grpc.server;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.KeySourceException;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.source.JWKSource;
import com.nimbusds.jose.proc.BadJOSEException;
import com.nimbusds.jose.proc.DefaultJOSEObjectTypeVerifier;
import com.nimbusds.jose.proc.JWSVerificationKeySelector;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.proc.DefaultJWTClaimsVerifier;
import com.nimbusds.jwt.proc.DefaultJWTProcessor;
import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Checks bearer tokens as MicroProfile JWT says: signed with RS256 or ES256, issuer and audience ours, not expired. The name is
 * {@code upn}, else {@code preferred_username}, else {@code sub}; {@code groups} are groups.
 */
final class TokenCheck {
    private static final List<String> NAME_CLAIMS = List.of("upn", "preferred_username", "sub");
    private static final int LENGTH_MAX = 8192;

    private final DefaultJWTProcessor<SecurityContext> processor = new DefaultJWTProcessor<>();
    private final Duration clockSkew;

    TokenCheck(ServerSettings.Token settings, KeyFile keys) {
        this.clockSkew = settings.clockSkew();
        JWKSource<SecurityContext> source = (selector, context) -> {
            JWKSet set = keys.keys();
            return selector.select(set);
        };
        processor.setJWSTypeVerifier(new DefaultJOSEObjectTypeVerifier<>(JOSEObjectType.JWT, null));
        processor.setJWSKeySelector(
                new JWSVerificationKeySelector<>(Set.of(JWSAlgorithm.RS256, JWSAlgorithm.ES256), source));
        DefaultJWTClaimsVerifier<SecurityContext> claims = new DefaultJWTClaimsVerifier<>(
                settings.audience(),
                new JWTClaimsSet.Builder().issuer(settings.issuer()).build(),
                Set.of("exp", "iss", "aud"));
        claims.setMaxClockSkew((int) clockSkew.toSeconds());
        processor.setJWTClaimsSetVerifier(claims);
    }

    Identity check(String token) throws CredentialException {
        if (token.length() > LENGTH_MAX) {
            throw new CredentialException("the token has more than " + LENGTH_MAX + " characters");
        }
        try {
            JWTClaimsSet claims = processor.process(token, null);
            Set<String> names = new HashSet<>();
            String name = "token:" + name(claims);
            names.add(name);
            List<String> groups = claims.getStringListClaim("groups");
            if (groups != null) {
                groups.forEach(group -> names.add("group:" + group));
            }
            Instant expires = claims.getExpirationTime().toInstant().plus(clockSkew);
            return new Identity(name, Set.copyOf(names), expires);
        } catch (KeySourceException e) {
            throw new CredentialException("the keys that tokens are checked with cannot be read: " + e.getMessage());
        } catch (BadJOSEException e) {
            throw new CredentialException("the token is not valid: " + e.getMessage());
        } catch (ParseException | JOSEException e) {
            // their messages may repeat parts of the token
            throw new CredentialException(
                    "the token cannot be read (" + e.getClass().getSimpleName() + ")");
        }
    }

    private static String name(JWTClaimsSet claims) throws ParseException, CredentialException {
        for (String claim : NAME_CLAIMS) {
            String name = claims.getStringClaim(claim);
            if (name != null && !name.isBlank()) {
                return name;
            }
        }
        throw new CredentialException("the token has none of the claims " + NAME_CLAIMS);
    }
}
