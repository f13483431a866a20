package dev.postevent.internal.processor;

import dev.postevent.internal.threads.UnlessUnderWay;
import java.lang.System.Logger.Level;
import java.sql.SQLException;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.NavigableMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Asks about all subscriptions of this node regularly, in one statement, and tells each what operators and other nodes changed; that
 * is also when it renews its lanes.
 */
final class Polls {
    private static final System.Logger LOG = System.getLogger("dev.postevent.processor");

    /** How often a node asks, at least. */
    static final long EVERY_MILLIS = 1_000;

    /** Where it is asked. */
    interface Source {
        /** By subscription; one that is not registered is missing. */
        Map<String, LaneStore.Poll> poll(Collection<String> subscriptions) throws SQLException;
    }

    private final NavigableMap<String, SubscriptionWorker> workers;
    private final Source source;
    private final Lease lease;
    private final ScheduledExecutorService timer;
    /** A database that does not answer must not pile them up, nor hold up the timer. */
    private final UnlessUnderWay polling;

    // both under this monitor
    private @Nullable ScheduledFuture<?> regular;
    private boolean stopped;

    /** Of {@code workers}, which may come later; those that did not start yet are left alone. */
    Polls(
            NavigableMap<String, SubscriptionWorker> workers,
            Source source,
            Lease lease,
            ScheduledExecutorService timer,
            Executor pool) {
        this.workers = workers;
        this.source = source;
        this.lease = lease;
        this.timer = timer;
        this.polling = new UnlessUnderWay(
                pool,
                this::poll,
                e -> LOG.log(Level.WARNING, "the subscriptions cannot be asked about, will be tried again", e));
    }

    /** Does nothing if it was called before. */
    synchronized void start() {
        if (regular == null && !stopped) {
            long millis = Math.min(EVERY_MILLIS, lease.renewedEveryMillis());
            regular = timer.scheduleWithFixedDelay(polling::request, millis, millis, TimeUnit.MILLISECONDS);
        }
    }

    synchronized void stop() {
        stopped = true;
        if (regular != null) {
            regular.cancel(false);
        }
    }

    private void poll() {
        try {
            Map<SubscriptionWorker, Long> numbers = new LinkedHashMap<>();
            workers.values().forEach(worker -> numbers.put(worker, worker.nextPoll()));
            Map<String, LaneStore.Poll> seen = source.poll(workers.keySet());
            numbers.forEach((worker, number) ->
                    worker.polled(number, seen.get(worker.spec().name())));
        } catch (SQLException | RuntimeException e) {
            workers.values().forEach(worker -> worker.pollFailed(e));
        }
    }
}
