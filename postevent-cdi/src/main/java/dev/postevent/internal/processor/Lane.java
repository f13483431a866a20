package dev.postevent.internal.processor;

import dev.postevent.spi.LogEntry;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What one lane does next: a plain state machine without clock, thread or database.
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>The queue holds entries of this lane above {@link #cursor}, in position order, without gaps: what the lane passes is
 *       handled, passed over, or among the held.
 *   <li>At most one {@link LaneWork} is out; its result comes back by exactly one of the methods {@code done}, {@code failed}, ...
 *       before the next is asked for.
 *   <li>Of each ordering key at most the lowest held event (the head) is tried; while a key has held events, a later event of
 *       that key becomes held itself and is not handed out. Hence order per key: head, then those behind it in position
 *       order, then the queue.
 * </ul>
 *
 * <p>A batch that fails at a known event is cut right before it and the event is held; one that fails after its observers
 * returned is repeated event by event. Times are milliseconds of any clock that does not go back.
 *
 * <p>Pure, so that it can be simulated. Whoever has it keeps it under one monitor, with all it consists of: {@link HeldEvents} and
 * {@link PastCalls}.
 *
 * <p>Longer than most: the queue, and what a failure means for it, are one state machine.
 */
final class Lane {
    /** Before any time of any clock: who waits until then does not wait. */
    private static final long LONG_AGO = Long.MIN_VALUE;

    /** The most of its time that the queue has between two retries, however long the first of them took. */
    private static final long QUEUE_TURN_MAX_MILLIS = 60_000;

    private final int number;
    private final int batchMax;
    private final SubscriptionSpec.OnFailure onFailure;

    private final ArrayDeque<LogEntry> queue = new ArrayDeque<>();
    private long queuedBytes;
    private long cursor;
    private long moves;
    private long serverStart;
    private long offered;

    private int limit;
    private final PastCalls pastCalls;
    /** Events through here are tried one by one. */
    private long singlesThrough;

    private @Nullable Suspect suspect;
    private int transients;
    private long pausedUntil = LONG_AGO;

    private final HeldEvents held = new HeldEvents();
    private boolean heldLast;
    /** What the queue still has of the time that the last retry took. */
    private long queueTurnMillis;
    /** Since when it has had one piece of work after the other; null: it has none. */
    private @Nullable Long atWorkSince;

    private boolean full;
    private boolean doubtful;

    /** An event of the queue that failed. */
    private sealed interface Suspect {
        long position();

        LaneWork.Hold hold(LogEntry entry);
    }

    /** By an attempt that counted: its number. */
    private record FailedAttempt(long position, int attempts, Failed failed) implements Suspect {
        @Override
        public LaneWork.Hold hold(LogEntry entry) {
            return new LaneWork.HoldFailed(entry, attempts, failed);
        }
    }

    /** By something transient; {@code until}: where the event cannot be held, it waits in the queue for so long. */
    private record FailedForNow(long position, Failed failed, long until) implements Suspect {
        @Override
        public LaneWork.Hold hold(LogEntry entry) {
            return new LaneWork.HoldTransient(entry, failed);
        }
    }

    Lane(int number, long cursor, int batchMax, SubscriptionSpec.OnFailure onFailure, LaneStore.Calls calls) {
        this.number = number;
        this.pastCalls = new PastCalls(calls);
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

    int heldCount() {
        return held.count();
    }

    /** What is believed of this lane, for whoever changes what is stored. */
    LaneStore.Claim claim(long epoch) {
        return new LaneStore.Claim(number, epoch, cursor, moves, serverStart);
    }

    boolean agrees(LaneStore.Claim stored) {
        return stored.cursor() == cursor && stored.moves() == moves && stored.serverStart() == serverStart;
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
            pastCalls.againThrough(cursor);
            held.lost();
        }
        cursor = stored.cursor();
        moves = stored.moves();
        serverStart = stored.serverStart();
        suspect = null;
        pastCalls.forgetThrough(cursor);
        forget();
    }

    /** The observer was called for these, and nothing was committed. */
    void called(Collection<Long> positions) {
        pastCalls.add(positions);
        pastCalls.forgetThrough(cursor);
    }

    /** For whoever has the lane next. */
    LaneStore.Calls calls() {
        return pastCalls.stored();
    }

    /** Held events for which this node had the observer called. */
    Set<Long> heldCalled() {
        return held.called();
    }

    /** True if the observer was called for this event before; true, too, if nobody can tell. */
    boolean wasCalled(LogEntry entry) {
        return pastCalls.has(entry.position());
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
        return full || (onFailure == SubscriptionSpec.OnFailure.BLOCK && !held.isEmpty());
    }

    /** True if the next event would have to be held, and no more may be. */
    boolean isFull() {
        return full;
    }

    /** True if more is held than is known here, and of what is known not much is left. */
    boolean wantsMoreHeld(int knownMost) {
        return held.isPartial() && held.count() <= knownMost / 2;
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

    boolean isHeld(LogEntry entry) {
        return held.hasKeyOf(entry);
    }

    /** Replaces what is held by what the database says, all of it. */
    void reloadHeld(List<HeldEvents.Loaded> rows) {
        reloadHeld(rows, Integer.MAX_VALUE);
    }

    /**
     * Replaces what is held by what the database says: position, key, due time each, from the lowest position on. More than {@code
     * knownMost} are no more than a part: the queue waits, because nobody can tell which of its events have to be held.
     */
    void reloadHeld(List<HeldEvents.Loaded> rows, int knownMost) {
        held.reload(rows, knownMost);
    }

    /** It was not at work, or may not have been: what was due meanwhile did not wait for its turn. */
    void interrupted() {
        atWorkSince = null;
    }

    /** What to do now, if any number may be held. */
    LaneWork next(long now) {
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
    LaneWork next(long now, int room, int ease, Predicate<LogEntry> wanted) {
        long since = atWorkSince == null ? now : atWorkSince;
        atWorkSince = since;
        LaneWork work = choose(now, since, room, ease, wanted);
        if (work instanceof LaneWork.Wait || work instanceof LaneWork.Full) {
            interrupted();
        }
        return work;
    }

    private LaneWork choose(long now, long since, int room, int ease, Predicate<LogEntry> wanted) {
        if (now < pausedUntil) {
            return new LaneWork.Wait(Due.at(pausedUntil));
        }
        HeldEvents.Turn head = held.dueHead(now);
        boolean tight = room < 1 || (full && head != null && room < ease);
        if (tight && suspect instanceof FailedForNow failed) {
            // its place is the queue, for a while: what is transient must not wait for an operator who makes room
            pausedUntil = failed.until();
            suspect = null;
            if (now < pausedUntil) {
                return new LaneWork.Wait(Due.at(pausedUntil));
            }
        }
        // with room again it is not full, until it is seen to be
        full = held.isPartial() || (tight && (full || (!queue.isEmpty() && needsRoom(queue.element(), wanted))));
        boolean queueBlocked = queue.isEmpty() || isBlocked();
        if (head != null && (queueBlocked || (!heldLast && queueTurnMillis <= 0))) {
            heldLast = true;
            return new LaneWork.Retry(head.event(), now - Math.max(head.at().millis(), since));
        }
        heldLast = false;
        if (full) {
            return new LaneWork.Full(held.nextDue());
        }
        if (queueBlocked) {
            return new LaneWork.Wait(held.nextDue());
        }
        LogEntry first = queue.element();
        if (suspect != null && isSuspect(first)) {
            return suspect.hold(first);
        }
        if (pastCalls.isCareful(first.position())) {
            return new LaneWork.Careful(batch(1, Integer.MAX_VALUE, wanted));
        }
        return batch(first.position() <= singlesThrough ? 1 : limit, room, wanted);
    }

    /**
     * For how long a piece of work was under way. After a retry the queue, as long as there is something in it, has as much of the
     * lane's time, and not only a batch: what fails slowly, over and over, takes half of it.
     */
    void took(LaneWork work, long millis) {
        if (work instanceof LaneWork.Retry) {
            queueTurnMillis = Math.min(millis, QUEUE_TURN_MAX_MILLIS);
        } else {
            // at least 1, so that batches that take no time keep no retry waiting for ever
            queueTurnMillis -= Math.min(queueTurnMillis, Math.max(1, millis));
        }
    }

    private boolean isSuspect(LogEntry entry) {
        return suspect != null && entry.position() == suspect.position();
    }

    /** It failed, or is behind one that did. */
    private boolean needsRoom(LogEntry entry, Predicate<LogEntry> wanted) {
        return isSuspect(entry) || goesBehind(entry, wanted);
    }

    private boolean goesBehind(LogEntry entry, Predicate<LogEntry> wanted) {
        return isHeld(entry) && wanted.test(entry);
    }

    /**
     * The first events of the queue. What becomes of each is settled here: nothing but the work itself changes what is held.
     *
     * @param room how many of them may be put behind held ones; below 0: more are held than may be
     */
    private LaneWork.Batch batch(int most, int room, Predicate<LogEntry> wanted) {
        List<LogEntry> entries = new ArrayList<>(Math.min(most, queue.size()));
        List<LaneWork.Part> calls = new ArrayList<>(Math.min(most, queue.size()));
        List<LaneWork.Part> behind = new ArrayList<>();
        for (LogEntry entry : queue) {
            if (entries.size() >= most || isSuspect(entry)) {
                break;
            }
            boolean isWanted = !entry.isVoid() && wanted.test(entry);
            boolean goesBehind = isWanted && isHeld(entry);
            if (goesBehind && behind.size() >= room) {
                break;
            }
            entries.add(entry);
            if (isWanted) {
                (goesBehind ? behind : calls).add(new LaneWork.Part(entry, wasCalled(entry)));
            }
        }
        return new LaneWork.Batch(entries, calls, behind);
    }

    /** How many more are held once this is done, if all goes well. */
    static int willHold(LaneWork work) {
        if (work instanceof LaneWork.Batch batch) {
            return batch.behind().size();
        }
        return work instanceof LaneWork.Hold || work instanceof LaneWork.Careful ? 1 : 0;
    }

    /** Everything queued through {@code position} is handled or held, and committed with the cursor. */
    void done(long position) {
        LogEntry first;
        while ((first = queue.peek()) != null && first.position() <= position) {
            queue.poll();
            queuedBytes -= first.weight();
            pastCalls.passedOne();
        }
        cursor = Math.max(cursor, position);
        moves++;
        pastCalls.forgetThrough(position);
        limit = Math.min(batchMax, limit * 2);
        transients = 0;
        if (suspect != null && suspect.position() <= position) {
            suspect = null;
        }
    }

    /** The transaction was rolled back because {@code position} failed, which was its attempt number {@code attempts}. */
    void failedAt(long position, int attempts, Failed failed) {
        suspect = new FailedAttempt(position, attempts, failed);
        transients = 0;
    }

    /** The transaction of several events failed, and nobody knows of which: repeat them one by one. */
    void failedSomewhere(long last) {
        singlesThrough = Math.max(singlesThrough, last);
        // who was blamed shared a transaction with whoever it was
        suspect = null;
    }

    /**
     * Rolled back by something transient; what was handed out comes again after {@code until}.
     *
     * @return true if that happened so often that it has to count as a failure of the event
     */
    boolean transientFailure(long last, long until) {
        pausedUntil = until;
        singlesThrough = Math.max(singlesThrough, last);
        transients++;
        return transients > HeldEvent.TRANSIENT_MAX;
    }

    /**
     * Rolled back because {@code position} failed by something transient, which has nothing to do with others: its subject
     * waits until then, and, where no more may be held, the lane.
     *
     * @return true if that happened so often that it has to count as a failure of the event
     */
    boolean transientFailureAt(long position, long until, Failed failed) {
        suspect = new FailedForNow(position, failed, until);
        transients++;
        return transients > HeldEvent.TRANSIENT_MAX;
    }

    /** Transient failures in a row, for the back-off. */
    int transients() {
        return transients;
    }

    /** An event of the queue stands in the table of held events now; {@link Due.Never}: parked or behind. */
    void holds(LogEntry entry, Due due) {
        held.add(heldEvent(entry, due));
    }

    /** As above, for an event that failed, {@code attempts} times by now. */
    void holdsFailed(LogEntry entry, Due due, int attempts) {
        HeldEvent one = heldEvent(entry, due);
        one.failed(attempts);
        if (due instanceof Due.Never) {
            one.isParked();
        }
        held.add(one);
    }

    /** As above, for an event that failed by something transient. */
    void holdsTransient(LogEntry entry, Due due) {
        HeldEvent one = heldEvent(entry, due);
        boolean unused = one.transientFailure();
        held.add(one);
    }

    private static HeldEvent heldEvent(LogEntry entry, Due due) {
        return new HeldEvent(entry.position(), HeldEvents.keyOf(entry), due);
    }

    /** A held event is handled or skipped: those behind it follow. */
    void heldDone(HeldEvent done, long now) {
        moves++;
        held.done(done, now);
    }

    /** A held event failed again, or is parked ({@link Due.Never}). */
    void heldFailed(HeldEvent failed, Due due) {
        held.putOff(failed, due);
    }
}
