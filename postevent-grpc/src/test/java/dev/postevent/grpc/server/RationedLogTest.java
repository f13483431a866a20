package dev.postevent.grpc.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** G9: no caller fills the log, and what it could not say is counted. */
class RationedLogTest {
    private final List<String> lines = new ArrayList<>();
    private long now = Long.MAX_VALUE - 1_000; // as a clock without a beginning may have it
    private final RationedLog log = new RationedLog(
            () -> now, (text, thrown) -> lines.add(thrown == null ? text : text + " / " + thrown.getMessage()));

    private void pass(long seconds) {
        now += Duration.ofSeconds(seconds).toNanos();
    }

    private List<String> heard() {
        List<String> heard = List.copyOf(lines);
        lines.clear();
        return heard;
    }

    @Test
    void aKindIsToldOnceAMinuteWithHowManyWereLeftUnsaid() {
        for (int i = 0; i < 1_000; i++) {
            log.warn("it failed", new IllegalStateException("number " + i));
        }
        log.warn("it failed", new OutOfMemoryError("another kind"));
        assertThat(heard()).containsExactly("it failed / number 0", "it failed / another kind");
        pass(59);
        log.warn("it failed", new IllegalStateException("number 1000"));
        assertThat(heard()).isEmpty();
        pass(1);
        log.warn("it failed", new IllegalStateException("number 1001"));
        assertThat(heard())
                .containsExactly("it failed (1000 more of the kind were left unsaid since the last one) / number 1001");
        pass(60);
        log.warn("it failed", new IllegalStateException("number 1002"));
        assertThat(heard()).containsExactly("it failed / number 1002");
    }

    @Test
    void whatWasLeftUnsaidIsToldAlthoughNoFurtherOneComes() {
        log.warn("kind", "the first", null);
        log.warn("kind", "the second", null);
        log.tellUnsaid();
        assertThat(heard()).containsExactly("the first");
        pass(60);
        log.tellUnsaid();
        log.tellUnsaid();
        assertThat(heard()).containsExactly("the first (1 more of the kind were left unsaid since the last one)");
        pass(60);
        log.tellUnsaid();
        assertThat(heard()).isEmpty();
        log.warn("kind", "the third", null);
        assertThat(heard()).as("a kind that was over").containsExactly("the third");
    }

    @Test
    void thereAreOnlySoManyKinds() {
        for (int i = 0; i < 10_000; i++) {
            log.warn("kind " + i, "line " + i, null);
        }
        assertThat(heard()).hasSize(33).contains("line 0", "line 32").doesNotContain("line 33");
        pass(60);
        log.tellUnsaid();
        assertThat(heard()).containsExactly("line 32 (9967 more of the kind were left unsaid since the last one)");
        pass(1);
        log.warn("kind 9999", "line 9999", null);
        assertThat(heard()).as("there is room again").containsExactly("line 9999");
    }

    @Test
    void aLineIsOneAndNotEndless() {
        log.warn("kind", "a\nb\u202e" + "c".repeat(5_000), null);
        assertThat(heard()).singleElement().asString().startsWith("a b\\u202ec").hasSizeLessThan(1_100);
    }
}
