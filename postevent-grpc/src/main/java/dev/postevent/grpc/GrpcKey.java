package dev.postevent.grpc;

import static java.time.Duration.ofDays;
import static java.time.Duration.ofHours;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;

import dev.postevent.internal.config.Bounds;
import dev.postevent.spi.ConfigKey;
import dev.postevent.spi.TopicName;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Every configuration key of this module, its bounds as in the keys of the library. docs/configuration.md is checked against this list by a test. */
@SuppressWarnings("ImmutableEnumChecker") // bounds never change
enum GrpcKey {
    PORT(
            "postevent.grpc.server.port",
            "",
            Bounds.number(0, 65_535),
            "Port that this application's topics are served on; not set: they are not. 0: any free port."),
    ADDRESS("postevent.grpc.server.address", "0.0.0.0", "name or address", "Address to listen on."),
    CERTIFICATE_FILE(
            "postevent.grpc.server.certificate-file",
            "",
            "PEM file",
            "The server's certificate, with its chain; like its key and the clients' CA, read again when it is replaced."),
    KEY_FILE("postevent.grpc.server.key-file", "", "PEM file", "The certificate's key: PKCS#8, no password."),
    CLIENT_CA_FILE(
            "postevent.grpc.server.client-ca-file",
            "",
            "PEM file",
            "Who signs clients' certificates. A client with one is cert:<common name> in permissions, and dns:<host name> and uri:<URI> of its alternative names."),
    CLIENT_CRL_FILE(
            "postevent.grpc.server.client-crl-file",
            "",
            "PEM or DER file",
            "Which of them were revoked: a list, not yet out of date, of each authority that signs clients, read again when it is replaced; streams of revoked clients end."),
    CLIENT_CERTIFICATE(
            "postevent.grpc.server.client-certificate",
            "required",
            "required, optional",
            "Whether a client must have a certificate, where postevent.grpc.server.client-ca-file is set."),
    TOKEN_ISSUER(
            "postevent.grpc.server.token.issuer",
            "",
            "text",
            "Bearer tokens (MicroProfile JWT, RS256 or ES256) are accepted from this issuer. A client with one is token:<name> and group:<group> in permissions; the name is the claim of postevent.grpc.server.token.name-claim."),
    TOKEN_AUDIENCE("postevent.grpc.server.token.audience", "", "text", "The audience that a token must have."),
    TOKEN_NAME_CLAIM(
            "postevent.grpc.server.token.name-claim",
            "",
            "name",
            "The claim that is the client's name in permissions; not set: upn, else preferred_username, else sub. Name one that its owner cannot change at the issuer: often that is sub only."),
    TOKEN_PUBLIC_KEY_FILE(
            "postevent.grpc.server.token.public-key-file",
            "",
            "PEM file",
            "The key that tokens are checked with: a public key or certificate, read again when it changes."),
    TOKEN_JWKS_FILE(
            "postevent.grpc.server.token.jwks-file",
            "",
            "file",
            "The same as a JSON Web Key Set. One of the two is needed."),
    TOKEN_CLOCK_SKEW(
            "postevent.grpc.server.token.clock-skew",
            "10s",
            Bounds.duration(ofSeconds(0), ofMinutes(5)).inWholeSeconds(),
            "How far the clocks of issuer and server may be apart."),
    ALLOW_READ(
            "postevent.grpc.server.allow.<topic>.read",
            "",
            "names, with commas",
            "Who may read the history of a topic: cert:<name>, dns:<name>, uri:<name>, token:<name>, group:<name>, anonymous, or * for everybody but the anonymous. Nobody, if not set. A change counts within two seconds, where the configuration can change."),
    ALLOW_SUBSCRIBE(
            "postevent.grpc.server.allow.<topic>.subscribe",
            "",
            "names, with commas",
            "Who may have the live flow of a topic and report a mark. A postevent application needs both."),
    INSECURE(
            "postevent.grpc.insecure",
            "false",
            "true, false",
            "Allows plaintext with any address, and tokens in plaintext: both can be read and changed on the way. Without it, plaintext is for literal loopback addresses and localhost, and without tokens."),
    READ_ROWS_MAX(
            "postevent.grpc.server.read-rows-max",
            "10000",
            Bounds.number("rows", 1, 100_000),
            "Most rows of one range read of a client."),
    READ_BYTES_MAX(
            "postevent.grpc.server.read-size-max",
            "16MiB",
            Bounds.size(Bounds.KIB, Bounds.GIB),
            "Data bytes after which a range read of a client stops."),
    READS_MAX(
            "postevent.grpc.server.reads-max",
            "4",
            Bounds.number(1, 256),
            "Most range reads at the same time; each takes a thread and a connection. One principal has half of them at most (of an odd number, the greater half), and takes turns with the others; up to 16 times as many of each principal wait, further ones are refused."),
    CALLS_MAX(
            "postevent.grpc.server.calls-per-principal-max",
            "64",
            Bounds.number(1, 10_000),
            "Most calls of one principal at the same time, streams included."),
    CONSUMERS_MAX(
            "postevent.grpc.server.consumers-per-principal-max",
            "100",
            Bounds.number(1, 10_000),
            "Most names under which one principal may report marks of one topic; each is kept until somebody deletes it."),
    STREAM_BUFFER_MAX(
            "postevent.grpc.server.stream-buffer-size-max",
            "4MiB",
            Bounds.size(64 * Bounds.KIB, Bounds.GIB),
            "Most bytes waiting for one live stream; a client that lets it overflow is skipped ahead and reads what it missed."),
    UNTAKEN_PER_PRINCIPAL_MAX(
            "postevent.grpc.server.untaken-per-principal-size-max",
            "32MiB",
            Bounds.size(64 * Bounds.KIB, Bounds.TIB),
            "Most bytes that were sent to one principal and are not taken by it; they lie outside of the heap. A call that would send more ends with RESOURCE_EXHAUSTED."),
    UNTAKEN_MAX(
            "postevent.grpc.server.untaken-size-max",
            "128MiB",
            Bounds.size(64 * Bounds.KIB, Bounds.TIB),
            "The same for all principals together; where more than half of it is out, each gets one message at a time. Less than the JVM's direct memory, which is as much as its heap if nothing is set."),
    CONNECTIONS_MAX(
            "postevent.grpc.server.connections-max",
            "1000",
            Bounds.number(1, 1_000_000),
            "Most connections at the same time; one more is closed at once."),
    CONNECTION_IDLE_MAX(
            "postevent.grpc.server.connection-idle-max",
            "5m",
            Bounds.duration(ofSeconds(1), ofDays(7)),
            "A connection that has no call for so long is ended."),
    HEARTBEAT(
            "postevent.grpc.server.heartbeat",
            "1s",
            Bounds.duration(ofMillis(50), ofMinutes(1)),
            "How often each live stream gets a message at least. A client takes three missing ones, and 2 s, for a dead connection."),
    CONNECTION_AGE_MAX(
            "postevent.grpc.server.connection-age-max",
            "1h",
            Bounds.duration(ofSeconds(1), ofDays(7)),
            "A connection older than this is ended, and the client makes another: so that load balancers and certificates get their turn."),
    MESSAGE_MAX(
            "postevent.grpc.client.message-size-max",
            "16MiB",
            Bounds.size(16 * Bounds.MIB, Bounds.GIB),
            "Largest message that a client accepts: any event of a topic whose table has the check of topic-004.sql fits in. More for larger rows of before; the source names them."),
    KEEP_ALIVE(
            "postevent.grpc.keep-alive",
            "20s",
            Bounds.duration(ofSeconds(10), ofMinutes(10)),
            "How long a connection may be silent before it is asked for a sign of life, on both sides."),
    KEEP_ALIVE_TIMEOUT(
            "postevent.grpc.keep-alive-timeout",
            "5s",
            Bounds.duration(ofMillis(100), ofMinutes(1)),
            "How long the sign of life may take."),
    CALL_LIMIT(
            "postevent.grpc.call-limit",
            "30s",
            Bounds.duration(ofMillis(100), ofMinutes(10)),
            "How long a call may take that is no live stream, on both sides. Also how long a request may take to be whole, and what is left of a call that has ended to be taken; then it is reset."),
    BACKOFF_FIRST(
            "postevent.grpc.client.backoff-first",
            "200ms",
            Bounds.duration(ofMillis(1), ofMinutes(10)),
            "Wait before the first try to make a broken stream anew; doubles each time."),
    BACKOFF_MAX(
            "postevent.grpc.client.backoff-max",
            "15s",
            Bounds.duration(ofMillis(1), ofHours(1)),
            "Greatest wait before such a try."),
    REPORT(
            "postevent.grpc.client.report-interval",
            "5s",
            Bounds.duration(ofMillis(50), ofHours(1)),
            "How often a source is told how far this application is."),
    TOKEN(
            "postevent.grpc.client.token",
            "",
            "secret",
            "Bearer token for sources. Tokens expire: a file that is replaced is better."),
    TOKEN_FILE("postevent.grpc.client.token-file", "", "file", "File with the bearer token, read at each call."),
    CA_FILE(
            "postevent.grpc.client.ca-file",
            "",
            "PEM file",
            "Who signs the certificates of sources; not set: those whom the JVM trusts."),
    CLIENT_CERTIFICATE_FILE(
            "postevent.grpc.client.certificate-file",
            "",
            "PEM file",
            "This application's certificate at sources (mTLS); like its key and the CA, read again when it is replaced."),
    CLIENT_KEY_FILE("postevent.grpc.client.key-file", "", "PEM file", "Its key: PKCS#8, no password.");

    static final String TOPIC = "<topic>";
    private static final String CLIENT = "postevent.grpc.client.";
    private static final String OF_A_TOPIC = "postevent.topics." + TOPIC + ".remote.";
    private static final Set<GrpcKey> FOR_ONE_SOURCE =
            EnumSet.of(TOKEN, TOKEN_FILE, CA_FILE, CLIENT_CERTIFICATE_FILE, CLIENT_KEY_FILE);

    private final ConfigKey told;
    private final @Nullable Bounds bounds;

    GrpcKey(String keyName, String defaultValue, String allowed, String meaning) {
        this(keyName, defaultValue, allowed, null, meaning);
    }

    GrpcKey(String keyName, String defaultValue, Bounds bounds, String meaning) {
        this(keyName, defaultValue, bounds.toString(), bounds, meaning);
    }

    GrpcKey(String keyName, String defaultValue, String allowed, @Nullable Bounds bounds, String meaning) {
        ConfigKey key = ConfigKey.of(keyName, allowed, meaning);
        this.told = defaultValue.isEmpty() ? key : key.withDefault(defaultValue);
        this.bounds = bounds;
    }

    String keyName() {
        return told.name();
    }

    /** What counts where nothing is set; empty: nothing does. */
    String defaultValue() {
        return told.defaultValue().orElse("");
    }

    String allowed() {
        return told.allowed();
    }

    /** The least and the greatest, if it is a number, a time or a size. */
    Optional<Bounds> bounds() {
        return Optional.ofNullable(bounds);
    }

    /** The key's name for one topic; for keys with {@link #TOPIC} in their name. */
    String keyNameFor(TopicName topic) {
        return keyName().replace(TOPIC, topic.value());
    }

    /** The key's name where it is set for one remote topic only; for keys of clients that say who they are and whom they trust. */
    String keyNameForRemote(TopicName topic) {
        return ofOneSource().replace(TOPIC, topic.value());
    }

    private String ofOneSource() {
        return OF_A_TOPIC + keyName().substring(CLIENT.length());
    }

    /** All of them, those that may be set for one source a second time. */
    static List<ConfigKey> all() {
        List<ConfigKey> keys = new ArrayList<>();
        for (GrpcKey key : values()) {
            keys.add(key.told);
        }
        for (GrpcKey key : FOR_ONE_SOURCE) {
            keys.add(ConfigKey.of(key.ofOneSource(), key.allowed(), "The same for the source of one topic.")
                    .withDefault(key.keyName()));
        }
        return keys;
    }
}
