package dev.postevent.internal.worker;

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

    @Override
    protected void afterExecute(Runnable task, @Nullable Throwable thrown) {
        super.afterExecute(task, thrown);
        OwnThread.endIfSpent();
    }
}
