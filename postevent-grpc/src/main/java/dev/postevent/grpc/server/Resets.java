package dev.postevent.grpc.server;

import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.ServerStreamTracer;

/**
 * Puts each call into a context of ours. The only way to take back what was given to the transport is to reset the call, and gRPC does
 * that when a call's context ends by a timeout; it keeps its own context to itself, but that one ends with its parent.
 */
final class Resets extends ServerStreamTracer.Factory {
    /** The context that resets the call when it is cancelled with a timeout. */
    static final Context.Key<Context.CancellableContext> OF_CALL = Context.key("postevent-reset");

    @Override
    public ServerStreamTracer newServerStreamTracer(String method, Metadata headers) {
        return new ServerStreamTracer() {
            @Override
            public Context filterContext(Context context) {
                Context.CancellableContext own = context.withCancellation();
                return own.withValue(OF_CALL, own);
            }
        };
    }
}
