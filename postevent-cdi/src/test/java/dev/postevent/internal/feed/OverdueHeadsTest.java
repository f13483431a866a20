package dev.postevent.internal.feed;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postevent.spi.TopicName;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class OverdueHeadsTest {
    private static final TopicName ORDERS = new TopicName("orders");

    private final OverdueHeads heads = new OverdueHeads();

    private OptionalLong overdue(long head, long reached) {
        return heads.overdue(ORDERS, head, reached, false);
    }

    @Test
    void whatWasTheHeadAtTheLastCheckIsToldOnce() {
        assertThat(overdue(10, 4)).isEmpty();
        assertThat(overdue(10, 4)).hasValue(10);
        assertThat(overdue(10, 4)).isEmpty();
        assertThat(overdue(12, 4)).isEmpty();
        assertThat(overdue(12, 4)).hasValue(12);
    }

    @Test
    void afterTheTableWasMadeAnewTheSameHeadIsToldAgain() {
        overdue(10, 4);
        assertThat(overdue(10, 4)).hasValue(10);
        assertThat(overdue(3, 0)).isEmpty();
        assertThat(overdue(3, 0)).as("below what was told").hasValue(3);
        assertThat(overdue(10, 0)).isEmpty();
        assertThat(overdue(10, 0)).hasValue(10);
    }

    @Test
    void whereOnlyTheFollowerIsSetBackTheSameHeadIsToldAgain() {
        overdue(10, 4);
        assertThat(overdue(10, 4)).hasValue(10);
        assertThat(overdue(10, 0)).isEmpty();
        assertThat(overdue(10, 0)).hasValue(10);
    }
}
