package dev.postevent.internal.catchup;

import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** The mark: ten thousand arrivals, each as far out of order as so many concurrent publishers make it. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class MarkBenchmark {
    private static final int ARRIVALS = 10_000;

    /** Concurrent publishers: nothing is further from its place than this. */
    @Param({"1", "16", "256"})
    public int publishers;

    private final long[] arrivals = new long[ARRIVALS];

    /** One fixed order. */
    @Setup(Level.Trial)
    public void shuffle() {
        Random random = new Random(1);
        for (int i = 0; i < ARRIVALS; i++) {
            arrivals[i] = i + 1;
        }
        for (int from = 0; from < ARRIVALS; from += publishers) {
            int width = Math.min(publishers, ARRIVALS - from);
            for (int i = width - 1; i > 0; i--) {
                int other = from + random.nextInt(i + 1);
                long swapped = arrivals[from + i];
                arrivals[from + i] = arrivals[other];
                arrivals[other] = swapped;
            }
        }
    }

    /** Per arrival. */
    @Benchmark
    @OperationsPerInvocation(ARRIVALS)
    public long arrived() {
        HighWaterMark mark = new HighWaterMark(0, 10_000);
        for (long position : arrivals) {
            mark.arrived(position);
        }
        return mark.mark();
    }
}
