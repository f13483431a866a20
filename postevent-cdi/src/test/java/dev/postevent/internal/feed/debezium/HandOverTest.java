package dev.postevent.internal.feed.debezium;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** When the stream may read on, and when the engine is given a batch. */
class HandOverTest {
    private static final Duration LONG = Duration.ofMinutes(4);
    private static final Duration NONE = Duration.ZERO;

    private static HandOver handOver(int rowsMax, long bytesMax, Duration together) {
        return new HandOver(rowsMax, bytesMax, together);
    }

    private static CompletableFuture<Void> awaiting(HandOver handOver) {
        return CompletableFuture.runAsync(() -> {
            try {
                handOver.awaitBatch(LONG);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
    }

    private static void assertComes(CompletableFuture<Void> batch) throws Exception {
        batch.get(30, TimeUnit.SECONDS);
    }

    private static void assertWaits(CompletableFuture<Void> batch) throws InterruptedException {
        TimeUnit.MILLISECONDS.sleep(50); // in which it must not come
        assertThat(batch).isNotDone();
    }

    @Test
    void aBatchComesOnceThereIsARowAndNothingMoreToRead() throws Exception {
        HandOver handOver = handOver(1_000, 1_000, NONE);
        CompletableFuture<Void> batch = awaiting(handOver);
        handOver.read(0, 10); // begin
        assertThat(handOver.pause()).isFalse();
        assertWaits(batch);
        handOver.read(1, 20);
        assertWaits(batch);
        assertThat(handOver.pause()).as("the engine takes it").isTrue();
        assertComes(batch);
        handOver.read(1, 30);
        assertThat(handOver.pause()).as("nobody waits for it").isFalse();
    }

    @Test
    void aBatchComesOnceThereAreManyRowsThoughThereIsMoreToRead() throws Exception {
        HandOver handOver = handOver(1_000, 1_000, NONE);
        CompletableFuture<Void> batch = awaiting(handOver);
        for (int row = 1; row < 64; row++) {
            handOver.read(1, row);
        }
        assertWaits(batch);
        handOver.read(1, 64);
        assertComes(batch);
    }

    @Test
    void whatComesSoonAfterABatchGoesIntoTheNextOneTogether() throws Exception {
        HandOver handOver = handOver(10_000, 10_000, LONG);
        handOver.read(1, 1);
        handOver.pause();
        assertComes(awaiting(handOver));
        handOver.handled(handOver.awaitBatch(NONE));

        CompletableFuture<Void> next = awaiting(handOver);
        handOver.read(1, 2);
        assertWaits(next);
        assertThat(handOver.pause()).as("more is waited for").isFalse();
        assertWaits(next);
        for (int row = 2; row <= 512; row++) {
            handOver.read(1, row);
        }
        assertComes(next);
    }

    @Test
    void nothingMoreIsReadThanThereIsRoomForRowsUntilTheyAreHandled() throws InterruptedException {
        HandOver handOver = handOver(2, 1_000, NONE);
        handOver.read(1, 1);
        assertThat(handOver.awaitRoom(NONE)).isTrue();
        HandOver.Mark first = handOver.awaitBatch(NONE);
        handOver.read(1, 2);
        assertThat(handOver.awaitRoom(NONE)).isFalse();
        handOver.handled(first);
        assertThat(handOver.awaitRoom(NONE)).isTrue();
    }

    @Test
    void nothingMoreIsReadThanThereIsRoomForBytesAndThenABatchComes() throws Exception {
        HandOver handOver = handOver(1_000, 100, NONE);
        CompletableFuture<Void> batch = awaiting(handOver);
        handOver.read(1, 99);
        assertThat(handOver.awaitRoom(NONE)).isTrue();
        assertWaits(batch);
        handOver.read(1, 5_000);
        assertThat(handOver.awaitRoom(NONE)).isFalse();
        assertComes(batch);
        handOver.handled(handOver.awaitBatch(NONE));
        assertThat(handOver.awaitRoom(NONE)).isTrue();
    }

    @Test
    void roomWakesTheStream() throws Exception {
        HandOver handOver = handOver(1, 100, NONE);
        handOver.read(1, 1);
        CompletableFuture<Boolean> room = CompletableFuture.supplyAsync(() -> {
            try {
                return handOver.awaitRoom(LONG);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        handOver.handled(handOver.awaitBatch(NONE));
        assertThat(room.get(30, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void withoutRowsAnEmptyBatchComesAtTheLimit() throws InterruptedException {
        HandOver handOver = handOver(1, 100, LONG);
        assertThat(handOver.awaitBatch(Duration.ofMillis(10))).isEqualTo(new HandOver.Mark(0, 0));
    }
}
