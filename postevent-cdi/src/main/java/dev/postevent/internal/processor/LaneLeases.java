package dev.postevent.internal.processor;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Leases of the lanes of one subscription: renews ours, takes what is our share, and chooses what leaves. */
final class LaneLeases {
    private final SubscriptionSpec spec;
    private final Lease lease;
    private final LaneStore store;
    private final OwnedLanes lanes;
    private final ReadAhead readAhead;
    private final LaneReload reload;
    private final LaneTurns turns;
    private final NodeClock clock;

    // both under the monitor of the lanes
    /** A round was completed; before that leases are renewed each time. */
    private boolean begun;

    private long renewAt;

    LaneLeases(
            SubscriptionSpec spec,
            Lease lease,
            LaneStore store,
            OwnedLanes lanes,
            ReadAhead readAhead,
            LaneReload reload,
            LaneTurns turns,
            NodeClock clock) {
        this.spec = spec;
        this.lease = lease;
        this.store = store;
        this.lanes = lanes;
        this.readAhead = readAhead;
        this.reload = reload;
        this.turns = turns;
        this.clock = clock;
    }

    /** Renews our leases if it is time to, and evens out the lanes between the nodes; true if it was. */
    boolean renewAndShare(LaneStore.Poll poll) throws SQLException {
        boolean first = lanes.get(() -> !begun);
        boolean due = first || lanes.get(() -> clock.millis() >= renewAt);
        if (due) {
            renew();
        }
        if (first) {
            // a start that is repeated has lanes at work by now
            add(store.acquireLeftovers(ours()));
        }
        int share = poll.share(lanes.get(lanes::laneCount));
        List<Integer> ours = ours();
        if (ours.size() < share) {
            add(store.acquire(ours, share - ours.size()));
        }
        lanes.run(() -> chooseLeaving(share));
        return due;
    }

    /** A round is complete. */
    void completed() {
        lanes.assertHeld();
        begun = true;
    }

    private List<Integer> ours() {
        return lanes.get(lanes::numbers);
    }

    private void renew() throws SQLException {
        long asked = clock.millis();
        Map<Integer, Long> ours = new TreeMap<>();
        lanes.run(() -> lanes.all().forEach(one -> ours.put(one.number(), one.epoch)));
        Map<Integer, LaneStore.Claim> renewed = new TreeMap<>();
        for (LaneStore.Claim claim : store.renew(ours)) {
            renewed.put(claim.lane(), claim);
        }
        List<Integer> lost = new ArrayList<>();
        lanes.run(() -> {
            lanes.leasedUntil(asked + lease.duration().toMillis());
            renewAt = asked + lease.renewedEveryMillis();
            ours.forEach((number, epoch) -> {
                OwnedLane one = lanes.numbered(number);
                LaneStore.Claim stored = renewed.get(number);
                if (one == null || one.epoch != epoch) {
                    return;
                }
                if (stored == null) {
                    lanes.remove(one);
                    lost.add(number);
                } else {
                    // most often a batch was committed meanwhile; if not, the database has lost something
                    one.reload |= !one.lane.agrees(stored);
                }
            });
        });
        if (!lost.isEmpty()) {
            reload.lost(lost);
        }
    }

    /** Of more lanes than our share the last ones leave. */
    private void chooseLeaving(int share) {
        int place = 0;
        for (OwnedLane one : lanes.all()) {
            one.leaving = place++ >= share;
        }
    }

    private void add(List<LaneStore.Acquired> acquired) throws SQLException {
        reload.taken(acquired);
        // read when they are ours: what comes into the inbox later no former owner has handed to the observer
        long there = acquired.stream().anyMatch(LaneStore.Acquired::unclean) ? readAhead.durableMark() : 0;
        for (LaneStore.Acquired one : acquired) {
            add(one, there);
        }
    }

    private void add(LaneStore.Acquired acquired, long there) throws SQLException {
        LaneStore.Claim claim = acquired.claim();
        LaneStore.Calls calls = acquired.calls();
        int batchMax = spec.limits().batchMax();
        if (acquired.unclean()) {
            calls = new LaneStore.Calls(calls.called(), calls.againThrough(), batchMax, there);
        }
        Lane lane =
                new Lane(claim.lane(), claim.cursor(), batchMax, spec.retry().onFailure(), calls);
        lane.startOver(claim);
        lane.reloadHeld(
                store.loadHeld(claim.lane(), clock.millis(), spec.limits().heldLoadedMax()),
                spec.limits().heldMax());
        lanes.run(() -> {
            readAhead.beginsAt(acquired.start());
            readAhead.takenOver(lane);
            OwnedLane one = new OwnedLane(lane, claim.epoch());
            one.passedOver = lane.isBlocked();
            lanes.add(one);
            reload.acquired(lane.number());
            turns.schedule(one);
        });
    }
}
