package dev.postevent.adapters;

import dev.postevent.spi.Feed;
import dev.postevent.spi.LogEntry;
import dev.postevent.spi.Range;
import dev.postevent.spi.TopicName;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;

/**
 * The live flow of a loft: the shortest thing that keeps the contract, as somebody else's would be written. Or that does not keep it, in
 * one of the ways of {@link BrokenFeed}.
 */
final class PigeonFeed implements Feed {
    private final Loft loft;
    private final TopicName topic;
    private final ThreadFactory threads;
    private final BrokenFeed broken;
    private final CountDownLatch stop = new CountDownLatch(1);
    private final Object listening = new Object();
    private final Set<Long> handed = new HashSet<>();
    private volatile Status status;
    private Thread thread;
    private long after;

    PigeonFeed(Loft loft, TopicName topic, ThreadFactory threads) {
        this(loft, topic, threads, BrokenFeed.NOT);
    }

    PigeonFeed(Loft loft, TopicName topic, ThreadFactory threads, BrokenFeed broken) {
        this.loft = loft;
        this.topic = broken == BrokenFeed.NAMES_ANOTHER_TOPIC ? new TopicName("another") : topic;
        this.threads = threads;
        this.broken = broken;
        this.status = Status.of(Kind.STREAM, broken == BrokenFeed.HAS_NO_NAME ? " " : "pigeon", Instant.now());
    }

    @Override
    public synchronized void start(Listener listener) {
        if (thread != null && broken != BrokenFeed.STARTS_TWICE) {
            throw new IllegalStateException("the feed was started before");
        }
        if (stop.getCount() == 0 && broken != BrokenFeed.STARTS_AFTER_THE_STOP) {
            return;
        }
        show(State.STARTING, null);
        thread = thread(() -> run(listener));
        if (broken == BrokenFeed.START_HANDS_OVER) {
            hand(listener, loft.read(topic, 0, Long.MAX_VALUE, 100, 1 << 20).entries());
        }
        if (broken == BrokenFeed.HANDS_OVER_EARLY) {
            loft.early(entry -> hand(listener, List.of(entry)));
        }
        if (broken == BrokenFeed.LEAVES_A_THREAD) {
            thread(() -> awaitQuietly(new CountDownLatch(1))).start();
        }
        thread.start();
    }

    private Thread thread(Runnable task) {
        Thread made = threads.newThread(task);
        made.setName("pigeon");
        return made;
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public synchronized void stop(Duration limit) {
        if (broken != BrokenFeed.GOES_ON_AFTER_THE_STOP) {
            stop.countDown();
            awaitEnd(broken == BrokenFeed.STOP_WAITS_FOR_EVER ? Duration.ofMinutes(1) : limit);
        } else {
            stopLater();
        }
        if (broken != BrokenFeed.STREAMS_WHEN_STOPPED) {
            show(State.STOPPED, null);
        }
    }

    private void stopLater() {
        thread(() -> {
                    try {
                        boolean unused = stop.await(200, TimeUnit.MILLISECONDS);
                        stop.countDown();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                })
                .start();
    }

    private void awaitEnd(Duration limit) {
        try {
            if (thread != null) {
                thread.join(Math.max(1, limit.toMillis()));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public Status status() {
        if (broken == BrokenFeed.STATUS_WAITS) {
            synchronized (listening) {
                return status;
            }
        }
        return status;
    }

    private void show(State state, String detail) {
        boolean never = broken == BrokenFeed.NEVER_STREAMS && state == State.STREAMING;
        status = status.in(never ? State.STARTING : state, detail, Instant.now());
    }

    private void run(Listener listener) {
        try {
            do {
                try {
                    fly(listener);
                } catch (RuntimeException e) {
                    if (broken == BrokenFeed.DIES_OF_A_REFUSAL && e.getMessage().contains("refuses")
                            || broken == BrokenFeed.DIES_WITH_ITS_CONNECTION
                                    && e.getMessage().contains("scared")) {
                        return;
                    }
                    show(State.RETRYING, broken == BrokenFeed.RETRIES_WITHOUT_A_REASON ? null : e.getMessage());
                }
            } while (!stop.await(30, TimeUnit.MILLISECONDS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** From one connection to what ends it. Head first, doubt second: what is behind the head comes, what is not is doubted. */
    private void fly(Listener listener) throws InterruptedException {
        int flight = loft.flight();
        after = loft.head(topic);
        handed.clear();
        show(State.STREAMING, null);
        if (broken != BrokenFeed.BEGINS_WITHOUT_A_DOUBT && broken != BrokenFeed.TAKES_WHAT_IS_LEFT_FOR_DONE) {
            listener.onDoubt("connected to the loft, behind position " + after);
        }
        do {
            if (loft.flight() != flight) {
                throw new IllegalStateException("the birds were scared");
            }
            bring(listener);
        } while (!stop.await(1, TimeUnit.MILLISECONDS));
    }

    private void bring(Listener listener) {
        Range range = loft.read(topic, after, Long.MAX_VALUE, 100, 1 << 20);
        List<LogEntry> news = new ArrayList<>();
        for (LogEntry entry : range.entries()) {
            boolean waits = broken == BrokenFeed.WAITS_FOR_GAPS && entry.position() > range.settledThrough();
            if (!waits && !handed.contains(entry.position())) {
                news.add(entry);
            }
        }
        if (broken == BrokenFeed.HANDS_OVER_WHAT_IS_OPEN || broken == BrokenFeed.HANDS_OVER_WHAT_WAS_ROLLED_BACK) {
            news.addAll(loft.unseen());
        }
        if (broken == BrokenFeed.LOSES_SILENTLY) {
            news.removeIf(entry -> entry.position() % 7 == 0);
        }
        if (!news.isEmpty()) {
            hand(listener, news);
            if (broken == BrokenFeed.STREAMS_AFTER_THE_STOP) {
                show(State.STREAMING, null);
            }
            news.forEach(entry -> handed.add(entry.position()));
        }
        after = range.settledThrough();
        handed.removeIf(position -> position <= after);
    }

    private void hand(Listener listener, List<LogEntry> entries) {
        List<LogEntry> batch = switch (broken) {
            case LOSES_EXTENSIONS -> entries.stream().map(Copies::plain).toList();
            case WRONG_POSITIONS ->
                entries.stream()
                        .map(entry -> Copies.at(entry.position() + 1, entry))
                        .toList();
            default -> entries;
        };
        synchronized (listening) {
            try {
                listener.onBatch(Map.of(topic, batch));
            } catch (IllegalStateException e) {
                if (broken != BrokenFeed.FORGETS_WHAT_IS_REFUSED && broken != BrokenFeed.TAKES_WHAT_IS_LEFT_FOR_DONE) {
                    throw e;
                }
            }
        }
    }
}
