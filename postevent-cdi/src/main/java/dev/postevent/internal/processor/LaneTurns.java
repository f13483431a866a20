package dev.postevent.internal.processor;

import dev.postevent.internal.jdbc.Passing;
import dev.postevent.internal.threads.OwnThread;
import jakarta.transaction.SystemException;
import java.sql.SQLException;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

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

        record Work(LaneWork work) implements Step {}
    }

    private void turn(OwnedLane one) {
        long began = clock.nanos();
        long at = 0;
        try {
            Optional<Step> step = lanes.get(() -> next(one));
            while (step.isPresent()) {
                if (step.get() instanceof Step.Work next) {
                    at = next.work().position();
                    runner.run(one, next.work());
                } else {
                    at = 0;
                    reload.reload(one);
                }
                if (lanes.get(() -> endsAfter(one, began))) {
                    return;
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
            return waits(one, Math.min(full.at(), clock.millis() + Looks.EVERY_MILLIS));
        }
        if (work instanceof LaneWork.Wait wait) {
            return waits(one, wait.at());
        }
        return Optional.of(new Step.Work(work));
    }

    private Optional<Step> waits(OwnedLane one, long until) {
        one.scheduled = false;
        wakeAt(one, until);
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

    private void failed(OwnedLane one, long at, Throwable e) {
        long rounds = lanes.get(() -> {
            one.interrupted();
            one.reload |= one.lane.takeDoubt();
            long failures = one.failed(at);
            wakeAt(
                    one,
                    clock.millis() + Math.min(FAILURE_WAIT_MAX_MILLIS, FAILURE_WAIT_MILLIS << Math.min(failures, 6)));
            return failures;
        });
        String text = Failures.describe(e);
        boolean stuck = rounds >= ROUNDS_MAX && at != 0;
        troubles.met(
                one.place(),
                stuck ? one.place() + " does not get past position " + at + ": " + text : text,
                Passing.isAway(e));
    }

    private void wakeAt(OwnedLane one, long at) {
        if (at == Lane.NEVER || lanes.isStopping() || (one.wakeAt <= at && one.wakeAt > clock.millis())) {
            return;
        }
        one.wakeAt = at;
        try {
            ScheduledFuture<?> unused = surroundings
                    .timer()
                    .schedule(
                            () -> lanes.run(() -> {
                                one.wakeAt = Lane.NEVER;
                                schedule(one);
                            }),
                            Math.max(1, at - clock.millis()),
                            TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            // the timer takes nothing more because we are being stopped
            one.wakeAt = Lane.NEVER;
        }
    }
}
