package dev.postevent.internal.processor;

import java.lang.System.Logger.Level;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;

/** What hinders one subscription on this node, by where it was met: only what is well again there takes it away. */
final class Troubles {
    private static final System.Logger LOG = System.getLogger("dev.postevent.processor");
    /** A database that is away is told once for as long as it is met at least so often. */
    private static final long AWAY_TOLD_MILLIS = 10_000;

    private final String subscription;
    private final OwnedLanes lanes;
    private final NodeClock clock;

    // both under the monitor of the lanes
    private final Map<String, String> byPlace = new TreeMap<>();
    private long awayToldUntil = Long.MIN_VALUE;

    Troubles(String subscription, OwnedLanes lanes, NodeClock clock) {
        this.subscription = subscription;
        this.lanes = lanes;
        this.clock = clock;
    }

    /** Nothing hinders there any more. */
    void well(String place) {
        lanes.run(() -> byPlace.remove(place));
    }

    /**
     * Something hinders at one place.
     *
     * @param away the database is: every lane meets that, each in words of its own, and one line in the log is for all of them
     */
    void met(String place, String text, boolean away) {
        lanes.run(() -> {
            boolean told = byPlace.containsValue(text) || (away && clock.millis() < awayToldUntil);
            if (away) {
                awayToldUntil = clock.millis() + AWAY_TOLD_MILLIS;
            }
            LOG.log(
                    told ? Level.DEBUG : Level.WARNING,
                    "subscription " + subscription + ": " + text + "; will try again");
            byPlace.put(place, text);
        });
    }

    /** Something hinders that is no failure; it is not in the log. */
    void waits(String place, String text) {
        lanes.assertHeld();
        byPlace.put(place, text);
    }

    /** As {@link #waits}, unless something is known there already. */
    void waitsUnlessKnown(String place, String text) {
        lanes.assertHeld();
        byPlace.putIfAbsent(place, text);
    }

    /** What hindered lanes that are another node's now. */
    void forgetLanesOfOthers() {
        lanes.assertHeld();
        byPlace.keySet()
                .removeIf(place -> place.startsWith("lane ")
                        && !lanes.any(one -> one.place().equals(place)));
    }

    /** True if something hinders at this place. */
    boolean isAt(String place) {
        lanes.assertHeld();
        return byPlace.containsKey(place);
    }

    /** All that hinders, each once; empty if nothing does. */
    Optional<String> text() {
        lanes.assertHeld();
        return byPlace.isEmpty() ? Optional.empty() : Optional.of(String.join("; ", new TreeSet<>(byPlace.values())));
    }
}
