package dev.postevent.benchmarks;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/** Contenders that run in turn, A B A B ..., so that what the machine does beside falls on all of them. */
final class Contest {
    private final PrintStream out;
    private final Arena arena;
    private final Map<String, Contender> contenders = new LinkedHashMap<>();
    private final Map<String, List<Sample>> samples = new LinkedHashMap<>();

    /** One run: prepares, measures, checks, cleans up. */
    @FunctionalInterface
    interface Contender {
        Sample run() throws Exception;
    }

    Contest(PrintStream out, Arena arena) {
        this.out = out;
        this.arena = arena;
    }

    Contest contender(String name, Contender contender) {
        contenders.put(name, contender);
        return this;
    }

    /** Each in turn, {@code runs} times; before that each {@code warmUps} times unmeasured. */
    Contest run(int warmUps, int runs) throws Exception {
        for (int run = -warmUps; run < runs; run++) {
            for (Map.Entry<String, Contender> one : contenders.entrySet()) {
                arena.settle();
                Sample sample = one.getValue().run();
                out.printf(
                        "  %s %-40s %,12.1f  %6.1f s, CPU %5.1f s JVM %5.1f s database, load %.1f %s%n",
                        run < 0 ? "warm-up" : "run " + (run + 1) + "  ",
                        one.getKey(),
                        sample.value(),
                        sample.seconds(),
                        sample.jvmCpu(),
                        sample.databaseCpu(),
                        sample.load(),
                        sample.more().isEmpty() ? "" : sample.more());
                if (run >= 0) {
                    samples.computeIfAbsent(one.getKey(), name -> new ArrayList<>())
                            .add(sample);
                }
            }
        }
        return this;
    }

    Map<String, List<Sample>> samples() {
        return samples;
    }

    /** The middle of a contender's figures. */
    double median(String contender) {
        return median(contender, Sample::value);
    }

    /** The middle of one of a contender's further figures. */
    double median(String contender, String figure) {
        return median(contender, sample -> sample.more().getOrDefault(figure, Double.NaN));
    }

    private double median(String contender, ToDoubleFunction<Sample> figure) {
        return median(samples.getOrDefault(contender, List.of()).stream()
                .mapToDouble(figure)
                .toArray());
    }

    /** The middle of {@code values}, the mean of two middles. */
    static double median(double... values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    /** The least value that {@code share} of them do not exceed. */
    static double quantile(double share, double... values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[Math.max(0, (int) Math.ceil(share * sorted.length) - 1)];
    }
}
