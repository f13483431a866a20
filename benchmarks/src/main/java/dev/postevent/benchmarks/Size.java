package dev.postevent.benchmarks;

import java.util.Locale;

/** How much is measured. */
enum Size {
    /** For {@code docs/performance.md}: at least five alternated runs. */
    FULL(5, 1.0),
    /** A look: under a minute per scenario. */
    QUICK(2, 0.1),
    /** Whether it works and is right; its figures mean nothing. */
    SMOKE(1, 0.005);

    private final int runs;
    private final double share;

    Size(int runs, double share) {
        this.runs = runs;
        this.share = share;
    }

    static Size of(String name) {
        return valueOf(name.toUpperCase(Locale.ROOT));
    }

    /** Measured runs of each contender. */
    int runs() {
        return runs;
    }

    /** Unmeasured runs of each contender before those, where the full size has {@code full} of them. */
    int warmUps(int full) {
        return this == FULL ? full : 0;
    }

    /** Events, where the full size has {@code full} of them. */
    int events(int full) {
        return Math.max(200, (int) (full * share) / 100 * 100);
    }

    /** Milliseconds, where the full size takes {@code full}. */
    long millis(long full) {
        return Math.max(1_000, (long) (full * share));
    }

    /** Repetitions within one run, where the full size has {@code full} of them. */
    int times(int full) {
        return Math.max(2, (int) (full * share));
    }
}
