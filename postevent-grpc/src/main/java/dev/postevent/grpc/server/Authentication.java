package dev.postevent.grpc.server;

import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import java.lang.System.Logger.Level;
import java.util.function.Consumer;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/** Finds out who calls, from the client's certificate and its bearer token. What permissions that gives is decided elsewhere. */
final class Authentication implements ServerInterceptor {
    private static final System.Logger LOG = System.getLogger("dev.postevent.grpc");
    private static final Metadata.Key<String> AUTHORIZATION =
            Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);
    private static final String BEARER = "bearer ";

    private final @Nullable CheckedTokens tokens;
    private final @Nullable CheckedCertificates certificates;

    /**
     * Makes it.
     *
     * @param tokens null: none is accepted
     * @param certificates null: clients are not asked for one
     */
    Authentication(@Nullable CheckedTokens tokens, @Nullable CheckedCertificates certificates) {
        this.tokens = tokens;
        this.certificates = certificates;
    }

    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
        SSLSession session = call.getAttributes().get(Grpc.TRANSPORT_ATTR_SSL_SESSION);
        String token;
        try {
            token = token(headers);
        } catch (CredentialException e) {
            return refuse(call, e.getMessage());
        }
        Call<Q, A> incoming = new Call<>(call, headers, next, session, token);
        Found certificate = certificates == null || session == null ? Found.NO_CREDENTIAL : certificates.known(session);
        if (certificate != null && (token == null || certificate.isEnd())) {
            return incoming.take(Found.NO_CREDENTIAL, certificate);
        }
        Gate gate = call.getAttributes().get(Gate.OF_CONNECTION);
        return incoming.waitFor(gate == null ? new Gate() : gate);
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

        /** Does not wait for what has to be checked. */
        private ServerCall.Listener<Q> waitFor(Gate gate) {
            WaitingCall<Q> waiting = new WaitingCall<>();
            checkToken(gate, ofToken -> {
                if (ofToken.isEnd()) {
                    waiting.takeIn(() -> take(ofToken, Found.NO_CREDENTIAL));
                } else {
                    checkCertificate(gate, ofCertificate -> waiting.takeIn(() -> take(ofToken, ofCertificate)));
                }
            });
            return waiting;
        }

        private void checkToken(Gate gate, Consumer<Found> then) {
            if (tokens == null || token == null) {
                then.accept(Found.NO_CREDENTIAL);
            } else {
                tokens.check(token, gate, then);
            }
        }

        private void checkCertificate(Gate gate, Consumer<Found> then) {
            if (certificates == null || session == null) {
                then.accept(Found.NO_CREDENTIAL);
            } else {
                certificates.check(session, gate, then);
            }
        }

        private ServerCall.Listener<Q> take(Found... credentials) {
            for (Found found : credentials) {
                String refusal = found.refusal();
                if (refusal != null) {
                    return refuse(call, refusal);
                }
                Status ended = found.ended();
                if (ended != null) {
                    call.close(ended, new Metadata());
                    return new ServerCall.Listener<>() {};
                }
            }
            Identity identity = both(credentials[0].identity(), credentials[1].identity());
            return Contexts.interceptCall(
                    Context.current()
                            .withValues(Identity.OF_CALL, identity, Admission.OF_CALL, () -> again(session, token)),
                    call,
                    headers,
                    next);
        }
    }

    private static <Q, A> ServerCall.Listener<Q> refuse(ServerCall<Q, A> call, @Nullable String why) {
        LOG.log(Level.DEBUG, () -> "a call was refused: " + why);
        call.close(Refusals.UNAUTHENTICATED, new Metadata());
        return new ServerCall.Listener<>() {};
    }

    private Identity again(@Nullable SSLSession session, @Nullable String token) throws CredentialException {
        return both(
                tokens == null || token == null ? null : tokens.again(token),
                certificates == null || session == null ? null : certificates.again(session));
    }

    private static Identity both(@Nullable Identity fromToken, @Nullable Identity fromCertificate) {
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
}
