package dev.postevent.grpc.server;

import dev.postevent.spi.TopicName;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * How topics are served.
 *
 * @param address name or address to listen on
 * @param port 0 to 65535, 0 for any free one
 * @param tls null: plaintext
 * @param token how bearer tokens are checked; null: none is accepted
 * @param allowed who may do what, as it is configured at the moment; throws {@link dev.postevent.PosteventException} where that is not
 *     in order
 */
public record ServerSettings(
        String address,
        int port,
        @Nullable Tls tls,
        @Nullable Token token,
        Supplier<Allowed> allowed,
        Limits limits) {

    /**
     * Who may do what.
     *
     * @param readers who may read a topic: {@code cert:<name>}, {@code dns:<name>}, {@code uri:<name>}, {@code token:<name>},
     *     {@code group:<name>}, {@code anonymous}, or {@code *} for everybody but the anonymous
     * @param subscribers who may subscribe to a topic; the same
     */
    public record Allowed(Map<TopicName, Set<String>> readers, Map<TopicName, Set<String>> subscribers) {
        /** Copies the maps. */
        public Allowed {
            readers = Map.copyOf(readers);
            subscribers = Map.copyOf(subscribers);
        }
    }

    /**
     * Files in PEM.
     *
     * @param clientCa who signs the certificates of clients; null: none is asked for
     * @param clientCrl which of them were revoked; null: none
     * @param clientCertificateRequired without one there is no connection
     */
    public record Tls(
            Path certificate,
            Path key,
            @Nullable Path clientCa,
            @Nullable Path clientCrl,
            boolean clientCertificateRequired) {}

    /**
     * What a token must be.
     *
     * @param publicKey PEM; null: {@code jwks} is given
     * @param jwks JSON Web Key Set; null: {@code publicKey} is given
     * @param nameClaim whose value is the name; null: as MicroProfile JWT has it
     * @param clockSkew how far the clocks may be apart
     */
    public record Token(
            String issuer,
            String audience,
            @Nullable Path publicKey,
            @Nullable Path jwks,
            @Nullable String nameClaim,
            Duration clockSkew) {}

    /**
     * Bounds; each has a configuration key, where unit and meaning are told.
     *
     * @param readsMax reads that run at the same time
     * @param streamBufferBytesMax what waits for one stream
     * @param untakenBytesMax sent and not taken, of all principals
     * @param callLimit how long a call that is no stream may take, any request to be whole, and what is left of an ended call to be taken
     */
    public record Limits(
            Read read,
            PerPrincipal perPrincipal,
            ConnectionLimits connections,
            int readsMax,
            long streamBufferBytesMax,
            long untakenBytesMax,
            Duration callLimit,
            Duration heartbeat) {}

    /** Of one read. */
    public record Read(int rowsMax, long bytesMax) {}

    /**
     * Of one principal.
     *
     * @param callsMax streams and reads at the same time
     * @param consumersMax names under which it may report marks of one topic
     * @param untakenBytesMax sent to it and not taken
     */
    public record PerPrincipal(int callsMax, int consumersMax, long untakenBytesMax) {}

    /**
     * Of connections.
     *
     * @param max at the same time
     * @param idleMax how long one may have no call
     */
    public record ConnectionLimits(
            int max, Duration keepAlive, Duration keepAliveTimeout, Duration ageMax, Duration idleMax) {}
}
