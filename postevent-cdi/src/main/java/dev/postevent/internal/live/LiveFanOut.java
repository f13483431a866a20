package dev.postevent.internal.live;

import dev.postevent.internal.threads.Threads;
import dev.postevent.spi.LogEntry;
import dev.postevent.spi.TopicName;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.function.Consumer;

/**
 * Hands events to live observers: best effort, straight from the feed, nothing stored and nothing repeated.
 *
 * <p>{@link #offer} never waits for an observer. Each has a queue of its own, bounded in events and bytes, that drops its oldest event when it is full, and at most
 * one call under way. A feed delivers again after it has connected anew; each position is passed once, as far as a window of {@value
 * PositionWindow#SIZE} positions per topic remembers.
 */
public final class LiveFanOut {
    private final ExecutorService pool;
    private final List<LiveObserver> observers = new CopyOnWriteArrayList<>();
    private final Map<TopicName, PositionWindow> windows = new ConcurrentHashMap<>();
    private volatile boolean stopped;

    /**
     * Makes the fan-out; its pool ends with {@code threads}.
     *
     * @param threadsMax most observers that run at the same time, at least 1
     */
    public LiveFanOut(Threads threads, int threadsMax) {
        this.pool = threads.pool(threadsMax);
    }

    /**
     * Adds an observer; it gets what is offered from now on.
     *
     * @param name for status and log
     * @param queueMax most events that wait for it, at least 1
     * @param queueMaxBytes most bytes of events that wait for it, at least 1
     * @param observer called with one event after the other, never with a void
     */
    public void add(TopicName topic, String name, int queueMax, long queueMaxBytes, Consumer<LogEntry> observer) {
        windows.computeIfAbsent(topic, t -> new PositionWindow());
        observers.add(new LiveObserver(topic, name, queueMax, queueMaxBytes, observer, pool));
    }

    /** Passes entries on; does not block. Voids and positions that were passed on lately are left out. */
    public void offer(Map<TopicName, List<LogEntry>> batch) {
        if (stopped) {
            return;
        }
        batch.forEach((topic, entries) -> {
            PositionWindow window = windows.get(topic);
            if (window != null) {
                offer(topic, entries, window);
            }
        });
    }

    private void offer(TopicName topic, List<LogEntry> entries, PositionWindow window) {
        // one at a time per topic, so that all observers see one order
        synchronized (window) {
            List<LogEntry> news = entries.stream()
                    .filter(entry -> !entry.isVoid() && window.add(entry.position()))
                    .toList();
            for (LiveObserver observer : observers) {
                if (!news.isEmpty() && observer.topic().equals(topic)) {
                    observer.offer(news);
                }
            }
        }
    }

    /** How each observer is doing, in the order they were added. */
    public List<LiveStatus> status() {
        return observers.stream().map(LiveObserver::status).toList();
    }

    /**
     * Takes nothing any more, drops what waits, and waits for the calls that are under way.
     *
     * @return true if none is under way any more; the rest end with the pool
     */
    public boolean stop(Duration limit) {
        stopped = true;
        observers.forEach(LiveObserver::close);
        long deadline = System.nanoTime() + limit.toNanos();
        boolean idle = true;
        for (LiveObserver observer : observers) {
            idle &= observer.awaitIdle(deadline);
        }
        return idle;
    }
}
