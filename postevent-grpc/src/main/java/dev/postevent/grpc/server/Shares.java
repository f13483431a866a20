package dev.postevent.grpc.server;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * Who is next of those who share the threads of a pool. Each has a queue of its own, with a limit, and they take turns; and whoever has
 * threads gets a further one only while more are idle than it has. So whoever has much to do, however long that takes, leaves a thread
 * for the next one; and when all have work, one waits as long as another.
 *
 * <p>Kept whenever nobody has the monitor: there is nothing in the queues that may be begun. So whoever adds a task, or ends one, looks for
 * what may be begun. Only where no thread could be had something may wait that need not, for {@link #beginWaiting}.
 */
final class Shares {
    private final Executor pool;
    private final int threads;
    private final int waitingEachMax;
    // under the monitor, as are the fields of shares
    private final Map<String, Share> shares = new HashMap<>();
    /** Those with something in the queue, the next one first. */
    private final Set<Share> turns = new LinkedHashSet<>();

    private int running;

    /** Of one who has something running or waiting. */
    private static final class Share {
        private final String whose;
        private final Deque<Runnable> waiting = new ArrayDeque<>();
        private int running;

        private Share(String whose) {
            this.whose = whose;
        }
    }

    /** A task whose turn it is; it counts as running. */
    private record Turn(Share share, Runnable task) {}

    /**
     * Makes it.
     *
     * @param pool has {@code threads}, and takes as many tasks at least
     * @param waitingEachMax in each one's queue; further ones are rejected
     */
    Shares(Executor pool, int threads, int waitingEachMax) {
        this.pool = pool;
        this.threads = threads;
        this.waitingEachMax = waitingEachMax;
    }

    /**
     * The share of one of them. What it is given runs later, on a thread of the pool; it throws {@link RejectedExecutionException} for one task
     * too much, and whatever the pool throws that has no thread.
     */
    Executor of(String whose) {
        return task -> add(whose, task);
    }

    /** Tasks that have no thread yet. */
    synchronized int waiting() {
        return turns.stream().mapToInt(share -> share.waiting.size()).sum();
    }

    private synchronized void add(String whose, Runnable task) {
        Share share = shares.computeIfAbsent(whose, Share::new);
        if (share.waiting.size() >= waitingEachMax) {
            throw new RejectedExecutionException("as much of one share waits as may");
        }
        share.waiting.add(task);
        turns.add(share);
        try {
            beginWaiting();
        } catch (RuntimeException | Error e) {
            if (takeBack(share, task)) {
                throw e;
            }
            // this one is begun; somebody else's waits on
        }
    }

    /** Begins what waits, where no thread could be had for it when it might have begun; to be called now and then. */
    synchronized void beginWaiting() {
        while (beginNext()) {
            // and the next one
        }
    }

    /** Begins the next task that may be begun, if there is one; it waits on if no thread can be had. */
    private boolean beginNext() {
        Turn turn = next();
        if (turn == null) {
            return false;
        }
        try {
            begin(turn);
            return true;
        } catch (RuntimeException | Error e) {
            Share share = turn.share();
            share.waiting.addFirst(turn.task());
            turns.add(share);
            leave(share);
            throw e;
        }
    }

    /** True if it was not begun, which whoever asked is told then. */
    private boolean takeBack(Share share, Runnable task) {
        boolean waited = share.waiting.removeLastOccurrence(task);
        if (waited && share.waiting.isEmpty()) {
            turns.remove(share);
            if (share.running == 0) {
                shares.remove(share.whose);
            }
        }
        return waited;
    }

    /** With the monitor, so that nobody takes for running what is not. */
    private void begin(Turn turn) {
        pool.execute(() -> work(turn));
    }

    /** The next task that may be begun. */
    private @Nullable Turn next() {
        // those that are passed over have a thread at least: there are fewer of them than threads
        for (Iterator<Share> waiting = turns.iterator(); waiting.hasNext(); ) {
            Share share = waiting.next();
            if (share.running < threads - running) {
                waiting.remove();
                Runnable task = share.waiting.remove();
                if (!share.waiting.isEmpty()) {
                    turns.add(share); // behind the others
                }
                share.running++;
                running++;
                return new Turn(share, task);
            }
        }
        return null;
    }

    private void leave(Share share) {
        share.running--;
        running--;
        if (share.running == 0 && share.waiting.isEmpty()) {
            shares.remove(share.whose);
        }
    }

    private void work(Turn first) {
        Turn turn = first;
        while (turn != null) {
            try {
                turn.task().run();
            } catch (RuntimeException | Error e) {
                // of one call; the next task is not to blame
                RationedLog.OF_CALLS.warn("something that was done for a caller failed, and nobody was told so", e);
            } finally {
                turn = ended(turn);
            }
        }
    }

    /** Begins what may be begun since a task ended; what no thread can be had for is for the calling one. */
    private synchronized @Nullable Turn ended(Turn last) {
        leave(last.share());
        for (Turn turn = next(); turn != null; turn = next()) {
            try {
                begin(turn);
            } catch (RejectedExecutionException e) {
                leave(turn.share()); // the server is being stopped, which ends all calls
            } catch (RuntimeException | Error e) {
                return turn;
            }
        }
        return null;
    }
}
