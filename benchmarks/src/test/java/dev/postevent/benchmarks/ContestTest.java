package dev.postevent.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ContestTest {

    @Test
    void mediansAndQuantilesLeaveTheirInputAlone() {
        double[] values = {3, 1, 2, 5, 4};
        assertThat(Contest.median(values)).isEqualTo(3);
        assertThat(Contest.median(1, 2)).isEqualTo(1.5);
        assertThat(Contest.quantile(0.99, values)).isEqualTo(5);
        assertThat(values).containsExactly(3, 1, 2, 5, 4);
    }
}
