package dev.postevent.grpc.server;

import dev.postevent.grpc.v1.Heartbeat;
import dev.postevent.grpc.v1.Skipped;
import dev.postevent.grpc.v1.SubscribeResponse;
import dev.postevent.grpc.v1.Welcome;
import dev.postevent.spi.LogEntry;
import dev.postevent.spi.TopicName;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ServerCallStreamObserver;
import java.lang.System.Logger.Level;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The live flow of one topic to one client.
 *
 * <p>What waits is bounded in bytes. A client that lets it overflow is skipped ahead: all that waits is dropped, it is told so as
 * soon as it takes messages again, and only then entries are kept for it again; what it missed it reads from the event log, at
 * its own pace. So the slowest client costs a constant, and the feed never waits.
 */
final class LiveStream extends Outflow<SubscribeResponse> {
    private static final System.Logger LOG = System.getLogger("dev.postevent.grpc");

    /** Why is for this side: it names slots, servers and other applications. */
    private static final Skipped IN_DOUBT =
            skipped(Skipped.Cause.FEED_IN_DOUBT, "the source's own feed may have missed something; its log says why");

    private final TopicName topic;
    private final String consumer;
    private final long bufferBytesMax;
    private final MessageLimit limit;
    private final Check admission;
    private final Consumer<LiveStream> over;
    // under the lock
    private final Deque<LogEntry> waiting = new ArrayDeque<>();
    private long waitingBytes;
    private @Nullable Welcome welcome;
    private @Nullable Skipped skipped;
    private @Nullable Heartbeat heartbeat;
    private @Nullable Replay replay;

    LiveStream(
            TopicName topic,
            String consumer,
            long bufferBytesMax,
            MessageLimit limit,
            ServerCallStreamObserver<SubscribeResponse> observer,
            Executor executor,
            Check admission,
            Consumer<LiveStream> over) {
        super(observer, executor);
        this.topic = topic;
        this.consumer = consumer;
        this.bufferBytesMax = bufferBytesMax;
        this.limit = limit;
        this.admission = admission;
        this.over = over;
    }

    /** Whether a stream may go on. */
    @FunctionalInterface
    interface Check {
        /**
         * Looks at credential and permissions as they are now.
         *
         * @throws StatusRuntimeException if it may not
         */
        void of(LiveStream stream) throws CredentialException;
    }

    /** Ends if it may not go on. Checks signatures, so not on a thread that serves others; never waits. */
    void checkAdmission() {
        try {
            admission.of(this);
        } catch (CredentialException e) {
            LOG.log(Level.DEBUG, () -> "a stream of " + Names.printable(consumer) + " ends: " + e.getMessage());
            end(Refusals.GONE);
        } catch (StatusRuntimeException e) {
            end(e.getStatus());
        } catch (RuntimeException | Error e) {
            RationedLog.OF_CALLS.warn(
                    "a stream ends: it could not be looked at " + e.getClass().getName(),
                    "a stream of " + consumer + " ends: it could not be looked at",
                    e);
            end(Refusals.GONE);
        }
    }

    TopicName topic() {
        return topic;
    }

    /** Who it is for, as its marks are kept. */
    String consumer() {
        return consumer;
    }

    /** What is sent before all else. Until then entries are kept, and nothing is sent. */
    void begin(Welcome first, @Nullable Replay history) {
        synchronized (lock) {
            welcome = first;
            replay = history;
            begun = true;
        }
        wake();
    }

    private boolean begun;

    /** The feed brought entries. */
    void offer(List<LogEntry> entries) {
        synchronized (lock) {
            if (skipped != null) {
                return;
            }
            for (LogEntry entry : entries) {
                waiting.addLast(entry);
                waitingBytes += entry.weight();
            }
            if (waitingBytes > bufferBytesMax && waiting.size() > 1) {
                skip(skipped(Skipped.Cause.TOO_SLOW, "the consumer did not take entries as fast as they came"));
            }
        }
        wake();
    }

    /** The feed may have missed something. */
    void doubt() {
        synchronized (lock) {
            skip(IN_DOUBT);
        }
        wake();
    }

    /** Of the history before this stream, what is at or below {@code goneThrough} is not there any more; under the lock. */
    void missing(long goneThrough, long after) {
        if (skipped == null) {
            skipped = skipped(
                    Skipped.Cause.REMOVED_BY_RETENTION,
                    "everything through position " + goneThrough + " was removed by retention, and after " + after
                            + " was asked for");
        }
    }

    private void skip(Skipped why) {
        waiting.clear();
        waitingBytes = 0;
        skipped = why;
    }

    private static Skipped skipped(Skipped.Cause cause, String reason) {
        return Skipped.newBuilder().setCause(cause).setReason(reason).build();
    }

    void beat(Heartbeat now) {
        synchronized (lock) {
            heartbeat = now;
        }
        wake();
    }

    @Override
    @Nullable
    Supplier<SubscribeResponse> next() {
        if (!begun) {
            return null;
        }
        Welcome first = welcome;
        if (first != null) {
            welcome = null;
            return () -> SubscribeResponse.newBuilder().setWelcome(first).build();
        }
        Skipped why = skipped;
        if (why != null) {
            skipped = null;
            return () -> SubscribeResponse.newBuilder().setSkipped(why).build();
        }
        Heartbeat beat = heartbeat;
        if (beat != null) {
            heartbeat = null;
            return () -> SubscribeResponse.newBuilder().setHeartbeat(beat).build();
        }
        Replay history = replay;
        if (history != null) {
            List<LogEntry> page = history.next();
            if (page == null) {
                return null; // the replay wakes us when it has read on
            }
            if (!page.isEmpty()) {
                return entries(page);
            }
            replay = null;
        }
        if (waiting.isEmpty()) {
            return null;
        }
        List<LogEntry> chunk = Chunks.take(waiting);
        chunk.forEach(entry -> waitingBytes -= entry.weight());
        return entries(chunk);
    }

    private Supplier<SubscribeResponse> entries(List<LogEntry> chunk) {
        return () -> {
            LogEntry large = limit.firstTooLarge(chunk);
            // it is alone in its chunk; the read that follows on this is told more, and tells the log
            return large == null
                    ? SubscribeResponse.newBuilder()
                            .setEntries(Chunks.message(chunk))
                            .build()
                    : SubscribeResponse.newBuilder()
                            .setSkipped(skipped(Skipped.Cause.TOO_LARGE, HeldPositions.tooLarge(large.position())))
                            .build();
        };
    }

    @Override
    boolean complete() {
        return false;
    }

    @Override
    void over() {
        synchronized (lock) {
            skip(IN_DOUBT); // for nobody: it frees what waits
        }
        over.accept(this);
    }
}
