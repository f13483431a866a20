package dev.postevent.internal.threads;

import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.concurrent.ThreadFactory;
import org.jspecify.annotations.Nullable;

/**
 * Something that goes on until it is told to stop, on one thread after the other: it returns as well when {@link OwnThread#isSpent},
 * and is then run again on a new one. Whoever began it ends it.
 */
public final class Loop {
    private static final System.Logger LOG = System.getLogger("dev.postevent.threads");

    private final ThreadFactory factory;
    private final String name;
    private final Runnable body;

    // under this object's lock
    private @Nullable Thread thread;
    private boolean interrupted;
    private boolean ended;

    private Loop(ThreadFactory factory, String name, Runnable body) {
        this.factory = factory;
        this.name = name;
        this.body = body;
    }

    /**
     * Begins.
     *
     * @param factory of {@link Threads}
     * @param name of its threads
     */
    public static Loop begin(ThreadFactory factory, String name, Runnable body) {
        Loop loop = new Loop(factory, name, body);
        synchronized (loop) {
            if (!loop.newThread()) {
                throw new IllegalStateException("the thread factory refused a thread for " + name);
            }
        }
        return loop;
    }

    /** Under the lock. */
    private boolean newThread() {
        Thread made = factory.newThread(this::run);
        if (made == null) {
            return false;
        }
        made.setName(name);
        thread = made;
        made.start();
        return true;
    }

    private void run() {
        try {
            do {
                body.run();
            } while (OwnThread.isSpent() && goesOnHere());
        } finally {
            synchronized (this) {
                if (thread == Thread.currentThread()) {
                    ended = true;
                    notifyAll();
                }
            }
        }
    }

    /** True where there is no other thread: better on this one than not at all. */
    private synchronized boolean goesOnHere() {
        if (interrupted || Thread.currentThread().isInterrupted()) {
            return false;
        }
        try {
            if (newThread()) {
                return false;
            }
        } catch (IllegalStateException e) {
            LOG.log(Level.DEBUG, "the server gives no threads any more", e);
        }
        OwnThread.goOn();
        return true;
    }

    /** Waits for the end; true if it came within {@code limit}. */
    public synchronized boolean awaitEnd(Duration limit) throws InterruptedException {
        long deadline = System.nanoTime() + limit.toNanos();
        while (!ended) {
            long left = (deadline - System.nanoTime()) / 1_000_000;
            if (left <= 0) {
                return false;
            }
            wait(left);
        }
        return true;
    }

    /** After it was told to stop: waits for the end, and interrupts what does not come to it within {@code limit}. */
    public void end(Duration limit) {
        try {
            if (!awaitEnd(limit)) {
                interrupt();
                boolean unused = awaitEnd(Duration.ofMillis(500));
            }
        } catch (InterruptedException e) {
            interrupt();
            Thread.currentThread().interrupt();
        }
    }

    /** Interrupts whatever it does; it gets no further thread. */
    public synchronized void interrupt() {
        interrupted = true;
        Thread running = thread;
        if (running != null) {
            running.interrupt();
        }
    }
}
