package dev.postevent.internal.feed.debezium;

import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * What the stream has read and the engine has not handed over yet: bounded, and handed over as soon as the stream has nothing more to
 * read, instead of on a timer.
 *
 * <p>Two threads: the stream's reads, the engine's takes.
 */
final class StreamQueue {
    /** So many rows are worth a batch at once. */
    private static final int WORTH_A_BATCH = 512;

    /** So many rows are worth a batch once it is time, although more can be read. */
    private static final int ROWS_DUE_WHILE_BUSY = 64;

    /** While more can be read, the stream is behind: then batches that are large count for more than an event's delay. */
    private static final int BUSY_DELAY_FACTOR = 4;

    private final int rowsMax;
    private final long bytesMax;
    private final long togetherNanos;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition room = lock.newCondition();
    private final Condition ready = lock.newCondition();
    private long rows;
    private long bytes;
    private long rowsHandled;
    private long bytesHandled;
    private boolean paused;
    private long lastTaken;

    /** How far the stream was at a time: rows and bytes read since it began. */
    record Mark(long rows, long bytes) {}

    /**
     * Nothing read yet.
     *
     * @param rowsMax most rows read and not handed over, at least 1
     * @param bytesMax bytes read and not handed over from which on nothing more is read, at least 1
     * @param together what comes within this time of a batch goes into the next one together; counts as long as the engine waits, at most
     */
    StreamQueue(int rowsMax, long bytesMax, Duration together) {
        this.rowsMax = rowsMax;
        this.bytesMax = bytesMax;
        this.togetherNanos = together.toNanos();
        this.lastTaken = System.nanoTime() - togetherNanos;
    }

    /** The stream's thread: waits until it may read; false if it may not after {@code limit}. */
    boolean awaitRoom(Duration limit) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            long left = limit.toNanos();
            while (isFull()) {
                paused = true;
                ready.signal();
                if (left <= 0) {
                    return false;
                }
                left = room.awaitNanos(left);
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    /**
     * The stream's thread: a message was read, and what rows it has are in the engine's queue.
     *
     * @param rowsOfIt none where it begins or ends a transaction
     * @param bytesRead of the whole stream until now
     */
    void read(int rowsOfIt, long bytesRead) {
        lock.lock();
        try {
            rows += rowsOfIt;
            bytes = bytesRead;
            paused = false;
            long waiting = rows - rowsHandled;
            if (rowsOfIt > 0 && (waiting == ROWS_DUE_WHILE_BUSY || waiting == WORTH_A_BATCH)) {
                ready.signal();
            }
        } finally {
            lock.unlock();
        }
    }

    /**
     * The stream's thread: there is nothing more to read.
     *
     * @return true if the engine waited for what was read, and takes it now
     */
    boolean pause() {
        lock.lock();
        try {
            paused = true;
            if (rows == rowsHandled) {
                return false;
            }
            boolean taken = lock.hasWaiters(ready) && lastTaken + togetherNanos <= System.nanoTime();
            ready.signal();
            return taken;
        } finally {
            lock.unlock();
        }
    }

    /**
     * The engine's thread: waits until a batch is worth it, {@code limit} at most.
     *
     * @return how far the stream is: all of it is in the engine's queue
     */
    Mark awaitBatch(Duration limit) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            long deadline = System.nanoTime() + limit.toNanos();
            for (long wait = batchDueIn(deadline); wait > 0; wait = batchDueIn(deadline)) {
                ready.awaitNanos(wait);
            }
            if (rows > rowsHandled) {
                lastTaken = System.nanoTime();
            }
            return new Mark(rows, bytes);
        } finally {
            lock.unlock();
        }
    }

    private long batchDueIn(long deadline) {
        long waiting = rows - rowsHandled;
        if (waiting >= WORTH_A_BATCH) {
            return 0;
        }
        long due = deadline;
        if (waiting > 0 && paused) {
            due = lastTaken + togetherNanos;
        } else if (waiting >= ROWS_DUE_WHILE_BUSY) {
            due = lastTaken + BUSY_DELAY_FACTOR * togetherNanos;
        }
        return Math.min(due, deadline) - System.nanoTime();
    }

    /** The engine's thread: all that was read until {@code mark} was handed over. */
    void handled(Mark mark) {
        lock.lock();
        try {
            rowsHandled = mark.rows();
            bytesHandled = mark.bytes();
            room.signal();
        } finally {
            lock.unlock();
        }
    }

    private boolean isFull() {
        return rows - rowsHandled >= rowsMax || bytes - bytesHandled >= bytesMax;
    }
}
