package dev.postevent.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every scenario runs to its end, and counts, duplicates and order are right in each run; what it measures is not looked at. In parts
 * that run side by side, as most of a scenario is waiting.
 */
abstract class Smoke {
    private static final int PARTS = 5;

    /** Every fifth scenario from the one with this number on. */
    static Stream<Named<Scenario>> part(int number) {
        return IntStream.iterate(number, index -> index < Benchmarks.ALL.size(), index -> index + PARTS)
                .mapToObj(Benchmarks.ALL::get)
                .map(scenario -> Named.of(String.join(", ", scenario.ids()), scenario));
    }

    @ParameterizedTest
    @MethodSource("scenarios")
    void isRight(Scenario scenario) throws Exception {
        Scenario.Outcome outcome = Benchmarks.run(scenario, Size.SMOKE, System.out);

        assertThat(outcome.verdicts().size() + outcome.facts().size()).isPositive();
    }
}
