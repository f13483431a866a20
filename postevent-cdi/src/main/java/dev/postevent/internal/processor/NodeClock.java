package dev.postevent.internal.processor;

import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

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

    /** When an event is tried again by this clock; {@code again}: null if it is parked. */
    long dueAt(LaneStore.@Nullable Again again) {
        return again == null ? Lane.NEVER : millis() + again.delay().toMillis();
    }
}
