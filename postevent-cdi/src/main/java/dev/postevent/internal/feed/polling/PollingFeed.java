package dev.postevent.internal.feed.polling;

import dev.postevent.internal.feed.Causes;
import dev.postevent.internal.feed.FeedFault;
import dev.postevent.internal.feed.FeedState;
import dev.postevent.internal.jdbc.LostConnection;
import dev.postevent.internal.threads.Loop;
import dev.postevent.internal.threads.OwnThread;
import dev.postevent.internal.threads.Threads;
import dev.postevent.spi.EventLog;
import dev.postevent.spi.Feed;
import dev.postevent.spi.TopicName;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The live flow for a database without logical decoding: reads the topics' tables on a short timer, from the head on.
 *
 * <p>A topic that cannot be read does not hold up the others. The listener is called on the feed's one thread.
 */
public final class PollingFeed implements Feed {
    private static final Logger LOG = System.getLogger("dev.postevent.feed");

    private final PollingFeedSettings settings;
    private final Threads threads;
    private final List<TopicPoll> polls;
    private final FeedState state = new FeedState(Kind.POLLING, "jdbc");
    private final CountDownLatch stop = new CountDownLatch(1);
    private @Nullable Loop loop;

    /**
     * Makes the feed; nothing runs yet.
     *
     * @param log with a settle wait of zero, so that a read does not wait for open transactions
     * @param topics at least one
     */
    public PollingFeed(
            EventLog log,
            Collection<TopicName> topics,
            Threads threads,
            PollingFeedSettings settings,
            RandomGenerator random) {
        if (topics.isEmpty()) {
            throw new IllegalArgumentException("a feed needs at least one topic");
        }
        this.settings = settings;
        this.threads = threads;
        this.polls = topics.stream()
                .distinct()
                .sorted()
                .map(topic -> new TopicPoll(topic, log, settings, random))
                .toList();
    }

    @Override
    public synchronized void start(Listener listener) {
        if (loop != null) {
            throw new IllegalStateException("the feed was started before");
        }
        if (stop.getCount() == 0) {
            return;
        }
        state.set(State.STARTING, null);
        loop = threads.loop("feed", () -> run(listener));
    }

    @Override
    public synchronized void stop(Duration limit) {
        stop.countDown();
        Loop begun = loop;
        if (begun != null) {
            begun.end(limit);
        }
        state.set(State.STOPPED, null);
    }

    @Override
    public Status status() {
        return state.get();
    }

    private void run(Listener listener) {
        try {
            Duration wait = settings.pollInterval();
            do {
                boolean news = false;
                for (TopicPoll poll : polls) {
                    news |= stop.getCount() > 0 && poll(poll, listener);
                }
                report();
                wait = news ? settings.pollInterval() : longer(wait);
            } while (!stop.await(wait.toNanos(), TimeUnit.NANOSECONDS) && !OwnThread.isSpent());
        } catch (InterruptedException e) {
            // a server that shuts down without telling us
            state.set(State.STOPPED, "interrupted");
            Thread.currentThread().interrupt();
        }
    }

    private Duration longer(Duration wait) {
        Duration doubled = wait.multipliedBy(2);
        return doubled.compareTo(settings.pollIdleMax()) < 0 ? doubled : settings.pollIdleMax();
    }

    private boolean poll(TopicPoll topic, Listener listener) throws InterruptedException {
        try {
            return topic.once(listener, System.nanoTime());
        } catch (RuntimeException | Error e) {
            if (Thread.currentThread().isInterrupted()) {
                throw new InterruptedException();
            }
            LostConnection.retireThread(e);
            int failures = topic.failed(e, System.nanoTime());
            LOG.log(
                    failures == 1 ? Level.WARNING : Level.DEBUG,
                    FeedFault.POLL + ": " + topic.topic() + ": the polling feed failed and tries again: "
                            + Causes.describe(e));
            return false;
        }
    }

    private void report() {
        String faults = polls.stream()
                .filter(poll -> poll.fault() != null)
                .map(poll -> poll.topic() + ": " + poll.fault())
                .collect(Collectors.joining("; "));
        if (faults.isEmpty()) {
            state.set(State.STREAMING, null);
        } else {
            state.set(State.RETRYING, faults);
        }
        state.facts(Map.of(
                "topics", Integer.toString(polls.size()),
                "entries",
                        Long.toString(
                                polls.stream().mapToLong(TopicPoll::entries).sum())));
    }
}
