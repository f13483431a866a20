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
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.HashSet;
import java.util.Set;
import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/** Finds out who calls, from the client's certificate and its bearer token. What permissions that gives is decided elsewhere. */
final class Authentication implements ServerInterceptor {
    private static final System.Logger LOG = System.getLogger("dev.postevent.grpc");
    private static final Metadata.Key<String> AUTHORIZATION =
            Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);
    private static final String BEARER = "bearer ";

    private final @Nullable TokenCheck tokens;

    Authentication(@Nullable TokenCheck tokens) {
        this.tokens = tokens;
    }

    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
        Identity identity;
        try {
            identity = identify(call.getAttributes().get(Grpc.TRANSPORT_ATTR_SSL_SESSION), headers);
        } catch (CredentialException e) {
            // why is for this side only, and never has the credential in it
            LOG.log(Level.DEBUG, () -> "a call was refused: " + e.getMessage());
            call.close(
                    Status.UNAUTHENTICATED.withDescription("the credential is missing or not valid"), new Metadata());
            return new ServerCall.Listener<>() {};
        }
        return Contexts.interceptCall(Context.current().withValue(Identity.OF_CALL, identity), call, headers, next);
    }

    private Identity identify(@Nullable SSLSession session, Metadata headers) throws CredentialException {
        X509Certificate certificate = session == null ? null : certificate(session);
        Identity fromToken = fromToken(headers);
        if (certificate == null) {
            return fromToken == null ? Identity.NOBODY : fromToken;
        }
        // TLS looks at it once, and not even that where a session is resumed; a connection may outlive it
        Instant expires = certificate.getNotAfter().toInstant();
        if (expires.isBefore(Instant.now())) {
            throw new CredentialException("the client's certificate has expired since it connected");
        }
        String name = "cert:" + commonName(certificate);
        if (fromToken == null) {
            return new Identity(name, Set.of(name), expires);
        }
        Set<String> names = new HashSet<>(fromToken.names());
        names.add(name);
        Instant tokenExpires = fromToken.expires();
        return new Identity(
                fromToken.principal(),
                names,
                tokenExpires == null || expires.isBefore(tokenExpires) ? expires : tokenExpires);
    }

    private @Nullable Identity fromToken(Metadata headers) throws CredentialException {
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
        return tokens.check(authorization.substring(BEARER.length()).strip());
    }

    /** Was checked by TLS; null if the client has none. */
    private static @Nullable X509Certificate certificate(SSLSession session) {
        try {
            return (X509Certificate) session.getPeerCertificates()[0];
        } catch (SSLPeerUnverifiedException e) {
            return null; // this is how Java says that there is none
        }
    }

    private static String commonName(X509Certificate certificate) throws CredentialException {
        try {
            LdapName subject =
                    new LdapName(certificate.getSubjectX500Principal().getName());
            String found = null;
            for (Rdn part : subject.getRdns()) {
                if (part.getType().equalsIgnoreCase("CN") && part.getValue() instanceof String name) {
                    found = name;
                }
            }
            if (found == null || found.isEmpty()) {
                throw new CredentialException("the client's certificate has no common name");
            }
            return found;
        } catch (InvalidNameException e) {
            throw new CredentialException("the subject of the client's certificate cannot be read");
        }
    }
}
