package dev.postevent.grpc.server;

import io.grpc.ServerCredentials;
import io.grpc.internal.FixedObjectPool;
import io.grpc.internal.ObjectPool;
import io.grpc.netty.InternalNettyServerCredentials;
import io.grpc.netty.InternalProtocolNegotiator;
import io.grpc.netty.NettySslContextServerCredentials;
import io.netty.handler.ssl.SslContext;
import java.util.concurrent.Executor;

/**
 * TLS whose handshakes have a place of their own: their signatures cost far more than a call, and whoever reaches the port can begin
 * them. gRPC does them on the threads that serve calls, and only what it calls internal has a place to say otherwise.
 */
final class Handshakes {
    private Handshakes() {}

    /** As {@code context} says; what a handshake computes, {@code executor} does. Of each connection that is one task at a time. */
    static ServerCredentials on(Executor executor, SslContext context) {
        InternalProtocolNegotiator.ServerFactory tls =
                InternalNettyServerCredentials.toNegotiator(NettySslContextServerCredentials.create(context));
        ObjectPool<Executor> own = new FixedObjectPool<>(executor);
        return InternalNettyServerCredentials.create(new InternalProtocolNegotiator.ServerFactory() {
            @Override
            public InternalProtocolNegotiator.ProtocolNegotiator newNegotiator(ObjectPool<? extends Executor> ofCalls) {
                return tls.newNegotiator(own);
            }
        });
    }
}
