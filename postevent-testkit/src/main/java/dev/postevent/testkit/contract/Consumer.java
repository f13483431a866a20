package dev.postevent.testkit.contract;

import dev.postevent.spi.Feed;
import dev.postevent.spi.LogEntry;
import dev.postevent.spi.TopicName;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The consumer behind a feed, as far as a contract needs one.
 *
 * <p>An event is <em>covered</em> once the feed has done its part: it has handed it over and the consumer has stored it, or it has said,
 * after the event was committed and after it was last refused, that something may be missing. Then the consumer would read the event log,
 * and find it there. Each call and each publish is a step, and steps are what "after" is told by.
 *
 * <p>Made for threads of the feed and the one of the test; all state is under its monitor.
 */
final class Consumer implements Feed.Listener {
    private final TopicName topic;
    private long steps;
    private long doubted;
    private final Map<String, Long> published = new HashMap<>();
    private final Map<String, Long> refused = new HashMap<>();
    private final Map<String, LogEntry> stored = new HashMap<>();
    private final List<LogEntry> handed = new ArrayList<>();
    private final List<String> doubts = new ArrayList<>();
    /** What a feed may not do, seen on its own threads. */
    private final Set<String> faults = new LinkedHashSet<>();

    private int refusals;
    private boolean stopped;
    private @Nullable Look look;
    private @Nullable CountDownLatch gate;
    private @Nullable Thread atGate;

    /** Looks at an entry before it is stored. */
    @FunctionalInterface
    interface Look {
        /** Null: nothing is wrong with it. */
        @Nullable
        String fault(LogEntry entry);
    }

    /** One who takes entries of this topic. */
    Consumer(TopicName topic) {
        this.topic = topic;
    }

    @Override
    public void onBatch(Map<TopicName, List<LogEntry>> batch) {
        begins("a batch");
        passGate();
        for (Map.Entry<TopicName, List<LogEntry>> one : batch.entrySet()) {
            if (!one.getKey().equals(topic)) {
                fault("entries of the topic " + one.getKey() + " were handed over, which is not " + topic);
            }
            one.getValue().forEach(this::look);
        }
        take(batch.getOrDefault(topic, List.of()));
    }

    private synchronized void take(List<LogEntry> entries) {
        steps++;
        handed.addAll(entries);
        if (refusals > 0 && !entries.isEmpty()) {
            refusals--;
            entries.forEach(entry -> refused.put(entry.id(), steps));
            throw new IllegalStateException("the contract's listener refuses this batch");
        }
        entries.forEach(entry -> stored.put(entry.id(), entry));
    }

    @Override
    public void onDoubt(String reason) {
        begins("the doubt '" + reason + "'");
        synchronized (this) {
            steps++;
            doubted = steps;
            doubts.add(reason);
        }
    }

    private synchronized void begins(String call) {
        if (stopped) {
            faults.add(call + " came after the stop had returned");
        }
    }

    private void look(LogEntry entry) {
        Look looking;
        synchronized (this) {
            looking = look;
        }
        if (looking != null) {
            String found = looking.fault(entry);
            if (found != null) {
                fault(found);
            }
        }
    }

    private synchronized void fault(String text) {
        faults.add(text);
    }

    /** As a database that does not answer: whoever interrupts has to wait as well. */
    private void passGate() {
        CountDownLatch closed;
        synchronized (this) {
            closed = gate;
            if (closed != null) {
                atGate = Thread.currentThread();
            }
        }
        boolean interrupted = false;
        while (closed != null && closed.getCount() > 0) {
            try {
                boolean unused = closed.await(1, TimeUnit.MINUTES);
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** The next batches wait in the listener. */
    synchronized void closeGate() {
        gate = new CountDownLatch(1);
    }

    /** What waits goes on. */
    synchronized void openGate() {
        CountDownLatch closed = gate;
        if (closed != null) {
            closed.countDown();
        }
        gate = null;
    }

    /** True if a batch has come to the gate. */
    synchronized boolean isAtGate() {
        return atGate != null;
    }

    /** True if the thread that came to the gate has ended since. */
    synchronized boolean hasLeftTheGate() {
        return atGate != null && !atGate.isAlive();
    }

    /** Refuses so many batches more. */
    synchronized void refuse(int batches) {
        refusals = batches;
    }

    /** Batches that are still to be refused. */
    synchronized int refusals() {
        return refusals;
    }

    /** Looks at each entry from now on. */
    synchronized void looks(Look looking) {
        look = looking;
    }

    /** An event is being committed from now on. */
    synchronized void publishes(String id) {
        steps++;
        published.put(id, steps);
    }

    /** The feed was stopped: nothing may come any more. */
    synchronized void stopped() {
        stopped = true;
    }

    /** True if the feed has done its part. */
    synchronized boolean isCovered(String id) {
        return stored.containsKey(id)
                || doubted > Math.max(published.getOrDefault(id, Long.MAX_VALUE), refused.getOrDefault(id, 0L));
    }

    /** What was stored under an id; null: it was not handed over, or refused. */
    synchronized @Nullable LogEntry stored(String id) {
        return stored.get(id);
    }

    /** All that was handed over, refused or not. */
    synchronized List<LogEntry> handed() {
        return List.copyOf(handed);
    }

    /** True if anything was called. */
    synchronized boolean wasCalled() {
        return !handed.isEmpty() || !doubts.isEmpty();
    }

    /** What a feed may not do and this one did. */
    synchronized Set<String> faults() {
        return Set.copyOf(faults);
    }

    @Override
    public synchronized String toString() {
        return "handed over: " + handed.size() + " entries, the last ones "
                + handed.subList(Math.max(0, handed.size() - 5), handed.size()) + "; refused: " + refused.size()
                + "; doubts: " + doubts;
    }
}
