package dev.postevent.benchmarks;

import dev.postevent.benchmarks.Scenario.Outcome;
import dev.postevent.benchmarks.Scenario.Ring;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * The way in.
 *
 * <pre>
 * --scenario P4         what: an id of a target, a name, or all (default)
 * --size full           full (default), quick (under a minute each) or smoke (correctness only)
 * --json DIRECTORY      where to leave a JSON file per scenario
 * </pre>
 *
 * <p>Ends with 1 where a run gave a wrong answer; a target that is not met is a figure and no error.
 */
public final class Benchmarks {
    /** All there are, in the order of the targets. */
    static final List<Scenario> ALL = List.of(
            new Backlog(),
            new Live(),
            new SingleEvents(),
            new Latency(),
            new Gaps(),
            new Rollbacks(),
            new Fullness(),
            new Remote(),
            new Publish(),
            new Nodes(),
            new Idle(),
            new Watched(),
            new LongTransactions(),
            new Direct(),
            new Memory(),
            new Cost());

    private Benchmarks() {}

    /** See the class. */
    public static void main(String... arguments) throws Exception {
        String which = "all";
        Size size = Size.FULL;
        Path json = null;
        for (int i = 0; i + 1 < arguments.length; i += 2) {
            switch (arguments[i]) {
                case "--scenario" -> which = arguments[i + 1];
                case "--size" -> size = Size.of(arguments[i + 1]);
                case "--json" -> json = Files.createDirectories(Path.of(arguments[i + 1]));
                default -> throw new IllegalArgumentException("unknown: " + arguments[i]);
            }
        }
        List<String> failed = new ArrayList<>();
        for (Scenario scenario : chosen(which)) {
            try {
                Outcome outcome = run(scenario, size, System.out);
                if (json != null) {
                    Report.write(scenario, size, outcome, json);
                }
            } catch (Exception e) {
                System.out.println("  FAILED: " + e);
                e.printStackTrace(System.out);
                failed.add(scenario.ids().toString());
            }
        }
        System.out.println(failed.isEmpty() ? "all runs were right" : "wrong: " + failed);
        System.exit(failed.isEmpty() ? 0 : 1); // threads of the transaction manager are no daemons
    }

    /** Runs a scenario on a cluster of its own and prints what came out. */
    static Outcome run(Scenario scenario, Size size, PrintStream out) throws Exception {
        out.println(String.join(", ", scenario.ids()) + ": " + scenario.title() + " ("
                + size.name().toLowerCase(Locale.ROOT) + ")");
        try (Arena arena = new Arena()) {
            Outcome outcome = scenario.run(new Ring(arena, size, out));
            for (Verdict verdict : outcome.verdicts()) {
                out.printf(
                        "  %-4s %-60s %12s, target %12s %s%n",
                        verdict.id(),
                        verdict.figure(),
                        verdict.measured(),
                        verdict.wanted(),
                        verdict.met() ? "met" : "NOT MET");
            }
            outcome.facts().forEach((name, value) -> out.println("  " + name + ": " + value));
            return outcome;
        }
    }

    private static Set<Scenario> chosen(String which) {
        Set<Scenario> chosen = new LinkedHashSet<>();
        for (Scenario scenario : ALL) {
            if (which.equals("all") || scenario.ids().contains(which)) {
                chosen.add(scenario);
            }
        }
        if (chosen.isEmpty()) {
            throw new IllegalArgumentException("no scenario " + which + "; there are "
                    + ALL.stream().flatMap(scenario -> scenario.ids().stream()).toList());
        }
        return chosen;
    }
}
