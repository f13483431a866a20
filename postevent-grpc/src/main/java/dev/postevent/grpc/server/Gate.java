package dev.postevent.grpc.server;

import io.grpc.Attributes;
import io.grpc.ServerTransportFilter;
import java.util.concurrent.atomic.AtomicInteger;

/** How many tokens of one connection are being checked. */
final class Gate {
    static final Attributes.Key<Gate> OF_CONNECTION = Attributes.Key.create("postevent-gate");

    private final AtomicInteger checks = new AtomicInteger();

    /** One more; false: there are {@code max}. */
    boolean enter(int max) {
        if (checks.incrementAndGet() <= max) {
            return true;
        }
        leave();
        return false;
    }

    void leave() {
        checks.decrementAndGet();
    }

    /** Gives each connection its gate. */
    static final class PerConnection extends ServerTransportFilter {
        @Override
        public Attributes transportReady(Attributes attributes) {
            return attributes.toBuilder().set(OF_CONNECTION, new Gate()).build();
        }
    }
}
