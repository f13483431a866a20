package dev.postevent.console;

import java.time.Duration;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What is asked at most once in some time, for all who look, and never while nobody does. May be used by any thread; those who come while it
 * is being asked wait for the answer. One that fails is not kept.
 */
final class Remembered<T> {
    private final Duration age;
    private final Supplier<T> question;
    private final LongSupplier nanoTime;
    private @Nullable T latest;
    private long latestNanos;

    /**
     * Of one question.
     *
     * @param age how old the answer may be
     */
    Remembered(Duration age, Supplier<T> question, LongSupplier nanoTime) {
        this.age = age;
        this.question = question;
        this.nanoTime = nanoTime;
    }

    /** The answer, not older than it may be. */
    synchronized T latest() {
        long now = nanoTime.getAsLong();
        T before = latest;
        if (before != null && now - latestNanos < age.toNanos()) {
            return before;
        }
        T made = question.get();
        latest = made;
        latestNanos = now;
        return made;
    }
}
