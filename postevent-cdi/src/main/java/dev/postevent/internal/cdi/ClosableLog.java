package dev.postevent.internal.cdi;

import dev.postevent.PosteventException;
import dev.postevent.spi.EventLog;
import dev.postevent.spi.LogEntry;
import dev.postevent.spi.Origin;
import dev.postevent.spi.Range;
import dev.postevent.spi.TopicName;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The log of a source that is closed one day. Catch-up reads it, the feed's thread and a subscription that begins now, and none of
 * them can know how far the stop is: here nothing is asked of the source any more once it is closed, and what still is can be waited for.
 */
final class ClosableLog implements EventLog {
    private final EventLog log;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition idle = lock.newCondition();
    // under the lock
    private int underWay;
    private boolean closed;

    ClosableLog(EventLog log) {
        this.log = log;
    }

    /** Refuses whatever is asked from now on. Returns at once. */
    void close() {
        lock.lock();
        try {
            closed = true;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Waits for what was asked before.
     *
     * @param nanosMax no longer than so many nanoseconds
     * @return true if nothing is under way any more
     */
    boolean awaitIdle(long nanosMax) {
        long left = nanosMax;
        lock.lock();
        try {
            while (underWay > 0) {
                if (left <= 0) {
                    return false;
                }
                left = idle.awaitNanos(left);
            }
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } finally {
            lock.unlock();
        }
    }

    private <T> T ask(TopicName topic, Supplier<T> question) {
        begin(topic);
        try {
            return question.get();
        } finally {
            end();
        }
    }

    private void begin(TopicName topic) {
        lock.lock();
        try {
            if (closed) {
                throw new PosteventException(
                        "PSTEV20017",
                        "the source of topic " + topic + " is closed, because postevent is being stopped: it is asked"
                                + " again when the application starts");
            }
            underWay++;
        } finally {
            lock.unlock();
        }
    }

    private void end() {
        lock.lock();
        try {
            underWay--;
            if (underWay == 0) {
                idle.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    @Override
    public Origin origin(TopicName topic) {
        return ask(topic, () -> log.origin(topic));
    }

    @Override
    public long head(TopicName topic) {
        return ask(topic, () -> log.head(topic));
    }

    @Override
    public long settled(TopicName topic) {
        return ask(topic, () -> log.settled(topic));
    }

    @Override
    public Range read(TopicName topic, long after, long through, int rowsMax, long bytesMax) {
        return ask(topic, () -> log.read(topic, after, through, rowsMax, bytesMax));
    }

    @Override
    public long settle(TopicName topic, long after) {
        return ask(topic, () -> log.settle(topic, after));
    }

    @Override
    public @Nullable LogEntry identity(TopicName topic, long position) {
        begin(topic);
        try {
            return log.identity(topic, position);
        } finally {
            end();
        }
    }
}
