package dev.postevent.internal.processor;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

class InWordsTest {

    @Test
    void oneIsNotManyAndNoneIsNotMentioned() {
        assertThat(InWords.events(0) + ", " + InWords.events(1) + ", " + InWords.events(2))
                .isEqualTo("0 events, 1 event, 2 events");
        assertThat(held(0, 0, 0)).isEmpty();
        assertThat(held(1, 0, 0)).isEqualTo(" 1 event is parked.");
        assertThat(held(1, 0, 1)).isEqualTo(" 1 event is parked, 1 event is held behind it.");
        assertThat(held(2, 0, 12)).isEqualTo(" 2 events are parked, 12 events are held behind them.");
        assertThat(held(0, 1, 0)).isEqualTo(" 1 event waits for its next attempt and has been failing for 31 s.");
        assertThat(held(1, 2, 3))
                .isEqualTo(" 1 event is parked, 2 events wait for their next attempt, one of them has been failing for"
                        + " 31 s, 3 events are held behind them.");
    }

    private static String held(long parked, long waiting, long behind) {
        return InWords.held(new SubscriptionStatus(
                "mails",
                "orders",
                new SubscriptionStatus.Progress(7, 0, Duration.ZERO),
                new SubscriptionStatus.HeldNumbers(
                        waiting, behind, parked, waiting > 0 ? Duration.ofSeconds(31) : Duration.ZERO),
                false,
                Map.of(),
                "beginning"));
    }
}
