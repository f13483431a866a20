package dev.postevent.internal.live;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.postevent.internal.threads.Threads;
import dev.postevent.spi.LogEntry;
import dev.postevent.spi.TopicName;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Live observers: bounded, apart from each other, each position once. */
class LiveFanOutTest {
    private static final TopicName ORDERS = new TopicName("orders");
    private static final TopicName BILLS = new TopicName("bills");

    private final Threads threads = new Threads(Thread::new);
    private final LiveFanOut live = new LiveFanOut(threads, 2);

    @AfterEach
    void close() {
        assertThat(threads.stop(Duration.ofSeconds(10))).isTrue();
    }

    private static LogEntry entry(long position) {
        return LogEntry.at(position)
                .id("e" + position)
                .source("urn:test")
                .type("t")
                .build();
    }

    private void offer(TopicName topic, long... positions) {
        live.offer(Map.of(
                topic, LongStream.of(positions).mapToObj(LiveFanOutTest::entry).toList()));
    }

    private static final class Seen implements Consumer<LogEntry> {
        final List<Long> positions = new CopyOnWriteArrayList<>();

        @Override
        public void accept(LogEntry entry) {
            positions.add(entry.position());
        }

        void await(Long... expected) {
            org.awaitility.Awaitility.await().until(() -> positions.size() >= expected.length);
            assertThat(positions).containsExactly(expected);
        }
    }

    /** Its queue is bounded, and nobody would empty it. */
    @Test
    void anObserverForWhichThereIsNoThreadGetsWhatWaitsWithTheNextEntry() {
        Seen seen = new Seen();
        List<Error> none = new ArrayList<>(List.of(new OutOfMemoryError("unable to create native thread")));
        ThreadPoolExecutor pool = new ThreadPoolExecutor(1, 1, 0, TimeUnit.SECONDS, new LinkedBlockingQueue<>()) {
            @Override
            public void execute(Runnable task) {
                if (!none.isEmpty()) {
                    throw none.remove(0);
                }
                super.execute(task);
            }
        };
        LiveObserver observer = new LiveObserver(ORDERS, "seer", 10, 1 << 30, seen, pool);
        observer.offer(List.of(entry(1)));
        assertThat(observer.status().queued()).isEqualTo(1);
        observer.offer(List.of(entry(2)));
        seen.await(1L, 2L);
        pool.shutdown();
    }

    @Test
    void passesEachTopicToItsOwnObserversInOrder() {
        Seen first = new Seen();
        Seen second = new Seen();
        Seen bills = new Seen();
        live.add(ORDERS, "first", 10, 1 << 30, first);
        live.add(ORDERS, "second", 10, 1 << 30, second);
        live.add(BILLS, "bills", 10, 1 << 30, bills);

        offer(ORDERS, 1, 2, 3);
        offer(BILLS, 7);
        offer(new TopicName("nobody"), 1);

        first.await(1L, 2L, 3L);
        second.await(1L, 2L, 3L);
        bills.await(7L);
    }

    @Test
    void passesAPositionOnceHoweverOftenItIsDelivered() {
        Seen seen = new Seen();
        live.add(ORDERS, "o", 10, 1 << 30, seen);

        offer(ORDERS, 3, 1);
        offer(ORDERS, 1, 3, 2);
        offer(ORDERS, 3, 2, 1, 4);

        seen.await(3L, 1L, 2L, 4L);
    }

    @Test
    void passesNoVoid() {
        Seen seen = new Seen();
        live.add(ORDERS, "o", 10, 1 << 30, seen);

        live.offer(Map.of(
                ORDERS,
                List.of(
                        LogEntry.at(1)
                                .kind('v')
                                .id("void-1")
                                .source("urn:postevent:void")
                                .type("postevent.void")
                                .build(),
                        entry(2))));

        seen.await(2L);
    }

    @Test
    void aSlowObserverLosesItsOldestEventsAndHoldsUpNobody() throws InterruptedException {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        Seen slow = new Seen();
        Seen quick = new Seen();
        live.add(ORDERS, "slow", 3, 1 << 30, heldUp(slow, begun, release));
        live.add(ORDERS, "quick", 100, 1 << 30, quick);
        offer(ORDERS, 1);
        begun.await();

        offer(ORDERS, LongStream.rangeClosed(2, 10).toArray());

        quick.await(1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L, 9L, 10L);
        assertThat(live.status().get(0)).isEqualTo(new LiveStatus("slow", ORDERS, 1, 6, 0, 3));
        release.countDown();
        slow.await(1L, 8L, 9L, 10L);
        assertThat(live.status().get(0)).isEqualTo(new LiveStatus("slow", ORDERS, 4, 6, 0, 0));
    }

    @Test
    void bytesBoundTheQueueAsEventsDo() throws InterruptedException {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        Seen slow = new Seen();
        live.add(ORDERS, "slow", 1_000, 5_000, heldUp(slow, begun, release));
        offer(ORDERS, 1);
        begun.await();

        live.offer(Map.of(ORDERS, List.of(entry(2, 2_000), entry(3, 2_000), entry(4, 2_000))));
        assertThat(live.status().get(0)).isEqualTo(new LiveStatus("slow", ORDERS, 1, 1, 0, 2));
        // larger than all that may wait: it has the queue to itself
        live.offer(Map.of(ORDERS, List.of(entry(5, 10_000))));
        assertThat(live.status().get(0)).isEqualTo(new LiveStatus("slow", ORDERS, 1, 3, 0, 1));
        release.countDown();
        slow.await(1L, 5L);
        live.offer(Map.of(ORDERS, List.of(entry(6, 2_000))));
        slow.await(1L, 5L, 6L);
    }

    /** An observer that tells when it is called first, and goes on when it may. */
    private static Consumer<LogEntry> heldUp(Seen seen, CountDownLatch begun, CountDownLatch release) {
        return entry -> {
            begun.countDown();
            try {
                release.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            seen.accept(entry);
        };
    }

    private static LogEntry entry(long position, int bytes) {
        return LogEntry.at(position)
                .id("e" + position)
                .source("urn:test")
                .type("t")
                .data(new byte[bytes])
                .build();
    }

    @Test
    void anObserverThatThrowsIsCountedAndGoesOn() {
        Seen seen = new Seen();
        live.add(ORDERS, "broken", 10, 1 << 30, entry -> {
            if (entry.position() == 2) {
                throw new IllegalStateException("expected by the test");
            }
            if (entry.position() == 3) {
                throw new AssertionError("expected by the test");
            }
            seen.accept(entry);
        });

        offer(ORDERS, 1, 2, 3, 4);

        seen.await(1L, 4L);
        await().until(() -> live.status().get(0).equals(new LiveStatus("broken", ORDERS, 4, 0, 2, 0)));
    }

    @Test
    void anObserverIsCalledByOneThreadAtATimeAlsoUnderLoadFromMany() throws InterruptedException {
        AtomicInteger inside = new AtomicInteger();
        AtomicBoolean overlapped = new AtomicBoolean();
        Seen seen = new Seen();
        live.add(ORDERS, "o", 100_000, 1 << 30, entry -> {
            if (inside.incrementAndGet() > 1) {
                overlapped.set(true);
            }
            seen.accept(entry);
            inside.decrementAndGet();
        });
        List<Thread> offering = new ArrayList<>();
        for (int t = 0; t < 4; t++) {
            Thread thread = new Thread(() -> {
                for (long p = 1; p <= 2000; p++) {
                    offer(ORDERS, p);
                }
            });
            offering.add(thread);
            thread.start();
        }
        for (Thread thread : offering) {
            thread.join();
        }

        await().until(() -> seen.positions.size() >= 2000);
        assertThat(seen.positions).doesNotHaveDuplicates().hasSize(2000);
        assertThat(overlapped).isFalse();
    }

    @Test
    void stopWaitsForTheCallUnderWayAndDropsTheRest() throws InterruptedException {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        Seen seen = new Seen();
        live.add(ORDERS, "o", 10, 1 << 30, entry -> {
            begun.countDown();
            try {
                release.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            seen.accept(entry);
        });
        offer(ORDERS, 1, 2, 3);
        begun.await();

        assertThat(live.stop(Duration.ofMillis(1))).isFalse();
        release.countDown();
        assertThat(live.stop(Duration.ofSeconds(10))).isTrue();
        offer(ORDERS, 4);

        assertThat(seen.positions).containsExactly(1L);
        assertThat(live.status()).containsExactly(new LiveStatus("o", ORDERS, 1, 2, 0, 0));
    }

    @Test
    void anEndedPoolDropsAndThrowsNothingAtTheFeed() {
        live.add(ORDERS, "o", 10, 1 << 30, new Seen());
        threads.stop(Duration.ofSeconds(1));

        offer(ORDERS, 1, 2);

        assertThat(live.status()).containsExactly(new LiveStatus("o", ORDERS, 0, 2, 0, 0));
    }

    @Test
    void theWindowForgetsTheOldestAndOnlyThat() {
        PositionWindow window = new PositionWindow(3);
        Long[] added = {1L, 2L, 3L, 3L, 1L, 4L, 1L, 2L, 4L};
        List<Boolean> news = Arrays.stream(added).map(window::add).toList();

        // 4 pushes 1 out, 1 pushes 2 out, 2 pushes 3 out
        assertThat(news).containsExactly(true, true, true, false, false, true, true, true, false);
        assertThat(Collections.frequency(news, true)).isEqualTo(6);
    }
}
