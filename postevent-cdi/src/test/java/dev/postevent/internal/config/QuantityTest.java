package dev.postevent.internal.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Times and sizes have their unit in the value; what has none, or another one, is refused and the right spelling told. */
class QuantityTest {
    private static final Bounds LEASE = Bounds.duration(Duration.ofSeconds(1), Duration.ofMinutes(10));
    private static final Bounds BUFFER = Bounds.size(64 * Bounds.KIB, Bounds.GIB);

    private final List<String> faults = new ArrayList<>();

    private long duration(String text, Bounds bounds) {
        return bounds.read(Bounds.Kind.DURATION, "postevent.lease", text, "10s", faults::add);
    }

    private long size(String text) {
        return BUFFER.read(Bounds.Kind.SIZE, "postevent.buffer", text, "16MiB", faults::add);
    }

    @ParameterizedTest
    @CsvSource({
        "200ms, 200",
        "30s, 30000",
        "5m, 300000",
        "2h, 7200000",
        "30d, 2592000000",
        "PT30S, 30000",
        "PT0.2S, 200",
        "P1DT1H, 90000000"
    })
    void timesHaveTheirUnit(String text, long millis) {
        assertThat(duration(text, Bounds.duration(Duration.ZERO, Duration.ofDays(30))))
                .isEqualTo(millis);
        assertThat(faults).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"65536B, 65536", "512KiB, 524288", "16MiB, 16777216", "1GiB, 1073741824"})
    void sizesHaveTheirUnit(String text, long bytes) {
        assertThat(size(text)).isEqualTo(bytes);
        assertThat(faults).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "7 | postevent.lease is '7', which has no unit: write 7s or 7m",
                "10000 | postevent.lease is '10000', which has no unit: write 10000ms",
                "0 | postevent.lease is '0', which has no unit: write a duration such as 30s, from 1s to 10m"
            })
    void aNumberAloneIsRefusedAndTheRightSpellingTold(String text, String fault) {
        assertThat(duration(text, LEASE)).as("the default").isEqualTo(10_000);
        assertThat(faults).containsExactly(fault);
    }

    @Test
    void aNumberOfBytesAloneIsRefusedAndTheRightSpellingTold() {
        assertThat(size("65536")).as("the default").isEqualTo(16 << 20);
        assertThat(faults).containsExactly("postevent.buffer is '65536', which has no unit: write 65536B or 65536KiB");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "soon",
                "",
                "30 s",
                "-1s",
                "+1s",
                "1.5s",
                "30S",
                "30sec",
                "1m30s",
                "30MiB",
                "PT",
                "P1Y",
                "-PT1S",
                "PT0.0001S",
                "s"
            })
    void whatIsNoTimeIsRefusedAndTheUnitsTold(String text) {
        assertThat(duration(text, LEASE)).as("the default").isEqualTo(10_000);
        assertThat(faults)
                .containsExactly("postevent.lease is '" + text
                        + "', expected a duration from 1s to 10m, such as 30s; its unit is one of ms, s, m, h, d");
    }

    @ParameterizedTest
    @ValueSource(strings = {"16MB", "16M", "16mib", "16 MiB", "16Mib", "1.5GiB", "30s", "PT30S"})
    void whatIsNoSizeIsRefusedAndTheUnitsTold(String text) {
        assertThat(size(text)).as("the default").isEqualTo(16 << 20);
        assertThat(faults)
                .containsExactly(
                        "postevent.buffer is '" + text
                                + "', expected a size from 64KiB to 1GiB, such as 16MiB; its unit is one of B, KiB, MiB, GiB, TiB");
    }

    @ParameterizedTest
    @CsvSource({
        "7ms, 1000ms, 600000ms",
        "601s, 1s, 600s",
        "11m, 1s, 10m",
        "1d, 1s, 10m",
        "PT11M, PT1S, PT10M",
        "999999999999999999999999999999d, 1s, 10m"
    })
    void boundsAreToldInTheUnitThatWasWritten(String text, String least, String greatest) {
        assertThat(duration(text, LEASE)).as("the default").isEqualTo(10_000);
        assertThat(faults)
                .containsExactly(
                        "postevent.lease is '" + text + "', expected a duration from " + least + " to " + greatest);
    }

    @Test
    void boundsOfSizesAreToldInTheUnitThatWasWritten() {
        size("2048MiB");
        size("63KiB");
        assertThat(faults)
                .containsExactly(
                        "postevent.buffer is '2048MiB', expected a size from 64KiB to 1024MiB",
                        "postevent.buffer is '63KiB', expected a size from 64KiB to 1048576KiB");
    }

    @Test
    void whatIsCountedInSecondsHasNoPartsOfOne() {
        Bounds timeout =
                Bounds.duration(Duration.ofSeconds(1), Duration.ofDays(1)).inWholeSeconds();
        assertThat(duration("90s", timeout)).isEqualTo(90_000);
        assertThat(duration("2000ms", timeout)).isEqualTo(2_000);
        assertThat(faults).isEmpty();
        duration("1500ms", timeout);
        assertThat(faults).containsExactly("postevent.lease is '1500ms', expected whole seconds");
    }

    @Test
    void theSameInOtherUnitsIsTheSame() {
        assertThat(Quantity.same("10000ms", "10s")).isTrue();
        assertThat(Quantity.same("PT10S", "10s")).isTrue();
        assertThat(Quantity.same("1024KiB", "1MiB")).isTrue();
        assertThat(Quantity.same("stream", "stream")).isTrue();
        assertThat(Quantity.same("10s", "11s")).isFalse();
        assertThat(Quantity.same("10s", "10MiB")).isFalse();
    }

    @Test
    void whatIsReadAsSomethingElseIsAMistakeOfOurs() {
        assertThatThrownBy(() -> duration("16MiB", BUFFER)).hasMessageContaining("is no duration, but a size");
    }
}
