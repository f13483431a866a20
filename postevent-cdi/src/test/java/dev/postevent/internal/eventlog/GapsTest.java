package dev.postevent.internal.eventlog;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postevent.internal.eventlog.Gaps.Gap;
import dev.postevent.testing.build.Seeded;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** Which positions are missing, and how far settling may go. */
@Seeded
final class GapsTest {

    @Test
    void aDenseStretchHasNone() {
        Gaps gaps = Gaps.of(5, 5, new long[] {6, 7, 8}, 8, null);
        assertThat(gaps.list()).isEmpty();
        assertThat(gaps.denseThrough()).isEqualTo(8);
        assertThat(gaps.settleThrough(8, 100)).isEqualTo(5);
    }

    @Test
    void anEmptyStretchIsDenseUpToItsStart() {
        Gaps gaps = Gaps.of(5, 5, new long[0], 5, null);
        assertThat(gaps.isEmpty()).isTrue();
        assertThat(gaps.denseThrough()).isEqualTo(5);
    }

    @Test
    void findsGapsAtTheStartInTheMiddleAndAtTheEnd() {
        Gaps gaps = Gaps.of(5, 5, new long[] {8, 9, 12}, 14, 20L);
        assertThat(gaps.list()).containsExactly(new Gap(6, 7), new Gap(10, 11), new Gap(13, 19));
        assertThat(gaps.denseThrough()).isEqualTo(5);
        assertThat(gaps.settleThrough(14, 100)).isEqualTo(14);
    }

    @Test
    void denseEndsBeforeTheFirstGap() {
        assertThat(Gaps.of(0, 0, new long[] {1, 2, 4, 5}, 5, null).denseThrough())
                .isEqualTo(2);
    }

    @Test
    void aGapIsAsWideAsInTheTable() {
        // asked for 6001 to 7000, between the rows 5000 and 30000
        Gaps gaps = Gaps.of(5_000, 6_000, new long[0], 7_000, 30_000L);
        assertThat(gaps.list()).containsExactly(new Gap(5_001, 29_999));
        assertThat(gaps.firstTooWide()).isPresent();
        assertThat(gaps.settleThrough(7_000, 100_000))
                .as("nothing may be settled")
                .isEqualTo(6_000);
    }

    @Test
    void theWidthThatIsStillSealedIsTenThousand() {
        assertThat(Gaps.of(0, 0, new long[] {10_001}, 10_001, null).firstTooWide())
                .isEmpty();
        assertThat(Gaps.of(0, 0, new long[] {10_002}, 10_002, null).firstTooWide())
                .contains(new Gap(1, 10_001));
    }

    @Test
    void settlesUpToAGapThatIsTooWide() {
        Gaps gaps = Gaps.of(0, 0, new long[] {2, 5, 50_000, 50_002}, 50_002, null);
        assertThat(gaps.settleThrough(50_002, 1_000_000)).isEqualTo(5);
        assertThat(gaps.firstTooWide()).contains(new Gap(6, 49_999));
    }

    @Test
    void settlesNoMoreThanOneAnswerHolds() {
        Gaps gaps = Gaps.of(100, 100, new long[] {5_000}, 5_000, null);
        assertThat(gaps.settleThrough(5_000, 1_000)).isEqualTo(1_100);
    }

    @Test
    void settlesNothingIfTheFirstGapIsBeyondWhatOneAnswerHolds() {
        Gaps gaps = Gaps.of(0, 0, new long[] {1, 2, 3, 5}, 5, null);
        assertThat(gaps.settleThrough(5, 3)).isZero();
    }

    @Test
    void limitsDoNotOverflow() {
        Gaps gaps = Gaps.of(0, Long.MAX_VALUE - 5, new long[] {Long.MAX_VALUE - 1}, Long.MAX_VALUE - 1, null);
        assertThat(gaps.settleThrough(Long.MAX_VALUE - 1, Integer.MAX_VALUE)).isEqualTo(Long.MAX_VALUE - 5);
    }

    @Test
    void cutsIntoChunksWithoutLoss() {
        assertThat(Gaps.chunks(new long[] {1, 2, 3, 4, 5}, 2))
                .containsExactly(new long[] {1, 2}, new long[] {3, 4}, new long[] {5});
        assertThat(Gaps.chunks(new long[0], 2)).isEmpty();
    }

    @Test
    void agreesWithANaiveTwin() {
        for (long seed = 0; seed < 2_000; seed++) {
            Random random = new Random(seed);
            long lower = random.nextInt(20);
            long upper = lower + random.nextInt(30);
            TreeSet<Long> rows = new TreeSet<>();
            for (int i = 0; i < 25; i++) {
                long row = lower + 1 + random.nextInt(30);
                if (row <= upper) {
                    rows.add(row);
                }
            }
            long[] positions = rows.stream().mapToLong(Long::longValue).toArray();
            Gaps gaps = Gaps.of(lower, lower, positions, upper, null);
            List<Long> expected = LongStream.rangeClosed(lower + 1, upper)
                    .filter(position -> !rows.contains(position))
                    .boxed()
                    .toList();
            assertThat(Gaps.missing(lower, positions, upper))
                    .as("seed " + seed)
                    .containsExactly(
                            expected.stream().mapToLong(Long::longValue).toArray());
            List<Long> listed = new ArrayList<>();
            gaps.list()
                    .forEach(gap ->
                            LongStream.rangeClosed(gap.first(), gap.last()).forEach(listed::add));
            assertThat(listed).as("seed " + seed).isEqualTo(expected);
            assertThat(gaps.denseThrough())
                    .as("seed " + seed)
                    .isEqualTo(expected.isEmpty() ? upper : expected.get(0) - 1);
        }
    }

    @Test
    void printsRunsOfPositionsAndCuts() {
        assertThat(Positions.text(new long[] {1, 2, 3, 5, 7, 8})).isEqualTo("1-3, 5, 7-8");
        assertThat(Positions.text(LongStream.range(0, 50).map(i -> 2 * i).toArray()))
                .isEqualTo("0, 2, 4, 6, 8, 10, 12, 14, 16, 18, ...");
    }
}
