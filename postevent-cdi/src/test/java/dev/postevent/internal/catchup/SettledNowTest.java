package dev.postevent.internal.catchup;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postevent.spi.LogEntry;
import dev.postevent.spi.TopicName;
import dev.postevent.testing.InMemoryEventLog;
import java.util.Collections;
import org.junit.jupiter.api.Test;

class SettledNowTest {
    private static final TopicName ORDERS = new TopicName("orders");

    private final InMemoryEventLog log = new InMemoryEventLog();

    private static LogEntry event() {
        return LogEntry.at(0).id("e").source("urn:test").type("t").build();
    }

    private void publish(int count) {
        log.publish(Collections.nCopies(count, event()));
    }

    @Test
    void isTheHeadWhereNothingIsOpen() {
        assertThat(SettledNow.of(log, ORDERS, 0)).isZero();
        publish(2_500);
        log.rollBack(event());
        publish(1);
        assertThat(SettledNow.of(log, ORDERS, 0)).as("in several reads").isEqualTo(2_502);
        assertThat(SettledNow.of(log, ORDERS, 2_502)).isEqualTo(2_502);
    }

    @Test
    void isBelowWhatIsOpenThoughLaterOnesAreCommitted() throws Exception {
        publish(3);
        AutoCloseable open = log.holdOpen(event(), "somebody");
        publish(5);
        assertThat(SettledNow.of(log, ORDERS, 0)).isEqualTo(3);
        open.close();
        assertThat(SettledNow.of(log, ORDERS, 3)).isEqualTo(9);
    }

    @Test
    void isAboveWhatRetentionRemoved() {
        publish(9);
        log.remove(6);
        assertThat(SettledNow.of(log, ORDERS, 0)).isEqualTo(9);
        log.remove(9);
        assertThat(SettledNow.of(log, ORDERS, 0)).isEqualTo(9);
    }
}
