package dev.postevent.grpc.server;

import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The answer to a call that has one: given, refused or too late, whichever is first. The caller's own deadline may be anything. */
final class OneAnswer<T> {
    private final ServerCallStreamObserver<T> call;
    private boolean over;
    private @Nullable Future<?> due;

    OneAnswer(ServerCallStreamObserver<T> call) {
        this.call = call;
        // with a handler, an answer that nobody waits for any more is no exception
        call.setOnCancelHandler(this::forget);
    }

    /** Ends the call after {@code limit}, whatever the database does. */
    synchronized void limit(ScheduledExecutorService timer, Duration limit) {
        if (over) {
            return;
        }
        try {
            due = timer.schedule(
                    () -> fails(Status.DEADLINE_EXCEEDED.withDescription(
                            "the source had no answer within " + limit.toMillis() + " ms")),
                    limit.toMillis(),
                    TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            fails(Refusals.STOPPED);
        } catch (RuntimeException | Error e) {
            fails(Refusals.of(e));
        }
    }

    synchronized boolean isOver() {
        return over || call.isCancelled();
    }

    void is(T answer) {
        if (first()) {
            call.onNext(answer);
            call.onCompleted();
        }
    }

    void fails(Status status) {
        if (first()) {
            call.onError(status.asRuntimeException());
        }
    }

    private void forget() {
        boolean unused = first();
    }

    private synchronized boolean first() {
        boolean first = !over;
        over = true;
        Future<?> timed = due;
        if (timed != null) {
            timed.cancel(false);
        }
        return first;
    }
}
