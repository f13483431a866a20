package dev.postevent.internal.catchup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.postevent.PosteventException;
import dev.postevent.spi.LogEntry;
import dev.postevent.spi.Origin;
import dev.postevent.spi.Range;
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
    void isNotBeyondWhatTheSourceHasWhoeverSaysSo() {
        InMemoryEventLog boasting = new InMemoryEventLog() {
            @Override
            public synchronized long settled(TopicName topic) {
                return 9_000_000_000_000_000_000L;
            }
        };
        boasting.publish(Collections.nCopies(9, event()));
        assertThatThrownBy(() -> SettledNow.of(boasting, ORDERS, 0))
                .isInstanceOf(PosteventException.class)
                .hasMessageContaining("through position 9000000000000000000, but its source ends at 9");
        publish(9);
        assertThatThrownBy(() -> SettledNow.of(log, ORDERS, 10))
                .as("what was received is of another source")
                .hasMessageContaining("PSTEV33009");
    }

    @Test
    void isNotOfTwoSources() {
        InMemoryEventLog failingOver = new InMemoryEventLog() {
            private int timeline = 1;

            @Override
            public Origin origin(TopicName topic) {
                return Origin.of("memory", timeline, 1);
            }

            @Override
            public synchronized Range read(TopicName topic, long after, long through, int rowsMax, long bytesMax) {
                timeline = 2;
                return super.read(topic, after, through, rowsMax, bytesMax);
            }
        };
        failingOver.publish(Collections.nCopies(9, event()));
        assertThatThrownBy(() -> SettledNow.of(failingOver, ORDERS, 0)).hasMessageContaining("PSTEV33009");
        assertThat(SettledNow.of(failingOver, ORDERS, 0)).as("asked again").isEqualTo(9);
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
