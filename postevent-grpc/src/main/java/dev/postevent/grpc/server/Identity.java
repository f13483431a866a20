package dev.postevent.grpc.server;

import io.grpc.Context;
import java.time.Instant;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Who calls.
 *
 * @param principal the one name that limits and marks are kept under
 * @param names every name that permissions may be given to
 * @param expires when the proof ends; null: not before the connection does
 */
record Identity(
        String principal, Set<String> names, @Nullable Instant expires) {
    static final Context.Key<Identity> OF_CALL = Context.key("postevent-identity");
    static final String ANONYMOUS = "anonymous";
    static final String ANYBODY = "*";
    static final Identity NOBODY = new Identity(ANONYMOUS, Set.of(ANONYMOUS), null);

    /** With the names of another proof, as long as both hold. */
    Identity and(Identity other) {
        Set<String> all = new HashSet<>(names);
        all.addAll(other.names);
        Instant end = expires;
        return new Identity(
                principal, Set.copyOf(all), end == null ? other.expires : ClientTrust.earlier(end, other.expires));
    }

    boolean isOneOf(Set<String> allowed) {
        return names.stream().anyMatch(allowed::contains) || (allowed.contains(ANYBODY) && !names.contains(ANONYMOUS));
    }
}
