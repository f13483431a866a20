package dev.postevent.grpc.server;

import dev.postevent.internal.threads.OwnPool;
import java.lang.System.Logger.Level;
import java.time.Clock;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;

/**
 * The threads of a server, which the application's factory makes.
 *
 * <p>Who runs where: netty's loops move bytes; {@code sends} makes messages and takes calls in; {@code reads} waits for the database,
 * where each principal has its share of threads and queue; {@code heads} asks for the heads that heartbeats carry; {@code checks} looks at
 * tokens and certificates, in handshakes, too, and at what ends with them; {@code looks} at files and permissions; {@code timer} has
 * others do what is due. So neither a slow database nor a slow client holds up heartbeats or other clients. Each queue is bounded:
 * {@code sends} by one task per call, {@code heads} by one per topic, {@code checks} by a few per connection and one per stream.
 */
final class ServerThreads {
    private static final System.Logger LOG = System.getLogger("dev.postevent.grpc");
    private static final int SENDERS = 2;
    /** Of one principal. */
    private static final int READS_WAITING_PER_THREAD = 16;

    private final ThreadFactory factory;
    private final ScheduledThreadPoolExecutor timer;
    private final OwnPool reads;
    private final Shares shares;
    private final OwnPool sends;
    private final OwnPool heads;
    private final OwnPool checks;
    private final Shares kinds;
    private final OwnPool looks;

    /**
     * Makes no thread yet.
     *
     * @param factory makes all of them
     * @param readers that wait for the database at the same time
     */
    ServerThreads(ThreadFactory factory, int readers) {
        this.factory = named(factory);
        this.timer = new ScheduledThreadPoolExecutor(1, this.factory);
        timer.setRemoveOnCancelPolicy(true);
        this.reads = pool(readers);
        this.shares = new Shares(reads, readers, readers * READS_WAITING_PER_THREAD);
        this.sends = pool(SENDERS);
        this.heads = pool(1);
        this.checks = pool(1);
        // each kind is bounded by connections and streams; none waits for all that is in front of it of another kind
        this.kinds = new Shares(checks, 1, Integer.MAX_VALUE);
        this.looks = pool(1);
    }

    private static ThreadFactory named(ThreadFactory threads) {
        return task -> {
            Thread thread = threads.newThread(task);
            if (thread != null) {
                thread.setName("postevent-grpc-server");
            }
            return thread;
        };
    }

    private OwnPool pool(int size) {
        return new OwnPool(size, new LinkedBlockingQueue<>(), factory);
    }

    ThreadFactory factory() {
        return factory;
    }

    ScheduledExecutorService timer() {
        return timer;
    }

    Executor sends() {
        return sends;
    }

    Executor heads() {
        return heads;
    }

    Executor looks() {
        return looks;
    }

    /** Those of one kind take turns with those of others. */
    Executor checksOf(String kind) {
        return kinds.of(kind);
    }

    Workers workers(Clock clock) {
        return new Workers(shares, sends, kinds.of("streams"), timer, clock);
    }

    int readsWaiting() {
        return shares.waiting();
    }

    /** On the timer, which makes its own threads up. What waits for a thread that could not be had would wait for ever. */
    void makeUpForMissing() {
        try {
            for (OwnPool pool : List.of(reads, sends, heads, checks, looks)) {
                pool.makeUpForAMissingThread();
            }
            shares.beginWaiting();
            kinds.beginWaiting();
        } catch (RuntimeException | Error e) {
            LOG.log(Level.WARNING, "no thread can be had, will be tried again", e);
        }
    }

    /** Nothing is begun any more but what waits in the pools; nothing at all on the timer. */
    void end() {
        timer.shutdownNow();
        for (ExecutorService pool : List.of(reads, sends, heads, checks, looks)) {
            pool.shutdown();
        }
    }

    /** Waits for what is under way, and interrupts what is after {@code deadline}. */
    void awaitEnd(Deadline deadline) throws InterruptedException {
        for (ExecutorService pool : List.of(timer, reads, sends, heads, checks, looks)) {
            if (!pool.awaitTermination(deadline.leftMillis(), TimeUnit.MILLISECONDS)) {
                pool.shutdownNow();
            }
        }
    }

    /** Interrupts what is under way. */
    void endNow() {
        List.of(timer, reads, sends, heads, checks, looks).forEach(ExecutorService::shutdownNow);
    }
}
