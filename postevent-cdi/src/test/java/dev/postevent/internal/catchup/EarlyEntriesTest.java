package dev.postevent.internal.catchup;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postevent.spi.LogEntry;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class EarlyEntriesTest {
    private final EarlyEntries early = new EarlyEntries(10L * entry(1).weight());

    private static LogEntry entry(long position) {
        return LogEntry.at(position).id("id").source("urn:test").type("t").build();
    }

    private static List<LogEntry> entries(long... positions) {
        return LongStream.of(positions).mapToObj(EarlyEntriesTest::entry).toList();
    }

    @Test
    void joinsWhatIsKeptWithWhatComes() {
        early.keep(entries(3, 5), 1);
        assertThat(early.range(entries(2, 4), 1, 5))
                .extracting(LogEntry::position)
                .containsExactly(2L, 3L, 4L, 5L);
        assertThat(early.range(entries(2), 1, 5)).isNull();
    }

    @Test
    void givesNothingAtOrBelowTheMarkAndNothingAbove() {
        early.keep(entries(3, 4, 9), 2);
        assertThat(early.range(entries(), 2, 4)).extracting(LogEntry::position).containsExactly(3L, 4L);
    }

    @Test
    void keepsNoMoreThanThereIsRoomForAndFreesWhatTheMarkHasPassed() {
        long[] twelve = LongStream.rangeClosed(2, 13).toArray();
        early.keep(entries(twelve), 1);
        assertThat(early.range(entries(), 1, 11)).hasSize(10);
        assertThat(early.range(entries(), 1, 12)).isNull();
        early.keep(entries(20, 21), 11);
        assertThat(early.range(entries(), 19, 21)).hasSize(2);
        early.keep(entries(20), 11);
        early.keep(entries(22, 23, 24, 25, 26, 27, 28, 29), 11);
        assertThat(early.range(entries(), 19, 29))
                .as("one that comes twice counts once")
                .hasSize(10);
    }

    @Test
    void forgetsEverything() {
        early.keep(entries(3), 1);
        early.clear();
        assertThat(early.range(entries(2), 1, 3)).isNull();
        early.keep(entries(LongStream.rangeClosed(2, 11).toArray()), 1);
        assertThat(early.range(entries(), 1, 11)).hasSize(10);
    }
}
