package dev.postevent.internal.processor;

import dev.postevent.simulation.Process;
import dev.postevent.simulation.Transaction;
import dev.postevent.simulation.World;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The tables subscription, lane, held_event and member, with their row locks; and what operators do to them. */
public final class LaneTables {
    private final World world;
    private Map<String, Subscription> subscriptions = new LinkedHashMap<>();
    private Map<String, Subscription> flushed = new LinkedHashMap<>();
    private long changes;

    static final class Subscription {
        final String topic;
        final Start start;
        final LaneRow[] lanes;
        final TreeMap<Long, HeldRow> held = new TreeMap<>();
        /** Inserted by a transaction that has not ended. */
        final Map<Long, Transaction> inserting = new HashMap<>();

        final TreeMap<String, Long> members = new TreeMap<>();
        boolean paused;

        Subscription(String topic, int lanes, Start start) {
            this.topic = topic;
            this.start = start;
            this.lanes = new LaneRow[lanes];
            for (int i = 0; i < lanes; i++) {
                this.lanes[i] = new LaneRow();
            }
        }

        /** What is committed; locks and what is being inserted are no part of it. */
        Subscription copy() {
            Subscription copy = new Subscription(topic, lanes.length, start);
            for (int i = 0; i < lanes.length; i++) {
                copy.lanes[i] = lanes[i].copy();
            }
            held.values().forEach(row -> copy.held.put(row.position, row.copy()));
            copy.members.putAll(members);
            copy.paused = paused;
            return copy;
        }
    }

    static final class LaneRow {
        long cursor;
        long moves;

        @Nullable
        String owner;

        long epoch;
        /** When its owner took it, in the time of the world. */
        long acquired;

        long expires;
        long trying;
        long tryingEpoch;
        long tryingLife;

        @Nullable
        Process tryingProcess;

        int deaths;
        LaneStore.Calls calls = LaneStore.Calls.NONE;
        /** When it was last changed by what is committed; the lease is no part of it. */
        long changed;
        /** How often in a row a transaction could not be committed for that, although the lane was as it had been. */
        int conflicts;

        @Nullable
        Transaction locked;

        private LaneRow copy() {
            LaneRow copy = new LaneRow();
            copy.cursor = cursor;
            copy.moves = moves;
            copy.owner = owner;
            copy.acquired = acquired;
            copy.epoch = epoch;
            copy.expires = expires;
            copy.trying = trying;
            copy.tryingEpoch = tryingEpoch;
            copy.tryingLife = tryingLife;
            copy.tryingProcess = tryingProcess;
            copy.deaths = deaths;
            copy.calls = calls;
            return copy;
        }
    }

    static final class HeldRow {
        final long position;
        final int lane;
        final @Nullable String key;
        String state;
        int attempts;
        int lost;
        long nextAttemptAt;
        /** For how long it has been failing counts from here; 0: no attempt has failed. */
        long countedFrom;

        boolean called;
        long tryingEpoch;
        long tryingLife;
        long changed;

        @Nullable
        Process tryingProcess;

        @Nullable
        Transaction locked;

        HeldRow(
                long position,
                int lane,
                @Nullable String key,
                boolean called,
                String state,
                int attempts,
                long nextAttemptAt) {
            this.called = called;
            this.position = position;
            this.lane = lane;
            this.key = key;
            this.state = state;
            this.attempts = attempts;
            this.nextAttemptAt = nextAttemptAt;
        }

        private HeldRow copy() {
            HeldRow copy = new HeldRow(position, lane, key, called, state, attempts, nextAttemptAt);
            copy.lost = lost;
            copy.countedFrom = countedFrom;
            copy.tryingEpoch = tryingEpoch;
            copy.tryingLife = tryingLife;
            copy.tryingProcess = tryingProcess;
            return copy;
        }
    }

    public LaneTables(World world) {
        this.world = world;
    }

    /** All of it is deleted. */
    public void clear() {
        subscriptions.clear();
    }

    /** What is committed by now survives a crash. */
    public void flush() {
        flushed = copy(subscriptions);
    }

    /** What was committed after the flush is gone. */
    public void loseUnflushed() {
        subscriptions = copy(flushed);
    }

    private static Map<String, Subscription> copy(Map<String, Subscription> of) {
        Map<String, Subscription> copy = new LinkedHashMap<>();
        of.forEach((name, one) -> copy.put(name, one.copy()));
        return copy;
    }

    /** The last position that was now for a subscription; 0: none. */
    public long begun() {
        return subscriptions.values().stream()
                .filter(of -> of.start.kind() == Start.Kind.NOW)
                .mapToLong(of -> of.start.after())
                .max()
                .orElse(0);
    }

    Map<String, Subscription> subscriptions() {
        return subscriptions;
    }

    Subscription of(String name) {
        Subscription found = subscriptions.get(name);
        if (found == null) {
            throw new IllegalStateException("no subscription " + name);
        }
        return found;
    }

    /** The first of a key after {@code gone}, which becomes the one that is tried. */
    static @Nullable HeldRow nextOfKey(Subscription of, HeldRow gone) {
        String key = gone.key;
        if (key == null) {
            return null;
        }
        for (HeldRow row : of.held.values()) {
            if (row != gone && row.lane == gone.lane && key.equals(row.key)) {
                return row.state.equals("behind") ? row : null;
            }
        }
        return null;
    }

    /** The number of changes, with one more. */
    long change() {
        return ++changes;
    }

    /** How much was changed by what is committed: what a snapshot that is taken now shows. */
    public long changes() {
        return changes;
    }

    void promote(HeldRow row) {
        row.changed = change();
        row.state = "waiting";
        row.attempts = 0;
        row.lost = 0;
        row.countedFrom = 0;
        row.nextAttemptAt = world.databaseTime();
    }

    public boolean isRegistered(String name) {
        return subscriptions.containsKey(name);
    }

    public void pause(String name, boolean paused) {
        Subscription of = subscriptions.get(name);
        if (of != null) {
            of.paused = paused;
        }
    }

    public List<Long> parked(String name) {
        List<Long> positions = new ArrayList<>();
        Subscription of = subscriptions.get(name);
        if (of != null) {
            for (HeldRow row : of.held.values()) {
                if (row.state.equals("parked")) {
                    positions.add(row.position);
                }
            }
        }
        return positions;
    }

    /** Held events that wait or are parked. */
    public List<Long> heads(String name) {
        List<Long> positions = new ArrayList<>();
        Subscription of = subscriptions.get(name);
        if (of != null) {
            for (HeldRow row : of.held.values()) {
                if (!row.state.equals("behind")) {
                    positions.add(row.position);
                }
            }
        }
        return positions;
    }

    public int heldCount(String name) {
        return of(name).held.size();
    }

    public List<Long> cursors(String name) {
        List<Long> cursors = new ArrayList<>();
        for (LaneRow row : of(name).lanes) {
            cursors.add(row.cursor);
        }
        return cursors;
    }

    /** How many lanes each has. */
    public Map<String, Integer> owners(String name) {
        Map<String, Integer> owners = new TreeMap<>();
        for (LaneRow row : of(name).lanes) {
            owners.merge(String.valueOf(row.owner), 1, Integer::sum);
        }
        return owners;
    }

    /** False if it is not parked, or somebody is at it. */
    public boolean retry(String name, long position) {
        HeldRow row = of(name).held.get(position);
        if (row == null || row.locked != null || !row.state.equals("parked")) {
            return false;
        }
        promote(row);
        return true;
    }

    /** False if it is no head, or somebody is at it. */
    public boolean skip(String name, long position) {
        Subscription of = of(name);
        HeldRow row = of.held.get(position);
        if (row == null || row.locked != null || row.state.equals("behind")) {
            return false;
        }
        HeldRow next = nextOfKey(of, row);
        if (next != null && next.locked != null) {
            return false;
        }
        of.held.remove(position);
        if (next != null) {
            promote(next);
        }
        return true;
    }

    public String describe(String name) {
        Subscription of = of(name);
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < of.lanes.length; i++) {
            LaneRow row = of.lanes[i];
            text.append("lane ")
                    .append(i)
                    .append(" at ")
                    .append(row.cursor)
                    .append(" of ")
                    .append(row.owner)
                    .append(" epoch ")
                    .append(row.epoch)
                    .append("; ");
        }
        for (HeldRow row : of.held.values()) {
            text.append(row.position)
                    .append(' ')
                    .append(row.key)
                    .append(' ')
                    .append(row.state)
                    .append(" attempts ")
                    .append(row.attempts)
                    .append("; ");
        }
        return text + (of.paused ? "paused; " : "");
    }
}
