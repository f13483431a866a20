package dev.postevent.internal.threads;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;

/**
 * Every thread postevent uses, made by one factory: on a server the {@code ManagedThreadFactory}, so that threads carry the
 * application's naming and class-loader context and the server's hung-task watch leaves long-running ones alone. They have the context
 * of whoever makes this object, and are replaced when they are retired: see {@link OwnThread}.
 *
 * <p>Pools are bounded in threads; a pool's queue is bounded by those who submit (lanes and topics have one task each at most).
 */
public final class Threads {
    private final ThreadMaker factory;
    private final OwnTimer timer;
    private final List<ExecutorService> pools = new ArrayList<>();
    private boolean stopped;

    public Threads(ThreadFactory factory) {
        this.factory = new ThreadMaker(factory);
        this.timer = new OwnTimer(2, this.factory);
    }

    /** Makes threads as they are made here, for who has pools of its own. */
    public ThreadFactory factory() {
        return factory;
    }

    /** For short tasks that are due at a time; they must not block for long. */
    public ScheduledThreadPoolExecutor timer() {
        return timer;
    }

    /** A pool of at most {@code threadsMax} threads, which end after 30 idle seconds; after the stop, one that takes no task. */
    public synchronized ExecutorService pool(int threadsMax) {
        OwnPool pool = new OwnPool(threadsMax, new LinkedBlockingQueue<>(), factory);
        pools.add(pool);
        if (stopped) {
            pool.shutdown();
        }
        return pool;
    }

    /** Starts a loop that runs until it is told to stop, and returns when its thread is to be replaced; the caller ends it. */
    public Loop loop(String name, Runnable body) {
        return Loop.begin(factory, "postevent-" + name, body);
    }

    /** Starts a thread of its own for something that uses no data source; the caller ends it. */
    public Thread start(String name, Runnable loop) {
        Thread thread = factory.newThread(loop);
        if (thread == null) {
            throw new IllegalStateException("the thread factory refused a thread for " + name);
        }
        thread.setName("postevent-" + name);
        thread.start();
        return thread;
    }

    /**
     * Ends timer and pools: lets running tasks finish within {@code limit}, then interrupts them. Not to be called on one of their threads.
     *
     * @return true if every task ended
     */
    public boolean stop(Duration limit) {
        long deadline = System.nanoTime() + limit.toNanos();
        boolean ended = true;
        // not under the lock: a task that is waited for may want a pool
        for (ExecutorService pool : shutDown()) {
            ended &= awaitOrInterrupt(pool, deadline);
        }
        try {
            factory.end();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return ended;
    }

    private synchronized List<ExecutorService> shutDown() {
        stopped = true;
        List<ExecutorService> all = new ArrayList<>(pools);
        all.add(timer);
        all.forEach(ExecutorService::shutdown);
        return all;
    }

    private static boolean awaitOrInterrupt(ExecutorService pool, long deadline) {
        try {
            if (pool.awaitTermination(Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS)) {
                return true;
            }
            pool.shutdownNow();
            return pool.awaitTermination(1, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            pool.shutdownNow();
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
