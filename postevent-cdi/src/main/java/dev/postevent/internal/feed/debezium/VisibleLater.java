package dev.postevent.internal.feed.debezium;

import dev.postevent.internal.feed.VisibleFirst;
import dev.postevent.internal.threads.Backoff;
import dev.postevent.internal.threads.Threads;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;

/** Has what is not visible yet looked at again: the timer says when, a thread of its own does it. Any thread may ask. */
final class VisibleLater implements VisibleFirst.Later {
    private static final Logger LOG = System.getLogger("dev.postevent.feed");

    private final Threads threads;
    private final ExecutorService pool;
    private final Backoff backoff;
    private final RandomGenerator random;

    /**
     * Makes its thread's pool.
     *
     * @param backoff after which it is tried again where there is no thread
     */
    VisibleLater(Threads threads, Backoff backoff, RandomGenerator random) {
        this.threads = threads;
        this.pool = threads.pool(1);
        this.backoff = backoff;
        this.random = random;
    }

    @Override
    public void run(Duration wait, Runnable task) {
        try {
            ScheduledFuture<?> unused =
                    threads.timer().schedule(() -> inPool(task), wait.toNanos(), TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException e) {
            LOG.log(Level.DEBUG, "what is not visible yet is looked at no more: this node is being stopped");
        }
    }

    private void inPool(Runnable task) {
        try {
            pool.execute(task);
        } catch (RejectedExecutionException e) {
            LOG.log(Level.DEBUG, "what is not visible yet is looked at no more: this node is being stopped");
        } catch (RuntimeException | Error e) {
            LOG.log(Level.WARNING, "what is not visible yet cannot be looked at, will be tried again", e);
            run(backoff.waitAfter(1, random), task);
        }
    }
}
