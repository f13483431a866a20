package dev.postevent.internal.catchup;

import dev.postevent.Notice;
import dev.postevent.spi.TopicName;
import java.lang.System.Logger.Level;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The threads, the clock and the randomness that catch-up of a topic has, and whom it tells.
 *
 * @param pool runs what asks a database
 * @param timer says when it is time to ask
 * @param nanoTime as {@link System#nanoTime}
 * @param notices takes what the application may react to; never waits and never fails
 */
public record Surroundings(
        ExecutorService pool,
        ScheduledExecutorService timer,
        LongSupplier nanoTime,
        RandomGenerator random,
        Consumer<? super Notice> notices) {
    private static final System.Logger LOG = System.getLogger("dev.postevent.catchup");

    long now() {
        return nanoTime.getAsLong();
    }

    /** Returns null if the timer takes nothing: because we are being stopped, or for lack of a thread. */
    @Nullable
    ScheduledFuture<?> schedule(TopicName topic, Runnable task, long nanos) {
        try {
            return timer.schedule(task, nanos, TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException e) {
            return null;
        } catch (RuntimeException | Error e) {
            LOG.log(Level.WARNING, "topic " + topic + ": the next pass is the regular one", e);
            return null;
        }
    }
}
