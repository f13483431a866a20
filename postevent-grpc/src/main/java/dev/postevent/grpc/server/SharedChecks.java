package dev.postevent.grpc.server;

import io.grpc.Status;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Checks that are under way: a check costs far more than a call, so each is one task on a thread that serves no calls, and whoever asks for
 * the same one meanwhile is told what it finds, too.
 *
 * @param <K> what is checked
 */
final class SharedChecks<K> {
    private final Executor executor;
    // under the monitor
    private final Map<K, List<Consumer<Found>>> waiting = new HashMap<>();

    /** Makes it; {@code executor} is for checks. */
    SharedChecks(Executor executor) {
        this.executor = executor;
    }

    /** The same without a bound, where there is one check of each {@code of}, and those are bounded. */
    void begin(K of, Supplier<Found> check, Consumer<Found> then) {
        begin(of, () -> true, () -> {}, Refusals.STOPPED, check, then);
    }

    /**
     * Checks, unless a check of the same is under way. Does not wait: {@code then} is told later, on another thread.
     *
     * @param enter false: it may not be begun now, which {@code then} is told at once, as {@code full}
     * @param leave is called after it, if it was begun
     */
    void begin(K of, BooleanSupplier enter, Runnable leave, Status full, Supplier<Found> check, Consumer<Found> then) {
        boolean entered;
        synchronized (this) {
            List<Consumer<Found>> others = waiting.get(of);
            if (others != null) {
                others.add(then);
                return;
            }
            entered = enter.getAsBoolean();
            if (entered) {
                waiting.put(of, new ArrayList<>(List.of(then)));
            }
        }
        if (!entered) {
            then.accept(Found.notChecked(full));
            return;
        }
        try {
            executor.execute(() -> {
                Found found = Found.notChecked(Status.INTERNAL);
                try {
                    found = found(check);
                } finally {
                    leave.run();
                    tell(of, found);
                }
            });
        } catch (RejectedExecutionException e) {
            leave.run();
            tell(of, Found.notChecked(Refusals.STOPPED));
        } catch (RuntimeException | Error e) {
            leave.run();
            tell(of, Found.notChecked(Refusals.of(e)));
        }
    }

    private static Found found(Supplier<Found> check) {
        try {
            return check.get();
        } catch (RuntimeException | Error e) {
            return Found.notChecked(Refusals.of(e));
        }
    }

    private void tell(K of, Found found) {
        List<Consumer<Found>> all;
        synchronized (this) {
            all = waiting.remove(of);
        }
        for (Consumer<Found> each : all == null ? List.<Consumer<Found>>of() : all) {
            try {
                each.accept(found);
            } catch (RuntimeException | Error e) {
                // of one call; the others are not to blame
                RationedLog.OF_CALLS.warn("a call could not be taken in", e);
            }
        }
    }
}
