package dev.postevent.internal.processor;

import dev.postevent.spi.LogEntry;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What one lane does next: a plain state machine without clock, thread or database.
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>The queue holds entries of this lane above {@link #cursor}, in position order, without holes: what the lane passes is
 *       handled, passed over, or among the held.
 *   <li>At most one {@link Work} is out; its result comes back by exactly one of the methods {@code done}, {@code failed}, ...
 *       before the next is asked for.
 *   <li>Of each ordering key at most the lowest held event (the head) is tried; while a key has held events, a later event of
 *       that key becomes held itself and is not handed out. Hence order per key: head, then those behind it in position
 *       order, then the queue.
 * </ul>
 *
 * <p>A batch that fails at a known event is cut right before it and the event is held; one that fails at the commit is repeated
 * event by event. Times are milliseconds of any clock that does not go back.
 */
final class Lane {
    /** Failures that are nobody's fault (deadlock, lost connection) before they count like others. */
    static final int TRANSIENT_MAX = 5;

    private static final long NEVER = Long.MAX_VALUE;

    private final int number;
    private final int batchMax;
    private final boolean blockOnFailure;

    private final ArrayDeque<LogEntry> queue = new ArrayDeque<>();
    private long queuedBytes;
    private long cursor;
    private long moves;
    private long life;
    private long offered;

    private int limit;
    private int carefulLeft;
    private long singlesThrough;
    private long againThrough;
    private long suspectPosition;
    private @Nullable Throwable suspectCause;
    private int transients;
    private long pausedUntil = Long.MIN_VALUE;

    private final Map<Object, TreeMap<Long, Held>> held = new HashMap<>();
    private final PriorityQueue<Due> due = new PriorityQueue<>(Comparator.comparingLong(Due::at));
    private int heldCount;
    private boolean heldLast;

    /** A held event: position, its key, when it is due ({@link #NEVER}: parked). */
    static final class Held {
        final long position;
        final Object key;
        private long dueAt;
        private int transients;

        /** Failed by something that may pass; true if that shall not count, false if it happened too often. */
        boolean passing() {
            transients = transients < TRANSIENT_MAX ? transients + 1 : 0;
            return transients > 0;
        }

        private Held(long position, Object key, long dueAt) {
            this.position = position;
            this.key = key;
            this.dueAt = dueAt;
        }
    }

    private record Due(long at, Held held) {}

    /** What to do. */
    sealed interface Work {
        /** Nothing before {@code at} (for ever if {@code Long.MAX_VALUE}), unless something new comes. */
        record Wait(long at) implements Work {}

        /** Handle these in one transaction. */
        record Batch(List<LogEntry> entries, boolean again) implements Work {}

        /** Handle this one alone, counting the try first: it may be what killed the previous owner. */
        record Careful(LogEntry entry) implements Work {}

        /** Put this one aside, with its first failure. */
        record Hold(LogEntry entry, Throwable cause) implements Work {}

        /** Try a held event again. */
        record Retry(Held held) implements Work {}
    }

    Lane(int number, long cursor, int batchMax, boolean blockOnFailure, int careful) {
        this.number = number;
        this.cursor = cursor;
        this.offered = cursor;
        this.batchMax = batchMax;
        this.limit = batchMax;
        this.blockOnFailure = blockOnFailure;
        this.carefulLeft = careful;
    }

    int number() {
        return number;
    }

    long cursor() {
        return cursor;
    }

    long queuedBytes() {
        return queuedBytes;
    }

    int queued() {
        return queue.size();
    }

    int heldCount() {
        return heldCount;
    }

    /** What is believed of this lane, for whoever changes what is stored. */
    LaneStore.Claim claim(long epoch) {
        return new LaneStore.Claim(number, epoch, cursor, moves, life);
    }

    boolean agrees(LaneStore.Claim stored) {
        return stored.cursor() == cursor && stored.moves() == moves && stored.life() == life;
    }

    /** Begins from what is stored; everything above has to be offered again, and may have been handled before. */
    void startOver(LaneStore.Claim stored) {
        againThrough = Math.max(againThrough, offered);
        cursor = stored.cursor();
        moves = stored.moves();
        life = stored.life();
        suspectCause = null;
        forget();
    }

    /** Takes an entry if it is new; entries come in position order, some perhaps twice. */
    boolean offer(LogEntry entry) {
        if (entry.position() <= offered) {
            return false;
        }
        offered = entry.position();
        queue.add(entry);
        queuedBytes += entry.weight();
        return true;
    }

    /** True if it waits for a held event before anything else, which may take as long as it likes. */
    boolean isBlocked() {
        return blockOnFailure && heldCount > 0;
    }

    /** Lets go of what is queued; it has to be offered again from {@link #offered} on. */
    void forget() {
        queue.clear();
        queuedBytes = 0;
        offered = cursor;
    }

    /** Everything of this lane through here was offered. */
    long offered() {
        return offered;
    }

    /** Everything of this lane through {@code position} was offered. */
    void offeredThrough(long position) {
        offered = Math.max(offered, position);
    }

    /** True if nothing is queued, so that the cursor may be moved to whatever was offered. */
    boolean isDrained() {
        return queue.isEmpty();
    }

    /** The cursor was moved over positions that are not this lane's. */
    void advanced(long through) {
        cursor = Math.max(cursor, through);
        moves++;
        offered = Math.max(offered, cursor);
    }

    static Object keyOf(LogEntry entry) {
        String subject = entry.subject();
        return subject == null ? (Object) entry.position() : subject;
    }

    boolean isHeld(LogEntry entry) {
        return held.containsKey(keyOf(entry));
    }

    /** Replaces what is held by what the database says: position, key, due time each. */
    void reloadHeld(List<Loaded> rows) {
        Map<Long, Integer> transients = new HashMap<>();
        held.values()
                .forEach(ofKey -> ofKey.values().forEach(one -> {
                    if (one.transients > 0) {
                        transients.put(one.position, one.transients);
                    }
                }));
        held.clear();
        due.clear();
        heldCount = 0;
        for (Loaded row : rows) {
            Object key = row.key == null ? (Object) row.position : row.key;
            Held one = new Held(row.position, key, row.dueAt);
            one.transients = transients.getOrDefault(row.position, 0);
            addHeld(one);
        }
    }

    /** A held event as stored; {@code dueAt} is {@code Long.MAX_VALUE} for a parked one. */
    record Loaded(long position, @Nullable String key, long dueAt) {}

    private void addHeld(Held one) {
        TreeMap<Long, Held> ofKey = held.computeIfAbsent(one.key, key -> new TreeMap<>());
        if (ofKey.put(one.position, one) == null) {
            heldCount++;
        }
        if (ofKey.firstKey() == one.position && one.dueAt != NEVER) {
            due.add(new Due(one.dueAt, one));
        }
    }

    /** What to do now. */
    Work next(long now) {
        if (now < pausedUntil) {
            return new Work.Wait(pausedUntil);
        }
        Held head = dueHead(now);
        boolean queueBlocked = queue.isEmpty() || isBlocked();
        if (head != null && (queueBlocked || !heldLast)) {
            heldLast = true;
            return new Work.Retry(head);
        }
        heldLast = false;
        if (queueBlocked) {
            return new Work.Wait(nextDue());
        }
        LogEntry first = queue.element();
        if (suspectCause != null && first.position() == suspectPosition) {
            return new Work.Hold(first, suspectCause);
        }
        if (carefulLeft > 0) {
            return new Work.Careful(first);
        }
        return new Work.Batch(batch(first), first.position() <= againThrough);
    }

    private List<LogEntry> batch(LogEntry first) {
        int most = first.position() <= singlesThrough ? 1 : limit;
        List<LogEntry> entries = new ArrayList<>(Math.min(most, queue.size()));
        for (LogEntry entry : queue) {
            boolean cut = entries.size() >= most || (suspectCause != null && entry.position() == suspectPosition);
            if (cut) {
                break;
            }
            entries.add(entry);
        }
        return entries;
    }

    private @Nullable Held dueHead(long now) {
        dropStale();
        Due first = due.peek();
        return first != null && first.at <= now ? first.held : null;
    }

    private long nextDue() {
        dropStale();
        Due first = due.peek();
        return first == null ? NEVER : first.at;
    }

    private void dropStale() {
        Due first;
        while ((first = due.peek()) != null) {
            TreeMap<Long, Held> ofKey = held.get(first.held.key);
            if (ofKey != null && ofKey.firstEntry().getValue() == first.held && first.held.dueAt == first.at) {
                return;
            }
            due.poll();
        }
    }

    /** Everything queued through {@code position} is handled or held, and committed with the cursor. */
    void done(long position) {
        LogEntry first;
        while ((first = queue.peek()) != null && first.position() <= position) {
            queue.poll();
            queuedBytes -= first.weight();
            if (carefulLeft > 0) {
                carefulLeft--;
            }
        }
        cursor = Math.max(cursor, position);
        moves++;
        limit = Math.min(batchMax, limit * 2);
        transients = 0;
        if (suspectPosition <= position) {
            suspectCause = null;
        }
    }

    /** The transaction through {@code last} was rolled back because {@code position} failed. */
    void failedAt(long position, long last, Throwable cause) {
        suspectPosition = position;
        suspectCause = cause;
        againThrough = Math.max(againThrough, last);
        transients = 0;
    }

    /** The transaction of several events could not be committed: repeat them one by one. */
    void commitFailed(long last) {
        singlesThrough = Math.max(singlesThrough, last);
        againThrough = Math.max(againThrough, last);
    }

    /**
     * Rolled back by something that may pass; what was handed out comes again after {@code until}.
     *
     * @return true if that happened so often that it has to count as a failure of the event
     */
    boolean passing(long last, long until) {
        pausedUntil = until;
        againThrough = Math.max(againThrough, last);
        singlesThrough = Math.max(singlesThrough, last);
        transients++;
        return transients > TRANSIENT_MAX;
    }

    /** Failures in a row that were nobody's fault, for the back-off. */
    int transients() {
        return transients;
    }

    /** An event of the queue stands in the table of held events now, due at {@code dueAt} (never: parked or behind). */
    void holds(LogEntry entry, long dueAt) {
        addHeld(new Held(entry.position(), keyOf(entry), dueAt));
    }

    /** A held event is handled or skipped: those behind it follow. */
    void heldDone(Held done, long now) {
        moves++;
        TreeMap<Long, Held> ofKey = held.get(done.key);
        if (ofKey == null || ofKey.remove(done.position) == null) {
            return;
        }
        heldCount--;
        if (ofKey.isEmpty()) {
            held.remove(done.key);
            return;
        }
        Held next = ofKey.firstEntry().getValue();
        next.dueAt = now;
        due.add(new Due(now, next));
    }

    /** A held event failed again, or is parked ({@code Long.MAX_VALUE}). */
    void heldFailed(Held failed, long dueAt) {
        failed.dueAt = dueAt;
        if (dueAt != NEVER) {
            due.add(new Due(dueAt, failed));
        }
    }
}
