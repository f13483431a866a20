package dev.postevent.internal.feed.debezium;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postevent.internal.feed.VisibleFirst;
import dev.postevent.spi.LogEntry;
import dev.postevent.spi.TopicName;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class StreamBacklogTest {
    private static final TopicName ORDERS = new TopicName("orders");
    private static final TopicName BILLS = new TopicName("bills");

    private final StreamBacklog backlog = new StreamBacklog();

    private Map<TopicName, Long> look(long orders, long bills) {
        Map<TopicName, Long> heads = Map.of(ORDERS, orders, BILLS, bills);
        backlog.events(heads);
        return backlog.overdue(heads);
    }

    private void bring(TopicName topic, long position, Runnable task) {
        LogEntry entry =
                LogEntry.at(position).id("e").source("urn:test").type("t").build();
        backlog.handing(List.of(new VisibleFirst.Arrival(topic, position, entry, 1, true)), task);
    }

    private void bring(TopicName topic, long position) {
        bring(topic, position, () -> {});
    }

    @Test
    void whatWasTheHeadALookAgoIsToldOnceIfNothingOfItsTopicHasCome() {
        assertThat(look(3, 7)).isEmpty();
        assertThat(look(4, 7)).isEmpty();
        assertThat(look(4, 7)).isEqualTo(Map.of(ORDERS, 4L));
        assertThat(look(4, 7)).isEmpty();
        assertThat(look(5, 8)).isEmpty();
        bring(BILLS, 8);
        assertThat(look(5, 8)).isEqualTo(Map.of(ORDERS, 5L));
    }

    @Test
    void whatHasComeAndWhatStillMovesIsNot() {
        look(3, 7);
        look(9, 9);
        bring(BILLS, 9);
        bring(ORDERS, 5);
        assertThat(look(9, 9)).isEmpty();
        bring(ORDERS, 6);
        assertThat(look(9, 9)).isEmpty();
        assertThat(look(9, 9)).isEqualTo(Map.of(ORDERS, 9L));
    }

    @Test
    void whoeverTakesTheStreamAndHoldsItUpIsNoReason() {
        look(3, 7);
        bring(ORDERS, 4, () -> {
            look(5, 7);
            assertThat(look(5, 7)).isEmpty();
        });
        assertThat(look(5, 7)).isEmpty();
        assertThat(look(5, 7)).isEqualTo(Map.of(ORDERS, 5L));
    }

    @Test
    void aNewStreamIsCountedFromTheHeadsOfItsBeginning() {
        look(3, 7);
        look(5, 7);
        backlog.begin();
        assertThat(look(5, 7)).isEmpty();
        assertThat(look(5, 7)).isEmpty();
        assertThat(backlog.events(Map.of(ORDERS, 9L, BILLS, 8L))).isEqualTo(5);
    }
}
