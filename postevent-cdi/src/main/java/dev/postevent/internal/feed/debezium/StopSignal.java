package dev.postevent.internal.feed.debezium;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** That the feed is to end, and how long its engine may take then. Told by any thread; the feed's thread looks and waits. */
final class StopSignal {
    private final CountDownLatch told = new CountDownLatch(1);
    /** Written by whoever tells it, before it is told; read by the feed's thread, after. */
    private volatile Duration limit = Duration.ZERO;

    void tell(Duration engineLimit) {
        limit = engineLimit;
        told.countDown();
    }

    boolean isTold() {
        return told.getCount() == 0;
    }

    /** How long the engine may take to end: what was told, and {@code otherwise} where nothing was. */
    Duration limitOr(Duration otherwise) {
        return isTold() ? limit : otherwise;
    }

    /** The feed's thread: true if it is to go on no further, because it was told so or interrupted. */
    boolean isStopping() {
        return isTold() || Thread.currentThread().isInterrupted();
    }

    /** The feed's thread: waits for {@code limit}, or until it is told. */
    void await(Duration limit) throws InterruptedException {
        boolean unused = told.await(limit.toNanos(), TimeUnit.NANOSECONDS);
    }
}
