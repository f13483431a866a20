package dev.postevent.grpc.server;

import com.nimbusds.jose.jwk.JWKSet;
import dev.postevent.grpc.files.Reloaded;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Checks tokens, each once: a check costs far more than a call, and whoever brings many must not hold up those that are served. So it is
 * done on a thread of its own, a few for each connection at a time, and what was found is remembered as long as the keys are the same.
 */
final class CheckedTokens {
    private static final int KNOWN_MAX = 1_000;
    /** A client has one token, and for a moment two. */
    private static final int CHECKS_PER_CONNECTION_MAX = 4;

    private final TokenCheck check;
    private final Reloaded<JWKSet> keys;
    private final Clock clock;
    private final SharedChecks<BigInteger> checks;
    // under the monitor; in the order of their use
    private final LinkedHashMap<BigInteger, Known> known = new LinkedHashMap<>(64, 0.75f, true);

    /**
     * What was found of a token.
     *
     * @param found a refusal only of what was let in before: so nobody who brings tokens that are none drives out those of others
     */
    private record Known(Found found, JWKSet keys) {}

    /**
     * Makes it.
     *
     * @param keys the same as those of {@code check}
     * @param executor checks tokens; not a thread that serves calls
     */
    CheckedTokens(TokenCheck check, Reloaded<JWKSet> keys, Executor executor, Clock clock) {
        this.check = check;
        this.keys = keys;
        this.clock = clock;
        this.checks = new SharedChecks<>(executor);
    }

    /**
     * Checks {@code token}, which came over the connection of {@code gate}. Does not wait: what is known is given to {@code then} at once,
     * all else later, on another thread.
     */
    void check(String token, Gate gate, Consumer<Found> then) {
        BigInteger digest = digest(token);
        Known before = known(digest);
        if (before != null && !before.found().isEnd()) {
            then.accept(before.found());
            return;
        }
        checks.begin(
                digest,
                () -> gate.enter(CHECKS_PER_CONNECTION_MAX),
                gate::leave,
                Refusals.TOO_MANY_TOKENS,
                () -> look(token, digest),
                then);
    }

    private Found look(String token, BigInteger digest) {
        Known found = checked(token);
        if (!found.found().isEnd()) {
            remember(digest, found);
        }
        return found.found();
    }

    private synchronized void remember(BigInteger digest, Known found) {
        known.put(digest, found);
        if (known.size() > KNOWN_MAX) {
            known.remove(known.keySet().iterator().next());
        }
    }

    /**
     * Looks again at one that let a call in, on this thread. All calls that it let in end at one instant, or when keys are replaced: so what
     * was found is remembered, too, where it does not let them go on.
     */
    @Nullable
    Identity again(String token) throws CredentialException {
        BigInteger digest = digest(token);
        Known found = known(digest);
        if (found == null) {
            found = checked(token);
            remember(digest, found);
        }
        return found.found().orThrow();
    }

    private Known checked(String token) {
        JWKSet with = keys.current();
        try {
            return new Known(Found.admitted(check.check(token)), with);
        } catch (CredentialException e) {
            return new Known(Found.refused(e), with);
        }
    }

    @SuppressWarnings("ReferenceEquality") // keys that were read anew are others, whatever they are
    private synchronized @Nullable Known known(BigInteger digest) {
        Known before = known.get(digest);
        if (before == null) {
            return null;
        }
        Identity identity = before.found().identity();
        Instant expires = identity == null ? Instant.MAX : identity.expires();
        if (before.keys() != keys.current() || expires == null || expires.isBefore(clock.instant())) {
            known.remove(digest);
            return null;
        }
        return before;
    }

    private static BigInteger digest(String token) {
        try {
            return new BigInteger(
                    1, MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JVM has SHA-256", e);
        }
    }
}
