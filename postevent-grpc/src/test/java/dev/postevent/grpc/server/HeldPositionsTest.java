package dev.postevent.grpc.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postevent.spi.Range;
import dev.postevent.spi.TopicName;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Consumers learn that a position is held open; by whom is for the source's own health. */
class HeldPositionsTest {
    private static final TopicName ORDERS = new TopicName("orders");
    private static final String HOLDER = "pid 4711 (application 'payroll on db7.example.com')";

    private long now = 1_000;
    private final HeldPositions held = new HeldPositions(() -> now);

    private static Range range(long settled, String blocker) {
        return Range.of(List.of(), settled).withBlocker(blocker);
    }

    @Test
    void theHolderIsToldHereAndNotThere() {
        assertThat(held.outward(ORDERS, range(4, HOLDER)))
                .contains("at the source", "PSTEV35012")
                .doesNotContain("4711", "payroll", "db7");
        assertThat(held.facts()).containsExactly(java.util.Map.entry("held.orders", "position 5 by " + HOLDER));
    }

    @Test
    void whatIsNotHeldIsNotTold() {
        assertThat(held.outward(ORDERS, range(4, null))).isNull();
        assertThat(held.facts()).isEmpty();
    }

    @Test
    void aReadThatComesPastItEndsItAndOneThatEndsBelowDoesNot() {
        assertThat(held.outward(ORDERS, range(4, HOLDER))).isNotNull();
        assertThat(held.outward(ORDERS, range(2, null))).isNull();
        assertThat(held.facts()).hasSize(1);
        assertThat(held.outward(ORDERS, range(5, null))).isNull();
        assertThat(held.facts()).isEmpty();
    }

    @Test
    void whatNobodyCameUponForAMinuteIsNotToldAnyMore() {
        assertThat(held.outward(ORDERS, range(4, HOLDER))).isNotNull();
        now += Duration.ofSeconds(59).toNanos();
        assertThat(held.facts()).hasSize(1);
        now += Duration.ofSeconds(1).toNanos();
        assertThat(held.facts()).isEmpty();
    }
}
