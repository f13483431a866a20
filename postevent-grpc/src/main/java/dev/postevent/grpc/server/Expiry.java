package dev.postevent.grpc.server;

import io.grpc.Status;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Ends a call at a time, or has it looked at then whether it may go on. */
final class Expiry {
    /** A timer knows no greater delay than some 292 years; who waits for longer is asked once more. */
    private static final Duration LATEST = Duration.ofDays(365);

    private final Workers workers;
    // under the monitor
    private boolean cancelled;
    private @Nullable Future<?> due;

    Expiry(Workers workers) {
        this.workers = workers;
    }

    /**
     * At {@code at} the stream has to prove again that it may go on; null: never. In place of what was begun before. The timer only has it
     * looked at: a look checks signatures, many streams may end at one instant, and the timer is what sends heartbeats.
     */
    void begin(@Nullable Instant at, LiveStream stream) {
        if (at == null) {
            return;
        }
        Instant now = workers.clock().instant();
        Instant latest = now.plus(LATEST);
        Duration after = Duration.between(now, at.isBefore(latest) ? at : latest);
        schedule(after, stream, () -> stream.ask(workers.checks(), stream::checkAdmission));
    }

    /** After {@code after} the call is over. */
    void begin(Duration after, Outflow<?> flow) {
        Status status =
                Status.DEADLINE_EXCEEDED.withDescription("not all was taken within " + after.toMillis() + " ms");
        schedule(after, flow, () -> flow.end(status));
    }

    private synchronized void schedule(Duration after, Outflow<?> flow, Runnable then) {
        stop();
        if (cancelled) {
            return;
        }
        try {
            // a moment later, so that by then it has come by any clock that is looked at
            due = workers.timer().schedule(then, Math.max(0, after.toMillis()) + 1, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            flow.end(Refusals.STOPPED);
        } catch (RuntimeException | Error e) {
            // what nobody would end does not go on
            flow.end(Refusals.of(e));
        }
    }

    private void stop() {
        Future<?> timed = due;
        if (timed != null) {
            timed.cancel(false);
            due = null;
        }
    }

    synchronized void cancel() {
        cancelled = true;
        stop();
    }
}
