package dev.postevent.internal.threads;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadFactory;
import org.jspecify.annotations.Nullable;

/**
 * Makes threads in the context it was made in, whoever asks for them. Servers give a thread the context of the one that makes it: what
 * Debezium's or Netty's own threads made would have no {@code java:comp}, and what a thread with a dead transaction made would begin
 * with that.
 *
 * <p>So it has a thread of its own that does nothing else. Where a server lets none begin before the application has started, who
 * starts it makes threads itself until then, in the same context.
 */
final class ThreadMaker implements ThreadFactory {
    private final ThreadFactory factory;
    private final Thread creator = Thread.currentThread();
    private final LinkedBlockingQueue<FutureTask<@Nullable Thread>> orders = new LinkedBlockingQueue<>();
    private final Thread maker;
    private volatile boolean begun;
    private volatile boolean ended;

    /** Makes it in the context of the calling thread. */
    ThreadMaker(ThreadFactory factory) {
        this.factory = factory;
        Thread made = factory.newThread(this::work);
        if (made == null) {
            throw new IllegalStateException("the thread factory refused a thread that makes the others");
        }
        made.setName("postevent-threads");
        maker = made;
        made.start();
    }

    private void work() {
        begun = true;
        try {
            while (!ended) {
                orders.take().run();
            }
        } catch (InterruptedException e) {
            // the server ends its threads without a stop of ours: who asks from here on makes them itself
            Thread.currentThread().interrupt();
        } finally {
            ended = true;
            FutureTask<@Nullable Thread> left;
            while ((left = orders.poll()) != null) {
                left.run();
            }
        }
    }

    @Override
    public @Nullable Thread newThread(Runnable task) {
        Runnable own = () -> OwnThread.run(task);
        if (ended || (!begun && Thread.currentThread() == creator)) {
            return factory.newThread(own);
        }
        FutureTask<@Nullable Thread> order = new FutureTask<>(() -> factory.newThread(own));
        orders.add(order);
        if (ended && orders.remove(order)) {
            order.run();
        }
        return made(order);
    }

    /** Making a thread takes no time that an interrupt could save. */
    private static @Nullable Thread made(FutureTask<@Nullable Thread> order) {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return order.get();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Error error) {
                throw error;
            }
            throw new IllegalStateException("the thread factory refused a thread: " + e.getCause(), e.getCause());
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Ends its own thread, and waits for that at most a second; may be called twice. */
    void end() throws InterruptedException {
        ended = true;
        // wakes it up
        orders.add(new FutureTask<>(() -> null));
        if (begun) {
            maker.join(1_000);
        }
    }
}
