package dev.postevent.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class SimulationTest {
    @Test
    void seeds() {
        java.util.logging.Logger logger = java.util.logging.Logger.getLogger("dev.postevent");
        logger.setLevel(java.util.logging.Level.OFF);
        long from = Long.getLong("from", 0);
        int count = Integer.getInteger("seeds", 200);
        long began = System.nanoTime();
        int bad = 0;
        long steps = 0, calls = 0;
        for (long seed = from; seed < from + count; seed++) {
            World.Outcome outcome = new World(Scenario.of(seed, 1000, Mutant.NONE), false).run();
            steps += outcome.steps();
            calls += outcome.calls();
            if (outcome.violation() != null) {
                bad++;
                if (bad <= 30) {
                    System.out.println(
                            "seed " + seed + ": " + outcome.violation().getMessage());
                }
            }
        }
        System.out.println("BAD " + bad + " of " + count + " steps " + steps + " calls " + calls + " in "
                + (System.nanoTime() - began) / 1000000 + " ms " + logger);
        assertThat(bad).isZero();
    }
}
