package dev.postevent.grpc.server;

import io.grpc.BindableService;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerInterceptors;
import io.grpc.ServerServiceDefinition;
import java.io.InputStream;
import java.time.Duration;
import java.util.concurrent.ScheduledExecutorService;

/** Gives each call its place as soon as its caller is known. */
final class CallLimits implements ServerInterceptor {
    private final Callers callers;
    private final ScheduledExecutorService timer;
    private final Duration limit;

    /**
     * Makes the limits.
     *
     * @param limit for a request to come to its end, and for what was sent to be taken after the end of its call
     */
    CallLimits(Callers callers, ScheduledExecutorService timer, Duration limit) {
        this.callers = callers;
        this.timer = timer;
        this.limit = limit;
    }

    /** Messages of {@code service} as bytes: so that one that cannot be decoded is refused, and no failure inside of gRPC. */
    ServerServiceDefinition before(BindableService service) {
        return ServerInterceptors.intercept(
                ServerInterceptors.useMarshalledMessages(service.bindService(), new AsItIs()), this);
    }

    /** Copies nothing. */
    private static final class AsItIs implements MethodDescriptor.Marshaller<InputStream> {
        @Override
        public InputStream stream(InputStream message) {
            return message;
        }

        @Override
        public InputStream parse(InputStream message) {
            return message;
        }
    }

    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
        Callers.Place place = callers.enter(Identity.OF_CALL.get().principal());
        if (place == null) {
            call.close(Refusals.TOO_MANY, new Metadata());
            return new ServerCall.Listener<>() {};
        }
        return new OpenCall<>(call, place, timer, limit).start(headers, next);
    }
}
