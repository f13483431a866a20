package dev.postevent.grpc.server;

import io.grpc.Context;
import io.grpc.ServerCall;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A call that is known to come, but not yet from whom: keeps what happens to it until it can be taken in. */
final class WaitingCall<Q> extends ServerCall.Listener<Q> {
    private final Context context;
    private final Context.CancellableContext reset;
    // under the monitor
    private final Queue<Consumer<ServerCall.Listener<Q>>> kept = new ArrayDeque<>();
    private ServerCall.@Nullable Listener<Q> service;
    private boolean over;

    /** Makes it, on the thread that the call came in on. */
    WaitingCall() {
        this.context = Context.current();
        this.reset = Resets.OF_CALL.get();
    }

    /**
     * Goes on with what {@code taking} gives, if the call is still there. What happens to the call meanwhile waits for that: a message can
     * be read only as long as it is being handed over, so it must not be kept. There is none before, because nobody has asked for one.
     */
    synchronized void takeIn(Supplier<ServerCall.Listener<Q>> taking) {
        if (over) {
            return;
        }
        Context before = context.attach();
        try {
            ServerCall.Listener<Q> listener = taking.get();
            kept.forEach(event -> event.accept(listener));
            kept.clear();
            service = listener;
        } catch (RuntimeException | Error e) {
            boolean unused = reset.cancel(new TimeoutException("the call could not be taken in"));
            throw e;
        } finally {
            context.detach(before);
        }
    }

    private void pass(Consumer<ServerCall.Listener<Q>> event) {
        ServerCall.Listener<Q> listener;
        synchronized (this) {
            listener = service;
            if (listener == null) {
                kept.add(event);
                return;
            }
        }
        event.accept(listener);
    }

    @Override
    public void onMessage(Q message) {
        pass(listener -> listener.onMessage(message));
    }

    @Override
    public void onHalfClose() {
        pass(ServerCall.Listener::onHalfClose);
    }

    @Override
    public void onCancel() {
        synchronized (this) {
            over = true;
        }
        pass(ServerCall.Listener::onCancel);
    }

    @Override
    public void onComplete() {
        synchronized (this) {
            over = true;
        }
        pass(ServerCall.Listener::onComplete);
    }

    @Override
    public void onReady() {
        pass(ServerCall.Listener::onReady);
    }
}
