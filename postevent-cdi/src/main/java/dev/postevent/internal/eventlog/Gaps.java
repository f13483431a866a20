package dev.postevent.internal.eventlog;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * Which positions of a stretch are missing, and how far a settler may go. Pure.
 *
 * <p>A stretch is the positions above {@code lower} and at or below {@code upper}; those that hold a row come in ascending
 * order. A gap that touches an end of the stretch is as wide as it is in the table, not as wide as the stretch shows it: a gap
 * too wide to be sealed must not be sealed in pieces.
 */
record Gaps(List<Gap> list, long lower, long denseThrough) {
    /** A wider one is no crash or rollback: somebody moved the sequence, and an operator has to say what that was. */
    static final long WIDTH_MAX = 10_000;

    /** Copies the list. */
    Gaps {
        list = List.copyOf(list);
    }

    /**
     * Missing positions in a row.
     *
     * @param first inclusive
     * @param last inclusive
     */
    record Gap(long first, long last) {
        long width() {
            return last - first + 1;
        }

        boolean isTooWide() {
            return width() > WIDTH_MAX;
        }
    }

    /**
     * Finds the gaps.
     *
     * @param below the greatest position at or below {@code lower} that is known not to be missing; {@code lower} if it is not
     * @param lower exclusive start
     * @param positions rows of the stretch, ascending
     * @param upper inclusive end, at least the last position
     * @param above the least position above {@code upper} that holds a row; null: there is none
     */
    static Gaps of(long below, long lower, long[] positions, long upper, @Nullable Long above) {
        List<Gap> gaps = new ArrayList<>();
        long dense = lower;
        long expected = lower + 1;
        long from = below + 1;
        for (long position : positions) {
            if (position > expected) {
                gaps.add(new Gap(from, position - 1));
            } else if (gaps.isEmpty()) {
                dense = position;
            }
            expected = position + 1;
            from = expected;
        }
        if (expected <= upper) {
            gaps.add(new Gap(from, above == null ? upper : above - 1));
        }
        return new Gaps(gaps, lower, dense);
    }

    boolean isEmpty() {
        return list.isEmpty();
    }

    /** The first gap that is too wide to be sealed. */
    Optional<Gap> firstTooWide() {
        return list.stream().filter(Gap::isTooWide).findFirst();
    }

    /**
     * How far to settle: not into a gap that is too wide, not beyond what one answer can hold, not beyond the last gap.
     * {@code lower} if there is nothing to settle.
     */
    long settleThrough(long upper, int rowsMax) {
        long limit = Math.min(upper, rowsMax > upper - lower ? upper : lower + rowsMax);
        long beforeWide = firstTooWide().map(gap -> gap.first() - 1).orElse(Long.MAX_VALUE);
        boolean any = list.stream().anyMatch(gap -> gap.first() <= Math.min(limit, beforeWide));
        return any ? Math.min(limit, beforeWide) : lower;
    }

    /** The single missing positions of a stretch, which the caller has bounded. */
    static long[] missing(long lower, long[] positions, long upper) {
        return Gaps.of(lower, lower, positions, upper, null).list().stream()
                .flatMapToLong(gap -> LongStream.rangeClosed(gap.first(), gap.last()))
                .toArray();
    }

    /** Cuts {@code positions} into pieces of at most {@code size}. */
    static List<long[]> chunks(long[] positions, int size) {
        List<long[]> chunks = new ArrayList<>();
        for (int from = 0; from < positions.length; from += size) {
            chunks.add(Arrays.copyOfRange(positions, from, Math.min(positions.length, from + size)));
        }
        return chunks;
    }
}
