package dev.postevent.internal.feed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

/** What a snapshot shows of transactions that are committed. */
class SnapshotTest {
    @Test
    void whatIsBelowAndNotRunningIsShown() {
        Snapshot snapshot = Snapshot.parse("10:20:10,14,15");

        assertThat(snapshot.shows(9)).isTrue();
        assertThat(snapshot.shows(10)).isFalse();
        assertThat(snapshot.shows(11)).isTrue();
        assertThat(snapshot.shows(14)).isFalse();
        assertThat(snapshot.shows(15)).isFalse();
        assertThat(snapshot.shows(19)).isTrue();
        assertThat(snapshot.shows(20)).isFalse();
        assertThat(snapshot.shows(21)).isFalse();
    }

    @Test
    void withoutRunningOnesEverythingBelowIsShown() {
        assertThat(Snapshot.parse("20:20:").shows(19)).isTrue();
        assertThat(Snapshot.parse("20:20:").shows(20)).isFalse();
    }

    @Test
    void nothingIsShownBeforeTheFirstOneIsTaken() {
        assertThat(Snapshot.NOTHING.shows(3)).isFalse();
        assertThat(Snapshot.NOTHING.shows(0xFFFF_FFFFL)).isFalse();
    }

    @Test
    void theHalfThatTheStreamTellsMeansTheNearestTransaction() {
        // 2^32 + 5 is the next; 2^32 - 2 runs
        long turn = 1L << 32;
        Snapshot after = Snapshot.parse((turn - 2) + ":" + (turn + 5) + ":" + (turn - 2));

        assertThat(after.shows(0xFFFF_FFFFL)).isTrue();
        assertThat(after.shows(0xFFFF_FFFEL)).isFalse();
        assertThat(after.shows(0xFFFF_FFFDL)).isTrue();
        assertThat(after.shows(4)).isTrue();
        assertThat(after.shows(5)).isFalse();
        assertThat(after.shows(1_000)).isFalse();

        // right before the turn what is beyond it is to come, not long past
        Snapshot before = Snapshot.parse((turn - 2) + ":" + (turn - 2) + ":");
        assertThat(before.shows(0xFFFF_FFFDL)).isTrue();
        assertThat(before.shows(0xFFFF_FFFEL)).isFalse();
        assertThat(before.shows(3)).isFalse();

        // later turns are like the first
        Snapshot later = Snapshot.parse((7 * turn + 100) + ":" + (7 * turn + 200) + ":" + (7 * turn + 100));
        assertThat(later.shows(99)).isTrue();
        assertThat(later.shows(100)).isFalse();
        assertThat(later.shows(101)).isTrue();
        assertThat(later.shows(0x9000_0000L)).isTrue();
    }

    @Test
    void whatIsNoSnapshotIsRefused() {
        assertThatThrownBy(() -> Snapshot.parse("10:20")).hasMessageContaining("10:20");
        assertThatThrownBy(() -> Snapshot.parse("10:x:")).isInstanceOf(NumberFormatException.class);
    }
}
