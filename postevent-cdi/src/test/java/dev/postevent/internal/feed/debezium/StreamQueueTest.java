package dev.postevent.internal.feed.debezium;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** When the stream may read on, and when the engine is given a batch. */
class StreamQueueTest {
    private static final Duration LONG = Duration.ofMinutes(4);
    private static final Duration NONE = Duration.ZERO;

    private static StreamQueue streamQueue(int rowsMax, long bytesMax, Duration together) {
        return new StreamQueue(rowsMax, bytesMax, together);
    }

    private static CompletableFuture<Void> awaiting(StreamQueue streamQueue) {
        return CompletableFuture.runAsync(() -> {
            try {
                streamQueue.awaitBatch(LONG);
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
        StreamQueue streamQueue = streamQueue(1_000, 1_000, NONE);
        CompletableFuture<Void> batch = awaiting(streamQueue);
        streamQueue.read(0, 10); // begin
        assertThat(streamQueue.pause()).isFalse();
        assertWaits(batch);
        streamQueue.read(1, 20);
        assertWaits(batch);
        assertThat(streamQueue.pause()).as("the engine takes it").isTrue();
        assertComes(batch);
        streamQueue.read(1, 30);
        assertThat(streamQueue.pause()).as("nobody waits for it").isFalse();
    }

    @Test
    void aBatchComesOnceThereAreManyRowsThoughThereIsMoreToRead() throws Exception {
        StreamQueue streamQueue = streamQueue(1_000, 1_000, NONE);
        CompletableFuture<Void> batch = awaiting(streamQueue);
        for (int row = 1; row < 64; row++) {
            streamQueue.read(1, row);
        }
        assertWaits(batch);
        streamQueue.read(1, 64);
        assertComes(batch);
    }

    @Test
    void whatComesSoonAfterABatchGoesIntoTheNextOneTogether() throws Exception {
        StreamQueue streamQueue = streamQueue(10_000, 10_000, LONG);
        streamQueue.read(1, 1);
        streamQueue.pause();
        assertComes(awaiting(streamQueue));
        streamQueue.handled(streamQueue.awaitBatch(NONE));

        CompletableFuture<Void> next = awaiting(streamQueue);
        streamQueue.read(1, 2);
        assertWaits(next);
        assertThat(streamQueue.pause()).as("more is waited for").isFalse();
        assertWaits(next);
        for (int row = 2; row <= 512; row++) {
            streamQueue.read(1, row);
        }
        assertComes(next);
    }

    @Test
    void nothingMoreIsReadThanThereIsRoomForRowsUntilTheyAreHandled() throws InterruptedException {
        StreamQueue streamQueue = streamQueue(2, 1_000, NONE);
        streamQueue.read(1, 1);
        assertThat(streamQueue.awaitRoom(NONE)).isTrue();
        StreamQueue.Mark first = streamQueue.awaitBatch(NONE);
        streamQueue.read(1, 2);
        assertThat(streamQueue.awaitRoom(NONE)).isFalse();
        streamQueue.handled(first);
        assertThat(streamQueue.awaitRoom(NONE)).isTrue();
    }

    @Test
    void nothingMoreIsReadThanThereIsRoomForBytesAndThenABatchComes() throws Exception {
        StreamQueue streamQueue = streamQueue(1_000, 100, NONE);
        CompletableFuture<Void> batch = awaiting(streamQueue);
        streamQueue.read(1, 99);
        assertThat(streamQueue.awaitRoom(NONE)).isTrue();
        assertWaits(batch);
        streamQueue.read(1, 5_000);
        assertThat(streamQueue.awaitRoom(NONE)).isFalse();
        assertComes(batch);
        streamQueue.handled(streamQueue.awaitBatch(NONE));
        assertThat(streamQueue.awaitRoom(NONE)).isTrue();
    }

    @Test
    void roomWakesTheStream() throws Exception {
        StreamQueue streamQueue = streamQueue(1, 100, NONE);
        streamQueue.read(1, 1);
        CompletableFuture<Boolean> room = CompletableFuture.supplyAsync(() -> {
            try {
                return streamQueue.awaitRoom(LONG);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        streamQueue.handled(streamQueue.awaitBatch(NONE));
        assertThat(room.get(30, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void withoutRowsAnEmptyBatchComesAtTheLimit() throws InterruptedException {
        StreamQueue streamQueue = streamQueue(1, 100, LONG);
        assertThat(streamQueue.awaitBatch(Duration.ofMillis(10))).isEqualTo(new StreamQueue.Mark(0, 0));
    }
}
