package dev.postevent.grpc.server;

import dev.postevent.grpc.v1.ReadRequest;
import dev.postevent.grpc.v1.ReadResponse;
import dev.postevent.grpc.v1.Summary;
import dev.postevent.spi.EventLog;
import dev.postevent.spi.LogEntry;
import dev.postevent.spi.Range;
import dev.postevent.spi.TopicName;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The answer to a range read: its entries in messages, then the summary. Reads page after page, each only when the client took the one
 * before: who asks for much and takes nothing costs one page.
 */
final class RangeReply extends Outflow<ReadResponse> {
    private final TopicName topic;
    private final long begin;
    private final long through;
    private final MessageLimit limit;
    private final EventLog log;
    private final HeldPositions held;
    private final Executor reads;
    private final Runnable over;
    // under the lock
    private final Deque<LogEntry> waiting = new ArrayDeque<>();
    private long after;
    private int rowsLeft;
    private long bytesLeft;
    private boolean reading;
    private @Nullable Summary summary;
    private boolean summarised;

    /**
     * Makes the reply; the first page is read when the client is ready.
     *
     * @param request is in order
     * @param reads the caller's share
     */
    RangeReply(
            TopicName topic,
            ReadRequest request,
            EventLog log,
            HeldPositions held,
            ServerCallStreamObserver<ReadResponse> observer,
            Executor sends,
            Executor reads,
            Runnable over) {
        super(observer, sends);
        this.topic = topic;
        this.begin = request.getAfter();
        this.after = begin;
        this.limit = MessageLimit.of(request.getMessageBytesMax());
        this.through = request.hasThrough() ? request.getThrough() : Long.MAX_VALUE;
        this.rowsLeft = request.getRowsMax();
        this.bytesLeft = request.getBytesMax();
        this.log = log;
        this.held = held;
        this.reads = reads;
        this.over = over;
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
        if (end == null) {
            readOn();
            return null;
        }
        if (summarised) {
            return null;
        }
        summarised = true;
        return () -> ReadResponse.newBuilder().setSummary(end).build();
    }

    private void readOn() {
        if (reading) {
            return;
        }
        reading = true;
        ask(reads, this::read);
    }

    private void read() {
        long from;
        int rows;
        long bytes;
        synchronized (lock) {
            from = after;
            rows = Math.min(rowsLeft, Pages.ROWS_MAX);
            bytes = Math.min(bytesLeft, Pages.BYTES_MAX);
        }
        if (isOver()) {
            return;
        }
        take(log.read(topic, from, through, rows, bytes));
        wake();
    }

    private void take(Range page) {
        LogEntry large = limit.firstTooLarge(page.entries());
        if (large != null && large.position() - 1 <= begin) {
            end(Status.FAILED_PRECONDITION.withDescription(held.tooLarge(topic, large, limit)));
            return;
        }
        Range range = large == null ? page : before(page, large.position());
        synchronized (lock) {
            if (isOver()) {
                return;
            }
            reading = false;
            for (LogEntry entry : range.entries()) {
                waiting.addLast(entry);
                rowsLeft--;
                byte[] data = entry.data();
                bytesLeft -= data == null ? 0 : data.length;
            }
            boolean whole = large == null;
            if (whole && range.more() && range.settledThrough() > after && rowsLeft > 0 && bytesLeft > 0) {
                // a page that was cut is without gaps: the next one begins where it ends
                after = range.settledThrough();
                return;
            }
            Summary.Builder end = Summary.newBuilder()
                    .setSettledThrough(range.settledThrough())
                    .setGoneThrough(range.goneThrough())
                    .setMore(range.more());
            String blocker = held.outward(topic, range);
            if (blocker != null) {
                end.setBlocker(blocker);
            }
            summary = end.build();
        }
    }

    /** What of a page is before {@code position}: whoever has that, and reads on, comes upon it as the first. */
    private static Range before(Range page, long position) {
        return page.withEntries(
                        page.entries().stream()
                                .filter(entry -> entry.position() < position)
                                .toList(),
                        Math.min(page.settledThrough(), position - 1))
                .withMore(page.settledThrough() >= position);
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
