package dev.postevent.grpc.server;

import dev.postevent.grpc.files.Reloaded;
import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.ApplicationProtocolNegotiator;
import io.netty.handler.ssl.SslContext;
import java.util.List;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSessionContext;

/**
 * Gives each new connection the certificate, key and CA that the files hold then. To look at the files costs an event loop a moment,
 * to read them a few milliseconds: less than the handshake that follows.
 */
final class ReloadingSslContext extends SslContext {
    private final Reloaded<SslContext> current;

    /** Reads the files the first time. */
    ReloadingSslContext(Reloaded<SslContext> current) {
        this.current = current;
        current.get();
    }

    @Override
    public boolean isClient() {
        return false;
    }

    @Override
    public List<String> cipherSuites() {
        return current.get().cipherSuites();
    }

    @Override
    @SuppressWarnings("deprecation") // abstract in the parent
    public ApplicationProtocolNegotiator applicationProtocolNegotiator() {
        return current.get().applicationProtocolNegotiator();
    }

    @Override
    public SSLEngine newEngine(ByteBufAllocator buffers) {
        return current.get().newEngine(buffers);
    }

    @Override
    public SSLEngine newEngine(ByteBufAllocator buffers, String peerHost, int peerPort) {
        return current.get().newEngine(buffers, peerHost, peerPort);
    }

    @Override
    public SSLSessionContext sessionContext() {
        return current.get().sessionContext();
    }
}
