package dev.postevent.internal.processor;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/** Gives lanes back: those that are more than our share, once nothing runs in them, and all when we stop. */
final class LaneReturns {
    private final LaneStore store;
    private final OwnedLanes lanes;
    private final ReadAhead readAhead;
    private final Background giving;

    LaneReturns(LaneStore store, OwnedLanes lanes, ReadAhead readAhead, Background giving) {
        this.store = store;
        this.lanes = lanes;
        this.readAhead = readAhead;
        this.giving = giving;
    }

    /** Gives lanes that leave to whoever has too few, once nothing runs in them. Returns at once. */
    void request() {
        giving.request(() -> release(takeOut(one -> one.leaving && !one.scheduled && !lanes.isStopping())));
    }

    /** Gives back all, and takes part no longer. Where this fails they are free when their lease ends. */
    void giveBackAll() throws SQLException {
        each(List.of(() -> release(takeOut(one -> true)), store::leave));
    }

    /** Lanes that are ours no longer here, and still in the database; those of them that are {@code idle} are through {@code cursor}. */
    private record Leaving(List<OwnedLane> lanes, List<LaneStore.Claim> idle, long cursor) {}

    /**
     * Lets go of lanes, and says how far each has come. That is one step: what is offered a moment later goes to lanes that are
     * owned only, and what was read is then beyond what these were offered.
     */
    private Leaving takeOut(Predicate<OwnedLane> which) {
        return lanes.get(() -> {
            List<LaneStore.Claim> idle = new ArrayList<>();
            List<OwnedLane> leaving = new ArrayList<>();
            for (OwnedLane one : List.copyOf(lanes.all())) {
                if (which.test(one)) {
                    lanes.remove(one);
                    leaving.add(one);
                    if (readAhead.mayAdvance(one)) {
                        idle.add(one.claim());
                    }
                }
            }
            return new Leaving(leaving, idle, readAhead.through());
        });
    }

    private void release(Leaving leaving) throws SQLException {
        List<Background.Task> steps = new ArrayList<>();
        if (!leaving.idle().isEmpty()) {
            steps.add(() -> store.advance(leaving.idle(), leaving.cursor()));
        }
        for (OwnedLane one : leaving.lanes()) {
            steps.add(() -> store.release(one.number(), one.epoch, one.lane.calls(), one.lane.heldCalled()));
        }
        each(steps);
    }

    /** One that fails keeps none of the others from being done. */
    private static void each(List<Background.Task> steps) throws SQLException {
        SQLException failure = null;
        for (Background.Task step : steps) {
            try {
                step.run();
            } catch (SQLException e) {
                if (failure != null) {
                    e.addSuppressed(failure);
                }
                failure = e;
            }
        }
        if (failure != null) {
            throw failure;
        }
    }
}
