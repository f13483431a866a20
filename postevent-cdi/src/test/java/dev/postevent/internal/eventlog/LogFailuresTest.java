package dev.postevent.internal.eventlog;

import static dev.postevent.testing.Answers.answering;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.postevent.PosteventException;
import dev.postevent.spi.LogEntry;
import dev.postevent.spi.TopicName;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** What a failure of the database is told as by the event log. */
class LogFailuresTest {
    private static final TopicName ORDERS = new TopicName("orders");
    private static final LogEntry ENTRY =
            LogEntry.at(1).id("1").source("/s").type("t").build();

    @Test
    void remoteConsumersThatCannotBeAskedForAreAFailureOfTheirOwn() {
        assertThat(LogFailure.ofConsumers(new SQLException("of the server", "42P01")))
                .hasMessageContainingAll("PSTEV31048", "remote consumers", "of the server");
    }

    @Test
    void aWaitThatIsInterruptedEndsAndTheThreadStaysInterrupted() {
        Thread.currentThread().interrupt();
        try {
            assertThatThrownBy(() -> Pause.SLEEP.millis(1, ORDERS))
                    .isInstanceOf(PosteventException.class)
                    .hasMessageContaining("PSTEV31044");
        } finally {
            assertThat(Thread.interrupted()).isTrue();
        }
    }

    @Test
    void whatTheServerDoesNotFlushIsNotAnAnswer() {
        AtomicLong now = new AtomicLong();
        LogTable table = answering(LogTable.class, method -> switch (method) {
            case "page" -> new RangeStore.Page(new RangeStore.Recorded(0, 0, false), 0, null, List.of(ENTRY), false);
            case "notFlushed" -> Optional.of("0/16B3748");
            case "isFlushed" -> false;
            default -> null;
        });
        Pause pause = (millis, topic) -> now.addAndGet(millis * 1_000_000);
        RangeReader reader = new RangeReader(new Settler(Duration.ZERO, now::get, pause), now::get, pause);
        assertThatThrownBy(() -> reader.read(table, ORDERS, 0, 10, 10, 1000))
                .isInstanceOf(PosteventException.class)
                .hasMessageContainingAll("PSTEV31043", "0/16B3748", "5 s");
    }
}
