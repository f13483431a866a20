package dev.postevent.grpc;

import dev.postevent.spi.ConsumerMark;
import dev.postevent.spi.EventLog;
import dev.postevent.spi.LogEntry;
import dev.postevent.spi.Origin;
import dev.postevent.spi.Range;
import dev.postevent.spi.TopicName;
import dev.postevent.spi.Transport;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** A topic without a database: whatever range is asked for, it has one event, of a size. */
class OneEventLog implements EventLog, Transport.Marks {
    final AtomicInteger reads = new AtomicInteger();
    private final byte[] data;

    OneEventLog(int bytes) {
        this.data = new byte[bytes];
    }

    @Override
    public Origin origin(TopicName topic) {
        return Origin.of("1", 1, 1);
    }

    @Override
    public long head(TopicName topic) {
        return 1;
    }

    @Override
    public long settled(TopicName topic) {
        return 1;
    }

    @Override
    public Range read(TopicName topic, long after, long through, int rowsMax, long bytesMax) {
        reads.incrementAndGet();
        LogEntry entry = LogEntry.at(after + 1)
                .kind('e')
                .id("one")
                .source("urn:test")
                .type("t")
                .data(data)
                .build();
        return Range.of(List.of(entry), after + 1);
    }

    @Override
    public boolean report(String principal, String name, TopicName topic, long mark, int namesMax) {
        return true;
    }

    @Override
    public List<ConsumerMark> all() {
        return List.of();
    }
}
