package dev.postevent.grpc.server;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
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
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Checks bearer tokens as MicroProfile JWT says, or as access tokens of RFC 9068: signed with RS256 or ES256, issuer and audience ours,
 * not expired. The name is the claim that is configured, or as MicroProfile has it {@code upn}, else {@code preferred_username}, else
 * {@code sub}; {@code groups} are groups.
 */
final class TokenCheck {
    private static final List<String> NAME_CLAIMS = List.of("upn", "preferred_username", "sub");
    private static final int LENGTH_MAX = 8192;

    private final DefaultJWTProcessor<SecurityContext> processor = new DefaultJWTProcessor<>();
    private final Duration clockSkew;
    private final List<String> nameClaims;

    /**
     * Makes the check.
     *
     * @param keys the keys of this moment; never waits
     */
    TokenCheck(ServerSettings.Token settings, Supplier<JWKSet> keys, Clock clock) {
        this.clockSkew = settings.clockSkew();
        String nameClaim = settings.nameClaim();
        this.nameClaims = nameClaim == null ? NAME_CLAIMS : List.of(nameClaim);
        JWKSource<SecurityContext> source = (selector, context) -> selector.select(keys.get());
        processor.setJWSTypeVerifier(new DefaultJOSEObjectTypeVerifier<>(
                JOSEObjectType.JWT, new JOSEObjectType("at+jwt"), new JOSEObjectType("application/at+jwt"), null));
        processor.setJWSKeySelector(
                new JWSVerificationKeySelector<>(Set.of(JWSAlgorithm.RS256, JWSAlgorithm.ES256), source));
        DefaultJWTClaimsVerifier<SecurityContext> claims =
                new DefaultJWTClaimsVerifier<>(
                        settings.audience(),
                        new JWTClaimsSet.Builder().issuer(settings.issuer()).build(),
                        Set.of("exp", "iss", "aud")) {
                    @Override
                    protected Date currentTime() {
                        return Date.from(clock.instant());
                    }
                };
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
            String name = Names.checked("token:", name(claims));
            names.add(name);
            List<String> groups = claims.getStringListClaim("groups");
            for (String group : groups == null ? List.<String>of() : groups) {
                names.add(Names.checked("group:", group));
            }
            Instant expires = claims.getExpirationTime().toInstant().plus(clockSkew);
            return new Identity(name, Set.copyOf(names), expires);
        } catch (BadJOSEException e) {
            // it repeats values of the header, which are anybody's
            throw new CredentialException("the token is not valid: " + Names.printable(e.getMessage()));
        } catch (ParseException | JOSEException e) {
            // their messages may repeat parts of the token
            throw new CredentialException(
                    "the token cannot be read (" + e.getClass().getSimpleName() + ")");
        }
    }

    private String name(JWTClaimsSet claims) throws ParseException, CredentialException {
        for (String claim : nameClaims) {
            String name = claims.getStringClaim(claim);
            if (name != null && !name.isBlank()) {
                return name;
            }
        }
        throw new CredentialException("the token has none of the claims " + nameClaims);
    }
}
