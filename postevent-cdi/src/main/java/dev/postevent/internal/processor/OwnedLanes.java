package dev.postevent.internal.processor;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The lanes of one subscription that this node has, and the one monitor of all that changes with them: leases, what was read, whose turn
 * it is, what is held.
 *
 * <p>Whoever is part of that keeps its own fields, and reads and changes them in {@link #run} and {@link #get}, or in methods that
 * {@linkplain #assertHeld say} that they are called there. Nothing that waits is done there: no database is asked.
 */
final class OwnedLanes {
    // all below under this monitor
    private final Map<Integer, OwnedLane> owned = new TreeMap<>();
    private long taken;
    private long left;
    /** Of the subscription, on all nodes; 0: it is not registered yet. */
    private int laneCount;

    private boolean paused;
    private boolean stopping;
    /** They are ours until then, by our clock. */
    private long leasedUntil;

    synchronized void run(Runnable change) {
        change.run();
    }

    synchronized <T extends @Nullable Object> T get(Supplier<T> question) {
        return question.get();
    }

    boolean isHeld() {
        return Thread.holdsLock(this);
    }

    void assertHeld() {
        if (!isHeld()) {
            throw new IllegalStateException(
                    "the lanes of a subscription are used by a thread that does not have their monitor");
        }
    }

    /** The subscription is in the database, with so many lanes. */
    void registered(int number) {
        assertHeld();
        laneCount = number;
    }

    boolean isRegistered() {
        return laneCount() > 0;
    }

    /** How many lanes the subscription has, on all nodes. */
    int laneCount() {
        assertHeld();
        return laneCount;
    }

    boolean isPaused() {
        assertHeld();
        return paused;
    }

    /** An operator stopped the subscription, or let it go on. */
    void pause(boolean byOperator) {
        assertHeld();
        paused = byOperator;
    }

    boolean isStopping() {
        assertHeld();
        return stopping;
    }

    /** No new work from now on. */
    void stop() {
        assertHeld();
        stopping = true;
    }

    void leasedUntil(long millis) {
        assertHeld();
        leasedUntil = millis;
    }

    /** In the order of their numbers. */
    Collection<OwnedLane> all() {
        assertHeld();
        return owned.values();
    }

    boolean any(Predicate<OwnedLane> which) {
        assertHeld();
        return owned.values().stream().anyMatch(which);
    }

    boolean isEmpty() {
        assertHeld();
        return owned.isEmpty();
    }

    int count() {
        assertHeld();
        return owned.size();
    }

    List<Integer> numbers() {
        assertHeld();
        return List.copyOf(owned.keySet());
    }

    @Nullable
    OwnedLane numbered(int number) {
        assertHeld();
        return owned.get(number);
    }

    /** True if this one is still ours, and did not go and come back meanwhile. */
    boolean has(OwnedLane one) {
        assertHeld();
        return owned.get(one.number()) == one;
    }

    void add(OwnedLane one) {
        assertHeld();
        owned.put(one.number(), one);
        taken++;
    }

    void remove(OwnedLane one) {
        assertHeld();
        if (owned.remove(one.number(), one)) {
            left++;
        }
    }

    /** How often lanes came to this node and went. */
    LaneMoves moves() {
        assertHeld();
        return new LaneMoves(taken, left);
    }

    /** True if this lane may have work done now. */
    boolean mayRun(OwnedLane one, long now) {
        assertHeld();
        return !stopping && !paused && !one.leaving && has(one) && now < leasedUntil;
    }

    /** What is in the memory of this node. */
    long queuedBytes() {
        assertHeld();
        long bytes = 0;
        for (OwnedLane one : owned.values()) {
            bytes += one.lane.queuedBytes();
        }
        return bytes;
    }

    int heldCount() {
        assertHeld();
        int count = 0;
        for (OwnedLane one : owned.values()) {
            count += one.lane.heldCount();
        }
        return count;
    }
}
