package dev.postevent.internal.processor;

import dev.postevent.PosteventException;
import dev.postevent.Subscriptions;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Lets threads wait until subscriptions have come to a position. */
public final class ProgressWaits {
    private static final Duration TIMEOUT_MAX = Duration.ofMinutes(10);

    private final SubscriptionStore store;
    private final OperatorCalls calls;
    private final Map<String, ProgressWait> waits = new ConcurrentHashMap<>();
    private volatile boolean stopped;

    ProgressWaits(SubscriptionStore store, OperatorCalls calls) {
        this.store = store;
        this.calls = calls;
    }

    /** See {@link Subscriptions#await}; {@code subject}: null if it is for all. */
    public Subscriptions.Awaited await(String subscription, long position, @Nullable String subject, Duration timeout) {
        if (position < 1) {
            throw new IllegalArgumentException("position must be at least 1, got " + position);
        }
        if (timeout.isNegative() || timeout.compareTo(TIMEOUT_MAX) > 0) {
            throw new IllegalArgumentException("timeout must be 0 to " + TIMEOUT_MAX + ", got " + timeout);
        }
        String what = "wait for position " + position + " of " + subscription;
        SubscriptionWorker worker = calls.worker(subscription);
        calls.refuseInTransaction(what, "what it has published is handled only once it is committed");
        ProgressWait wait = waits.computeIfAbsent(subscription, name -> new ProgressWait(new Asked(worker)));
        if (stopped) {
            wait.stop();
        }
        return calls.ask(what, () -> {
            try {
                return wait.await(new ProgressWait.Goal(position, subject), timeout.toNanos());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new PosteventException("PSTEV34008", "could not " + what + ": the thread was interrupted", e);
            } catch (ProgressWait.StoppedException e) {
                throw new PosteventException("PSTEV34008", "could not " + what + ": postevent stops on this node", e);
            }
        });
    }

    /** Whoever waits stops waiting. */
    void stop() {
        stopped = true;
        waits.values().forEach(ProgressWait::stop);
    }

    /** Where one subscription is, as this node knows it or the database has it. */
    private final class Asked implements ProgressWait.Source {
        private final SubscriptionWorker worker;
        private final String name;

        Asked(SubscriptionWorker worker) {
            this.worker = worker;
            this.name = worker.spec().name();
        }

        @Override
        public long[] cursors() throws SQLException {
            return worker.cursors(store.cursors(name));
        }

        @Override
        public HeldEventStore.Change held(ProgressWait.Goal goal, int laneCount) throws SQLException {
            HeldEventStore held = store.held(name);
            String subject = goal.subject();
            return subject == null
                    ? held.headOfEvent(goal.position())
                    : held.headOfSubject(goal.lane(laneCount), subject, goal.position());
        }
    }
}
