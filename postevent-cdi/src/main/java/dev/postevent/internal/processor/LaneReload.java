package dev.postevent.internal.processor;

import dev.postevent.Notice;
import dev.postevent.internal.flow.Told;
import java.lang.System.Logger.Level;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * Takes over what is stored of a lane, where something else is believed here: operators changed it, an answer to a commit was lost, the
 * database lost commits, or the lane is another node's now.
 */
final class LaneReload {
    private static final System.Logger LOG = System.getLogger("dev.postevent.processor");

    private static final String TWIN = "another node of this application that has the name of this one took its lanes;"
            + " give each node a postevent.node of its own, or each application, if they are two, a postevent.application";

    private final SubscriptionSpec spec;
    private final LaneStore store;
    private final OwnedLanes lanes;
    private final ReadAhead readAhead;
    private final NodeClock clock;
    private final Consumer<? super Notice> notices;
    private final ParkedNotices parked;

    // both under the monitor of the lanes
    /** Lanes that begin again, and are not in the log yet: a restart of the database is one line, not one for each. */
    private final Map<Integer, String> begunAgain = new TreeMap<>();
    /** Lanes of ours went to a node of the same name, and none came since. */
    private boolean hasTwin;

    LaneReload(SubscriptionSpec spec, Ports ports, OwnedLanes lanes, ReadAhead readAhead, NodeClock clock) {
        this.spec = spec;
        this.store = ports.store();
        this.notices = ports.notices();
        this.parked = new ParkedNotices(spec, lanes, ports.notices());
        this.lanes = lanes;
        this.readAhead = readAhead;
        this.clock = clock;
    }

    /** Takes over what is stored of a lane. */
    void reload(OwnedLane one) throws SQLException {
        try {
            take(one);
        } finally {
            lanes.run(() -> {
                one.reloading = false;
            });
        }
    }

    private void take(OwnedLane one) throws SQLException {
        Optional<LaneStore.Stored> found;
        try {
            found = store.stored(
                    one.number(), one.epoch, clock.millis(), spec.limits().heldLoadedMax());
        } catch (SQLException | RuntimeException | Error e) {
            lanes.run(() -> {
                one.reload = true;
            });
            throw e;
        }
        if (found.isEmpty()) {
            lanes.run(() -> lanes.remove(one));
            lost(List.of(one.number()));
            return;
        }
        LaneStore.Stored stored = found.get();
        lanes.run(() -> {
            if (!one.lane.agrees(stored.claim())) {
                begunAgain.put(
                        one.number(),
                        one.number() + " at " + stored.claim().cursor() + " (was at " + one.lane.cursor() + ")");
                readAhead.startOver(one.lane, stored.claim());
            }
            one.lane.reloadHeld(stored.held(), spec.limits().heldMax());
        });
        parked.isRead(one, stored);
    }

    /** These went to another node. */
    void lost(List<Integer> numbers) throws SQLException {
        LOG.log(
                Level.INFO,
                "subscription " + spec.name() + ": lanes (partitions) " + numbers + " went to another node");
        boolean toTwin = store.hasLanesBeside(numbers);
        lanes.run(() -> {
            hasTwin |= toTwin;
        });
    }

    /** Lanes became ours; those that were not given back tell that their node is lost. */
    void taken(List<LaneStore.Acquired> acquired) {
        Map<String, List<Integer>> lost = new TreeMap<>();
        for (LaneStore.Acquired one : acquired) {
            String former = one.former();
            if (former != null) {
                lost.computeIfAbsent(former, node -> new ArrayList<>())
                        .add(one.claim().lane());
            }
        }
        lost.forEach((node, numbers) -> notices.accept(
                new Told.NodeLost(spec.name(), node, numbers.stream().sorted().toList())));
    }

    /** A lane became ours. */
    void acquired(int number) {
        lanes.assertHeld();
        begunAgain.remove(number);
        hasTwin = false;
    }

    /** What the operator has to do about lanes that were lost; empty: nothing. */
    Optional<String> twin() {
        lanes.assertHeld();
        return hasTwin ? Optional.of(TWIN) : Optional.empty();
    }

    /** Says what begins again, once all lanes to be reloaded have been; of lanes that are another node's now that one says it. */
    void tellBegunAgain() {
        lanes.assertHeld();
        begunAgain.keySet().retainAll(lanes.numbers());
        if (begunAgain.isEmpty() || lanes.any(one -> one.reload || one.reloading)) {
            return;
        }
        LOG.log(
                Level.INFO,
                "subscription " + spec.name()
                        + ": the answer to a commit was lost, or the database was restarted; these lanes"
                        + " (partitions) begin again where the database has them: "
                        + String.join(", ", begunAgain.values()));
        begunAgain.clear();
    }
}
