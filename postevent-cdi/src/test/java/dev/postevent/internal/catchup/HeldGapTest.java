package dev.postevent.internal.catchup;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postevent.Notice;
import dev.postevent.internal.flow.Told;
import dev.postevent.spi.TopicName;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** G10: a gap that is held open for long is a fault with a culprit, told once. */
final class HeldGapTest {
    private static final long SECOND = 1_000_000_000L;
    private static final String HOLDER = "prepared transaction 'x'";

    private final List<Notice> notices = new ArrayList<>();
    private final HeldGap gap = new HeldGap(new TopicName("orders"), Duration.ofSeconds(60), notices::add);

    @Test
    void withinTheLimitItIsNoFault() {
        assertThat(gap.asked(4, HOLDER, 0)).isNull();
        assertThat(gap.asked(4, HOLDER, 59 * SECOND)).isNull();
        assertThat(gap.fault(4, 59 * SECOND)).isNull();
    }

    @Test
    void beyondItIsAndNamesPositionTimeAndHolder() {
        assertThat(gap.asked(4, HOLDER, 0)).isNull();
        assertThat(gap.fault(4, 90 * SECOND)).contains("orders", "position 5", "90 s", HOLDER);
        assertThat(gap.asked(4, HOLDER, 91 * SECOND)).contains("91 s");
        assertThat(gap.asked(4, HOLDER, 92 * SECOND)).as("logged once").isNull();
        assertThat(gap.fault(4, 92 * SECOND)).isNotNull();
    }

    @Test
    void itIsOverWithTheGapHoweverItEnds() {
        assertThat(gap.asked(4, HOLDER, 0)).isNull();
        assertThat(gap.fault(7, 90 * SECOND)).as("the feed brought it").isNull();
        assertThat(gap.asked(4, null, 90 * SECOND)).as("nobody holds it").isNull();
        assertThat(gap.fault(4, 90 * SECOND)).isNull();
    }

    @Test
    void theApplicationIsToldOnceWhenItIsBlockedAndOnceWhenThatIsOver() {
        gap.asked(4, HOLDER, 0);
        gap.asked(4, HOLDER, 59 * SECOND);
        assertThat(notices).isEmpty();
        gap.asked(4, HOLDER, 60 * SECOND);
        gap.asked(4, HOLDER, 70 * SECOND);
        gap.asked(4, "pid 7", 71 * SECOND);
        Notice blocked = new Told.GapBlocked("orders", 5, HOLDER, Duration.ofSeconds(60));
        assertThat(notices).containsExactly(blocked);
        gap.asked(6, null, 80 * SECOND);
        gap.asked(6, null, 90 * SECOND);
        assertThat(notices).containsExactly(blocked, new Told.GapUnblocked("orders", 5, Duration.ofSeconds(80)));
    }

    @Test
    void aGapThatIsClosedInTimeIsNotTold() {
        gap.asked(4, HOLDER, 0);
        gap.asked(4, HOLDER, 50 * SECOND);
        gap.asked(5, HOLDER, 61 * SECOND);
        gap.asked(5, null, 62 * SECOND);
        assertThat(notices).isEmpty();
    }

    @Test
    void theNextGapHasItsOwnTime() {
        assertThat(gap.asked(4, HOLDER, 0)).isNull();
        assertThat(gap.asked(4, HOLDER, 61 * SECOND)).isNotNull();
        assertThat(gap.asked(9, HOLDER, 62 * SECOND)).isNull();
        assertThat(gap.fault(9, 63 * SECOND)).isNull();
        assertThat(gap.asked(9, HOLDER, 123 * SECOND)).contains("position 10");
    }
}
