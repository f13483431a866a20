package dev.postevent.internal.processor;

import java.util.function.LongSupplier;

/** The clock of this node, which does not go back and may begin anywhere. */
final class NodeClock {
    private final LongSupplier nanoTime;

    NodeClock(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    long nanos() {
        return nanoTime.getAsLong();
    }

    long millis() {
        return nanoTime.getAsLong() / 1_000_000;
    }

    /** When an event is tried again by this clock. */
    Due due(LaneStore.Fate fate) {
        return fate instanceof LaneStore.Again again
                ? Due.at(millis() + again.delay().toMillis())
                : Due.never();
    }
}
