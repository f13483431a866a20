package dev.postevent.internal.catchup;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GapTimerTest {
    private static final long NOW = millis(1_000);

    private final GapTimer gap = new GapTimer(Duration.ofMillis(50));

    @BeforeEach
    void opens() {
        gap.noneBefore(NOW);
    }

    private static long millis(long millis) {
        return TimeUnit.MILLISECONDS.toNanos(millis);
    }

    @Test
    void aGapIsWaitedForUntilItIsAsOldAsTheGrace() {
        gap.filled(millis(10));
        assertThat(gap.wanted(NOW + millis(5))).hasValue(millis(15));
        assertThat(gap.isDue(NOW + millis(20) - 1)).isFalse();
        assertThat(gap.isDue(NOW + millis(20))).isTrue();
    }

    @Test
    void aTimerThatIsSetIsNotWantedOnceMore() {
        gap.set(true);
        assertThat(gap.wanted(NOW)).isEmpty();
        gap.fired();
        assertThat(gap.wanted(NOW)).isPresent();
    }

    @Test
    void aTimerThatCouldNotBeSetIsWantedAgain() {
        gap.set(false);
        assertThat(gap.wanted(NOW)).isPresent();
    }

    @Test
    void theTimerOfAnOldGapFiresSoonButNotAtOnce() {
        assertThat(gap.wanted(NOW + millis(10_000))).hasValue(GapTimer.TIMER_MIN_NANOS);
    }

    @Test
    void aMarkThatMovesMakesTheGapANewOne() {
        gap.noneBefore(NOW + millis(100));
        assertThat(gap.openSince()).isEqualTo(NOW + millis(100));
        assertThat(gap.isDue(NOW + millis(100))).isFalse();
    }

    /** Where gaps never end, asking for them takes a quarter of the time, unless a pass takes long. */
    @ParameterizedTest
    @CsvSource({"4, 12", "10, 30", "1000, 50"})
    void afterAPassGapsRestForThreeTimesWhatItTookWithinABound(long took, long rest) {
        gap.passEnded(NOW, NOW + millis(took));
        gap.noneBefore(NOW + millis(took));
        assertThat(gap.wanted(NOW + millis(took))).hasValue(millis(rest));
    }

    @Test
    void theGraceShrinksWhereGapsAreVoid() {
        gap.filled(millis(20));
        long before = gap.wanted(NOW).orElseThrow();
        gap.sealed();
        assertThat(gap.wanted(NOW).orElseThrow()).isLessThan(before);
    }

    @Test
    void aGapWhoseTransactionRunsIsAskedForAgainInProportionToItsAge() {
        assertThat(gap.untilAskedAgain(NOW)).isEqualTo(Grace.LEAST_NANOS);
        assertThat(gap.untilAskedAgain(NOW + millis(40))).isEqualTo(millis(40));
        assertThat(gap.untilAskedAgain(NOW + millis(4_000))).isEqualTo(GapTimer.OPEN_MAX_NANOS);
    }

    /** The origin of a clock is anything. */
    @ParameterizedTest
    @ValueSource(longs = {Long.MIN_VALUE, -1_000_000_000_000L, Long.MAX_VALUE - 5_000_000})
    void onlyDifferencesOfTimesCount(long origin) {
        gap.passEnded(origin, origin);
        gap.noneBefore(origin);
        gap.filled(millis(10));
        assertThat(gap.wanted(origin + millis(5))).hasValue(millis(15));
        assertThat(gap.isDue(origin + millis(20))).isTrue();
    }
}
