package dev.postevent.benchmarks;

import dev.postevent.benchmarks.Scenario.WrongException;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/**
 * Two builds in short slices, in turn: old new, new old, and so on. What the machine does beside lasts longer than a pair of slices
 * and falls on both, so the ratio within each pair says more than two long runs, one after the other.
 *
 * <p>Arguments: {@code P4}, {@code P7}, or {@code P13} with the number of events in a transaction ({@code P13/10}); the number of
 * rounds; the class path of the old build, and that of the new one. For a round both have a new JVM, because JVMs of one build differ by a fifth (what their compilers happened to do), and a new cluster
 * each; one is idle while the other has its turn. The first {@value #WARM_UPS} pairs of a round, {@value #P7_WARM_UPS} of P7, warm up and
 * do not count; those of P7 are of P4.
 */
public final class Beside {
    private static final int WARM_UPS = 6;
    private static final int PAIRS = 3;
    private static final int P4_MILLIS = 8_000;
    /** 15 s: what a database has to do after it was made, which is more the more tables it has, is not an event's. */
    private static final int P7_EVENTS = 1_500;

    /** Slices of P4: at a hundred events a second the compilers would be at work for an hour, and they take the time of who is measured. */
    private static final int P7_WARM_UPS = 3;

    private static final int P13_MILLIS = 4_000;

    private Beside() {}

    /** See the class. */
    public static void main(String... arguments) throws Exception {
        String scenario = arguments[0].toUpperCase(Locale.ROOT);
        boolean latency = scenario.equals("P7");
        String order = order(scenario);
        int warmUps = latency ? P7_WARM_UPS : WARM_UPS;
        String warmUp = latency ? order("P4") : order;
        int rounds = Math.max(2, Integer.parseInt(arguments[1]));
        double[] rates = new double[rounds];
        double[] costs = new double[rounds];
        for (int round = 0; round < rounds; round++) {
            double rate = 0;
            double cost = 0;
            try (Side old = new Side(arguments[2]);
                    Side now = new Side(arguments[3])) {
                for (int pair = -warmUps; pair < PAIRS; pair++) {
                    boolean oldFirst = (pair + round) % 2 == 0;
                    boolean counts = pair >= 0;
                    String of = counts ? order : warmUp;
                    Slice first = (oldFirst ? old : now).slice(of, latency && counts);
                    Slice second = (oldFirst ? now : old).slice(of, latency && counts);
                    Slice before = oldFirst ? first : second;
                    Slice after = oldFirst ? second : first;
                    System.out.printf(
                            Locale.ROOT,
                            "round %d %s  old %s  new %s%n",
                            round + 1,
                            counts ? "pair " + (pair + 1) + " " : "warm-up",
                            before,
                            after);
                    if (counts) {
                        // above 1: the new build is the better one
                        rate += Math.log(latency ? before.value() / after.value() : after.value() / before.value())
                                / PAIRS;
                        cost += Math.log(before.cpuMillis() / after.cpuMillis()) / PAIRS;
                    }
                }
            }
            rates[round] = Math.exp(rate);
            costs[round] = Math.exp(cost);
            System.out.printf(
                    Locale.ROOT,
                    "round %d  ratio %.3f, of CPU per event %.3f%n",
                    round + 1,
                    rates[round],
                    costs[round]);
        }
        print(latency ? "p50, old / new" : "events/s, new / old", rates);
        print("CPU per event, old / new", costs);
        System.exit(0);
    }

    /** What {@link Slices} reads. */
    private static String order(String scenario) {
        String[] words = scenario.split("/", 2);
        return switch (words[0]) {
            case "P4" -> "P4 " + P4_MILLIS;
            case "P7" -> "P7 " + P7_EVENTS;
            case "P13" -> "P13 " + P13_MILLIS + " " + (words.length == 1 ? 1 : Integer.parseInt(words[1]));
            default -> throw new IllegalArgumentException("P4, P7, P13 or P13/EVENTS, not " + scenario);
        };
    }

    /** The geometric mean of the rounds' ratios, with the standard error of it, and their median. */
    private static void print(String what, double... ratios) {
        double mean = 0;
        for (double ratio : ratios) {
            mean += Math.log(ratio) / ratios.length;
        }
        double squares = 0;
        for (double ratio : ratios) {
            squares += Math.pow(Math.log(ratio) - mean, 2);
        }
        double error = Math.sqrt(squares / (ratios.length - 1) / ratios.length);
        System.out.printf(
                Locale.ROOT,
                "%-26s %.3f, standard error %.3f, median %.3f, %d rounds%n",
                what,
                Math.exp(mean),
                Math.exp(mean) * error,
                Contest.median(ratios),
                ratios.length);
    }

    /**
     * What one slice gave.
     *
     * @param value events a second, or milliseconds to the observer
     * @param jvmMillis CPU of the JVM per event
     * @param databaseMillis CPU of the database per event
     */
    private record Slice(double value, double jvmMillis, double databaseMillis) {
        double cpuMillis() {
            return jvmMillis + databaseMillis;
        }

        @Override
        public String toString() {
            return String.format(
                    Locale.ROOT,
                    "%,9.2f (CPU per event, ms: JVM %.3f, database %.3f)",
                    value,
                    jvmMillis,
                    databaseMillis);
        }
    }

    /** One build. */
    private static final class Side implements AutoCloseable {
        private final Process process;
        private final BufferedReader answers;

        Side(String classPath) throws IOException {
            process = new ProcessBuilder(List.of(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-Xmx2g",
                            "-Djava.util.logging.config.file="
                                    + System.getProperty("java.util.logging.config.file", ""),
                            "-cp",
                            classPath,
                            Slices.class.getName()))
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            answers = process.inputReader(StandardCharsets.UTF_8);
        }

        Slice slice(String order, boolean latency) throws IOException {
            process.getOutputStream().write((order + "\n").getBytes(StandardCharsets.UTF_8));
            process.getOutputStream().flush();
            for (String line = answers.readLine(); line != null; line = answers.readLine()) {
                if (line.startsWith(Slices.MARK)) {
                    String[] figures = line.substring(Slices.MARK.length()).split(" ");
                    double value = Double.parseDouble(figures[0]);
                    double events = latency ? P7_EVENTS : value * Double.parseDouble(figures[1]);
                    return new Slice(
                            value,
                            Double.parseDouble(figures[2]) * 1_000 / events,
                            Double.parseDouble(figures[3]) * 1_000 / events);
                }
            }
            throw new WrongException("a build ended before its slice was done");
        }

        /** The end of its input is its end. */
        @Override
        public void close() throws IOException, InterruptedException {
            process.getOutputStream().close();
            if (!process.waitFor(1, TimeUnit.MINUTES)) {
                process.destroyForcibly();
            }
        }
    }
}
