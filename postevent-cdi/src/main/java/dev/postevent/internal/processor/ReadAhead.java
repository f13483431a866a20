package dev.postevent.internal.processor;

import dev.postevent.internal.flow.EntrySource;
import dev.postevent.internal.jdbc.Transient;
import dev.postevent.spi.LogEntry;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Offers the lanes of one subscription what is in the inbox, up to the mark and as far as the buffer has room.
 *
 * <p>Everything through {@code readThrough} was offered to the lanes owned here. While that is all there is below the mark, what
 * the inbox just stored is taken from memory; otherwise one reader at a time reads on from the database.
 */
final class ReadAhead {
    private static final int READ_ROWS = 1_000;
    private static final long READ_BYTES_MAX = 4L << 20;
    private static final int SKIM_ROWS = 10_000;

    /** Where it is told that reading failed. */
    static final String PLACE = "read";

    private final SubscriptionSpec spec;
    private final EntrySource source;
    private final OwnedLanes lanes;
    private final Troubles troubles;
    private final ExecutorService workPool;
    private final Consumer<OwnedLane> schedule;

    // all below under the monitor of the lanes
    /** Where the subscription begins, as soon as that is known. */
    private Start start;
    /** Nothing was read yet that it is given: it may begin at a time that is far up. */
    private boolean skimming = true;

    private long mark;
    private long readThrough;
    /** How often reading began anew because what was read counts no longer. */
    private long restarts;
    /** A reader is running or queued. */
    private boolean reading;

    /** {@code schedule}: has a lane run that was offered something. */
    ReadAhead(
            SubscriptionSpec spec,
            EntrySource source,
            OwnedLanes lanes,
            Troubles troubles,
            ExecutorService workPool,
            Consumer<OwnedLane> schedule) {
        this.spec = spec;
        this.source = source;
        this.lanes = lanes;
        this.troubles = troubles;
        this.workPool = workPool;
        this.schedule = schedule;
        this.start = spec.start();
    }

    /** It is known now where the subscription begins, or another place than before, since an operator had it begin anew. */
    void beginsAt(Start stored) {
        lanes.assertHeld();
        if (!stored.equals(start)) {
            start = stored;
            skimming = true;
            // a page that is being read was chosen by the former start
            restarts++;
        }
    }

    /** Where the subscription begins, as far as this node knows. */
    Start start() {
        lanes.assertHeld();
        return start;
    }

    /** Asks the database where the mark is. */
    long durableMark() {
        return source.mark(spec.topic()).mark();
    }

    /** The mark is there, or further. */
    void markIs(long position) {
        lanes.assertHeld();
        mark = Math.max(mark, position);
    }

    long through() {
        lanes.assertHeld();
        return readThrough;
    }

    /** True if all there is was read. */
    boolean isDone() {
        lanes.assertHeld();
        return !reading && readThrough >= mark;
    }

    /** The mark moved; {@code entries}: what is between {@code after} and {@code through}, if that is in memory. */
    void released(long after, @Nullable List<LogEntry> entries, long through) {
        lanes.assertHeld();
        markIs(through);
        if (entries != null
                && readThrough == after
                && !reading
                && !lanes.isPaused()
                && !lanes.isStopping()
                && !lanes.isEmpty()
                && hasRoom(entries)) {
            offer(entries, through);
        } else {
            request();
        }
    }

    /** The inbox has less than it had: what was handed out, and how far every lane is, counts no longer. */
    void setBack(long through) {
        lanes.assertHeld();
        mark = through;
        readThrough = Math.min(readThrough, through);
        restarts++;
        for (OwnedLane one : lanes.all()) {
            one.reload = true;
            schedule.accept(one);
        }
    }

    private boolean hasRoom(List<LogEntry> entries) {
        long bytes = lanes.queuedBytes();
        for (LogEntry entry : entries) {
            bytes += entry.weight();
        }
        return bytes <= spec.limits().bufferMaxBytes();
    }

    private void offer(List<LogEntry> entries, long through) {
        int laneCount = lanes.laneCount();
        for (LogEntry entry : entries) {
            // a void takes no part: nothing is called for it, and an idle cursor passes it; nor does what is before the
            // start
            boolean none = entry.isVoid() || start.passesOver(entry);
            skimming &= none;
            OwnedLane one = none ? null : lanes.numbered(entry.slot() % laneCount);
            if (one != null && !one.passedOver && one.lane.offer(entry)) {
                schedule.accept(one);
            }
        }
        readThrough = through;
    }

    /** Before reading begins anew further down. */
    private void offeredToAll() {
        for (OwnedLane one : lanes.all()) {
            if (!one.passedOver) {
                one.lane.offeredThrough(readThrough);
            }
        }
    }

    /** A lane becomes ours, which has to be offered what is above its cursor. */
    void takenOver(Lane lane) {
        lanes.assertHeld();
        offeredToAll();
        readThrough = lanes.isEmpty() ? lane.cursor() : Math.min(readThrough, lane.cursor());
    }

    /** A lane that is ours begins from what is stored. */
    void startOver(Lane lane, LaneStore.Claim stored) {
        lanes.assertHeld();
        offeredToAll();
        lane.startOver(stored);
        readThrough = Math.min(readThrough, lane.cursor());
        restarts++;
    }

    /** A lane that blocks takes nothing of the buffer; once it goes on, what it was not offered is read again. */
    void passOver(OwnedLane one) {
        lanes.assertHeld();
        if (one.lane.isBlocked()) {
            one.lane.forget();
            one.passedOver = true;
        } else if (one.passedOver && lanes.has(one)) {
            offeredToAll();
            one.passedOver = false;
            readThrough = Math.min(readThrough, one.lane.offered());
        }
    }

    /** True if everything that was read and is of this lane is handled or held. */
    boolean isIdle(OwnedLane one) {
        lanes.assertHeld();
        return one.lane.isDrained() && !one.passedOver;
    }

    /** True if its cursor may be moved to what was read, because nothing of that is for it. */
    boolean mayAdvance(OwnedLane one) {
        return isIdle(one) && !one.scheduled && !one.reload && one.lane.cursor() < readThrough;
    }

    /** Reads on, if there is something to read and room for it. Returns at once. */
    void request() {
        lanes.assertHeld();
        if (reading
                || lanes.isStopping()
                || lanes.isPaused()
                || lanes.isEmpty()
                || readThrough >= mark
                || lanes.queuedBytes() >= spec.limits().bufferMaxBytes()) {
            return;
        }
        reading = Background.submit(workPool, this::readOn);
    }

    /**
     * What is read next.
     *
     * @param bytesMax room in the buffer
     * @param restarts as of before
     * @param skimTo what is before this time is passed over unread; null: nothing is for its time
     */
    private record Range(
            long after,
            long through,
            long bytesMax,
            long restarts,
            @Nullable Instant skimTo) {}

    private void readOn() {
        try {
            Optional<Range> range = lanes.get(this::nextRange);
            while (range.isPresent()) {
                Range next = range.get();
                if (next.skimTo() == null || !skim(next, next.skimTo())) {
                    read(next);
                }
                range = lanes.get(this::nextRange);
            }
        } catch (RuntimeException | Error e) {
            lanes.run(() -> {
                reading = false;
            });
            troubles.met(PLACE, Failures.describe(e), Transient.isAway(e));
            // the next lease round asks for it again
        }
    }

    /** Empty if the reader ends here. */
    private Optional<Range> nextRange() {
        passToStart();
        long room = spec.limits().bufferMaxBytes() - lanes.queuedBytes();
        if (!canOffer() || lanes.isPaused() || readThrough >= mark || room <= 0) {
            reading = false;
            return Optional.empty();
        }
        return Optional.of(new Range(readThrough, mark, room, restarts, skimming ? start.time() : null));
    }

    private boolean canOffer() {
        return !lanes.isStopping() && !lanes.isEmpty();
    }

    private void read(Range range) {
        EntrySource.Page page = source.read(
                spec.topic(), range.after(), range.through(), READ_ROWS, Math.min(range.bytesMax(), READ_BYTES_MAX));
        List<LogEntry> entries = page.entries();
        troubles.well(PLACE);
        lanes.run(() -> {
            if (counts(range, page.mark())) {
                long through = entries.isEmpty()
                        ? range.through()
                        : entries.get(entries.size() - 1).position();
                // while it was read lanes may have come, to be offered more, or all have gone
                if (readThrough == range.after() && canOffer()) {
                    offer(entries, through);
                }
            }
        });
    }

    /** Passes over what is of a time before it begins; false if there is nothing of that next. */
    private boolean skim(Range range, Instant time) {
        EntrySource.Skim skimmed = source.skim(spec.topic(), range.after(), range.through(), time, SKIM_ROWS);
        return lanes.get(() -> {
            if (!counts(range, skimmed.mark())) {
                return true;
            }
            boolean further = skimmed.through() > range.after();
            if (readThrough == range.after() && further && canOffer()) {
                offer(List.of(), skimmed.through());
            }
            return further;
        });
    }

    /** False if what was read is of an inbox that has less by now: then it is read anew. */
    private boolean counts(Range range, long markThen) {
        if (range.restarts() != restarts) {
            return false;
        }
        if (markThen < range.through()) {
            // so what is not among these entries is not void: it is not there any more
            setBack(markThen);
            return false;
        }
        return true;
    }

    /** What is below the position where it begins is not read at all. */
    private void passToStart() {
        long through = Math.min(start.after(), mark);
        if (readThrough < through && canOffer()) {
            offer(List.of(), through);
        }
    }
}
