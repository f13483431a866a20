package dev.postevent.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Asked at times of the test's own. */
class RememberedTest {
    private long nanos = Long.MAX_VALUE - Duration.ofSeconds(15).toNanos(); // it passes the end
    private int asked;
    private boolean broken;
    private final Remembered<Integer> remembered = new Remembered<>(Duration.ofSeconds(10), this::ask, () -> nanos);

    private Integer ask() {
        asked++;
        if (broken) {
            throw new IllegalStateException("away");
        }
        return asked;
    }

    private int after(int seconds) {
        nanos += Duration.ofSeconds(seconds).toNanos();
        return remembered.latest();
    }

    @Test
    void itIsAskedOnceInItsTimeAndNotWhileNobodyLooks() {
        assertThat(asked).isZero();
        assertThat(after(0)).isEqualTo(1);
        assertThat(after(9)).isEqualTo(1);
        assertThat(after(1)).isEqualTo(2);
        assertThat(after(3_600)).isEqualTo(3);
    }

    @Test
    void whatFailsIsAskedAgainAtOnce() {
        broken = true;
        assertThatThrownBy(() -> after(0)).hasMessage("away");
        broken = false;
        assertThat(after(0)).isEqualTo(2);
    }
}
