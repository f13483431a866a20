package dev.postevent.internal.feed.debezium;

import dev.postevent.internal.feed.FeedFault;
import dev.postevent.internal.feed.VisibleFirst;
import dev.postevent.spi.LogEntry;
import dev.postevent.spi.TopicName;
import io.debezium.engine.DebeziumEngine;
import io.debezium.engine.RecordChangeEvent;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import org.apache.kafka.connect.source.SourceRecord;
import org.jspecify.annotations.Nullable;

/**
 * Takes batches on Debezium's own thread, hands them over and acknowledges them when they were taken. Lives as long as the feed;
 * engines come and go.
 */
final class BatchHandler {
    private static final Logger LOG = System.getLogger("dev.postevent.feed");
    private static final int LOGGED_MAX = 1000;

    private final RowDecoder decoder;
    private final StreamBacklog backlog = new StreamBacklog();
    private final AtomicLong entries = new AtomicLong();
    private final AtomicLong unreadable = new AtomicLong();
    private final Set<String> logged = new LinkedHashSet<>();

    BatchHandler(RowDecoder decoder) {
        this.decoder = decoder;
    }

    /**
     * The consumer for one engine.
     *
     * @param visible takes what the engine brings
     * @param walEnd rows from there on are recent, see {@link VisibleFirst.Arrival}
     * @param retired once true, nothing is handed over any more
     */
    DebeziumEngine.ChangeConsumer<RecordChangeEvent<SourceRecord>> consumer(
            VisibleFirst visible, long walEnd, BooleanSupplier retired) {
        return (records, committer) -> {
            if (retired.getAsBoolean()) {
                throw new IllegalStateException("the engine was told to stop; the batch is delivered again");
            }
            hand(records, visible, walEnd);
            if (retired.getAsBoolean()) {
                throw new IllegalStateException("the engine was told to stop; the batch may be delivered again");
            }
            // the last one stands for all: records come in the order of the WAL, and an offset covers what is before it
            if (!records.isEmpty()) {
                committer.markProcessed(records.get(records.size() - 1));
            }
            committer.markBatchFinished();
        };
    }

    /** How far the stream is. */
    StreamBacklog backlog() {
        return backlog;
    }

    /** Entries brought. */
    long entries() {
        return entries.get();
    }

    /** Rows that could not be converted. */
    long unreadable() {
        return unreadable.get();
    }

    private void hand(List<RecordChangeEvent<SourceRecord>> records, VisibleFirst visible, long walEnd) {
        List<VisibleFirst.Arrival> arrivals = new ArrayList<>(records.size());
        for (RecordChangeEvent<SourceRecord> event : records) {
            SourceRecord record = event.record();
            TopicName topic = decoder.topic(record);
            if (topic != null) {
                arrivals.add(new VisibleFirst.Arrival(
                        topic,
                        decoder.position(record),
                        entryOrNull(topic, record),
                        RowDecoder.transaction(record),
                        Long.compareUnsigned(RowDecoder.place(record), walEnd) >= 0));
            }
        }
        if (!arrivals.isEmpty()) {
            backlog.handing(arrivals, () -> visible.hand(arrivals));
            entries.addAndGet(
                    arrivals.stream().filter(arrival -> arrival.entry() != null).count());
        }
    }

    /** A row that cannot be converted is left to the range read, which produces it or fails where a person sees it. */
    private @Nullable LogEntry entryOrNull(TopicName topic, SourceRecord record) {
        try {
            return decoder.entry(record);
        } catch (RuntimeException e) {
            unreadable.incrementAndGet();
            String place = topic + " at position " + decoder.position(record);
            if (firstTime(place)) {
                LOG.log(
                        Level.WARNING,
                        FeedFault.ROW + ": the row of " + place
                                + " could not be read from the stream and is left to the range read; is the table as the DDL of"
                                + " postevent makes it?",
                        e);
            }
            return null;
        }
    }

    private boolean firstTime(String place) {
        synchronized (logged) {
            if (!logged.add(place)) {
                return false;
            }
            if (logged.size() > LOGGED_MAX) {
                logged.remove(logged.iterator().next());
            }
            return true;
        }
    }
}
