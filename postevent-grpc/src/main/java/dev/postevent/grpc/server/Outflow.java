package dev.postevent.grpc.server;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ServerCallStreamObserver;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Sends the messages of one call, one after the other, only while the client takes them.
 *
 * <p>{@link #wake} may come from any thread and never blocks; at most one task per call sends. What is to be sent is kept by the
 * subclass, guarded by {@link #lock}; it bounds it. No wake-up is lost: readiness is looked at under the same lock under which
 * {@code running} goes back to false.
 */
abstract class Outflow<T> {
    /** Guards everything of this call. */
    final Object lock = new Object();

    private final ServerCallStreamObserver<T> observer;
    private final Executor executor;
    // under the lock
    private boolean running;
    private boolean ended;
    private @Nullable Status ending;

    Outflow(ServerCallStreamObserver<T> observer, Executor executor) {
        this.observer = observer;
        this.executor = executor;
    }

    /** Takes over the call; to be called on the thread that the call came in on. */
    final void open() {
        observer.setOnReadyHandler(this::wake);
        observer.setOnCancelHandler(this::cancelled);
    }

    /** What to send next, made outside of the lock; null: nothing now. Called under the lock; does not block. */
    abstract @Nullable Supplier<T> next();

    /** Everything was sent; asked under the lock when there is nothing next. */
    abstract boolean complete();

    /** The call is over, for whatever reason; called once, not under the lock. */
    abstract void over();

    /** There may be something to send. */
    final void wake() {
        synchronized (lock) {
            if (running || ended) {
                return;
            }
            running = true;
        }
        try {
            executor.execute(this::send);
        } catch (RejectedExecutionException e) {
            // the server is being stopped, which ends all calls
            notRunning();
        } catch (RuntimeException | Error e) {
            // no thread for it, as it seems; whoever woke it is not to blame, and whoever wakes it next tries again
            notRunning();
            RationedLog.OF_CALLS.warn("nothing can be sent on a call at the moment", e);
        }
    }

    private void notRunning() {
        synchronized (lock) {
            running = false;
        }
    }

    /** Asks something that may wait, or takes long, on a thread of {@code others}, if it is still of use; a failure ends the call. */
    final void ask(Executor others, Runnable question) {
        try {
            others.execute(() -> {
                try {
                    if (!isOver()) {
                        question.run();
                    }
                } catch (RuntimeException | Error e) {
                    end(Refusals.of(e));
                }
            });
        } catch (RejectedExecutionException e) {
            end(Refusals.BUSY);
        } catch (RuntimeException | Error e) {
            end(Refusals.of(e));
        }
    }

    /** Ends the call with a status, after the message that is being sent. */
    final void end(Status status) {
        synchronized (lock) {
            if (ending == null) {
                ending = status;
            }
        }
        wake();
    }

    final boolean isOver() {
        synchronized (lock) {
            return ended || ending != null;
        }
    }

    private void cancelled() {
        boolean first;
        synchronized (lock) {
            first = !ended;
            ended = true;
        }
        if (first) {
            over();
        }
    }

    private void send() {
        try {
            while (true) {
                Supplier<T> message;
                Status status;
                synchronized (lock) {
                    status = ending;
                    message = status != null || ended || !observer.isReady() ? null : next();
                    if (message == null) {
                        if (status == null) {
                            status = ending; // what comes next may have found out that there is nothing
                        }
                        if (status == null && !ended && observer.isReady() && complete()) {
                            status = Status.OK;
                        }
                        running = false;
                        if (status == null || ended) {
                            return;
                        }
                        ended = true;
                    }
                }
                if (message == null) {
                    close(status);
                    return;
                }
                observer.onNext(message.get());
            }
        } catch (RuntimeException | Error e) {
            failed(e);
        }
    }

    private void close(@Nullable Status status) {
        over();
        if (status == null || status.isOk()) {
            observer.onCompleted();
        } else {
            observer.onError(status.asRuntimeException());
        }
    }

    /** A message that cannot be made or sent, or may not, ends this call, and never the thread. */
    private void failed(Throwable e) {
        boolean first;
        synchronized (lock) {
            running = false;
            first = !ended;
            ended = true;
        }
        if (first) {
            over();
            observer.onError(e instanceof StatusRuntimeException refused ? refused : unsent(e));
        }
    }

    private static StatusRuntimeException unsent(Throwable e) {
        RationedLog.OF_CALLS.warn("a call ended because its next message could not be sent", e);
        return Status.INTERNAL
                .withDescription("the next message could not be sent")
                .asRuntimeException();
    }
}
