package dev.postevent.internal.processor;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class CallsUnderWayTest {
    private final AtomicLong nanos = new AtomicLong();
    private final CallsUnderWay calls = new CallsUnderWay(
            new SpecBuilder("slow", ProcessorStage.failing((event, attempt, again) -> {})).build(),
            new NodeClock(nanos::get));

    private void passes(Duration time) {
        nanos.addAndGet(time.toNanos());
    }

    @Test
    void theOneThatBeganFirstIsNamedWithItsStack() throws InterruptedException {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch over = new CountDownLatch(1);
        Thread other = new Thread(() -> {
            calls.begin(4_711);
            begun.countDown();
            awaitHere(over);
            calls.end();
        });
        other.start();
        begun.await();
        passes(Duration.ofSeconds(9));
        calls.begin(4_712);
        assertThat(calls.slow()).isEmpty();
        passes(Duration.ofSeconds(2));
        assertThat(calls.slow()).hasValueSatisfying(slow -> {
            assertThat(slow.position()).isEqualTo(4_711);
            assertThat(slow.since()).isEqualTo(Duration.ofSeconds(11));
            assertThat(slow.stack()).anyMatch(frame -> frame.getMethodName().equals("awaitHere"));
        });
        over.countDown();
        other.join();
        assertThat(calls.slow()).isEmpty();
        passes(Duration.ofSeconds(8));
        assertThat(calls.slow())
                .hasValueSatisfying(slow -> assertThat(slow.position()).isEqualTo(4_712));
        calls.end();
        assertThat(calls.slow()).isEmpty();
    }

    private static void awaitHere(CountDownLatch over) {
        try {
            over.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
