package dev.postevent.internal.telemetry;

import dev.postevent.internal.threads.UnlessUnderWay;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Numbers that have to be read, for who collects them: they get the last ones and do not wait. For as long as somebody collects they
 * are read anew regularly, on a thread of ours; where nobody does, nothing is read.
 */
final class Sampler {
    private static final System.Logger LOG = System.getLogger("dev.postevent");

    /** So old a number may be. */
    static final Duration EVERY = Duration.ofSeconds(5);
    /** For so long somebody who collected may come again; OpenTelemetry exports every minute if nothing else is said. */
    static final Duration KEPT = Duration.ofSeconds(150);

    private final Supplier<List<Reading>> source;
    private final UnlessUnderWay sampling;
    private final ScheduledExecutorService timer;
    private final LongSupplier nanoTime;

    private final Object monitor = new Object();

    // these under the monitor
    private @Nullable Sample latest;
    private long askedAt;
    private boolean ticking;
    private boolean ended;

    private record Sample(List<Reading> readings, long at) {}

    /**
     * Reads nothing yet.
     *
     * @param source reads the numbers, which may wait for a database
     * @param pool for that
     * @param timer for short tasks
     */
    Sampler(Supplier<List<Reading>> source, Executor pool, ScheduledExecutorService timer, LongSupplier nanoTime) {
        this.source = source;
        this.timer = timer;
        this.nanoTime = nanoTime;
        this.sampling = new UnlessUnderWay(
                pool,
                this::sample,
                e -> LOG.log(Level.WARNING, "numbers for metrics cannot be read, will be tried again", e));
    }

    /** What was read last, with its age; null: nothing yet. */
    @Nullable
    List<Reading> collected() {
        Sample last;
        boolean begin;
        long now = nanoTime.getAsLong();
        synchronized (monitor) {
            if (ended) {
                return null;
            }
            askedAt = now;
            begin = !ticking;
            ticking = true;
            last = latest;
        }
        if (begin) {
            tick();
        }
        if (last == null) {
            return null;
        }
        List<Reading> all = new ArrayList<>(last.readings());
        all.add(new Reading(Metric.SAMPLE_AGE, (now - last.at()) / 1e9, Map.of()));
        return all;
    }

    private void tick() {
        synchronized (monitor) {
            if (ended || nanoTime.getAsLong() - askedAt > KEPT.toNanos()) {
                ticking = false;
                // who comes after so long gets nothing rather than numbers of then
                latest = null;
                return;
            }
        }
        sampling.request();
        try {
            ScheduledFuture<?> unused = timer.schedule(this::tick, EVERY.toMillis(), TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            // the timer takes nothing more because we are being stopped
            end();
        }
    }

    private void sample() {
        List<Reading> readings;
        try {
            readings = source.get();
        } catch (RuntimeException e) {
            // what was read last stays, and gets older, which its age tells
            LOG.log(Level.DEBUG, "numbers for metrics could not be read, will be tried again", e);
            return;
        }
        synchronized (monitor) {
            if (ticking) {
                latest = new Sample(List.copyOf(readings), nanoTime.getAsLong());
            }
        }
    }

    /** Reads nothing any more. */
    void end() {
        synchronized (monitor) {
            ended = true;
            ticking = false;
            latest = null;
        }
    }
}
