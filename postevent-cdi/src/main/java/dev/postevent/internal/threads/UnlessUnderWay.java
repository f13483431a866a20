package dev.postevent.internal.threads;

import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/**
 * Something that is done elsewhere, by one at a time: who asks for it while it is waiting or under way asks for nothing. Asking neither
 * waits nor fails, so that a timer may ask; what could not be begun is begun by whoever asks next.
 */
public final class UnlessUnderWay {
    private final Executor executor;
    private final Runnable task;
    private final Consumer<Throwable> notBegun;
    private final AtomicBoolean underWay = new AtomicBoolean();

    /**
     * Begins nothing yet.
     *
     * @param executor does it
     * @param notBegun is told why it could not be begun, most often for lack of a thread; not where {@code executor} takes nothing more
     *     because it is being stopped
     */
    public UnlessUnderWay(Executor executor, Runnable task, Consumer<Throwable> notBegun) {
        this.executor = executor;
        this.task = task;
        this.notBegun = notBegun;
    }

    /** Has it done, unless it is under way. */
    public void request() {
        if (!underWay.compareAndSet(false, true)) {
            return;
        }
        try {
            executor.execute(this::run);
        } catch (RejectedExecutionException e) {
            underWay.set(false);
        } catch (RuntimeException | Error e) {
            underWay.set(false);
            notBegun.accept(e);
        }
    }

    private void run() {
        try {
            task.run();
        } finally {
            underWay.set(false);
        }
    }
}
