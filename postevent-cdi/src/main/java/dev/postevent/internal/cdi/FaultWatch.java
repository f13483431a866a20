package dev.postevent.internal.cdi;

import dev.postevent.internal.health.UntoldFaults;
import dev.postevent.internal.threads.UnlessUnderWay;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** Has what health keeps to itself put into the log soon after it arises, whether or not anybody asks. */
final class FaultWatch {
    private static final System.Logger LOG = System.getLogger("dev.postevent");

    /** What is found needs statements of the database, as a check does that somebody asks for. */
    private static final Duration EVERY = Duration.ofSeconds(5);

    private final Supplier<List<String>> faults;
    private final UntoldFaults untold;
    private final UnlessUnderWay checks;
    private volatile boolean ended;

    /**
     * Makes it; nothing is checked yet.
     *
     * @param faults what is wrong at the moment it is asked, which may wait for a database
     * @param pool for that
     */
    FaultWatch(Supplier<List<String>> faults, UntoldFaults untold, Executor pool) {
        this.faults = faults;
        this.untold = untold;
        this.checks = new UnlessUnderWay(
                pool,
                this::check,
                e -> LOG.log(Level.WARNING, "what is wrong cannot be looked at, will be tried again", e));
    }

    /** Checks from now on, until {@code timer} ends. */
    void begin(ScheduledExecutorService timer) {
        ScheduledFuture<?> unused = timer.scheduleWithFixedDelay(
                checks::request, EVERY.toMillis(), EVERY.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** What is being stopped is not what it was, and that is no fault. */
    void end() {
        ended = true;
    }

    private void check() {
        List<String> found;
        try {
            found = faults.get();
        } catch (RuntimeException | Error e) {
            found = List.of("what is wrong cannot be found out: " + e);
        }
        if (!ended) {
            untold.are(found);
        }
    }
}
