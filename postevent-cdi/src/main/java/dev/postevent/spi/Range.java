package dev.postevent.spi;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Answer to a range read. Immutable.
 *
 * <pre>{@code
 * return Range.of(entries, settledThrough).withBlocker(holder).withMore(cut);
 * }</pre>
 *
 * @since 0.1.0
 */
public final class Range {
    private final List<LogEntry> entries;
    private final long settledThrough;
    private final @Nullable String blocker;
    private final long goneThrough;
    private final boolean more;

    private Range(
            List<LogEntry> entries, long settledThrough, @Nullable String blocker, long goneThrough, boolean more) {
        this.entries = List.copyOf(entries);
        this.settledThrough = settledThrough;
        this.blocker = blocker;
        this.goneThrough = goneThrough;
        this.more = more;
    }

    /**
     * An answer that nobody holds open, of which nothing is gone, and that the limits did not cut.
     *
     * @param entries what stands in the range, in position order, durable at the source; may go beyond {@code settledThrough}
     * @param settledThrough every position above the asked {@code after} and at or below this one is among the entries: nothing can
     *     appear there any more. Equal to {@code after} if not even the next position is settled
     */
    public static Range of(List<LogEntry> entries, long settledThrough) {
        return new Range(entries, settledThrough, null, 0, false);
    }

    /** The same answer with other entries, settled through another position. */
    public Range withEntries(List<LogEntry> others, long settled) {
        return new Range(others, settled, blocker, goneThrough, more);
    }

    /**
     * The same answer with who holds it open.
     *
     * @param holder for a person; null: nobody
     */
    public Range withBlocker(@Nullable String holder) {
        return new Range(entries, settledThrough, holder, goneThrough, more);
    }

    /**
     * The same answer with what is gone.
     *
     * @param through 0: nothing
     */
    public Range withGoneThrough(long through) {
        return new Range(entries, settledThrough, blocker, through, more);
    }

    /** The same answer, cut by the limits or not. */
    public Range withMore(boolean cut) {
        return new Range(entries, settledThrough, blocker, goneThrough, cut);
    }

    /** What stands in the range, in position order; may go beyond {@link #settledThrough}. */
    public List<LogEntry> entries() {
        return entries;
    }

    /** Every position above the asked one and at or below this one is among the entries. */
    public long settledThrough() {
        return settledThrough;
    }

    /** Who holds the position after {@link #settledThrough} open, for a person; null if nobody does. */
    public @Nullable String blocker() {
        return blocker;
    }

    /** Positions at or below this one were removed by retention; 0 if none. */
    public long goneThrough() {
        return goneThrough;
    }

    /** True if the limits cut the answer and the next read can go on at once. */
    public boolean more() {
        return more;
    }

    @Override
    public String toString() {
        return "Range[entries=" + entries + ", settledThrough=" + settledThrough + ", blocker=" + blocker
                + ", goneThrough=" + goneThrough + ", more=" + more + "]";
    }
}
