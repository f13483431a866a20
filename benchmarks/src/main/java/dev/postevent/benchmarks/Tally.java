package dev.postevent.benchmarks;

import dev.postevent.benchmarks.Scenario.WrongException;
import io.cloudevents.CloudEvent;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Counts what an observer is called with and checks it: ids are numbers, and within a subject they have to rise, so that a repeated
 * or overtaken event is seen at once.
 */
final class Tally {
    private final Map<String, AtomicLong> last = new ConcurrentHashMap<>();
    private final AtomicLong count = new AtomicLong();
    private final CountDownLatch reached = new CountDownLatch(1);
    private volatile long target = Long.MAX_VALUE;
    private volatile long firstNanos;
    private volatile long reachedNanos;
    private volatile @Nullable String wrong;
    private volatile @Nullable Map<Long, Long> times;

    /** Remembers when each event came, too. */
    Tally timed() {
        times = new ConcurrentHashMap<>();
        return this;
    }

    /** When the event came, on the nano clock; waits for it. */
    long timeOf(long id) throws InterruptedException {
        Map<Long, Long> known = times;
        if (known == null) {
            throw new IllegalStateException("times were not asked for");
        }
        long deadline = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
        Long time;
        while ((time = known.get(id)) == null) {
            if (System.nanoTime() > deadline) {
                throw new WrongException("event " + id + " was not handled within a minute");
            }
            TimeUnit.MILLISECONDS.sleep(1); // until it is there
        }
        return time;
    }

    void seen(CloudEvent event) {
        long id = Long.parseLong(event.getId());
        String subject = event.getSubject();
        if (subject != null) {
            long before = last.computeIfAbsent(subject, s -> new AtomicLong(Long.MIN_VALUE))
                    .getAndSet(id);
            if (before >= id) {
                wrong = "subject " + subject + ": " + id + " was handled after " + before;
            }
        }
        Map<Long, Long> known = times;
        if (known != null) {
            known.putIfAbsent(id, System.nanoTime());
        }
        long now = count.incrementAndGet();
        if (now == 1) {
            firstNanos = System.nanoTime();
        }
        if (now == target) {
            reachedNanos = System.nanoTime();
            reached.countDown();
        }
    }

    long count() {
        return count.get();
    }

    /** When the first event came. */
    long firstNanos() {
        return firstNanos;
    }

    /** Expects so many from the beginning on; before the last of them can come. */
    void expect(long events) {
        target = events;
    }

    /** Waits for the expected number; returns when it was reached, on the nano clock. */
    long await(Duration limit) throws InterruptedException {
        if (!reached.await(limit.toMillis(), TimeUnit.MILLISECONDS)) {
            throw new WrongException(count() + " of " + target + " events were handled in " + limit);
        }
        return reachedNanos;
    }

    /** Exactly {@code events} calls, in order. */
    void check(long events) {
        String text = wrong;
        if (text != null) {
            throw new WrongException(text);
        }
        if (count() != events) {
            throw new WrongException(count() + " calls of the observer for " + events + " events");
        }
    }
}
