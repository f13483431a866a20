package dev.postevent.grpc.client;

import dev.postevent.PosteventException;
import dev.postevent.grpc.files.Reloaded;
import dev.postevent.grpc.v1.TopicServiceGrpc;
import io.grpc.ManagedChannel;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The connection to one source, shared by all its topics: made when it is needed, thrown away and made anew when somebody found it
 * dead, or when the certificate files were replaced: then calls that are under way end on the old one, as long as they last. The token
 * is read at each call.
 */
final class Connection implements Channels {
    private static final int WINDOW_BYTES = 1 << 20;

    private final Endpoint endpoint;
    private final ClientSettings settings;
    private final EventLoopGroup loops;
    private final Executor offload;
    private final @Nullable Reloaded<SslContext> ssl;
    private final List<ManagedChannel> retired = new ArrayList<>();
    private @Nullable ManagedChannel channel;
    private @Nullable SslContext channelSsl;
    private boolean closed;

    Connection(Endpoint endpoint, ClientSettings settings, EventLoopGroup loops, Executor offload) {
        this.endpoint = endpoint;
        this.settings = settings;
        this.loops = loops;
        this.offload = offload;
        this.ssl = settings.protection() == ClientSettings.Protection.TLS
                ? Reloaded.ofFiles(() -> sslContext(settings), settings.ca(), settings.certificate(), settings.key())
                : null;
    }

    @Override
    public synchronized ManagedChannel get() {
        if (closed) {
            throw new PosteventException("PSTEV35022", "the connection to " + endpoint + " was closed");
        }
        SslContext now = ssl == null ? null : ssl.get();
        ManagedChannel open = channel;
        if (open != null && now != channelSsl) {
            retired.removeIf(ManagedChannel::isTerminated);
            retired.add(open);
            open.shutdown();
            open = null;
        }
        if (open == null) {
            open = open(now);
            channel = open;
            channelSsl = now;
        }
        // our own back-off decides when to try, not the channel's, which goes up to two minutes
        open.resetConnectBackoff();
        return open;
    }

    @Override
    public synchronized void renew(ManagedChannel dead) {
        if (channel == dead) {
            channel = null;
        }
        dead.shutdownNow();
    }

    /** Ends all calls; none can be made any more. */
    synchronized @Nullable ManagedChannel close() {
        closed = true;
        ManagedChannel open = channel;
        channel = null;
        retired.forEach(ManagedChannel::shutdownNow);
        if (open != null) {
            open.shutdownNow();
        }
        return open;
    }

    private ManagedChannel open(@Nullable SslContext sslContext) {
        ClientSettings.Limits limits = settings.limits();
        NettyChannelBuilder builder = (settings.protection() == ClientSettings.Protection.LOOPBACK
                        ? NettyChannelBuilder.forAddress(
                                new InetSocketAddress(Loopback.address(endpoint.host()), endpoint.port()))
                        : NettyChannelBuilder.forAddress(endpoint.host(), endpoint.port()))
                .channelType(NioSocketChannel.class)
                .eventLoopGroup(loops)
                // callbacks hand over and return
                .directExecutor()
                .offloadExecutor(offload)
                .disableServiceConfigLookUp()
                .disableRetry()
                .withOption(io.netty.channel.ChannelOption.CONNECT_TIMEOUT_MILLIS, (int)
                        Math.min(10_000, limits.callLimit().toMillis()))
                .flowControlWindow(WINDOW_BYTES)
                .maxInboundMessageSize(limits.messageBytesMax())
                .keepAliveTime(limits.keepAlive().toMillis(), TimeUnit.MILLISECONDS)
                .keepAliveTimeout(limits.keepAliveTimeout().toMillis(), TimeUnit.MILLISECONDS)
                .intercept(new TokenInterceptor(settings.credential(), settings.protection()));
        if (sslContext == null) {
            builder.usePlaintext();
        } else {
            builder.sslContext(sslContext);
        }
        return builder.build();
    }

    static SslContext sslContext(ClientSettings settings) {
        try {
            SslContextBuilder builder = GrpcSslContexts.configure(SslContextBuilder.forClient(), SslProvider.JDK)
                    .protocols("TLSv1.3", "TLSv1.2");
            Path ca = settings.ca();
            if (ca != null) {
                builder.trustManager(ca.toFile());
            }
            Path certificate = settings.certificate();
            Path key = settings.key();
            if (certificate != null && key != null) {
                builder.keyManager(certificate.toFile(), key.toFile());
            }
            return builder.build();
        } catch (IOException | IllegalArgumentException e) {
            throw new PosteventException(
                    "PSTEV35003",
                    "the client's CA " + settings.ca() + ", certificate " + settings.certificate() + " or key "
                            + settings.key()
                            + " cannot be used; they have to be PEM files, the key PKCS#8 without a password ("
                            + e.getMessage() + ")",
                    e);
        }
    }

    /** The methods of the service, over {@code channel}. */
    static TopicServiceGrpc.TopicServiceBlockingStub blocking(ManagedChannel channel, ClientSettings.Limits limits) {
        return TopicServiceGrpc.newBlockingStub(channel)
                .withDeadlineAfter(limits.callLimit().toMillis(), TimeUnit.MILLISECONDS);
    }
}
