package dev.postevent.grpc.server;

import dev.postevent.grpc.v1.ReadResponse;
import dev.postevent.grpc.v1.Summary;
import dev.postevent.spi.LogEntry;
import dev.postevent.spi.Range;
import io.grpc.stub.ServerCallStreamObserver;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The answer to a range read: its entries in messages, then the summary. */
final class RangeReply extends Outflow<ReadResponse> {
    private final Runnable over;
    // under the lock
    private final Deque<LogEntry> waiting = new ArrayDeque<>();
    private @Nullable Summary summary;
    private boolean summarised;

    RangeReply(ServerCallStreamObserver<ReadResponse> observer, Executor executor, Runnable over) {
        super(observer, executor);
        this.over = over;
    }

    void begin(Range range) {
        Summary.Builder end = Summary.newBuilder()
                .setSettledThrough(range.settledThrough())
                .setGoneThrough(range.goneThrough())
                .setMore(range.more());
        String blocker = range.blocker();
        if (blocker != null) {
            end.setBlocker(blocker);
        }
        synchronized (lock) {
            waiting.addAll(range.entries());
            summary = end.build();
        }
        wake();
    }

    @Override
    @Nullable
    Supplier<ReadResponse> next() {
        if (!waiting.isEmpty()) {
            List<LogEntry> chunk = Chunks.take(waiting);
            return () ->
                    ReadResponse.newBuilder().setEntries(Chunks.message(chunk)).build();
        }
        Summary end = summary;
        if (end == null || summarised) {
            return null;
        }
        summarised = true;
        return () -> ReadResponse.newBuilder().setSummary(end).build();
    }

    @Override
    boolean complete() {
        return summarised;
    }

    @Override
    void over() {
        synchronized (lock) {
            waiting.clear();
        }
        over.run();
    }
}
