package dev.postevent.simulation;

import java.util.List;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.Callable;
import java.util.concurrent.Delayed;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Pool and timer of a process: tasks become events of the world. */
final class Tasks extends AbstractExecutorService implements ScheduledExecutorService {
    private final World world;
    private final Process process;
    private final World.Kind kind;
    private final String what;
    private boolean shutdown;
    private int waiting;

    Tasks(World world, Process process, World.Kind kind, String what) {
        this.world = world;
        this.process = process;
        this.kind = kind;
        this.what = what;
    }

    private void checkOpen() {
        process.checkAlive();
        if (shutdown) {
            throw new RejectedExecutionException();
        }
    }

    @Override
    public void execute(Runnable task) {
        checkOpen();
        waiting++;
        long delay = world.random.nextInt(8) == 0 ? world.random.nextInt(20_000_000) : world.random.nextInt(200_000);
        World.Event unused = world.after(delay, process, kind, what, () -> {
            waiting--;
            task.run();
        });
    }

    /** True if something was taken and has not begun. */
    boolean isBusy() {
        return waiting > 0;
    }

    private final class Timed implements ScheduledFuture<Object> {
        private final Runnable task;
        private final long again;
        private World.@Nullable Event event;
        private boolean cancelled;

        Timed(Runnable task, long delay, long again) {
            this.task = task;
            this.again = again;
            arm(delay);
        }

        private void arm(long delay) {
            long late = world.random.nextInt(2_000_000);
            event = world.after(process.trueNanos(delay) + late, process, kind, what + " timer", () -> {
                if (shutdown) {
                    return;
                }
                try {
                    task.run();
                } finally {
                    if (again > 0 && !cancelled && process.isAlive()) {
                        arm(again);
                    }
                }
            });
        }

        @Override
        public boolean cancel(boolean mayInterruptIfRunning) {
            cancelled = true;
            World.Event armed = event;
            if (armed != null) {
                armed.cancelled = true;
            }
            return true;
        }

        @Override
        public boolean isCancelled() {
            return cancelled;
        }

        @Override
        public boolean isDone() {
            return cancelled;
        }

        @Override
        public Object get() {
            throw new UnsupportedOperationException("nobody may wait");
        }

        @Override
        public Object get(long timeout, TimeUnit unit) {
            throw new UnsupportedOperationException("nobody may wait");
        }

        @Override
        public long getDelay(TimeUnit unit) {
            throw new UnsupportedOperationException("nobody asks");
        }

        @Override
        public int compareTo(Delayed other) {
            throw new UnsupportedOperationException("nobody asks");
        }
    }

    @Override
    public ScheduledFuture<?> schedule(Runnable task, long delay, TimeUnit unit) {
        checkOpen();
        return new Timed(task, unit.toNanos(delay), 0);
    }

    @Override
    public <V> ScheduledFuture<V> schedule(Callable<V> task, long delay, TimeUnit unit) {
        throw new UnsupportedOperationException("nobody may wait");
    }

    @Override
    public ScheduledFuture<?> scheduleAtFixedRate(Runnable task, long first, long period, TimeUnit unit) {
        throw new UnsupportedOperationException("use a fixed delay");
    }

    @Override
    public ScheduledFuture<?> scheduleWithFixedDelay(Runnable task, long first, long delay, TimeUnit unit) {
        checkOpen();
        return new Timed(task, unit.toNanos(first), unit.toNanos(delay));
    }

    @Override
    public void shutdown() {
        shutdown = true;
    }

    @Override
    public List<Runnable> shutdownNow() {
        shutdown = true;
        return List.of();
    }

    @Override
    public boolean isShutdown() {
        return shutdown;
    }

    @Override
    public boolean isTerminated() {
        return shutdown;
    }

    @Override
    public boolean awaitTermination(long timeout, TimeUnit unit) {
        throw new UnsupportedOperationException("nobody may wait");
    }
}
