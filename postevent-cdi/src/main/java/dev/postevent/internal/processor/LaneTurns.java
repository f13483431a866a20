package dev.postevent.internal.processor;

import dev.postevent.internal.flight.Flight;
import dev.postevent.internal.jdbc.Transient;
import dev.postevent.internal.threads.OwnThread;
import jakarta.transaction.SystemException;
import java.sql.SQLException;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What the lanes of one subscription do next, on which thread, and when one that waits is woken. A lane has at most one task at a time;
 * after a while that begins anew behind those of the others.
 */
final class LaneTurns {
    private static final long TURN_NANOS = 20_000_000;
    /** So often a lane may fail at one place before health names the event there. */
    private static final int ROUNDS_MAX = 3;

    private static final long FAILURE_WAIT_MILLIS = 100;
    private static final long FAILURE_WAIT_MAX_MILLIS = 5_000;

    private final OwnedLanes lanes;
    private final ReadAhead readAhead;
    private final HeldBudget budget;
    private final LaneRunner runner;
    private final LaneReload reload;
    private final LaneReturns returns;
    private final Troubles troubles;
    private final Surroundings surroundings;
    private final NodeClock clock;

    LaneTurns(
            OwnedLanes lanes,
            ReadAhead readAhead,
            HeldBudget budget,
            LaneRunner runner,
            LaneReload reload,
            LaneReturns returns,
            Troubles troubles,
            Surroundings surroundings) {
        this.lanes = lanes;
        this.readAhead = readAhead;
        this.budget = budget;
        this.runner = runner;
        this.reload = reload;
        this.returns = returns;
        this.troubles = troubles;
        this.surroundings = surroundings;
        this.clock = surroundings.clock();
    }

    /** Has a lane do what is next, unless a task is queued or running for it. */
    void schedule(OwnedLane one) {
        lanes.assertHeld();
        if (one.scheduled || lanes.isStopping() || one.leaving || !lanes.has(one)) {
            return;
        }
        one.scheduled = Background.submit(surroundings.lanePool(), () -> turn(one));
    }

    /** What is stored of a lane is read before anything else is done there. */
    void reload(OwnedLane one) {
        lanes.assertHeld();
        one.reload = true;
        schedule(one);
    }

    /** A piece of a turn. */
    private sealed interface Step {
        record Reload() implements Step {}

        record Work(LaneWork.OfEvents work) implements Step {}
    }

    private void turn(OwnedLane one) {
        Flight.LaneTurn flight = Flight.laneTurn();
        int steps = 0;
        try {
            steps = stepsOf(one);
        } finally {
            flight.ended(runner.subscription(), one.number(), steps);
        }
    }

    /** Returns how many there were. */
    private int stepsOf(OwnedLane one) {
        int steps = 0;
        long began = clock.nanos();
        Long at = null;
        try {
            Optional<Step> step = lanes.get(() -> next(one));
            while (step.isPresent()) {
                steps++;
                if (step.get() instanceof Step.Work next) {
                    at = next.work().position();
                    runner.run(one, next.work());
                } else {
                    at = null;
                    reload.reload(one);
                }
                if (lanes.get(() -> endsAfter(one, began))) {
                    return steps;
                }
                step = lanes.get(() -> next(one));
            }
        } catch (LaneLostException e) {
            lanes.run(() -> {
                one.interrupted();
                reload(one);
            });
        } catch (SQLException | SystemException | RuntimeException | Error e) {
            failed(one, at, e);
        }
        return steps;
    }

    /** Empty if the turn ends here. */
    private Optional<Step> next(OwnedLane one) {
        if (!lanes.mayRun(one, clock.millis())) {
            one.interrupted();
            if (one.leaving) {
                returns.request();
            }
            return Optional.empty();
        }
        if (one.reload) {
            one.reload = false;
            one.reloading = true;
            return Optional.of(new Step.Reload());
        }
        LaneWork work = budget.next(one, clock.millis());
        readAhead.passOver(one);
        readAhead.request();
        if (work instanceof LaneWork.Full full) {
            // other lanes, other nodes and operators make room
            return waits(one, full.next().noLaterThan(clock.millis() + Polls.EVERY_MILLIS));
        }
        if (work instanceof LaneWork.Wait wait) {
            return waits(one, wait.until());
        }
        return Optional.of(new Step.Work((LaneWork.OfEvents) work));
    }

    private Optional<Step> waits(OwnedLane one, Due until) {
        one.scheduled = false;
        wake(one, until);
        return Optional.empty();
    }

    private boolean endsAfter(OwnedLane one, long began) {
        one.succeeded();
        one.reload |= one.lane.takeDoubt() || budget.wantsMore(one);
        troubles.well(one.place());
        readAhead.passOver(one);
        readAhead.request();
        if (clock.nanos() - began <= TURN_NANOS && !OwnThread.isSpent()) {
            return false;
        }
        one.scheduled = false;
        schedule(one);
        return true;
    }

    /** {@code at}: the position where it began; null: what is stored was read. */
    private void failed(OwnedLane one, @Nullable Long at, Throwable e) {
        long rounds = lanes.get(() -> {
            one.interrupted();
            one.reload |= one.lane.takeDoubt();
            long failures = one.failed(at);
            long wait = Math.min(FAILURE_WAIT_MAX_MILLIS, FAILURE_WAIT_MILLIS << Math.min(failures, 6));
            wake(one, Due.at(clock.millis() + wait));
            return failures;
        });
        String text = Failures.describe(e);
        boolean stuck = rounds >= ROUNDS_MAX && at != null;
        troubles.met(
                one.place(),
                stuck ? one.place() + " does not get past position " + at + ": " + text : text,
                Transient.isAway(e));
    }

    private void wake(OwnedLane one, Due due) {
        if (!(due instanceof Due.At at) || lanes.isStopping() || wakesBefore(one, at)) {
            return;
        }
        one.wakes = at;
        try {
            ScheduledFuture<?> unused = surroundings
                    .timer()
                    .schedule(
                            () -> lanes.run(() -> {
                                one.wakes = Due.never();
                                schedule(one);
                            }),
                            Math.max(1, at.millis() - clock.millis()),
                            TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            // the timer takes nothing more because we are being stopped
            one.wakes = Due.never();
        }
    }

    private boolean wakesBefore(OwnedLane one, Due.At at) {
        return one.wakes instanceof Due.At set && set.millis() <= at.millis() && set.millis() > clock.millis();
    }
}
