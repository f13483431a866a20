package dev.postevent.internal.processor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** When an event is given up. */
class GiveUpTest {
    private static final Duration DAY = Duration.ofDays(1);
    private static final Duration FIRST = Duration.ofMillis(200);

    @ParameterizedTest
    @CsvSource({"1, PT0S, false", "1000000, PT23H59M59.999S, false", "2, P1D, true", "2, P3D, true"})
    void byTimeByTheAttemptThatBeginsAfterIt(int attempt, Duration failing, boolean last) {
        assertThat(new GiveUp(GiveUp.UNLIMITED, DAY).isLast(attempt, failing)).isEqualTo(last);
    }

    @ParameterizedTest
    @CsvSource({"1, PT0S, false", "2, PT5S, false", "3, PT5S, true", "4, PT5S, true", "2, PT24H, true"})
    void byTheBoundThatIsReachedFirst(int attempt, Duration failing, boolean last) {
        assertThat(new GiveUp(3, DAY).isLast(attempt, failing)).isEqualTo(last);
    }

    @Test
    void withoutABoundNever() {
        GiveUp never = new GiveUp(GiveUp.UNLIMITED, null);
        assertThat(never.isLast(1_000_000, Duration.ofDays(3_650))).isFalse();
        assertThat(never.isOver(9)).isFalse();
        assertThat(never).hasToString("it is never given up");
    }

    @Test
    void whatKillsItsNodeIsNotWaitedForLikeWhatFails() {
        assertThat(new GiveUp(GiveUp.UNLIMITED, DAY).isOver(9)).isFalse();
        assertThat(new GiveUp(GiveUp.UNLIMITED, DAY).isOver(10)).isTrue();
        assertThat(new GiveUp(3, DAY).isOver(2)).isFalse();
        assertThat(new GiveUp(3, DAY).isOver(3)).isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        // wait, failing, what is waited
        "PT1M, PT1H, PT1M",
        "PT1M, PT23H59M30S, PT30S",
        "PT1M, PT23H59M59.999S, PT0.2S",
        "PT1M, P1D, PT1M",
        "PT0.1S, PT23H59M59.999S, PT0.1S"
    })
    void theLastWaitEndsWithTheTime(Duration wait, Duration failing, Duration waited) {
        assertThat(new GiveUp(GiveUp.UNLIMITED, DAY).within(wait, failing, FIRST))
                .isEqualTo(waited);
        assertThat(new GiveUp(3, null).within(wait, failing, FIRST)).isEqualTo(wait);
    }

    @Test
    void saysWhenItIs() {
        assertThat(new GiveUp(GiveUp.UNLIMITED, DAY)).hasToString("it is given up after 86400 s of failing");
        assertThat(new GiveUp(12, null)).hasToString("it is given up after 12 attempts");
        assertThat(new GiveUp(12, DAY)).hasToString("it is given up after 12 attempts, or 86400 s of failing");
    }

    @Test
    void aBoundOfNothingIsRefused() {
        assertThatThrownBy(() -> new GiveUp(0, DAY)).hasMessageContaining("got 0");
        assertThatThrownBy(() -> new GiveUp(1, Duration.ZERO)).hasMessageContaining("PT0S");
        assertThatThrownBy(() -> new GiveUp(1, DAY, 0)).hasMessageContaining("1 or more lost ones");
    }
}
