package dev.postevent.grpc.server;

import java.time.Duration;

/**
 * Until when a stop may take.
 *
 * @param nanos a {@link System#nanoTime}
 */
record Deadline(long nanos) {
    static Deadline in(Duration limit) {
        return new Deadline(System.nanoTime() + limit.toNanos());
    }

    /** At least 1. */
    long leftMillis() {
        return Math.max(1, (nanos - System.nanoTime()) / 1_000_000);
    }
}
