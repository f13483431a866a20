package dev.postevent.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.postevent.testing.build.HangLimit;
import dev.postevent.testing.build.Seeded;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * I1 to I11 in simulated worlds. {@code -Dsimulation.seeds} (10,000), {@code -Dsimulation.from} (0), {@code -Dsimulation.steps}
 * (1,000); {@code -Dsimulation.trace=true} prints what happens in the world of {@code from}.
 */
@Seeded
final class SimulationTest {
    private static final int TRACE_LINES_MAX = 400;

    @BeforeAll
    static void quiet() {
        Seeds.quiet();
    }

    @AfterAll
    static void loud() {
        Seeds.loud();
    }

    @Test
    @Timeout(value = 3, unit = TimeUnit.DAYS)
    void everyPromiseHoldsInEveryWorld() {
        long from = Long.getLong("simulation.from", 0);
        long count = Long.getLong("simulation.seeds", 10_000);
        int steps = Integer.getInteger("simulation.steps", 1_000);
        HangLimit.extend(Duration.ofMillis(count * steps / 100)); // a hundred times what a seed takes
        if (Boolean.getBoolean("simulation.trace")) {
            print(Seeds.trace(Scenario.of(from, steps, Mutant.NONE)), Integer.MAX_VALUE);
        }
        long began = System.nanoTime();
        Seeds seeds = new Seeds();
        World.Outcome broken = seeds.firstBroken(from, count, seed -> Scenario.of(seed, steps, Mutant.NONE));
        System.out.printf(
                "simulation: %d seeds from %d, %d steps, %d calls of ports, %d ms%n",
                count, from, seeds.steps(), seeds.calls(), (System.nanoTime() - began) / 1_000_000);
        if (broken != null) {
            System.out.println("simulation: seed " + broken.scenario().seed() + " breaks a promise: "
                    + broken.violation().getMessage() + "; shrinking " + broken.scenario());
            World.Outcome least = new Shrinker(20_000).shrink(broken);
            print(least, TRACE_LINES_MAX);
            fail("seed " + broken.scenario().seed() + ": " + broken.violation().getMessage()
                    + "; the least that fails is " + least.scenario() + " with "
                    + least.violation().getMessage());
        }
    }

    private static void print(World.Outcome outcome, int linesMax) {
        List<String> trace = outcome.trace();
        System.out.println(outcome.scenario());
        trace.subList(Math.max(0, trace.size() - linesMax), trace.size()).forEach(System.out::println);
    }

    @Test
    void oneSeedReplaysOneRunExactly() {
        Set<Long> different = new HashSet<>();
        for (long seed = 0; seed < 40; seed++) {
            World.Outcome first = Seeds.trace(Scenario.of(seed, 1_000, Mutant.NONE));
            World.Outcome second = Seeds.trace(Scenario.of(seed, 1_000, Mutant.NONE));
            assertThat(second.trace()).as("seed %d", seed).isEqualTo(first.trace());
            assertThat(second.hash()).as("seed %d", seed).isEqualTo(first.hash());
            different.add(first.hash());
        }
        assertThat(different).hasSize(40);
    }

    @Test
    void theProbeAloneIsRightWhereItsConditionsHold() {
        assertThat(new Seeds().firstBroken(0, 300, seed -> Scenario.of(seed, 1_000, Mutant.PROBE_ONLY)))
                .isNull();
    }

    @Test
    void theWorldsAreRoughEnough() {
        Set<String> seen = new HashSet<>();
        for (long seed = 0; seed < 130; seed++) {
            for (String line :
                    Seeds.trace(Scenario.of(seed, 1_000, Mutant.NONE)).trace()) {
                seen.add(line.substring(18).replaceAll("[-0-9]", "").strip());
            }
        }
        assertThat(seen)
                .contains(
                        "dies",
                        "stands still",
                        "stop",
                        "fails",
                        "answer lost",
                        "inbox away",
                        "inbox loses",
                        "set back",
                        "source restarts",
                        "clock rate",
                        "database clock jumps",
                        "slot lost",
                        "refused",
                        "set aside",
                        "more came through the stream than is kept until it is visible",
                        "the stream broke before what it brought was visible",
                        "rolls back",
                        "prepares",
                        "burns",
                        "void",
                        "held",
                        "behind",
                        "parked",
                        "operator pauses",
                        "operator retries",
                        "operator skips",
                        "stored what is visible",
                        "all arrived");
    }
}
