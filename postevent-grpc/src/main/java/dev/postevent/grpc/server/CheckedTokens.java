package dev.postevent.grpc.server;

import com.nimbusds.jose.jwk.JWKSet;
import dev.postevent.grpc.files.Reloaded;
import io.grpc.Status;
import java.lang.System.Logger.Level;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Checks tokens, each once: a check costs far more than a call, and whoever brings many must not hold up those that are served. So it is
 * done on a thread of its own, a few for each connection at a time, and what was found is remembered as long as the keys are the same.
 */
final class CheckedTokens {
    private static final System.Logger LOG = System.getLogger("dev.postevent.grpc");
    private static final int KNOWN_MAX = 1_000;
    /** A client has one token, and for a moment two. */
    private static final int CHECKS_PER_CONNECTION_MAX = 4;

    private final TokenCheck check;
    private final Reloaded<JWKSet> keys;
    private final Executor executor;
    private final Clock clock;
    // under the monitor, as is "waiting"; in the order of their use
    private final LinkedHashMap<BigInteger, Known> known = new LinkedHashMap<>(64, 0.75f, true);
    private final Map<BigInteger, List<Consumer<Result>>> waiting = new HashMap<>();

    /**
     * What was found of a token: one of the first two.
     *
     * @param refusal only of what was let in before: so nobody who brings tokens that are none drives out those of others
     */
    private record Known(
            @Nullable Identity identity, @Nullable String refusal, JWKSet keys) {}

    /**
     * What a check has found: one of the three.
     *
     * @param identity the token is in order
     * @param refusal it is not, and why, for this side
     * @param ended it was not looked at
     */
    record Result(
            @Nullable Identity identity,
            @Nullable CredentialException refusal,
            @Nullable Status ended) {
        private static Result admitted(Identity identity) {
            return new Result(identity, null, null);
        }

        private static Result notLookedAt(Status ended) {
            return new Result(null, null, ended);
        }
    }

    /**
     * Makes it.
     *
     * @param keys the same as those of {@code check}
     * @param executor checks tokens; not a thread that serves calls
     */
    CheckedTokens(TokenCheck check, Reloaded<JWKSet> keys, Executor executor, Clock clock) {
        this.check = check;
        this.keys = keys;
        this.executor = executor;
        this.clock = clock;
    }

    /**
     * Checks {@code token}, which came over the connection of {@code gate}. Does not wait: what is known is given to {@code then} at once,
     * all else later, on another thread.
     */
    void check(String token, Gate gate, Consumer<Result> then) {
        BigInteger digest = digest(token);
        Known before = known(digest);
        Identity identity = before == null ? null : before.identity();
        if (identity != null) {
            then.accept(Result.admitted(identity));
            return;
        }
        boolean entered;
        synchronized (this) {
            List<Consumer<Result>> others = waiting.get(digest);
            if (others != null) {
                others.add(then);
                return;
            }
            entered = gate.enter(CHECKS_PER_CONNECTION_MAX);
            if (entered) {
                waiting.put(digest, new ArrayList<>(List.of(then)));
            }
        }
        if (entered) {
            begin(token, digest, gate);
        } else {
            then.accept(Result.notLookedAt(Refusals.TOO_MANY_TOKENS));
        }
    }

    private void begin(String token, BigInteger digest, Gate gate) {
        try {
            executor.execute(() -> {
                Result result = look(token, digest);
                gate.leave();
                tell(digest, result);
            });
        } catch (RejectedExecutionException e) {
            gate.leave();
            tell(digest, Result.notLookedAt(Refusals.STOPPED));
        } catch (RuntimeException | Error e) {
            gate.leave();
            tell(digest, Result.notLookedAt(Refusals.of(e)));
        }
    }

    private Result look(String token, BigInteger digest) {
        try {
            JWKSet with = keys.current();
            Identity identity = check.check(token);
            remember(digest, new Known(identity, null, with));
            return Result.admitted(identity);
        } catch (CredentialException e) {
            return new Result(null, e, null);
        } catch (RuntimeException | Error e) {
            return Result.notLookedAt(Refusals.of(e));
        }
    }

    private synchronized void remember(BigInteger digest, Known found) {
        known.put(digest, found);
        if (known.size() > KNOWN_MAX) {
            known.remove(known.keySet().iterator().next());
        }
    }

    private void tell(BigInteger digest, Result result) {
        List<Consumer<Result>> all;
        synchronized (this) {
            all = waiting.remove(digest);
        }
        for (Consumer<Result> each : all == null ? List.<Consumer<Result>>of() : all) {
            try {
                each.accept(result);
            } catch (RuntimeException | Error e) {
                // of one call; the others are not to blame
                LOG.log(Level.WARNING, "a call could not be taken in", e);
            }
        }
    }

    /**
     * Looks again at one that let a call in, on this thread. All calls that it let in end at one instant, or when keys are replaced: so what
     * was found is remembered, too, where it does not let them go on.
     */
    Identity again(String token) throws CredentialException {
        BigInteger digest = digest(token);
        Known found = known(digest);
        if (found == null) {
            found = checked(token);
            remember(digest, found);
        }
        Identity identity = found.identity();
        if (identity == null) {
            throw new CredentialException(String.valueOf(found.refusal()));
        }
        return identity;
    }

    private Known checked(String token) {
        JWKSet with = keys.current();
        try {
            return new Known(check.check(token), null, with);
        } catch (CredentialException e) {
            return new Known(null, e.getMessage(), with);
        }
    }

    @SuppressWarnings("ReferenceEquality") // keys that were read anew are others, whatever they are
    private synchronized @Nullable Known known(BigInteger digest) {
        Known before = known.get(digest);
        if (before == null) {
            return null;
        }
        Identity identity = before.identity();
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
