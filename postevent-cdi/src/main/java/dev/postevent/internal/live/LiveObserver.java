package dev.postevent.internal.live;

import dev.postevent.internal.threads.OwnThread;
import dev.postevent.spi.LogEntry;
import dev.postevent.spi.TopicName;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** One live observer: its queue, and its one task in the pool. */
final class LiveObserver {
    private static final Logger LOG = System.getLogger("dev.postevent.live");
    // then others get the thread
    private static final int TURN_MAX = 100;
    private static final long LOG_EVERY_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final TopicName topic;
    private final String name;
    private final int queueMax;
    private final long queueMaxBytes;
    private final Consumer<LogEntry> observer;
    private final ExecutorService pool;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition idle = lock.newCondition();
    private final ArrayDeque<LogEntry> queue = new ArrayDeque<>();
    private long queuedBytes;
    private boolean scheduled;
    private boolean closed;
    private long delivered;
    private long dropped;
    private long failed;
    private long loggedAt = System.nanoTime() - LOG_EVERY_NANOS;

    LiveObserver(
            TopicName topic,
            String name,
            int queueMax,
            long queueMaxBytes,
            Consumer<LogEntry> observer,
            ExecutorService pool) {
        if (queueMax < 1 || queueMaxBytes < 1) {
            throw new IllegalArgumentException("queueMax and queueMaxBytes of live observer " + name
                    + " must be at least 1, got " + queueMax + " and " + queueMaxBytes);
        }
        this.topic = topic;
        this.name = name;
        this.queueMax = queueMax;
        this.queueMaxBytes = queueMaxBytes;
        this.observer = observer;
        this.pool = pool;
    }

    TopicName topic() {
        return topic;
    }

    /** Queues entries, at the cost of the oldest; one that is larger than all that may wait has the queue to itself. */
    void offer(List<LogEntry> entries) {
        lock.lock();
        try {
            if (closed) {
                return;
            }
            for (LogEntry entry : entries) {
                int bytes = entry.weight();
                while (queue.size() == queueMax || (!queue.isEmpty() && queuedBytes + bytes > queueMaxBytes)) {
                    queuedBytes -= queue.removeFirst().weight();
                    dropped++;
                }
                queue.addLast(entry);
                queuedBytes += bytes;
            }
            schedule();
        } finally {
            lock.unlock();
        }
    }

    LiveStatus status() {
        lock.lock();
        try {
            return new LiveStatus(name, topic, delivered, dropped, failed, queue.size());
        } finally {
            lock.unlock();
        }
    }

    /** Drops what waits and takes nothing any more. */
    void close() {
        lock.lock();
        try {
            drop();
        } finally {
            lock.unlock();
        }
    }

    /** Waits until no call is under way; false if that is not so at {@code deadline}. */
    boolean awaitIdle(long deadline) {
        lock.lock();
        try {
            while (scheduled) {
                long left = deadline - System.nanoTime();
                if (left <= 0 || idle.awaitNanos(left) <= 0) {
                    return !scheduled;
                }
            }
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return !scheduled;
        } finally {
            lock.unlock();
        }
    }

    // under the lock
    private void schedule() {
        if (scheduled || queue.isEmpty()) {
            return;
        }
        scheduled = true;
        try {
            pool.execute(this::turn);
        } catch (RejectedExecutionException e) {
            // the pool has ended: the application stops
            scheduled = false;
            drop();
        } catch (RuntimeException | Error e) {
            // who brought an entry is not to blame; the next one brings what waits along
            scheduled = false;
            LOG.log(Level.WARNING, topic + ": live observer " + name + " cannot be called at the moment", e);
        }
    }

    // under the lock
    private void drop() {
        closed = true;
        dropped += queue.size();
        queue.clear();
        queuedBytes = 0;
    }

    private void turn() {
        try {
            for (int i = 0; i < TURN_MAX && !OwnThread.isSpent(); i++) {
                LogEntry entry = next();
                if (entry == null) {
                    return;
                }
                deliver(entry);
            }
        } finally {
            lock.lock();
            try {
                scheduled = false;
                schedule();
                if (!scheduled) {
                    idle.signalAll();
                }
            } finally {
                lock.unlock();
            }
        }
    }

    private @Nullable LogEntry next() {
        lock.lock();
        try {
            LogEntry entry = queue.pollFirst();
            if (entry != null) {
                queuedBytes -= entry.weight();
                delivered++;
            }
            return entry;
        } finally {
            lock.unlock();
        }
    }

    private void deliver(LogEntry entry) {
        try {
            observer.accept(entry);
        } catch (Throwable t) {
            // user code: whatever it throws is its own event's loss, the next one is delivered
            note(entry, t);
        }
    }

    private void note(LogEntry entry, Throwable thrown) {
        boolean log;
        lock.lock();
        try {
            failed++;
            long now = System.nanoTime();
            log = now - loggedAt >= LOG_EVERY_NANOS;
            if (log) {
                loggedAt = now;
            }
        } finally {
            lock.unlock();
        }
        // at most once in ten seconds: a broken observer would fill the log as fast as events come; all are counted
        LOG.log(
                log ? Level.WARNING : Level.DEBUG,
                topic + " " + entry.position() + ": live observer " + name + " threw",
                thrown);
    }
}
