package dev.postevent.internal.flow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postevent.spi.TopicName;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class OverdueHeadsTest {
    private static final TopicName ORDERS = new TopicName("orders");

    private final OverdueHeads heads = new OverdueHeads();

    private OptionalLong look(long head, long reached) {
        return heads.look(ORDERS, head, reached, false);
    }

    @Test
    void whatWasTheHeadALookAgoIsToldOnce() {
        assertThat(look(10, 4)).isEmpty();
        assertThat(look(10, 4)).hasValue(10);
        assertThat(look(10, 4)).isEmpty();
        assertThat(look(12, 4)).isEmpty();
        assertThat(look(12, 4)).hasValue(12);
    }

    @Test
    void afterTheTableWasMadeAnewTheSameHeadIsToldAgain() {
        look(10, 4);
        assertThat(look(10, 4)).hasValue(10);
        assertThat(look(3, 0)).isEmpty();
        assertThat(look(3, 0)).as("below what was told").hasValue(3);
        assertThat(look(10, 0)).isEmpty();
        assertThat(look(10, 0)).hasValue(10);
    }

    @Test
    void whereOnlyTheFollowerIsSetBackTheSameHeadIsToldAgain() {
        look(10, 4);
        assertThat(look(10, 4)).hasValue(10);
        assertThat(look(10, 0)).isEmpty();
        assertThat(look(10, 0)).hasValue(10);
    }
}
