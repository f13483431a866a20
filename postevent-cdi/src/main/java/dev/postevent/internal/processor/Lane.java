package dev.postevent.internal.processor;

import dev.postevent.spi.LogEntry;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
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
 * <p>A batch that fails at a known event is cut right before it and the event is held; one that fails after its observers
 * returned is repeated event by event. Times are milliseconds of any clock that does not go back.
 *
 * <p>For which events above the cursor the observer was called is known exactly as long as this node has the lane, and is passed
 * on where the lane is given back in order. Of an owner that vanished it is not known: then it may have been those that were
 * there when the lane was taken over, as many as go into one batch ({@link #carefulLeft}, {@link #carefulThrough}).
 *
 * <p>Longer than most: queue, held events and what a failure means for either are one state machine, which is pure so that it can be
 * simulated.
 */
final class Lane {
    /** Failures that are nobody's fault (deadlock, lost connection) before they count like others. */
    static final int TRANSIENT_MAX = 5;

    private static final long NEVER = Long.MAX_VALUE;
    /** The most of its time that the queue has between two retries, however long the first of them took. */
    private static final long QUEUE_TURN_MAX_MILLIS = 60_000;

    private final int number;
    private final int batchMax;
    private final SubscriptionSpec.OnFailure onFailure;

    private final ArrayDeque<LogEntry> queue = new ArrayDeque<>();
    private long queuedBytes;
    private long cursor;
    private long moves;
    private long life;
    private long offered;

    private int limit;
    private int carefulLeft;
    private final long carefulThrough;
    private long singlesThrough;
    private long againThrough;
    private final TreeSet<Long> called = new TreeSet<>();
    private long suspectPosition;
    private int suspectAttempts;
    private @Nullable Throwable suspectCause;
    private long suspectUntil;
    private int transients;
    private long pausedUntil = Long.MIN_VALUE;

    private final Map<Object, TreeMap<Long, Held>> held = new HashMap<>();
    private final PriorityQueue<Due> due = new PriorityQueue<>(Comparator.comparingLong(Due::at));
    private int heldCount;
    private boolean heldLast;
    /** What the queue still has of the time that the last retry took. */
    private long queueTurnMillis;
    /** Since when it has had one piece of work after the other; {@link #NEVER}: it has none. */
    private long atWorkSince = NEVER;

    private boolean heldAgain;
    private boolean full;
    private boolean partial;
    private boolean doubtful;

    /** A held event: position, its key, when it is due ({@link #NEVER}: parked). */
    static final class Held {
        final long position;
        final Object key;
        private long dueAt;
        private int transients;
        private boolean called;
        private @Nullable End unwritten;
        private boolean told;

        /** True if the observer was called for it by this node, or by one whose commits the database lost. */
        boolean wasCalled() {
            return called;
        }

        void isCalled() {
            called = true;
        }

        /** How its last try ended, if that could not be written down; nothing else may be done with it before. */
        @Nullable
        End unwritten() {
            return unwritten;
        }

        void endIs(@Nullable End end) {
            unwritten = end;
        }

        /** True once, at the first failed attempt this node knows of that somebody has to look at; again if they begin anew. */
        boolean isNews(int attempts) {
            boolean before = told;
            told = AttemptLog.isToBeLookedAt(attempts);
            return told && !before;
        }

        /** Failures in a row that were nobody's fault, for the back-off. */
        int transients() {
            return transients;
        }

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

    /**
     * How a try of a held event ended that did not succeed.
     *
     * @param again when it is tried again; null: parked
     * @param counted true if it was the observer's failure
     * @param called true if the observer was called
     * @param cause null: as it is stored
     */
    record End(
            LaneStore.@Nullable Again again,
            int attempts,
            boolean counted,
            boolean called,
            @Nullable Throwable cause) {}

    /** What to do. */
    sealed interface Work {
        /** The position of the first event it is about, 0 if it is about none. */
        default long position() {
            return 0;
        }

        /** Nothing before {@code at} (for ever if {@code Long.MAX_VALUE}), unless something new comes. */
        record Wait(long at) implements Work {}

        /** The next event would have to be held, and no more may be; retries only, the next of them at {@code at}. */
        record Full(long at) implements Work {}

        /** Handle these in one transaction. */
        record Batch(List<LogEntry> entries) implements Work {
            @Override
            public long position() {
                return entries.get(0).position();
            }
        }

        /** Handle this one alone, writing that down first: it may be what killed the previous owner. */
        record Careful(LogEntry entry) implements Work {
            @Override
            public long position() {
                return entry.position();
            }
        }

        /** Put this one aside, with what it failed of and the number of its attempts; 0: for what may pass. */
        record Hold(LogEntry entry, int attempts, Throwable cause) implements Work {
            @Override
            public long position() {
                return entry.position();
            }
        }

        /** Try a held event again, which has been due for {@code queuedMillis} while this lane had other work. */
        record Retry(Held held, long queuedMillis) implements Work {
            @Override
            public long position() {
                return held.position;
            }
        }
    }

    Lane(int number, long cursor, int batchMax, SubscriptionSpec.OnFailure onFailure, LaneStore.Calls calls) {
        this.number = number;
        this.called.addAll(calls.called());
        this.againThrough = calls.againThrough();
        this.carefulLeft = calls.careful();
        this.carefulThrough = calls.carefulThrough();
        this.cursor = cursor;
        this.offered = cursor;
        this.batchMax = batchMax;
        this.limit = batchMax;
        this.onFailure = onFailure;
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

    /** Whether it was committed all the same, now or later, only the database knows. */
    void commitFailed() {
        doubtful = true;
    }

    /** True, once, if a commit failed: what is stored has to be looked at before anything else. */
    boolean takeDoubt() {
        boolean was = doubtful;
        doubtful = false;
        return was;
    }

    /** Begins from what is stored; everything above has to be offered again, and may have been handled before. */
    void startOver(LaneStore.Claim stored) {
        if (stored.moves() < moves) {
            // lost, and what was done through here comes again
            againThrough = Math.max(againThrough, cursor);
            heldAgain = true;
        }
        cursor = stored.cursor();
        moves = stored.moves();
        life = stored.life();
        suspectCause = null;
        called.headSet(cursor, true).clear();
        forget();
    }

    /** The observer was called for these, and nothing was committed. */
    void called(Collection<Long> positions) {
        called.addAll(positions);
        called.headSet(cursor, true).clear();
    }

    /** For whoever has the lane next. */
    LaneStore.Calls calls() {
        return new LaneStore.Calls(called, againThrough, carefulLeft, carefulThrough);
    }

    /** Held events for which this node had the observer called. */
    Set<Long> heldCalled() {
        Set<Long> positions = new HashSet<>();
        held.values()
                .forEach(ofKey -> ofKey.values().forEach(one -> {
                    if (one.called) {
                        positions.add(one.position);
                    }
                }));
        return positions;
    }

    /** True if the observer was called for this event before; true, too, if nobody can tell. */
    boolean wasCalled(LogEntry entry) {
        long position = entry.position();
        return position <= againThrough || called.contains(position) || isCareful(position);
    }

    private boolean isCareful(long position) {
        return carefulLeft > 0 && position <= carefulThrough;
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
        return full || (onFailure == SubscriptionSpec.OnFailure.BLOCK && heldCount > 0);
    }

    /** True if the next event would have to be held, and no more may be. */
    boolean isFull() {
        return full;
    }

    /** True if more is held than is known here, and of what is known not much is left. */
    boolean wantsMoreHeld(int knownMost) {
        return partial && heldCount <= knownMost / 2;
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

    /** Replaces what is held by what the database says, all of it. */
    void reloadHeld(List<Loaded> rows) {
        reloadHeld(rows, Integer.MAX_VALUE);
    }

    /**
     * Replaces what is held by what the database says: position, key, due time each, from the lowest position on. More than {@code
     * knownMost} are no more than a part: the queue waits, because nobody can tell which of its events have to be held.
     */
    void reloadHeld(List<Loaded> rows, int knownMost) {
        partial = rows.size() > knownMost;
        Map<Long, Held> known = new HashMap<>();
        held.values()
                .forEach(ofKey -> ofKey.values().forEach(one -> {
                    if (one.transients > 0 || one.called || one.told || one.unwritten != null || one.dueAt != NEVER) {
                        known.put(one.position, one);
                    }
                }));
        held.clear();
        due.clear();
        heldCount = 0;
        for (Loaded row : rows) {
            Object key = row.key == null ? (Object) row.position : row.key;
            Held one = new Held(row.position, key, row.dueAt);
            Held before = known.get(row.position);
            if (before != null) {
                one.transients = before.transients;
                one.called = before.called;
                one.unwritten = before.unwritten;
                one.told = before.told;
                // what is stored may go by a clock that went back, and would be put off by each look; but where the
                // answer to the end of a try was lost, only what is stored knows how long it waits
                if (one.unwritten == null && one.dueAt != NEVER && before.dueAt != NEVER) {
                    one.dueAt = Math.min(one.dueAt, before.dueAt);
                }
            }
            one.called |= heldAgain;
            addHeld(one);
        }
        heldAgain = false;
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

    /** It was not at work, or may not have been: what was due meanwhile did not wait for its turn. */
    void interrupted() {
        atWorkSince = NEVER;
    }

    /** What to do now, if any number may be held. */
    Work next(long now) {
        return next(now, Integer.MAX_VALUE, 1, entry -> true);
    }

    /**
     * What to do now.
     *
     * @param room how many more events may be held
     * @param ease how much room there has to be to begin again after there was none, while there is something to retry: not to
     *     read the queue anew for each event that makes room for one
     * @param wanted what is called for an event; others take no room
     */
    Work next(long now, int room, int ease, Predicate<LogEntry> wanted) {
        atWorkSince = Math.min(atWorkSince, now);
        Work work = choose(now, room, ease, wanted);
        if (work instanceof Work.Wait || work instanceof Work.Full) {
            interrupted();
        }
        return work;
    }

    private Work choose(long now, int room, int ease, Predicate<LogEntry> wanted) {
        if (now < pausedUntil) {
            return new Work.Wait(pausedUntil);
        }
        Held head = dueHead(now);
        boolean tight = room < 1 || (full && head != null && room < ease);
        if (tight && suspectCause != null && suspectAttempts == 0) {
            // its place is the queue, for a while: what may pass must not wait for an operator who makes room
            suspectCause = null;
            pausedUntil = suspectUntil;
            if (now < pausedUntil) {
                return new Work.Wait(pausedUntil);
            }
        }
        // with room again it is not full, until it is seen to be
        full = partial || (tight && (full || (!queue.isEmpty() && needsRoom(queue.element(), wanted))));
        boolean queueBlocked = queue.isEmpty() || isBlocked();
        if (head != null && (queueBlocked || (!heldLast && queueTurnMillis <= 0))) {
            heldLast = true;
            return new Work.Retry(head, now - Math.max(head.dueAt, atWorkSince));
        }
        heldLast = false;
        if (full) {
            return new Work.Full(nextDue());
        }
        if (queueBlocked) {
            return new Work.Wait(nextDue());
        }
        LogEntry first = queue.element();
        if (isSuspect(first)) {
            return new Work.Hold(first, suspectAttempts, Objects.requireNonNull(suspectCause));
        }
        if (isCareful(first.position())) {
            return new Work.Careful(first);
        }
        return new Work.Batch(batch(first, room, wanted));
    }

    /**
     * For how long a piece of work was under way. After a retry the queue, as long as there is something in it, has as much of the
     * lane's time, and not only a batch: what fails slowly, over and over, takes half of it.
     */
    void took(Work work, long millis) {
        if (work instanceof Work.Retry) {
            queueTurnMillis = Math.min(millis, QUEUE_TURN_MAX_MILLIS);
        } else {
            // at least 1, so that batches that take no time keep no retry waiting for ever
            queueTurnMillis -= Math.min(queueTurnMillis, Math.max(1, millis));
        }
    }

    private boolean isSuspect(LogEntry entry) {
        return suspectCause != null && entry.position() == suspectPosition;
    }

    /** It failed, or is behind one that did. */
    private boolean needsRoom(LogEntry entry, Predicate<LogEntry> wanted) {
        return isSuspect(entry) || goesBehind(entry, wanted);
    }

    private boolean goesBehind(LogEntry entry, Predicate<LogEntry> wanted) {
        return isHeld(entry) && wanted.test(entry);
    }

    private List<LogEntry> batch(LogEntry first, int room, Predicate<LogEntry> wanted) {
        int most = first.position() <= singlesThrough ? 1 : limit;
        int left = room;
        List<LogEntry> entries = new ArrayList<>(Math.min(most, queue.size()));
        for (LogEntry entry : queue) {
            left -= goesBehind(entry, wanted) ? 1 : 0;
            if (entries.size() >= most || isSuspect(entry) || left < 0) {
                break;
            }
            entries.add(entry);
        }
        return entries;
    }

    /** How many more are held once this is done, if all goes well. */
    int willHold(Work work, Predicate<LogEntry> wanted) {
        if (work instanceof Work.Batch batch) {
            return (int) batch.entries().stream()
                    .filter(entry -> goesBehind(entry, wanted))
                    .count();
        }
        return work instanceof Work.Hold || work instanceof Work.Careful ? 1 : 0;
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
        called.headSet(position, true).clear();
        limit = Math.min(batchMax, limit * 2);
        transients = 0;
        if (suspectPosition <= position) {
            suspectCause = null;
        }
    }

    /** The transaction was rolled back because {@code position} failed, which was its attempt number {@code attempts}. */
    void failedAt(long position, int attempts, Throwable cause) {
        suspectPosition = position;
        suspectAttempts = attempts;
        suspectCause = cause;
        transients = 0;
    }

    /** The transaction of several events failed, and nobody knows of which: repeat them one by one. */
    void failedSomewhere(long last) {
        singlesThrough = Math.max(singlesThrough, last);
        // who was blamed shared a transaction with whoever it was
        suspectCause = null;
    }

    /**
     * Rolled back by something that may pass; what was handed out comes again after {@code until}.
     *
     * @return true if that happened so often that it has to count as a failure of the event
     */
    boolean passing(long last, long until) {
        pausedUntil = until;
        singlesThrough = Math.max(singlesThrough, last);
        transients++;
        return transients > TRANSIENT_MAX;
    }

    /**
     * Rolled back because {@code position} failed by something that may pass, and that has nothing to do with others: its subject
     * waits until then, and, where no more may be held, the lane.
     *
     * @return true if that happened so often that it has to count as a failure of the event
     */
    boolean passingAt(long position, long until, Throwable cause) {
        suspectPosition = position;
        suspectAttempts = 0;
        suspectCause = cause;
        suspectUntil = until;
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

    /** As above, for an event that failed, {@code attempts} times by now. */
    void holdsFailed(LogEntry entry, long dueAt, int attempts) {
        Held one = new Held(entry.position(), keyOf(entry), dueAt);
        one.told = AttemptLog.isToBeLookedAt(attempts);
        addHeld(one);
    }

    /** As above, for an event that failed by something that may pass. */
    void holdsPassing(LogEntry entry, long dueAt) {
        Held one = new Held(entry.position(), keyOf(entry), dueAt);
        one.transients = 1;
        addHeld(one);
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
