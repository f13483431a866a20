package dev.postevent.internal.processor;

import java.util.Collection;
import java.util.TreeSet;

/**
 * For which events of a lane above its cursor the observer was called before, in vain. Under the monitor that the lane is under.
 *
 * <p>That is known exactly as long as this node has the lane, and is passed on where the lane is given back in order. Of an owner that
 * vanished it is not known: then it may have been those that were there when the lane was taken over, as many as go into one batch
 * ({@link #carefulLeft}, {@link #carefulThrough}).
 */
final class PastCalls {
    private final TreeSet<Long> called = new TreeSet<>();
    private final long carefulThrough;
    private int carefulLeft;
    private long againThrough;

    PastCalls(LaneStore.Calls calls) {
        this.called.addAll(calls.called());
        this.againThrough = calls.againThrough();
        this.carefulLeft = calls.careful();
        this.carefulThrough = calls.carefulThrough();
    }

    void add(Collection<Long> positions) {
        called.addAll(positions);
    }

    /** What was done through here comes again, because the database has lost it. */
    void againThrough(long position) {
        againThrough = Math.max(againThrough, position);
    }

    /** An event was handled or held. */
    void passedOne() {
        if (carefulLeft > 0) {
            carefulLeft--;
        }
    }

    /** Everything at or below this is handled or held. */
    void forgetThrough(long position) {
        called.headSet(position, true).clear();
    }

    /** True if the observer was called for this event before; true, too, if nobody can tell. */
    boolean has(long position) {
        return position <= againThrough || called.contains(position) || isCareful(position);
    }

    /** True if nobody can tell whether the call killed the last owner. */
    boolean isCareful(long position) {
        return carefulLeft > 0 && position <= carefulThrough;
    }

    /** For whoever has the lane next. */
    LaneStore.Calls stored() {
        return new LaneStore.Calls(called, againThrough, carefulLeft, carefulThrough);
    }
}
