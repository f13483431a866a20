package dev.postevent.internal.catchup;

import java.util.List;
import java.util.Queue;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;

/** A pool that keeps what it is given, for the test to run. */
final class TasksByHand extends AbstractExecutorService {
    final Queue<Runnable> queued = new ConcurrentLinkedQueue<>();
    /** What else it does when it is given a task; a failure is the caller's, and nothing is kept. */
    Runnable before = () -> {};

    /** All there are, and those that come meanwhile. */
    void runAll() {
        Runnable task;
        while ((task = queued.poll()) != null) {
            task.run();
        }
    }

    @Override
    public void execute(Runnable task) {
        before.run();
        queued.add(task);
    }

    @Override
    public void shutdown() {
        queued.clear();
    }

    @Override
    public List<Runnable> shutdownNow() {
        return List.of();
    }

    @Override
    public boolean isShutdown() {
        return false;
    }

    @Override
    public boolean isTerminated() {
        return false;
    }

    @Override
    public boolean awaitTermination(long timeout, TimeUnit unit) {
        return true;
    }
}
