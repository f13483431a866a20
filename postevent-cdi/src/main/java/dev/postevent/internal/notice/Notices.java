package dev.postevent.internal.notice;

import dev.postevent.Notice;
import dev.postevent.internal.threads.OwnThread;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Tells targets of notices, one after the other, in the order in which they were accepted. Who gives one never waits and is never failed:
 * it goes into a queue, which drops the newest when it is full.
 */
public final class Notices implements Consumer<Notice> {
    private static final System.Logger LOG = System.getLogger("dev.postevent.notice");
    // then the thread may be replaced
    private static final int TURN_MAX = 100;

    private final List<NoticeTarget> targets;
    private final int queueMax;
    private final Executor pool;
    private final ToldCauses causes = new ToldCauses();

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition idle = lock.newCondition();
    // all below under the lock
    private final ArrayDeque<Notice> queue = new ArrayDeque<>();
    /** A task is queued or running. */
    private boolean scheduled;

    private boolean closed;
    /** Since something was dropped last the queue has not been empty. */
    private boolean overflown;

    private long dropped;

    /**
     * Makes it; nothing is told yet.
     *
     * @param targets in the order in which they are told of each
     * @param queueMax most notices that wait, at least 1
     * @param pool of one thread, which nobody else has
     */
    public Notices(List<NoticeTarget> targets, int queueMax, Executor pool) {
        if (queueMax < 1) {
            throw new IllegalArgumentException("queueMax of notices must be at least 1, got " + queueMax);
        }
        this.targets = List.copyOf(targets);
        this.queueMax = queueMax;
        this.pool = pool;
    }

    /** True if somebody is told of notices of this kind. */
    public boolean wants(Class<? extends Notice> kind) {
        return targets.stream().anyMatch(target -> target.takes(kind));
    }

    /** Returns at once; may be called under any lock. */
    @Override
    public void accept(Notice notice) {
        if (!wants(notice.getClass())) {
            return;
        }
        boolean news = false;
        lock.lock();
        try {
            if (closed) {
                return;
            }
            if (queue.size() == queueMax) {
                dropped++;
                news = !overflown;
                overflown = true;
            } else {
                queue.addLast(notice);
            }
            schedule();
        } finally {
            lock.unlock();
        }
        if (news) {
            LOG.log(
                    Level.WARNING,
                    queueMax + " notices wait for their observers, so this one is dropped, and those that follow are as"
                            + " long as that is so: " + notice
                            + ". Observers of notices must not take long; the one at work is "
                            + "seen in a thread dump");
        }
    }

    /** How many were dropped because the queue was full. */
    public long dropped() {
        lock.lock();
        try {
            return dropped;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Takes nothing any more, and waits until what waits is told. What is not by then never is.
     *
     * @return true if all was told
     */
    public boolean stop(Duration limit) {
        long deadline = System.nanoTime() + limit.toNanos();
        lock.lock();
        try {
            closed = true;
            while (scheduled) {
                long left = deadline - System.nanoTime();
                if (left <= 0 || idle.awaitNanos(left) <= 0) {
                    break;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            queue.clear();
            lock.unlock();
        }
        return isIdle();
    }

    private boolean isIdle() {
        lock.lock();
        try {
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
            queue.clear();
        } catch (RuntimeException | Error e) {
            // what happened does not fail for it; the next notice brings what waits along
            scheduled = false;
            LOG.log(Level.WARNING, "observers of notices cannot be called at the moment", e);
        }
    }

    private void turn() {
        try {
            for (int i = 0; i < TURN_MAX && !OwnThread.isSpent(); i++) {
                Notice notice = next();
                if (notice == null) {
                    return;
                }
                tell(notice);
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

    private @Nullable Notice next() {
        long lost = 0;
        lock.lock();
        try {
            Notice notice = queue.pollFirst();
            if (notice == null && overflown) {
                overflown = false;
                lost = dropped;
            }
            return notice;
        } finally {
            lock.unlock();
            if (lost > 0) {
                LOG.log(
                        Level.INFO,
                        "all notices that waited are told; " + lost + " were dropped since the application started");
            }
        }
    }

    private void tell(Notice notice) {
        for (NoticeTarget target : targets) {
            if (target.takes(notice.getClass())) {
                try {
                    target.tell(notice);
                } catch (Throwable t) {
                    // user code: whatever it throws, the others are told, and of the next notice it is
                    failed(target, notice, t);
                }
            }
        }
    }

    private void failed(NoticeTarget target, Notice notice, Throwable thrown) {
        boolean news = causes.isNew(target.where(), thrown);
        LOG.log(
                news ? Level.WARNING : Level.DEBUG,
                "observer " + target.where() + " of notices threw, and is not told again of " + notice
                        + (news ? " (the same cause is told once)" : ""),
                thrown);
    }
}
