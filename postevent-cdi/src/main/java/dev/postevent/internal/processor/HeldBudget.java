package dev.postevent.internal.processor;

import java.lang.System.Logger.Level;
import java.sql.SQLException;

/** How many more events one subscription may hold, on all nodes: what its lanes do next has to fit into that. */
final class HeldBudget {
    private static final System.Logger LOG = System.getLogger("dev.postevent.processor");

    /** Where it is told that there is no room. */
    static final String PLACE = "held";

    private final SubscriptionSpec spec;
    private final LaneStore store;
    private final OwnedLanes lanes;
    private final Troubles troubles;

    // both under the monitor of the lanes
    /** What is held in lanes of other nodes, as of the last poll. */
    private int heldElsewhere;
    /** That there was no room is in the log. */
    private boolean fullTold;

    HeldBudget(SubscriptionSpec spec, LaneStore store, OwnedLanes lanes, Troubles troubles) {
        this.spec = spec;
        this.store = store;
        this.lanes = lanes;
        this.troubles = troubles;
    }

    private int heldMax() {
        return spec.limits().heldMax();
    }

    /** Asks the database, unless nothing can have changed: without other nodes it changes only when lanes come and go. */
    void countElsewhere(boolean mayHaveChanged) throws SQLException {
        if (!mayHaveChanged && lanes.get(() -> heldElsewhere == 0)) {
            return;
        }
        int held = store.heldCount(heldMax());
        lanes.run(() -> {
            heldElsewhere = Math.max(0, held - lanes.heldCount());
        });
    }

    /** What a lane does next, with the room that is left for held events; it is taken at once, for lanes run side by side. */
    LaneWork next(OwnedLane one, long now) {
        lanes.assertHeld();
        int taken = heldElsewhere + lanes.heldCount();
        for (OwnedLane other : lanes.all()) {
            taken += other.willHold;
        }
        int room = heldMax() - taken;
        int ease = Math.max(1, heldMax() / 4);
        LaneWork work = one.lane.next(now, room, ease, spec.handler()::wants);
        one.willHold = Lane.willHold(work);
        tellFull(room >= ease);
        return work;
    }

    /** True if more of a lane is held than is known here, and of what is known not much is left. */
    boolean wantsMore(OwnedLane one) {
        lanes.assertHeld();
        return one.lane.wantsMoreHeld(heldMax());
    }

    private void tellFull(boolean eased) {
        if (lanes.any(other -> other.lane.isFull())) {
            String text = "has " + heldMax()
                    + " held events (failed ones, and those that wait behind them), the most it may have; lanes whose next event"
                    + " would have to be held wait for retry or skip";
            if (!fullTold) {
                LOG.log(Level.WARNING, "subscription " + spec.name() + ": " + text);
            }
            fullTold = true;
            troubles.waits(PLACE, text);
        } else {
            // once in the log, however often single places become free
            fullTold &= !eased;
            troubles.well(PLACE);
        }
    }
}
