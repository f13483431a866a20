package dev.postevent.internal.feed.debezium;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class SlotSkipTest {
    private static final long MB = 1L << 20;

    /** A slot on a server that reads so much in one step, and not beyond a place. */
    private static final class Slot implements SlotSkip.Slot {
        final List<Long> steps = new ArrayList<>();
        long lag;
        long stepMax = Long.MAX_VALUE;
        long brokenAt = Long.MIN_VALUE;
        String state = "XX000";

        Slot(long lag) {
            this.lag = lag;
        }

        @Override
        public @Nullable SlotState read() {
            return new SlotState(true, "", "reserved", null, Long.toString(-lag), lag, lag);
        }

        @Override
        public void advance(long bytesMax) throws SQLException {
            steps.add(bytesMax / MB);
            if (bytesMax > stepMax) {
                throw new SQLException("the connection timed out", "08006");
            }
            if (lag - bytesMax < brokenAt) {
                throw new SQLException("broken", state);
            }
            lag = Math.max(0, lag - bytesMax);
        }
    }

    private final SlotSkip skip = new SlotSkip();

    private @Nullable String skip(Slot slot) throws SQLException {
        return skip.skip(slot, slot.read(), () -> slot.steps.size() < 1000);
    }

    @Test
    void aStepThatWasBrokenOffIsHalfAsLongTheNextTimeAndStaysSo() throws SQLException {
        Slot slot = new Slot(300 * MB);
        slot.stepMax = 100 * MB;

        assertThatThrownBy(() -> skip(slot)).hasMessage("the connection timed out");
        assertThatThrownBy(() -> skip(slot)).hasMessage("the connection timed out");
        assertThat(skip(slot)).isNull();

        assertThat(slot.steps).containsExactly(256L, 128L, 64L, 64L, 64L, 64L, 64L);
        assertThat(slot.lag).isZero();
    }

    @Test
    void aStepIsNeverShorterThanWhatIsWorthIt() throws SQLException {
        Slot slot = new Slot(2 * MB);
        slot.stepMax = 0;
        for (int i = 0; i < 12; i++) {
            assertThatThrownBy(() -> skip(slot)).hasMessage("the connection timed out");
        }
        assertThat(slot.steps).containsExactly(256L, 128L, 64L, 32L, 16L, 8L, 4L, 2L, 1L, 1L, 1L, 1L);
    }

    @Test
    void whatCannotBeReadIsToldAndNothingElseIsTakenForIt() throws SQLException {
        Slot slot = new Slot(600 * MB);
        slot.brokenAt = 100 * MB;

        assertThat(skip(slot)).isEqualTo("broken [SQLSTATE XX000]");

        assertThat(slot.steps).containsExactly(256L, 256L);
        slot.state = "57P01";
        assertThatThrownBy(() -> skip(slot)).hasMessage("broken");
    }

    @Test
    void itEndsWhereLittleIsLeft() throws SQLException {
        assertThat(skip(new Slot(MB))).isNull();
        Slot used = new Slot(300 * MB);
        assertThat(skip.skip(used, used.read(), () -> false)).isNull();
        assertThat(used.steps).isEmpty();
    }
}
