package dev.postevent.internal.threads;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A pool that replaces threads which were retired; they end after 30 idle seconds, too. */
public final class OwnPool extends ThreadPoolExecutor {

    /** Makes it; its threads are made when they are needed, by a factory of {@link Threads}. */
    public OwnPool(int threadsMax, BlockingQueue<Runnable> queue, ThreadFactory factory) {
        super(threadsMax, threadsMax, 30, TimeUnit.SECONDS, queue, factory);
        allowCoreThreadTimeOut(true);
    }

    /**
     * Makes a thread if there is work and none: where the last one ended and no other could be had, no further task makes one. For a
     * pool whose owner waits for a task to end before it gives it another; to be called now and then.
     */
    public void makeUpForAMissingThread() {
        if (getPoolSize() == 0 && !getQueue().isEmpty()) {
            prestartCoreThread();
        }
    }

    @Override
    protected void afterExecute(Runnable task, @Nullable Throwable thrown) {
        super.afterExecute(task, thrown);
        OwnThread.endIfSpent();
    }
}
