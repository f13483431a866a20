package dev.postevent.grpc.client;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.ForwardingClientCall.SimpleForwardingClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Gives each call the bearer token, read anew. */
final class TokenInterceptor implements ClientInterceptor {
    private static final Metadata.Key<String> AUTHORIZATION =
            Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);
    private static final long FILE_BYTES_MAX = 8192;
    /** As RFC 6750 has it. */
    private static final Pattern TOKEN = Pattern.compile("[A-Za-z0-9._~+/=-]+");

    private final ClientSettings.Credential credential;
    private final ClientSettings.Protection protection;

    TokenInterceptor(ClientSettings.Credential credential, ClientSettings.Protection protection) {
        this.credential = credential;
        this.protection = protection;
    }

    @Override
    public <Q, A> ClientCall<Q, A> interceptCall(MethodDescriptor<Q, A> method, CallOptions options, Channel next) {
        return new SimpleForwardingClientCall<>(next.newCall(method, options)) {
            @Override
            public void start(Listener<A> listener, Metadata headers) {
                String token = token();
                if (token != null) {
                    headers.put(AUTHORIZATION, "Bearer " + token);
                }
                super.start(listener, headers);
            }
        };
    }

    private @Nullable String token() {
        String token = read();
        // it may have come after the deployment looked
        if (token != null && protection == ClientSettings.Protection.LOOPBACK) {
            throw Status.UNAUTHENTICATED
                    .withDescription("the token of " + credential
                            + " is not sent in plaintext: use TLS, or allow it with " + "postevent.grpc.insecure=true")
                    .asRuntimeException();
        }
        // else gRPC would refuse it, and write it to the log to say so
        if (token != null && !TOKEN.matcher(token).matches()) {
            throw Status.UNAUTHENTICATED
                    .withDescription("the token of " + credential
                            + " is empty or has a character that no token has (a space, a line break, a quote)")
                    .asRuntimeException();
        }
        return token;
    }

    private @Nullable String read() {
        Path file = credential.file();
        if (file == null) {
            return credential.configured().get().orElse(null);
        }
        try {
            if (Files.size(file) > FILE_BYTES_MAX) {
                throw new IOException("it has more than " + FILE_BYTES_MAX + " bytes");
            }
            return Files.readString(file).strip();
        } catch (IOException e) {
            throw Status.UNAUTHENTICATED
                    .withDescription("the token file " + file + " cannot be read (" + e + ")")
                    .asRuntimeException();
        }
    }
}
