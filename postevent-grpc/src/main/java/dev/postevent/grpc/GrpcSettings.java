package dev.postevent.grpc;

import dev.postevent.PosteventException;
import dev.postevent.grpc.client.ClientSettings;
import dev.postevent.grpc.client.Endpoint;
import dev.postevent.grpc.client.Loopback;
import dev.postevent.grpc.client.RemoteSources;
import dev.postevent.grpc.server.EventServer;
import dev.postevent.grpc.server.ServerSettings;
import dev.postevent.internal.config.Bounds.Kind;
import dev.postevent.spi.RemoteTopic;
import dev.postevent.spi.TopicName;
import dev.postevent.spi.Transport;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads {@link GrpcKey}s. A value that is wrong becomes a fault, and reading goes on, so that all faults are found. */
final class GrpcSettings {
    private static final Pattern WHO = Pattern.compile("(cert|dns|uri|token|group):.+|anonymous|\\*");

    /** As a variable, what the authority of the server's clients was called, and what that of our own sources is called. */
    private static final String FORMER_CLIENT_CA = "POSTEVENT_GRPC_CLIENT_CA_FILE";

    private final Transport.Setup setup;
    private final Consumer<String> fault;

    GrpcSettings(Transport.Setup setup, Consumer<String> fault) {
        this.setup = setup;
        this.fault = fault;
    }

    /** Adds a fault for every value that is out of its bounds, be it read later or not. */
    void checkBounds() {
        for (GrpcKey key : GrpcKey.values()) {
            key.bounds()
                    .ifPresent(
                            bounds -> raw(key.keyName()).ifPresent(text -> bounds.check(key.keyName(), text, fault)));
        }
    }

    /** How topics are served; null: they are not. */
    @Nullable
    ServerSettings server() {
        ServerSettings.Limits limits = serverLimits();
        ServerSettings.Allowed unused = allowed(fault);
        for (RemoteTopic remote : setup.remotes()) {
            for (GrpcKey key : new GrpcKey[] {GrpcKey.ALLOW_READ, GrpcKey.ALLOW_SUBSCRIBE}) {
                String name = key.keyNameFor(remote.topic());
                if (raw(name).isPresent()) {
                    fault.accept(name + " is set, but the topic is another application's and is not served from here");
                }
            }
        }
        if (raw(GrpcKey.PORT.keyName()).isEmpty()) {
            return null;
        }
        int port = (int) number(GrpcKey.PORT);
        String address = text(GrpcKey.ADDRESS);
        ServerSettings.Tls tls = tls();
        ServerSettings.Token token = token();
        if (tls == null && !insecure() && !Loopback.is(address)) {
            fault.accept("the gRPC server would speak plaintext on " + address + ": set "
                    + GrpcKey.CERTIFICATE_FILE.keyName() + " and " + GrpcKey.KEY_FILE.keyName() + ", or set "
                    + GrpcKey.ADDRESS.keyName() + " to 127.0.0.1, or allow it with " + GrpcKey.INSECURE.keyName()
                    + "=true");
        }
        if (tls == null && !insecure() && token != null) {
            fault.accept("the gRPC server would take tokens in plaintext: set " + GrpcKey.CERTIFICATE_FILE.keyName()
                    + " and " + GrpcKey.KEY_FILE.keyName() + ", or allow it with " + GrpcKey.INSECURE.keyName()
                    + "=true");
        }
        ServerSettings settings = new ServerSettings(address, port, tls, token, this::allowedNow, limits);
        check(() -> EventServer.check(settings));
        return settings;
    }

    private ServerSettings.Limits serverLimits() {
        return new ServerSettings.Limits(
                new ServerSettings.Read((int) number(GrpcKey.READ_ROWS_MAX), size(GrpcKey.READ_BYTES_MAX)),
                new ServerSettings.PerPrincipal(
                        (int) number(GrpcKey.CALLS_MAX),
                        (int) number(GrpcKey.CONSUMERS_MAX),
                        size(GrpcKey.UNTAKEN_PER_PRINCIPAL_MAX)),
                new ServerSettings.ConnectionLimits(
                        (int) number(GrpcKey.CONNECTIONS_MAX),
                        duration(GrpcKey.KEEP_ALIVE),
                        duration(GrpcKey.KEEP_ALIVE_TIMEOUT),
                        duration(GrpcKey.CONNECTION_AGE_MAX),
                        duration(GrpcKey.CONNECTION_IDLE_MAX)),
                (int) number(GrpcKey.READS_MAX),
                size(GrpcKey.STREAM_BUFFER_MAX),
                size(GrpcKey.UNTAKEN_MAX),
                duration(GrpcKey.CALL_LIMIT),
                duration(GrpcKey.HEARTBEAT));
    }

    private ServerSettings.@Nullable Tls tls() {
        Path certificate = file(GrpcKey.CERTIFICATE_FILE.keyName());
        Path key = file(GrpcKey.KEY_FILE.keyName());
        Path clientCa = file(GrpcKey.CLIENT_CA_FILE.keyName());
        Path clientCrl = file(GrpcKey.CLIENT_CRL_FILE.keyName());
        boolean required = switchedOn(GrpcKey.CLIENT_CERTIFICATE, "required", "optional");
        if (clientCa == null
                && setup.remotes().isEmpty()
                && raw(FORMER_CLIENT_CA).isPresent()) {
            fault.accept("the environment has the variable " + FORMER_CLIENT_CA + ", which is for topics of other"
                    + " applications, and there are none here. If it is to say whose clients the server lets in, as it did"
                    + " before, call it POSTEVENT_GRPC_SERVER_CLIENT_CA_FILE; without it the server asks nobody for a"
                    + " certificate");
        }
        if (given(GrpcKey.CERTIFICATE_FILE) != given(GrpcKey.KEY_FILE)) {
            fault.accept(GrpcKey.CERTIFICATE_FILE.keyName() + " and " + GrpcKey.KEY_FILE.keyName()
                    + " belong together, and only one of them is set");
        }
        if (given(GrpcKey.CLIENT_CA_FILE) && !given(GrpcKey.CERTIFICATE_FILE)) {
            fault.accept(GrpcKey.CLIENT_CA_FILE.keyName() + " is set, but the server has no certificate: set "
                    + GrpcKey.CERTIFICATE_FILE.keyName());
        }
        if (given(GrpcKey.CLIENT_CRL_FILE) && !given(GrpcKey.CLIENT_CA_FILE)) {
            fault.accept(GrpcKey.CLIENT_CRL_FILE.keyName()
                    + " is set, but clients are not asked for a certificate: set " + GrpcKey.CLIENT_CA_FILE.keyName());
        }
        return certificate == null || key == null
                ? null
                : new ServerSettings.Tls(certificate, key, clientCa, clientCrl, required);
    }

    private ServerSettings.@Nullable Token token() {
        Optional<String> issuer = raw(GrpcKey.TOKEN_ISSUER.keyName());
        Optional<String> audience = raw(GrpcKey.TOKEN_AUDIENCE.keyName());
        Optional<String> nameClaim = raw(GrpcKey.TOKEN_NAME_CLAIM.keyName());
        Path publicKey = file(GrpcKey.TOKEN_PUBLIC_KEY_FILE.keyName());
        Path jwks = file(GrpcKey.TOKEN_JWKS_FILE.keyName());
        Duration skew = duration(GrpcKey.TOKEN_CLOCK_SKEW);
        boolean oneKey = given(GrpcKey.TOKEN_PUBLIC_KEY_FILE) != given(GrpcKey.TOKEN_JWKS_FILE);
        if (issuer.isEmpty()
                && audience.isEmpty()
                && !given(GrpcKey.TOKEN_PUBLIC_KEY_FILE)
                && !given(GrpcKey.TOKEN_JWKS_FILE)) {
            return null;
        }
        if (issuer.isEmpty() || audience.isEmpty() || !oneKey) {
            fault.accept("to accept tokens, " + GrpcKey.TOKEN_ISSUER.keyName() + ", "
                    + GrpcKey.TOKEN_AUDIENCE.keyName() + " and one of " + GrpcKey.TOKEN_PUBLIC_KEY_FILE.keyName()
                    + " and " + GrpcKey.TOKEN_JWKS_FILE.keyName() + " have to be set");
            return null;
        }
        return publicKey == null && jwks == null
                ? null
                : new ServerSettings.Token(issuer.get(), audience.get(), publicKey, jwks, nameClaim.orElse(null), skew);
    }

    private ServerSettings.Allowed allowed(Consumer<String> wrong) {
        Map<TopicName, Set<String>> readers = new HashMap<>();
        Map<TopicName, Set<String>> subscribers = new HashMap<>();
        for (TopicName topic : setup.published()) {
            readers.put(topic, names(GrpcKey.ALLOW_READ.keyNameFor(topic), wrong));
            subscribers.put(topic, names(GrpcKey.ALLOW_SUBSCRIBE.keyNameFor(topic), wrong));
        }
        return new ServerSettings.Allowed(readers, subscribers);
    }

    /** The configuration may change while the application runs. */
    private ServerSettings.Allowed allowedNow() {
        return allowed(text -> {
            throw new PosteventException("PSTEV35005", text);
        });
    }

    private Set<String> names(String key, Consumer<String> wrong) {
        Set<String> names = new HashSet<>();
        for (String part : raw(key).orElse("").split(",", -1)) {
            String name = part.strip();
            if (WHO.matcher(name).matches()) {
                // host names are the same in any case, and certificates' are looked at in this one
                names.add(name.startsWith("dns:") ? name.toLowerCase(Locale.ROOT) : name);
            } else if (!name.isEmpty()) {
                wrong.accept(
                        key + " has '" + name
                                + "', expected cert:<name>, dns:<name>, uri:<name>, token:<name>, group:<name>, anonymous or *");
            }
        }
        return Set.copyOf(names);
    }

    /** How the source of a topic is reached. */
    ClientSettings client(RemoteTopic remote) {
        TopicName topic = remote.topic();
        ClientSettings.Protection protection = protection(remote);
        String tokenKey = keyOf(GrpcKey.TOKEN, topic);
        String tokenFileKey = keyOf(GrpcKey.TOKEN_FILE, topic);
        Endpoint endpoint = endpoint(remote);
        if (endpoint != null && protection == ClientSettings.Protection.LOOPBACK && !Loopback.is(endpoint.host())) {
            fault.accept("postevent.topics." + topic + ".remote.uri would speak plaintext with " + endpoint.host()
                    + ", which is no loopback address and not localhost: use the scheme " + GrpcTransport.TLS
                    + ", or allow it with " + GrpcKey.INSECURE.keyName() + "=true");
        }
        for (String key : new String[] {tokenKey, tokenFileKey}) {
            if (protection == ClientSettings.Protection.LOOPBACK && raw(key).isPresent()) {
                fault.accept("postevent.topics." + topic + ".remote.uri would send the token of " + key
                        + " in plaintext: use the scheme " + GrpcTransport.TLS + ", or allow it with "
                        + GrpcKey.INSECURE.keyName() + "=true");
            }
        }
        String certificateKey = keyOf(GrpcKey.CLIENT_CERTIFICATE_FILE, topic);
        String keyKey = keyOf(GrpcKey.CLIENT_KEY_FILE, topic);
        if (raw(certificateKey).isPresent() != raw(keyKey).isPresent()) {
            fault.accept(certificateKey + " and " + keyKey + " belong together, and only one of them is set");
        }
        Path certificate = file(certificateKey);
        Path key = file(keyKey);
        Duration first = duration(GrpcKey.BACKOFF_FIRST);
        Duration max = duration(GrpcKey.BACKOFF_MAX);
        ClientSettings settings = new ClientSettings(
                protection,
                file(keyOf(GrpcKey.CA_FILE, topic)),
                certificate == null || key == null ? null : certificate,
                certificate == null || key == null ? null : key,
                new ClientSettings.Credential(tokenKey, file(tokenFileKey), () -> raw(tokenKey)),
                new ClientSettings.Limits(
                        (int) size(GrpcKey.MESSAGE_MAX),
                        duration(GrpcKey.KEEP_ALIVE),
                        duration(GrpcKey.KEEP_ALIVE_TIMEOUT),
                        duration(GrpcKey.CALL_LIMIT),
                        first,
                        max.compareTo(first) < 0 ? first : max,
                        duration(GrpcKey.REPORT)));
        check(() -> RemoteSources.check(settings));
        return settings;
    }

    private @Nullable Endpoint endpoint(RemoteTopic remote) {
        try {
            return Endpoint.of(remote.uri());
        } catch (IllegalArgumentException e) {
            fault.accept("postevent.topics." + remote.topic() + ".remote.uri: " + e.getMessage()
                    + "; expected e.g. grpcs://host:port or grpcs://host:port/name-at-the-source");
            return null;
        }
    }

    private ClientSettings.Protection protection(RemoteTopic remote) {
        if (!remote.scheme().equals(GrpcTransport.PLAINTEXT)) {
            return ClientSettings.Protection.TLS;
        }
        return insecure() ? ClientSettings.Protection.NONE : ClientSettings.Protection.LOOPBACK;
    }

    private String keyOf(GrpcKey key, TopicName topic) {
        String own = key.keyNameForRemote(topic);
        return raw(own).isPresent() ? own : key.keyName();
    }

    private void check(Runnable reading) {
        try {
            reading.run();
        } catch (PosteventException e) {
            fault.accept(String.valueOf(e.getMessage()));
        }
    }

    private boolean insecure() {
        return switchedOn(GrpcKey.INSECURE, "true", "false");
    }

    private boolean switchedOn(GrpcKey key, String on, String off) {
        String text = text(key);
        if (!text.equals(on) && !text.equals(off)) {
            fault.accept(key.keyName() + " is '" + text + "', expected one of: " + key.allowed());
            return key.defaultValue().equals(on);
        }
        return text.equals(on);
    }

    private @Nullable Path file(String key) {
        Optional<String> text = raw(key);
        if (text.isEmpty()) {
            return null;
        }
        try {
            Path file = Path.of(text.get());
            if (Files.isReadable(file) && Files.isRegularFile(file)) {
                return file.toAbsolutePath();
            }
            fault.accept(key + " is '" + text.get() + "', which is not a file that can be read");
        } catch (InvalidPathException e) {
            fault.accept(key + " is '" + text.get() + "', which is not the name of a file");
        }
        return null;
    }

    private boolean given(GrpcKey key) {
        return raw(key.keyName()).isPresent();
    }

    private String text(GrpcKey key) {
        return raw(key.keyName()).orElse(key.defaultValue());
    }

    private Duration duration(GrpcKey key) {
        return Duration.ofMillis(read(Kind.DURATION, key));
    }

    private long size(GrpcKey key) {
        return read(Kind.SIZE, key);
    }

    private long number(GrpcKey key) {
        return read(Kind.NUMBER, key);
    }

    /** What has no default is read only where it is set; if it is wrong, 0 stands for it until the deployment ends with that fault. */
    private long read(Kind kind, GrpcKey key) {
        String otherwise = key.defaultValue().isEmpty() ? "0" : key.defaultValue();
        return key.bounds().orElseThrow().read(kind, key.keyName(), text(key), otherwise, fault);
    }

    private Optional<String> raw(String key) {
        return setup.config(key);
    }
}
