package dev.postevent.internal.catchup;

import dev.postevent.DivergedSourceException;
import dev.postevent.internal.jdbc.Transient;
import dev.postevent.internal.threads.Backoff;
import dev.postevent.spi.TopicName;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * When passes over a topic are made: one at a time, right after the one under way for what is asked meanwhile, again after a failure with
 * a back-off, and at regular intervals. It also counts the doubts that make a pass compare the source before it reads.
 *
 * <p>Under its monitor it calls nothing that locks but the timer, so it may be called under any lock.
 */
final class Passes {
    private static final System.Logger LOG = System.getLogger("dev.postevent.catchup");
    private static final Backoff RETRY = new Backoff(Duration.ofMillis(100), 2, Duration.ofSeconds(5));

    private final TopicName topic;
    private final Work work;
    private final Standstill standstill;
    private final Surroundings surroundings;

    private final Object monitor = new Object();

    // these are read and written under the monitor
    /** True while a pass is queued or under way. */
    private boolean running;
    /** True if another pass was asked for meanwhile. */
    private boolean again;

    private boolean stopped;
    /** Doubts of the source there were, and how many of them a check has answered: those there were before it began. */
    private long doubts = 1;

    private long doubtsAnswered;
    private @Nullable ScheduledFuture<?> regular;
    private @Nullable ScheduledFuture<?> retry;

    // of the pass under way, of which there is one
    private int failures;
    /** True if the last pass failed because a database is away. */
    private boolean away;

    /** The last failure, which is being retried; null: none. Written by the pass under way, read by all. */
    private volatile @Nullable String trouble;

    /** What a pass does. */
    interface Work {
        /**
         * Makes one.
         *
         * @return after how many nanoseconds another is to be made; empty: none is
         */
        OptionalLong pass();
    }

    Passes(TopicName topic, Work work, Standstill standstill, Surroundings surroundings) {
        this.topic = topic;
        this.work = work;
        this.standstill = standstill;
        this.surroundings = surroundings;
    }

    /** Begins, once: a pass now, then regular ones. */
    void start(Duration interval) {
        long millis = interval.toMillis();
        synchronized (monitor) {
            if (regular != null || stopped) {
                return;
            }
            regular = surroundings.timer().scheduleWithFixedDelay(this::request, millis, millis, TimeUnit.MILLISECONDS);
        }
        doubt();
    }

    /** Ends: no pass begins any more. The one under way finishes by itself. */
    void stop() {
        synchronized (monitor) {
            stopped = true;
            ScheduledFuture<?> timed = regular;
            if (timed != null) {
                timed.cancel(false);
            }
        }
    }

    boolean isStopped() {
        synchronized (monitor) {
            return stopped;
        }
    }

    /** The last failure, which is being retried; null: none. */
    @Nullable
    String trouble() {
        return trouble;
    }

    /** The source may be another one: makes a pass that compares it. */
    void doubt() {
        countDoubt();
        request();
    }

    /** The source may be another one; whoever found that fails, and compares it when called again. */
    void countDoubt() {
        synchronized (monitor) {
            doubts++;
        }
    }

    /** How many doubts there were. */
    long doubts() {
        synchronized (monitor) {
            return doubts;
        }
    }

    /** How many doubts there were, if some are not answered; empty: all are. */
    OptionalLong unanswered() {
        synchronized (monitor) {
            return doubts > doubtsAnswered ? OptionalLong.of(doubts) : OptionalLong.empty();
        }
    }

    /** A check has answered the first so many. A doubt that came meanwhile may be of what was seen there. */
    void answered(long first) {
        synchronized (monitor) {
            doubtsAnswered = Math.max(doubtsAnswered, first);
        }
    }

    /** Makes a pass, now or right after the one under way. */
    void request() {
        synchronized (monitor) {
            if (stopped || standstill.isForGood()) {
                return;
            }
            if (running) {
                again = true;
                return;
            }
            running = true;
        }
        try {
            surroundings.pool().execute(this::run);
        } catch (RejectedExecutionException e) {
            // the pool takes nothing more because we are being stopped
            synchronized (monitor) {
                running = false;
            }
        } catch (RuntimeException | Error e) {
            LOG.log(Level.WARNING, "topic " + topic + ": cannot catch up, will try again: there is no thread", e);
            synchronized (monitor) {
                running = false;
                retry = requestAfter(waitAfter(1));
            }
        }
    }

    private @Nullable ScheduledFuture<?> requestAfter(long nanos) {
        return surroundings.schedule(topic, this::request, nanos);
    }

    private long waitAfter(int failed) {
        return RETRY.waitAfter(failed, surroundings.random()).toNanos();
    }

    private void run() {
        OptionalLong next = OptionalLong.empty();
        try {
            next = work.pass();
            failures = 0;
            trouble = null;
            away = false;
        } catch (DivergedSourceException e) {
            standstill.diverged(e);
        } catch (RuntimeException | Error e) {
            failures++;
            tell(e);
            next = OptionalLong.of(waitAfter(failures));
        }
        ended(next);
    }

    private void tell(Throwable e) {
        String text = e.getMessage() == null ? e.toString() : e.getMessage();
        // a database that is away says so in other words at each try: that is one line
        boolean wasAway = away;
        away = Transient.isAway(e);
        boolean told = text.equals(trouble) || (wasAway && away);
        if (!told && !isStopped()) {
            // where it was met is of no use if it is transient
            LOG.log(
                    Level.WARNING,
                    "topic " + topic + ": cannot catch up, will try again: " + text,
                    Transient.is(e) ? null : e);
        }
        trouble = text;
    }

    private void ended(OptionalLong next) {
        boolean once;
        synchronized (monitor) {
            running = false;
            once = again && !stopped && next.isEmpty();
            again = false;
            if (next.isPresent()) {
                // one, and that of the pass that knows most
                if (retry != null) {
                    retry.cancel(false);
                }
                retry = requestAfter(next.getAsLong());
            }
        }
        if (once) {
            request();
        }
    }
}
