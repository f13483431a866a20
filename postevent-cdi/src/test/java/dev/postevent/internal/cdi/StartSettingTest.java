package dev.postevent.internal.cdi;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postevent.internal.processor.Start;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the key says. */
class StartSettingTest {
    @ParameterizedTest
    @CsvSource({
        "beginning, beginning",
        "now, now",
        "1, position 1",
        "999999999999999999, position 999999999999999999",
        "2026-01-31T00:00:00+01:00, time 2026-01-30T23:00:00Z",
        "2026-01-31T00:00Z, time 2026-01-31T00:00:00Z",
        "2026-01-31T12:00:00.1234567Z, time 2026-01-31T12:00:00.123456Z",
        "0001-01-01T00:00:00Z, time 0001-01-01T00:00:00Z",
    })
    void isReadAndToldAgain(String value, String told) {
        assertThat(StartSetting.read(value)).isNotNull().extracting(Start::text).isEqualTo(told);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0",
                "-1",
                "01",
                "+1",
                "1e3",
                "Now",
                "BEGINNING",
                "2026-01-31",
                "2026-01-31T00:00:00",
                "0001-01-01T00:00:00+01:00",
                "9999-12-31T23:59:59-01:00",
                "9223372036854775808"
            })
    void isNothingElse(String value) {
        assertThat(StartSetting.read(value)).isNull();
    }

    @Test
    void aPositionIsTheFirstThatIsGivenAndATimeTheFirst() {
        assertThat(StartSetting.read("12")).isEqualTo(new Start(Start.Kind.POSITION, 11, null));
        assertThat(StartSetting.read("2026-01-31T00:00:00Z"))
                .isEqualTo(new Start(Start.Kind.TIME, 0, Instant.parse("2026-01-31T00:00:00Z")));
    }
}
