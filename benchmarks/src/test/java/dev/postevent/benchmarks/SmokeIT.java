package dev.postevent.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Each scenario runs to its end and its answers are right. How fast is no question here. */
class SmokeIT {

    @TestFactory
    Stream<DynamicTest> everyScenarioGivesTheRightAnswer() {
        return Benchmarks.ALL.stream()
                .map(scenario -> DynamicTest.dynamicTest(
                        String.join(" ", scenario.ids()),
                        () -> assertThat(Benchmarks.run(scenario, Size.SMOKE, System.out)
                                        .samples())
                                .isNotEmpty()));
    }

    @Test
    void quantiles() {
        double[] values = {3, 1, 2, 5, 4};
        assertThat(Contest.median(values)).isEqualTo(3);
        assertThat(Contest.median(1, 2)).isEqualTo(1.5);
        assertThat(Contest.quantile(0.99, values)).isEqualTo(5);
        assertThat(Arrays.equals(values, new double[] {3, 1, 2, 5, 4})).isTrue();
    }
}
