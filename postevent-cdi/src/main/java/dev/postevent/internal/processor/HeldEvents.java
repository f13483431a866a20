package dev.postevent.internal.processor;

import dev.postevent.spi.LogEntry;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a lane holds: of each key at most the lowest event (the head) is tried, when it is due; those behind it follow in position
 * order. Under the monitor that the lane is under.
 */
final class HeldEvents {
    private final Map<Object, TreeMap<Long, HeldEvent>> byKey = new HashMap<>();
    /** Heads, and what was one, or due, before: that is dropped when it comes up. */
    private final PriorityQueue<Turn> turns =
            new PriorityQueue<>(Comparator.comparingLong(turn -> turn.at().millis()));

    private int count;
    /** More is held than is known here. */
    private boolean partial;
    /** The database has lost commits: for any of these the observer may have been called. */
    private boolean calledAgain;

    /** A head, and since when it is due. */
    record Turn(Due.At at, HeldEvent event) {}

    /** A held event as stored. */
    record Loaded(long position, @Nullable String key, Due due) {
        boolean isParked() {
            return due instanceof Due.Never;
        }
    }

    static Object keyOf(LogEntry entry) {
        return keyOf(entry.position(), entry.subject());
    }

    private static Object keyOf(long position, @Nullable String subject) {
        return subject == null ? (Object) position : subject;
    }

    int count() {
        return count;
    }

    boolean isEmpty() {
        return count == 0;
    }

    /** True if more is held than is known here. */
    boolean isPartial() {
        return partial;
    }

    /** True if an event of this key is held. */
    boolean hasKeyOf(LogEntry entry) {
        return byKey.containsKey(keyOf(entry));
    }

    /** Those for which this node had the observer called. */
    Set<Long> called() {
        Set<Long> positions = new HashSet<>();
        for (TreeMap<Long, HeldEvent> ofKey : byKey.values()) {
            for (HeldEvent one : ofKey.values()) {
                if (one.wasCalled()) {
                    positions.add(one.position);
                }
            }
        }
        return positions;
    }

    /** The database has lost commits; it is read again, see {@link #reload}. */
    void lost() {
        calledAgain = true;
    }

    /** Replaces what is held by what the database says, from the lowest position on. More than {@code knownMost} are no more than a part. */
    void reload(List<Loaded> rows, int knownMost) {
        partial = rows.size() > knownMost;
        Map<Long, HeldEvent> known = new HashMap<>();
        for (TreeMap<Long, HeldEvent> ofKey : byKey.values()) {
            for (HeldEvent one : ofKey.values()) {
                if (one.isKnown()) {
                    known.put(one.position, one);
                }
            }
        }
        byKey.clear();
        turns.clear();
        count = 0;
        for (Loaded row : rows) {
            HeldEvent one = new HeldEvent(row.position(), keyOf(row.position(), row.key()), row.due());
            if (row.isParked()) {
                one.isParked();
            }
            HeldEvent before = known.get(row.position());
            if (before != null) {
                one.remember(before);
            }
            if (calledAgain) {
                one.isCalled();
            }
            add(one);
        }
        calledAgain = false;
    }

    void add(HeldEvent one) {
        TreeMap<Long, HeldEvent> ofKey = byKey.computeIfAbsent(one.key, key -> new TreeMap<>());
        if (ofKey.put(one.position, one) == null) {
            count++;
        }
        if (ofKey.firstKey() == one.position) {
            queue(one);
        }
    }

    /** The head that has been due for longest; null if none is. */
    @Nullable
    Turn dueHead(long now) {
        dropStale();
        Turn first = turns.peek();
        return first != null && first.at.millis() <= now ? first : null;
    }

    /** When the next head is due. */
    Due nextDue() {
        dropStale();
        Turn first = turns.peek();
        return first == null ? Due.never() : first.at;
    }

    private void dropStale() {
        Turn first;
        while ((first = turns.peek()) != null) {
            TreeMap<Long, HeldEvent> ofKey = byKey.get(first.event.key);
            if (ofKey != null && ofKey.firstEntry().getValue() == first.event && first.at.equals(first.event.due())) {
                return;
            }
            turns.poll();
        }
    }

    /** One is handled or skipped: those behind it follow. */
    void done(HeldEvent done, long now) {
        TreeMap<Long, HeldEvent> ofKey = byKey.get(done.key);
        if (ofKey == null || ofKey.remove(done.position) == null) {
            return;
        }
        count--;
        if (ofKey.isEmpty()) {
            byKey.remove(done.key);
            return;
        }
        putOff(ofKey.firstEntry().getValue(), Due.at(now));
    }

    /** One is tried again then, or never: it is parked. */
    void putOff(HeldEvent one, Due due) {
        one.dueIs(due);
        queue(one);
    }

    private void queue(HeldEvent one) {
        if (one.due() instanceof Due.At at) {
            turns.add(new Turn(at, one));
        }
    }
}
