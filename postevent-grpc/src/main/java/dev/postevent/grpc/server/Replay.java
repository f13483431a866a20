package dev.postevent.grpc.server;

import dev.postevent.spi.EventLog;
import dev.postevent.spi.LogEntry;
import dev.postevent.spi.Range;
import dev.postevent.spi.TopicName;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * The history before a live stream: reads page after page, each only when the one before was sent, until nothing more is there.
 * Entries of transactions still open then come live, because the stream began before the first page was read.
 */
final class Replay {
    private final TopicName topic;
    private final EventLog log;
    private final Executor reads;
    private final LiveStream stream;
    // under the stream's lock
    private final Deque<LogEntry> page = new ArrayDeque<>();
    private long after;
    private boolean reading;
    private boolean finished;

    Replay(TopicName topic, long after, EventLog log, Executor reads, LiveStream stream) {
        this.topic = topic;
        this.after = after;
        this.log = log;
        this.reads = reads;
        this.stream = stream;
    }

    /** The next entries; null: wait until woken; empty: that was all. Under the stream's lock. */
    @Nullable
    List<LogEntry> next() {
        if (!page.isEmpty()) {
            return Chunks.take(page);
        }
        if (finished) {
            return List.of();
        }
        if (!reading) {
            reading = true;
            stream.ask(reads, this::read);
        }
        return null;
    }

    private void read() {
        long from;
        synchronized (stream.lock) {
            from = after;
        }
        Range range = log.read(topic, from, Long.MAX_VALUE, Pages.ROWS_MAX, Pages.BYTES_MAX);
        List<LogEntry> entries = range.entries();
        synchronized (stream.lock) {
            if (range.goneThrough() > from) {
                stream.missing(range.goneThrough(), from);
            }
            page.addAll(entries);
            after = entries.isEmpty() ? from : entries.get(entries.size() - 1).position();
            finished = entries.isEmpty();
            reading = false;
        }
        stream.wake();
    }
}
