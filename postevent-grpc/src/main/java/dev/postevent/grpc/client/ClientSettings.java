package dev.postevent.grpc.client;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * How a source is reached. Equal settings share a connection.
 *
 * @param protection what keeps others from reading and changing what goes over the wire
 * @param ca PEM file of who signs servers' certificates; null: those whom the JVM trusts
 * @param certificate PEM file of the client's certificate; null: it has none
 * @param key PEM file of its key; given if {@code certificate} is
 * @param credential where the bearer token comes from
 * @param limits bounds and times
 */
public record ClientSettings(
        Protection protection,
        @Nullable Path ca,
        @Nullable Path certificate,
        @Nullable Path key,
        Credential credential,
        Limits limits) {

    /** What keeps others from reading and changing what goes over the wire. */
    public enum Protection {
        /** TLS. */
        TLS,
        /** It does not leave this machine: whatever a name means one day, only a loopback address is connected to; no token is sent. */
        LOOPBACK,
        /** Nothing, and somebody said that this is wanted. */
        NONE
    }

    /**
     * Where the bearer token comes from; asked at each call, so that a token that is replaced is followed.
     *
     * @param key configuration key of the token itself; equal keys are the same token
     * @param file the file that holds it; null: it is in the configuration
     * @param configured the configuration's value now
     */
    public record Credential(String key, @Nullable Path file, Supplier<Optional<String>> configured) {

        // the supplier is another object each time, and what it gives must not be shown
        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Credential that
                    && key.equals(that.key)
                    && java.util.Objects.equals(file, that.file);
        }

        @Override
        public int hashCode() {
            return key.hashCode();
        }

        @Override
        public String toString() {
            return file == null ? key : file.toString();
        }
    }

    /**
     * Bounds; each has a configuration key, where unit and meaning are told.
     *
     * @param messageBytesMax of one message of the source
     * @param callLimit how long a call that is no stream may take
     * @param report between two reports of the mark
     */
    public record Limits(
            int messageBytesMax,
            Duration keepAlive,
            Duration keepAliveTimeout,
            Duration callLimit,
            Duration backoffFirst,
            Duration backoffMax,
            Duration report) {}
}
