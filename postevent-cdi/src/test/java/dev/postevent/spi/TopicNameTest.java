package dev.postevent.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.postevent.PosteventException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A topic's name becomes one of a table. */
class TopicNameTest {
    @Test
    void aNameOfTheLongestKindIsOne() {
        assertThat(new TopicName("o" + "_9".repeat(23) + "s").value()).hasSize(48);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "Orders",
                "_orders",
                "2nd",
                "or-ders",
                "or\"ders",
                "o23456789_123456789_123456789_123456789_12345678_"
            })
    void whatIsNoNameOfATableIsRefused(String name) {
        assertThatThrownBy(() -> new TopicName(name))
                .isInstanceOf(PosteventException.class)
                .hasMessageContainingAll("PSTEV10001", "a-z, 0-9 and _");
    }
}
