package dev.postevent.grpc.server;

import dev.postevent.grpc.v1.Heartbeat;
import dev.postevent.grpc.v1.Skipped;
import dev.postevent.grpc.v1.SubscribeResponse;
import dev.postevent.grpc.v1.Welcome;
import dev.postevent.spi.LogEntry;
import dev.postevent.spi.TopicName;
import io.grpc.stub.ServerCallStreamObserver;
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
    private final TopicName topic;
    private final String consumer;
    private final long bufferBytesMax;
    private final Consumer<LiveStream> over;
    // under the lock
    private final Deque<LogEntry> waiting = new ArrayDeque<>();
    private long waitingBytes;
    private @Nullable Welcome welcome;
    private @Nullable String skipped;
    private @Nullable Heartbeat heartbeat;
    private @Nullable Replay replay;

    LiveStream(
            TopicName topic,
            String consumer,
            long bufferBytesMax,
            ServerCallStreamObserver<SubscribeResponse> observer,
            Executor executor,
            Consumer<LiveStream> over) {
        super(observer, executor);
        this.topic = topic;
        this.consumer = consumer;
        this.bufferBytesMax = bufferBytesMax;
        this.over = over;
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
                skip("the consumer did not take entries as fast as they came");
            }
        }
        wake();
    }

    /** The feed may have missed something. */
    void doubt(String reason) {
        synchronized (lock) {
            skip(reason);
        }
        wake();
    }

    /** The history before this stream is not whole; under the lock. */
    void missing(String reason) {
        if (skipped == null) {
            skipped = reason;
        }
    }

    private void skip(String reason) {
        waiting.clear();
        waitingBytes = 0;
        skipped = reason;
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
        String reason = skipped;
        if (reason != null) {
            skipped = null;
            return () -> SubscribeResponse.newBuilder()
                    .setSkipped(Skipped.newBuilder().setReason(reason))
                    .build();
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

    private static Supplier<SubscribeResponse> entries(List<LogEntry> chunk) {
        return () ->
                SubscribeResponse.newBuilder().setEntries(Chunks.message(chunk)).build();
    }

    @Override
    boolean complete() {
        return false;
    }

    @Override
    void over() {
        synchronized (lock) {
            skip("over");
        }
        over.accept(this);
    }
}
