package dev.postevent.grpc.server;

import dev.postevent.grpc.files.Reloaded;
import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.ApplicationProtocolNegotiator;
import io.netty.handler.ssl.SslContext;
import java.util.List;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSessionContext;

/** Gives each new connection the certificate, key and CA that were read last. Reads nothing itself: event loops do not wait for disks. */
final class ReloadingSslContext extends SslContext {
    private final Reloaded<SslContext> current;

    /** Somebody looks for changes of {@code current}, and has done so. */
    ReloadingSslContext(Reloaded<SslContext> current) {
        this.current = current;
    }

    @Override
    public boolean isClient() {
        return false;
    }

    @Override
    public List<String> cipherSuites() {
        return current.current().cipherSuites();
    }

    @Override
    @SuppressWarnings("deprecation") // abstract in the parent
    public ApplicationProtocolNegotiator applicationProtocolNegotiator() {
        return current.current().applicationProtocolNegotiator();
    }

    @Override
    public SSLEngine newEngine(ByteBufAllocator buffers) {
        return current.current().newEngine(buffers);
    }

    @Override
    public SSLEngine newEngine(ByteBufAllocator buffers, String peerHost, int peerPort) {
        return current.current().newEngine(buffers, peerHost, peerPort);
    }

    @Override
    public SSLSessionContext sessionContext() {
        return current.current().sessionContext();
    }
}
