package dev.postevent.sample.intake;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.DateTimeException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What RFC 3339 allows is taken, and nothing else. */
class Rfc3339Test {

    @ParameterizedTest
    @CsvSource({
        "2026-11-29T01:02:03Z, 2026-11-29T01:02:03Z",
        "2026-11-29t01:02:03z, 2026-11-29T01:02:03Z",
        "2026-11-29T01:02:03.5+01:30, 2026-11-29T01:02:03.500+01:30",
        "2026-11-29T01:02:03-00:00, 2026-11-29T01:02:03Z",
        "2026-11-29T01:02:03.123456789Z, 2026-11-29T01:02:03.123456789Z",
        // cut off, not rounded
        "2026-11-29T01:02:03.123456789999Z, 2026-11-29T01:02:03.123456789Z",
        "2024-02-29T00:00:00+18:00, 2024-02-29T00:00+18:00",
        // java.time has no such offset
        "2024-02-29T00:00:00+23:59, 2024-02-28T00:01Z",
        // leap seconds: the first there was, at midnight UTC wherever that is, and one of a month that had none yet
        "1972-06-30T23:59:60Z, 1972-06-30T23:59:59.999999999Z",
        "1990-12-31T15:59:60.5-08:00, 1990-12-31T15:59:59.999999999-08:00",
        "2031-03-31T23:59:60Z, 2031-03-31T23:59:59.999999999Z",
    })
    void whatTheRfcAllowsIsTaken(String text, String time) {
        assertThat(Rfc3339.parse(text)).hasToString(time);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "now",
                "2026-11-29",
                "2026-11-29T01:02Z",
                "2026-11-29T01:02:03",
                "2026-11-29T01:02:03+01",
                "2026-11-29T01:02:03+0100",
                "2026-11-29T01:02:03+01:00:00",
                "2026-11-29T01:02:03+24:00",
                "2026-11-29T01:02:03+01:60",
                "2026-11-29T01:02:03.Z",
                "2026-11-29T01:02:03,5Z",
                "2026-11-29 01:02:03Z",
                "+2026-11-29T01:02:03Z",
                "12026-11-29T01:02:03Z",
                "2026-11-29T24:00:00Z",
                "2026-02-29T01:02:03Z",
                "2026-11-29T01:02:61Z",
                "2026-11-29T01:02:60Z",
                "2026-11-29T23:59:60Z",
                "2026-11-30T23:59:60+01:00",
                "٢٠٢٦-11-29T01:02:03Z",
            })
    void whatItDoesNotAllowIsRefused(String text) {
        assertThatThrownBy(() -> Rfc3339.parse(text)).isInstanceOf(DateTimeException.class);
    }

    @Test
    void aLeapSecondIsBetweenItsNeighbours() {
        assertThat(Rfc3339.parse("2016-12-31T23:59:60.9Z"))
                .isAfter(Rfc3339.parse("2016-12-31T23:59:59.999999Z"))
                .isBefore(Rfc3339.parse("2017-01-01T00:00:00Z"));
    }
}
