package dev.postevent.internal.threads;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * Exponential back-off with jitter.
 *
 * @param first wait after the first failure, more than zero
 * @param factor growth per further failure, at least 1
 * @param cap greatest wait, at least {@code first}
 */
public record Backoff(Duration first, double factor, Duration cap) {

    /** Checks the bounds. */
    public Backoff {
        if (first.isNegative() || first.isZero() || factor < 1 || cap.compareTo(first) < 0) {
            throw new IllegalArgumentException(
                    "a back-off needs first > 0, factor >= 1, cap >= first; got " + first + ", " + factor + ", " + cap);
        }
    }

    /**
     * The wait before the try that follows {@code failures} failures: between a half and the whole of {@code first * factor ^
     * (failures - 1)}, cut at the cap.
     *
     * @param failures at least 1
     */
    public Duration waitAfter(int failures, RandomGenerator random) {
        if (failures < 1) {
            throw new IllegalArgumentException("failures must be at least 1, got " + failures);
        }
        double millis = Math.min((double) cap.toMillis(), (double) first.toMillis() * Math.pow(factor, failures - 1));
        return Duration.ofMillis(Math.max(1, Math.round(millis * (0.5 + 0.5 * random.nextDouble()))));
    }
}
