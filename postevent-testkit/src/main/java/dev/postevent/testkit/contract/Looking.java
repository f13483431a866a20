package dev.postevent.testkit.contract;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** Waits for what happens on threads of others. Limits are for what hangs: what is on its way is not a fault on a slow machine. */
final class Looking {
    private static final Duration BETWEEN = Duration.ofMillis(2);

    private Looking() {}

    /**
     * Returns once it is so.
     *
     * @param what is waited for, for a person; asked where it did not come
     * @throws AssertionError if it is not so after {@code limit}
     */
    static void until(Duration limit, Supplier<String> what, BooleanSupplier isSo) {
        long deadline = System.nanoTime() + limit.toNanos();
        while (!isSo.getAsBoolean()) {
            if (Thread.currentThread().isInterrupted()) {
                throw new AssertionError("interrupted while it was waited for: " + what.get());
            }
            if (System.nanoTime() - deadline > 0) {
                throw new AssertionError("not within " + limit + ": " + what.get());
            }
            LockSupport.parkNanos(BETWEEN.toNanos());
        }
    }
}
