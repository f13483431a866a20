package dev.postevent.grpc.server;

import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * One call between transport and service, from its headers until the transport has let go of it: only then its place is free.
 *
 * <p>All calls have one request message (gRPC itself resets one that has more). Before it is whole nothing of the service runs, and the
 * call may be ended here; from then on only the service ends it.
 *
 * <p>What was sent stays in the transport until the client takes it, also after the call was ended on this side: the end is only one
 * thing more that waits. So a call that has ended and is not taken to its end within the limit is reset, which throws away what is left.
 */
final class OpenCall<Q, A> extends SimpleForwardingServerCall<Q, A> {
    private static final System.Logger LOG = System.getLogger("dev.postevent.grpc");

    /** gRPC calls a call ready that has less than this to send; so much for each call is bounded by the number of calls. */
    private static final int NOT_COUNTED_BELOW = 32 * 1024;

    private final Callers.Place place;
    private final ScheduledExecutorService timer;
    private final Duration limit;
    private final Context.CancellableContext reset;
    // under the monitor
    private boolean requested;
    private boolean gone;
    private @Nullable Future<?> due;

    OpenCall(ServerCall<Q, A> call, Callers.Place place, ScheduledExecutorService timer, Duration limit) {
        super(call);
        this.place = place;
        this.timer = timer;
        this.limit = limit;
        this.reset = Resets.OF_CALL.get();
    }

    ServerCall.Listener<Q> start(Metadata headers, ServerCallHandler<Q, A> next) {
        try {
            schedule(this::unfinished);
            Context context = Context.current().withValue(Callers.Place.OF_CALL, place);
            return new Requests(Contexts.interceptCall(context, this, headers, next));
        } catch (RuntimeException | Error e) {
            gone(); // the transport has nobody to tell so
            throw e;
        }
    }

    private synchronized void schedule(Runnable task) {
        cancelDue();
        if (gone) {
            return;
        }
        try {
            due = timer.schedule(task, limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            due = null; // the server is being stopped, which ends all connections
        }
    }

    private void cancelDue() {
        Future<?> timed = due;
        if (timed != null) {
            timed.cancel(false);
            due = null;
        }
    }

    private void unfinished() {
        refuse(Status.DEADLINE_EXCEEDED.withDescription(
                "the request was not finished within " + limit.toMillis() + " ms"));
    }

    private void untaken() {
        boolean unused = reset.cancel(new TimeoutException("what was sent was not taken"));
    }

    /** Ends the call, if the service has not got it. */
    private void refuse(Status status) {
        synchronized (this) {
            if (requested || gone) {
                return;
            }
            requested = true; // whatever else comes is for nobody
        }
        close(status, new Metadata());
    }

    @Override
    public void sendMessage(A message) {
        long size = size(message);
        if (size < NOT_COUNTED_BELOW) {
            super.sendMessage(message);
            return;
        }
        // with the monitor, so that nobody finds the call ready between the two and takes this one for taken
        synchronized (this) {
            place.taken(); // a call is asked for more only when it is ready
            if (!gone && !place.send(size)) {
                throw Refusals.NOT_TAKEN.asRuntimeException();
            }
            super.sendMessage(message);
        }
    }

    private static long size(Object message) {
        try {
            return ((InputStream) message).available(); // protobuf's streams know their length
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close(Status status, Metadata trailers) {
        if (!status.isOk()) {
            LOG.log(
                    Level.DEBUG,
                    () -> getMethodDescriptor().getFullMethodName() + " ended with " + status.getCode() + ": "
                            + status.getDescription());
        }
        super.close(status, trailers);
        try {
            schedule(this::untaken);
        } catch (RuntimeException | Error e) {
            // what nobody would end does not stay
            RationedLog.OF_CALLS.warn("a call cannot be given time to be taken to its end", e);
            untaken();
        }
    }

    private void gone() {
        synchronized (this) {
            gone = true;
            cancelDue();
            place.taken();
        }
        place.leave();
    }

    private synchronized void ready() {
        if (isReady()) {
            place.taken();
        }
    }

    /** Takes the request, or refuses it. */
    private final class Requests extends SimpleForwardingServerCallListener<Q> {
        private boolean hasMessage;

        private Requests(ServerCall.Listener<Q> service) {
            super(service);
        }

        @Override
        public void onMessage(Q message) {
            hasMessage = true;
            try {
                super.onMessage(message);
            } catch (StatusRuntimeException e) {
                // by its decoder; the service itself is called when the request is whole
                refuse(
                        e.getStatus().getCode() == Status.Code.RESOURCE_EXHAUSTED
                                ? e.getStatus()
                                : Refusals.invalid("the request is not a message of this call"));
            }
        }

        @Override
        public void onHalfClose() {
            if (!hasMessage) {
                refuse(Refusals.invalid("the request has no message"));
            }
            synchronized (OpenCall.this) {
                if (requested) {
                    return;
                }
                requested = true;
                cancelDue();
            }
            super.onHalfClose();
        }

        @Override
        public void onReady() {
            ready();
            super.onReady();
        }

        @Override
        public void onCancel() {
            gone();
            super.onCancel();
        }

        @Override
        public void onComplete() {
            gone();
            super.onComplete();
        }
    }
}
