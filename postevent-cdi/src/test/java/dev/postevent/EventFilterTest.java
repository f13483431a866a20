package dev.postevent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import org.junit.jupiter.api.Test;

class EventFilterTest {
    @Test
    void eachConditionLeavesTheOthersAsTheyAre() {
        Instant noon = Instant.parse("2026-01-01T12:00:00Z");
        EventFilter all = EventFilter.of("orders");
        EventFilter some = all.positions(5, 9)
                .id("i")
                .source("s")
                .subject("c")
                .type("t")
                .after(noon)
                .until(noon.plusSeconds(1));
        assertThat(some)
                .hasToString("events of topic orders with id 'i' of source 's' of subject 'c' of type 't'"
                        + " after 2026-01-01T12:00:00Z until 2026-01-01T12:00:01Z from position 5 through 9");
        assertThat(all).hasToString("events of topic orders");
        assertThat(all.lastPosition()).isEmpty();
        assertThat(some.firstPosition() + " " + some.lastPosition().getAsLong() + some.id() + some.source()
                        + some.subject() + some.type() + some.after() + some.until())
                .isEqualTo("5 9Optional[i]Optional[s]Optional[c]Optional[t]Optional[2026-01-01T12:00:00Z]"
                        + "Optional[2026-01-01T12:00:01Z]");
    }

    @Test
    void whatNoEventCanHaveIsRefused() {
        EventFilter all = EventFilter.of("orders");
        assertThatThrownBy(() -> all.positions(0, 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> all.positions(2, 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> all.after(Instant.parse("0000-12-31T23:59:59Z")))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> all.until(Instant.parse("+10000-01-01T00:00:00Z")))
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(all.until(Instant.parse("9999-12-31T23:59:59.999999Z")).until())
                .isPresent();
    }
}
