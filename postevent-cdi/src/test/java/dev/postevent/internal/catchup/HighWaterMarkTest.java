package dev.postevent.internal.catchup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.postevent.testing.build.Seeded;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Seeded
class HighWaterMarkTest {

    @Test
    void movesOverWhatArrivesInOrder() {
        HighWaterMark mark = new HighWaterMark(10, 100);
        mark.arrived(11);
        mark.arrived(12);
        assertThat(mark.mark()).isEqualTo(12);
        assertThat(mark.hasGap()).isFalse();
    }

    @Test
    void neverPassesAGap() {
        HighWaterMark mark = new HighWaterMark(0, 100);
        mark.arrived(2);
        mark.arrived(3);
        assertThat(mark.mark()).isZero();
        assertThat(mark.hasGap()).isTrue();
        assertThat(mark.firstAbove()).hasValue(2);
        mark.arrived(1);
        assertThat(mark.mark()).isEqualTo(3);
        assertThat(mark.hasGap()).isFalse();
        assertThat(mark.firstAbove()).isEmpty();
    }

    @Test
    void passesWhatIsSettledAndWhatArrivedBehindIt() {
        HighWaterMark mark = new HighWaterMark(0, 100);
        mark.arrived(5);
        mark.arrived(6);
        mark.settled(4);
        assertThat(mark.mark()).isEqualTo(6);
    }

    @Test
    void neverGoesBack() {
        HighWaterMark mark = new HighWaterMark(7, 100);
        mark.settled(3);
        mark.arrived(2);
        assertThat(mark.mark()).isEqualTo(7);
        assertThat(mark.hasGap()).isFalse();
    }

    @Test
    void forgetsRangesPastTheBoundAndSaysSo() {
        HighWaterMark mark = new HighWaterMark(0, 3);
        for (long position : new long[] {3, 5, 7, 9}) {
            mark.arrived(position);
        }
        assertThat(mark.hasGap()).isTrue();
        assertThat(mark.contains(3)).isFalse();
        mark.arrived(11);
        assertThat(mark.firstAbove()).as("there may be others below").isEmpty();
        mark.settled(11);
        assertThat(mark.hasGap()).isTrue();
        mark.remembered();
        assertThat(mark.hasGap()).isFalse();
    }

    @Test
    void aCopyLeavesTheOriginalAlone() {
        HighWaterMark mark = new HighWaterMark(0, 100);
        mark.arrived(3);
        HighWaterMark copy = mark.copy();
        copy.arrived(1);
        copy.arrived(2);
        assertThat(copy.mark()).isEqualTo(3);
        assertThat(mark.mark()).isZero();
        assertThat(mark.contains(3)).isTrue();
    }

    @Test
    void refusesPositionsThatCannotBe() {
        assertThatIllegalArgumentException().isThrownBy(() -> new HighWaterMark(0, 10).arrived(0));
        assertThatIllegalArgumentException().isThrownBy(() -> new HighWaterMark(-1, 10));
    }

    /** The naive twin: a set of everything that arrived, and a mark that is counted up. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 42, 4711})
    void agreesWithItsNaiveTwinInAnyOrder(long seed) {
        Random random = new Random(seed);
        for (int run = 0; run < 200; run++) {
            HighWaterMark mark = new HighWaterMark(0, 1_000);
            TreeSet<Long> arrived = new TreeSet<>();
            long settled = 0;
            List<Long> positions = new ArrayList<>();
            for (long position = 1; position <= 100; position++) {
                if (random.nextInt(10) > 0) {
                    positions.add(position);
                }
                if (random.nextInt(10) == 0) {
                    positions.add(1 + (long) random.nextInt(100));
                }
            }
            Collections.shuffle(positions, random);
            for (long position : positions) {
                if (random.nextInt(20) == 0) {
                    // the event log settles a prefix: rows it names are there, the others are void
                    settled = Math.max(settled, random.nextInt(100));
                    mark.settled(settled);
                } else {
                    mark.arrived(position);
                    arrived.add(position);
                }
                long naive = settled;
                while (arrived.contains(naive + 1)) {
                    naive++;
                }
                assertThat(mark.mark()).as("seed %d, run %d", seed, run).isEqualTo(naive);
                assertThat(mark.hasGap()).isEqualTo(arrived.higher(naive) != null);
                long probe = 1 + random.nextInt(100);
                assertThat(mark.contains(probe)).isEqualTo(probe <= naive || arrived.contains(probe));
            }
        }
    }
}
