package dev.postevent.grpc.server;

import dev.postevent.grpc.files.Reloaded;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import java.lang.System.Logger.Level;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Arrays;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/** Finds out who calls, from the client's certificate and its bearer token. What permissions that gives is decided elsewhere. */
final class Authentication implements ServerInterceptor {
    private static final System.Logger LOG = System.getLogger("dev.postevent.grpc");
    private static final Metadata.Key<String> AUTHORIZATION =
            Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);
    private static final String BEARER = "bearer ";
    private static final String NAMES = "postevent-names";

    private final @Nullable CheckedTokens tokens;
    private final @Nullable Reloaded<ClientTrust> trust;

    /**
     * Makes it.
     *
     * @param tokens null: none is accepted
     * @param trust whose certificates are believed; null: clients are not asked for one
     */
    Authentication(@Nullable CheckedTokens tokens, @Nullable Reloaded<ClientTrust> trust) {
        this.tokens = tokens;
        this.trust = trust;
    }

    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
        SSLSession session = call.getAttributes().get(Grpc.TRANSPORT_ATTR_SSL_SESSION);
        String token;
        try {
            token = token(headers);
        } catch (CredentialException e) {
            return refuse(call, e);
        }
        Call<Q, A> incoming = new Call<>(call, headers, next, session, token);
        if (tokens == null || token == null) {
            return incoming.admit(null);
        }
        Gate gate = call.getAttributes().get(Gate.OF_CONNECTION);
        return incoming.waitFor(tokens, token, gate == null ? new Gate() : gate);
    }

    /** One call that comes in. */
    private final class Call<Q, A> {
        private final ServerCall<Q, A> call;
        private final Metadata headers;
        private final ServerCallHandler<Q, A> next;
        private final @Nullable SSLSession session;
        private final @Nullable String token;

        private Call(
                ServerCall<Q, A> call,
                Metadata headers,
                ServerCallHandler<Q, A> next,
                @Nullable SSLSession session,
                @Nullable String token) {
            this.call = call;
            this.headers = headers;
            this.next = next;
            this.session = session;
            this.token = token;
        }

        private ServerCall.Listener<Q> admit(@Nullable Identity fromToken) {
            Identity identity;
            try {
                identity = identity(session, fromToken);
            } catch (CredentialException e) {
                return refuse(call, e);
            }
            return Contexts.interceptCall(
                    Context.current()
                            .withValues(Identity.OF_CALL, identity, Admission.OF_CALL, () -> again(session, token)),
                    call,
                    headers,
                    next);
        }

        private ServerCall.Listener<Q> waitFor(CheckedTokens checked, String bearer, Gate gate) {
            WaitingCall<Q> waiting = new WaitingCall<>();
            checked.check(bearer, gate, result -> waiting.takeIn(() -> take(result)));
            return waiting;
        }

        private ServerCall.Listener<Q> take(CheckedTokens.Result result) {
            CredentialException refusal = result.refusal();
            if (refusal != null) {
                return refuse(call, refusal);
            }
            Status ended = result.ended();
            if (ended != null) {
                call.close(ended, new Metadata());
                return new ServerCall.Listener<>() {};
            }
            return admit(result.identity());
        }
    }

    private static <Q, A> ServerCall.Listener<Q> refuse(ServerCall<Q, A> call, CredentialException why) {
        // why is for this side only, and never has the credential in it
        LOG.log(Level.DEBUG, () -> "a call was refused: " + why.getMessage());
        call.close(Refusals.UNAUTHENTICATED, new Metadata());
        return new ServerCall.Listener<>() {};
    }

    private Identity again(@Nullable SSLSession session, @Nullable String token) throws CredentialException {
        return identity(session, tokens == null || token == null ? null : tokens.again(token));
    }

    private Identity identity(@Nullable SSLSession session, @Nullable Identity fromToken) throws CredentialException {
        Identity fromCertificate = session == null || trust == null ? null : fromCertificate(session, trust.current());
        if (fromCertificate == null) {
            return fromToken == null ? Identity.NOBODY : fromToken;
        }
        return fromToken == null ? fromCertificate : fromToken.and(fromCertificate);
    }

    /** Null: there is no token. */
    private @Nullable String token(Metadata headers) throws CredentialException {
        String authorization = headers.get(AUTHORIZATION);
        if (authorization == null) {
            return null;
        }
        if (tokens == null || !authorization.regionMatches(true, 0, BEARER, 0, BEARER.length())) {
            throw new CredentialException(
                    tokens == null
                            ? "it has a token, and none is accepted here"
                            : "its authorization is no bearer token");
        }
        return authorization.substring(BEARER.length()).strip();
    }

    /** TLS looks at it once, and not even that where a session is resumed; a connection may outlive it. */
    private static @Nullable Identity fromCertificate(SSLSession session, ClientTrust trust)
            throws CredentialException {
        X509Certificate[] chain = chain(session);
        if (chain.length == 0) {
            return null;
        }
        Instant until = trust.check(session, chain);
        // the certificate of a session is always the same
        CertificateNames names = (CertificateNames) session.getValue(NAMES);
        if (names == null) {
            names = CertificateNames.of(chain[0]);
            session.putValue(NAMES, names);
        }
        return new Identity(names.principal(), names.all(), until);
    }

    /** Was checked by TLS; empty if the client has none. */
    private static X509Certificate[] chain(SSLSession session) {
        try {
            Certificate[] shown = session.getPeerCertificates();
            return Arrays.copyOf(shown, shown.length, X509Certificate[].class);
        } catch (SSLPeerUnverifiedException e) {
            return new X509Certificate[0]; // this is how Java says that there is none
        }
    }
}
