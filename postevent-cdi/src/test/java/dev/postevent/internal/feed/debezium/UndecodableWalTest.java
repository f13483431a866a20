package dev.postevent.internal.feed.debezium;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postevent.internal.feed.FeedFault;
import java.sql.SQLException;
import org.junit.jupiter.api.Test;

class UndecodableWalTest {
    private final UndecodableWal wal = new UndecodableWal();

    private static FeedFault engineEnded(String state) {
        return new FeedFault(FeedFault.ENGINE_ENDED, "the engine ended", new SQLException("broken", state));
    }

    @Test
    void aSlotThatStandsWhereDecodingFailsAgainAndAgainIsNoUse() {
        wal.ended(engineEnded("XX000"), "0/1", "0/1");
        wal.ended(engineEnded("XX000"), "0/1", "0/1");
        assertThat(wal.reasonAt("0/1")).isNull();
        wal.ended(engineEnded("XX000"), "0/1", "0/1");
        assertThat(wal.reasonAt("0/1")).contains("3 times", "broken");
        assertThat(wal.reasonAt("0/2")).as("one that got past it").isNull();
        assertThat(wal.reasonAt(null)).as("one that is being made").isNull();
    }

    @Test
    void aSlotFromBeforeThePublicationIsNoUseAtOnce() {
        wal.ended(engineEnded("42704"), "0/1", "0/1");
        assertThat(wal.reasonAt("0/1")).contains("newer");
    }

    @Test
    void anotherEndAndADroppedSlotAreForgotten() {
        wal.ended(engineEnded("42704"), "0/1", "0/1");
        wal.ended(engineEnded("08006"), "0/1", "0/1");
        assertThat(wal.reasonAt("0/1")).isNull();
        wal.ended(engineEnded("42704"), "0/1", "0/1");
        wal.forget();
        assertThat(wal.reasonAt("0/1")).isNull();
    }

    @Test
    void nothingIsKnownWhereNobodySawWhereTheSlotStands() {
        wal.ended(engineEnded("42704"), "0/1", null);
        assertThat(wal.reasonAt("0/1")).isNull();
    }
}
