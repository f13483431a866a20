package dev.postevent.internal.processor;

import dev.postevent.internal.threads.OwnThread;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Whether the database answers. What a thread with dead connections finds says nothing of it: then another one asks. */
final class Reachability {
    /** How long an answer is waited for that another thread asks for. */
    private static final int ANSWER_SECONDS = 5;

    private final LaneStore store;
    private final ExecutorService workPool;

    Reachability(LaneStore store, ExecutorService workPool) {
        this.store = store;
        this.workPool = workPool;
    }

    boolean isReachable() {
        if (!OwnThread.isSpent()) {
            return store.reachable();
        }
        try {
            return workPool.submit(store::reachable).get(ANSWER_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } catch (ExecutionException | TimeoutException | RejectedExecutionException e) {
            // it does not answer, or we are being stopped
            return false;
        }
    }

    /** True if a failure is transient: by what it says, or because the database is away. */
    boolean isTransient(Throwable failure) {
        return Failures.isTransient(failure) || !isReachable();
    }
}
