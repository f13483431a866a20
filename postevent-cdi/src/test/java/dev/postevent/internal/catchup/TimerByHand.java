package dev.postevent.internal.catchup;

import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** A timer that keeps what is to be done once later, for the test to do. */
final class TimerByHand extends ScheduledThreadPoolExecutor {
    final Queue<Runnable> later = new ConcurrentLinkedQueue<>();
    /** After how many milliseconds each that was ever given is due. */
    final List<Long> millis = new ArrayList<>();

    TimerByHand() {
        super(0);
    }

    @Override
    public ScheduledFuture<?> schedule(Runnable task, long delay, TimeUnit unit) {
        later.add(task);
        millis.add(unit.toMillis(delay));
        return super.schedule(() -> {}, 1, TimeUnit.HOURS);
    }
}
