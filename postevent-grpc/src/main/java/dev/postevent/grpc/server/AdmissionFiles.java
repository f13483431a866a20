package dev.postevent.grpc.server;

import com.nimbusds.jose.jwk.JWKSet;
import dev.postevent.PosteventException;
import dev.postevent.grpc.files.Reloaded;
import io.grpc.InsecureServerCredentials;
import io.grpc.ServerCredentials;
import io.grpc.netty.GrpcSslContexts;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What lets callers in: certificates, keys and permissions, all of which are read again while the server runs. */
final class AdmissionFiles {
    private final ServerSettings.@Nullable Token token;
    private final Clock clock;
    private final Reloaded<ServerSettings.Allowed> allowed;
    private final @Nullable Reloaded<SslContext> ssl;
    private final @Nullable Reloaded<ClientTrust> trust;
    private final @Nullable Reloaded<JWKSet> keys;
    private final List<Reloaded<?>> all;
    /** And not all streams were looked at since. Of whoever looks, one at a time. */
    private boolean changed;

    /**
     * Reads all of it.
     *
     * @throws PosteventException naming the file that is wrong
     */
    AdmissionFiles(ServerSettings settings, Clock clock) {
        ServerSettings.Tls tls = settings.tls();
        this.token = settings.token();
        this.clock = clock;
        this.allowed = new Reloaded<>(
                "who may do what (postevent.grpc.server.allow...)", settings.allowed(), settings.allowed());
        this.ssl = tls == null
                ? null
                : Reloaded.ofFiles(() -> sslContext(tls), tls.certificate(), tls.key(), tls.clientCa());
        this.trust = trust(tls, clock);
        this.keys = keys(token);
        List<Reloaded<?>> given = new ArrayList<>(List.of(allowed));
        if (ssl != null) {
            given.add(ssl);
        }
        if (trust != null) {
            given.add(trust);
        }
        if (keys != null) {
            given.add(keys);
        }
        this.all = List.copyOf(given);
        all.forEach(Reloaded::look);
    }

    private static @Nullable Reloaded<ClientTrust> trust(ServerSettings.@Nullable Tls tls, Clock clock) {
        Path ca = tls == null ? null : tls.clientCa();
        if (tls == null || ca == null) {
            return null;
        }
        return Reloaded.ofFiles(() -> ClientTrust.read(ca, tls.clientCrl(), clock), ca, tls.clientCrl());
    }

    private static @Nullable Reloaded<JWKSet> keys(ServerSettings.@Nullable Token token) {
        return token == null ? null : Reloaded.ofFiles(() -> KeyFile.read(token), token.publicKey(), token.jwks());
    }

    /**
     * Reads certificates and keys, as a check at deployment.
     *
     * @throws PosteventException naming the file that is wrong
     */
    static void check(ServerSettings settings) {
        ServerSettings.Tls tls = settings.tls();
        if (tls != null) {
            sslContext(tls);
            Path clientCa = tls.clientCa();
            if (clientCa != null) {
                ClientTrust unused = ClientTrust.read(clientCa, tls.clientCrl(), Clock.systemUTC());
            }
        }
        ServerSettings.Token token = settings.token();
        if (token != null) {
            JWKSet unused = KeyFile.read(token);
        }
    }

    private static SslContext sslContext(ServerSettings.Tls tls) {
        try {
            SslContextBuilder builder = SslContextBuilder.forServer(
                    tls.certificate().toFile(), tls.key().toFile());
            Path clientCa = tls.clientCa();
            if (clientCa != null) {
                builder.trustManager(clientCa.toFile())
                        .clientAuth(tls.clientCertificateRequired() ? ClientAuth.REQUIRE : ClientAuth.OPTIONAL);
            }
            return GrpcSslContexts.configure(builder, SslProvider.JDK)
                    .protocols("TLSv1.3", "TLSv1.2")
                    .build();
        } catch (IOException | IllegalArgumentException e) {
            throw new PosteventException(
                    "PSTEV35001",
                    "the server's certificate " + tls.certificate() + ", key " + tls.key() + " or CA " + tls.clientCa()
                            + " cannot be used; they have to be PEM files, the key PKCS#8 without a password ("
                            + e.getMessage() + ")",
                    e);
        }
    }

    /** Who may do what. */
    Permissions permissions() {
        return new Permissions(allowed);
    }

    /** How callers prove who they are. */
    Authentication authentication(ServerThreads threads) {
        CheckedTokens tokens = token == null || keys == null
                ? null
                : new CheckedTokens(
                        new TokenCheck(token, keys::current, clock), keys, threads.checksOf("tokens"), clock);
        CheckedCertificates certificates =
                trust == null ? null : new CheckedCertificates(trust, threads.checksOf("certificates"), clock);
        return new Authentication(tokens, certificates);
    }

    /** What the server shows to those who connect. */
    ServerCredentials credentials(ServerThreads threads) {
        return ssl == null
                ? InsecureServerCredentials.create()
                : Handshakes.on(threads.checksOf("handshakes"), new ReloadingSslContext(ssl));
    }

    /**
     * Looks for changes, which may wait for a disk.
     *
     * @param whoIsIn looks at all streams, if there was a change
     */
    void look(Runnable whoIsIn) {
        for (Reloaded<?> each : all) {
            changed |= each.look();
        }
        if (changed) {
            whoIsIn.run();
            changed = false;
        }
    }

    /** What is wrong with what was read last. */
    List<String> faults() {
        List<String> faults = new ArrayList<>();
        for (Reloaded<?> each : all) {
            String unread = each.fault();
            if (unread != null) {
                faults.add(unread);
            }
        }
        String outdated = trust == null ? null : trust.current().fault();
        if (outdated != null) {
            faults.add(outdated);
        }
        return faults;
    }
}
