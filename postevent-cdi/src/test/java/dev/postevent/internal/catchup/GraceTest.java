package dev.postevent.internal.catchup;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class GraceTest {
    private final Grace grace = new Grace(Duration.ofMillis(50));

    private static long millis(long millis) {
        return TimeUnit.MILLISECONDS.toNanos(millis);
    }

    @Test
    void beginsWithTheLeast() {
        assertThat(grace.nanos()).isEqualTo(Grace.LEAST_NANOS);
    }

    @Test
    void followsGapsThatFillByThemselvesAndIsTwiceAsLong() {
        for (int i = 0; i < 100; i++) {
            grace.filled(millis(8));
        }
        assertThat(grace.nanos()).isBetween(millis(16), millis(17));
        grace.filled(millis(20));
        assertThat(grace.nanos()).as("one that took longer counts at once").isEqualTo(millis(40));
        grace.filled(millis(1_000));
        assertThat(grace.nanos()).isEqualTo(millis(50));
    }

    @Test
    void shrinksToTheLeastWhereNothingEverFillsAGap() {
        grace.filled(millis(1_000));
        for (int i = 0; i < 100; i++) {
            grace.wasted();
        }
        assertThat(grace.nanos()).isEqualTo(Grace.LEAST_NANOS);
    }

    @Test
    void neverWaitsLongerThanWasAskedFor() {
        assertThat(new Grace(Duration.ofMillis(1)).nanos()).isEqualTo(millis(1));
        assertThat(new Grace(Duration.ZERO).nanos()).isZero();
    }
}
