package dev.postevent.internal.processor;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** The cursors of lanes with nothing to do: over what is not theirs they are moved now and then, so that a restart need not read it again. */
final class IdleCursors {
    private final LaneStore store;
    private final OwnedLanes lanes;
    private final ReadAhead readAhead;
    private final LaneTurns turns;
    private final Background advancing;

    IdleCursors(LaneStore store, OwnedLanes lanes, ReadAhead readAhead, LaneTurns turns, Background advancing) {
        this.store = store;
        this.lanes = lanes;
        this.readAhead = readAhead;
        this.turns = turns;
        this.advancing = advancing;
    }

    /** Moves them, if there is something to move. Returns at once. */
    void request() {
        if (lanes.get(() -> lanes.any(readAhead::mayAdvance))) {
            advancing.request(this::advance);
        }
    }

    private record Idle(List<OwnedLane> lanes, List<LaneStore.Claim> claims, long through) {}

    private void advance() throws SQLException {
        Idle idle = lanes.get(this::takeTurns);
        if (idle.lanes().isEmpty()) {
            return;
        }
        List<Integer> moved = List.of();
        try {
            moved = store.advance(idle.claims(), idle.through());
        } finally {
            List<Integer> done = moved;
            lanes.run(() -> giveTurnsBack(idle, done));
        }
    }

    /** Meanwhile nothing else is done for these lanes: a batch would begin from another cursor. */
    private Idle takeTurns() {
        List<OwnedLane> idle = new ArrayList<>();
        List<LaneStore.Claim> claims = new ArrayList<>();
        for (OwnedLane one : lanes.all()) {
            if (readAhead.mayAdvance(one) && !lanes.isStopping()) {
                one.scheduled = true;
                idle.add(one);
                claims.add(one.claim());
            }
        }
        return new Idle(idle, claims, readAhead.through());
    }

    private void giveTurnsBack(Idle idle, List<Integer> moved) {
        for (OwnedLane one : idle.lanes()) {
            if (moved.contains(one.number())) {
                one.lane.advanced(idle.through());
            } else {
                // whether it was is not known, or something else is stored than is believed here
                one.reload = true;
            }
            one.scheduled = false;
            turns.schedule(one);
        }
    }

    /** The cursors as this node knows them, over those of the database. */
    long[] over(List<Long> stored) {
        lanes.assertHeld();
        long[] cursors = stored.stream().mapToLong(Long::longValue).toArray();
        for (OwnedLane one : lanes.all()) {
            int lane = one.number();
            if (lane < cursors.length) {
                long known =
                        readAhead.isIdle(one) ? Math.max(one.lane.cursor(), readAhead.through()) : one.lane.cursor();
                cursors[lane] = Math.max(cursors[lane], known);
            }
        }
        return cursors;
    }
}
