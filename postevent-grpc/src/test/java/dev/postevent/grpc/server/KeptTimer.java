package dev.postevent.grpc.server;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Delayed;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A timer that keeps what it is given, for the test to run; it makes no thread, or fails as one that can make none. */
final class KeptTimer extends ScheduledThreadPoolExecutor {
    final Deque<Runnable> tasks = new ArrayDeque<>();
    final Deque<Long> delaysMillis = new ArrayDeque<>();

    @Nullable
    Error failure;

    KeptTimer() {
        super(1);
    }

    @Override
    public ScheduledFuture<?> schedule(Runnable task, long delay, TimeUnit unit) {
        Error thrown = failure;
        if (thrown != null) {
            throw thrown;
        }
        tasks.add(task);
        delaysMillis.add(unit.toMillis(delay));
        return new Nothing();
    }

    /** Nobody waits for it. */
    private static final class Nothing extends FutureTask<@Nullable Void> implements ScheduledFuture<@Nullable Void> {
        private Nothing() {
            super(() -> null);
        }

        @Override
        public long getDelay(TimeUnit unit) {
            return 0;
        }

        @Override
        public int compareTo(Delayed other) {
            return 0;
        }
    }
}
