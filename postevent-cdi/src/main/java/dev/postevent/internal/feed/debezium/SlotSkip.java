package dev.postevent.internal.feed.debezium;

import dev.postevent.internal.feed.Causes;
import java.sql.SQLException;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Moves a slot that is far behind to the end of the WAL, in steps, because the server reads what is skipped, too. Lives as long as the
 * feed: how much fits into one step it learns from what was broken off. Pure; not for several threads.
 */
final class SlotSkip {
    /** Read in a few seconds by any server, so within the connection's time limits. */
    private static final long STEP_BYTES_MAX = 256L << 20;

    private static final long STEP_BYTES_MIN = 1L << 20;
    /** What is left of a skip may as well be streamed. */
    private static final long REST_BYTES = 1L << 20;

    /** The slot. */
    interface Slot {
        /** As it is; null if it is gone. */
        @Nullable
        SlotState read() throws SQLException;

        /** Moves it past at most so many bytes of WAL. */
        void advance(long bytesMax) throws SQLException;
    }

    /** Of the feed's thread. */
    private long stepBytes = STEP_BYTES_MAX;

    /**
     * Goes on until little is left, somebody uses the slot or it does not move.
     *
     * @param goesOn asked before each step
     * @return what the server said when it could not read what is to be skipped, so that only a new slot gets past it; null: it could
     * @throws SQLException if a step was broken off by something else, a time limit perhaps: the next one is half as long
     */
    @Nullable
    String skip(Slot slot, SlotState behind, BooleanSupplier goesOn) throws SQLException {
        SlotState state = behind;
        while (state != null && state.holder() == null && state.lagBytes() > REST_BYTES && goesOn.getAsBoolean()) {
            SlotState before = state;
            try {
                slot.advance(stepBytes);
            } catch (SQLException e) {
                if (Causes.isOfDecoding(e)) {
                    return Causes.describe(e);
                }
                stepBytes = Math.max(STEP_BYTES_MIN, stepBytes / 2);
                throw e;
            }
            state = slot.read();
            if (state != null && Objects.equals(state.confirmed(), before.confirmed())) {
                break;
            }
        }
        return null;
    }
}
