package dev.postevent.sample.web;

import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.function.LongSupplier;

/**
 * The memory that all bodies together may have, in blocks, and who gives way when none is left: of those that are not whole yet the
 * oldest, if it is slow.
 *
 * <p>Whoever sends slowly, or never to the end, so keeps nobody out. Bodies that come fast are not taken from each other: when there are
 * too many of these, the last one is refused, or none would ever be whole.
 *
 * <p>Its monitor guards it and all its bodies.
 */
final class BodyMemory {
    static final int BLOCK = 8 * 1024;

    private final Duration slow;
    private final LongSupplier nanoTime;
    /** Not whole yet; the oldest first. */
    private final Set<IncomingBody> coming = new LinkedHashSet<>();

    private int free;

    /**
     * Nothing is taken yet.
     *
     * @param bytes of all bodies together
     * @param slow a body that takes longer may have to give way
     * @param nanoTime {@link System#nanoTime}
     */
    BodyMemory(int bytes, Duration slow, LongSupplier nanoTime) {
        this.free = bytes / BLOCK;
        this.slow = slow;
        this.nanoTime = nanoTime;
    }

    /** A body begins to come. It has its first block, so that many small ones are bounded, too; or it is refused. */
    synchronized IncomingBody open(long limit) {
        IncomingBody body = new IncomingBody(this, limit, nanoTime.getAsLong());
        coming.add(body);
        body.grow();
        return body;
    }

    /** Bytes that nobody has taken. */
    synchronized long available() {
        return (long) free * BLOCK;
    }

    /** One block more for {@code body}; false if it gets none. */
    synchronized boolean take(IncomingBody body) {
        if (free == 0) {
            giveWay();
        }
        if (free == 0 || body.refused() != null) {
            return false;
        }
        free--;
        return true;
    }

    /** Takes back {@code blocks} of a body that comes no more. */
    synchronized void end(IncomingBody body, int blocks) {
        coming.remove(body);
        free += blocks;
    }

    /** Whether it began to come longer ago than that. */
    boolean isOlder(IncomingBody body, Duration age) {
        return nanoTime.getAsLong() - body.begun() > age.toNanos();
    }

    private void giveWay() {
        if (!coming.isEmpty()) {
            IncomingBody oldest = coming.iterator().next();
            if (isOlder(oldest, slow)) {
                oldest.refuse(IncomingBody.GAVE_WAY);
            }
        }
    }
}
