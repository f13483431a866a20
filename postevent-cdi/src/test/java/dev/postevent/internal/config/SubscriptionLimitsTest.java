package dev.postevent.internal.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How long an event is tried: a day by default, whatever the number of attempts. */
class SubscriptionLimitsTest {
    private static final String ONE = "postevent.subscriptions.shipping.";
    private static final String ALL = "postevent.subscriptions.defaults.";

    private final ConfigFaults faults = new ConfigFaults();

    private SubscriptionSettings settings(Map<String, String> properties) {
        return new Settings(
                        new SmallRyeConfigBuilder()
                                .withSources(new PropertiesConfigSource(properties, "test", 100))
                                .build(),
                        faults)
                .subscription("shipping");
    }

    @Test
    void byDefaultForADayAndAsOftenAsTheBackOffHasIt() {
        SubscriptionSettings found = settings(Map.of());
        assertThat(found.retry().attemptsMax()).isNull();
        assertThat(found.retry().giveUpAfter()).isEqualTo(Duration.ofDays(1));
        assertThat(found.retry().backoffMax()).isEqualTo(Duration.ofMinutes(1));
        assertThat(faults.all()).isEmpty();
    }

    @Test
    void bothAreOneSubscriptionsOrAll() {
        SubscriptionSettings found = settings(
                Map.of(ALL + "attempts-max", "3", ALL + "give-up-after", "2h", ONE + "give-up-after", "unlimited"));
        assertThat(found.retry().attemptsMax()).isEqualTo(3);
        assertThat(found.retry().giveUpAfter()).isNull();
        found = settings(Map.of(ALL + "attempts-max", "3", ONE + "attempts-max", "unlimited"));
        assertThat(found.retry().attemptsMax()).isNull();
        assertThat(faults.all()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "-1", "1000001", "many", "never"})
    void attemptsThatAreNoneAreRefusedAndTheWordIsTold(String text) {
        assertThat(settings(Map.of(ONE + "attempts-max", text)).retry().attemptsMax())
                .isNull();
        assertThat(faults.all())
                .containsExactly(ONE + "attempts-max is '" + text
                        + "', expected a whole number from 1 to 1000000, or 'unlimited'");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "0s | expected a duration from 1s to 31622400s; or write 'unlimited'",
                "-1d | expected a duration from 1s to 366d, such as 30s; its unit is one of ms, s, m, h, d; or write 'unlimited'",
                "367d | expected a duration from 1s to 366d; or write 'unlimited'",
                "never | expected a duration from 1s to 366d, such as 30s; its unit is one of ms, s, m, h, d; or write 'unlimited'",
                "2 | which has no unit: write 2s or 2m or 2h or 2d; or write 'unlimited'"
            })
    void aTimeThatIsNoneIsRefusedAndTheWordIsTold(String text, String fault) {
        assertThat(settings(Map.of(ALL + "give-up-after", text)).retry().giveUpAfter())
                .isEqualTo(Duration.ofDays(1));
        assertThat(faults.all()).containsExactly(ALL + "give-up-after is '" + text + "', " + fault);
    }
}
