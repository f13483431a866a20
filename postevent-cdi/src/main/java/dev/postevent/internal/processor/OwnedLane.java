package dev.postevent.internal.processor;

import dev.postevent.Notice;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A lane that is ours. What changes of it, and all of its {@link Lane}, is under the monitor of {@link OwnedLanes}. */
final class OwnedLane {
    final Lane lane;
    final long epoch;
    /** A task is queued or running for this lane, or its cursor is being moved with those of other idle ones. */
    boolean scheduled;
    /** What is stored of it has to be read before anything else is done. */
    boolean reload;
    /** What is stored of it is being read. */
    boolean reloading;
    /** It is given back once nothing runs in it. */
    boolean leaving;
    /** Not offered what was read: it is blocked, and the buffer is for the others. */
    boolean passedOver;
    /** How many more events will be held once its work is done. */
    int willHold;
    /** What is told once it is known to be written; null: nothing. */
    Notice.@Nullable EventParked parking;
    /** Tasks that failed in a row. */
    private long failures;
    /** The position where the last one of them began; null: at none. */
    private @Nullable Long failedAt;
    /** When the timer wakes it. */
    Due wakes = Due.never();

    OwnedLane(Lane lane, long epoch) {
        this.lane = lane;
        this.epoch = epoch;
    }

    int number() {
        return lane.number();
    }

    LaneStore.Claim claim() {
        return lane.claim(epoch);
    }

    /** What it is called where its troubles are told. */
    String place() {
        return place(number());
    }

    static String place(int number) {
        return "lane " + number;
    }

    /** A task did what it was there for. */
    void succeeded() {
        failures = 0;
        willHold = 0;
    }

    /** A task ended before that. */
    void interrupted() {
        scheduled = false;
        willHold = 0;
        lane.interrupted();
    }

    /** A task failed; returns how often in a row one did that began at this position. */
    long failed(@Nullable Long at) {
        failures = Objects.equals(at, failedAt) ? failures + 1 : 1;
        failedAt = at;
        return failures;
    }
}
