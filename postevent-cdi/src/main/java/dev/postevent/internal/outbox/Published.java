package dev.postevent.internal.outbox;

import dev.postevent.Publication;
import dev.postevent.spi.LogEntry;
import dev.postevent.spi.TopicName;
import io.cloudevents.CloudEvent;
import java.util.OptionalLong;

/** An entry that was taken, and its position once it was written. */
final class Published implements Publication {
    private final TopicName topic;
    private final LogEntry entry;
    private volatile long position;

    Published(TopicName topic, LogEntry entry) {
        this.topic = topic;
        this.entry = entry;
    }

    /** What is written; it knows no position. */
    LogEntry entry() {
        return entry;
    }

    void wrote(long at) {
        position = at;
    }

    @Override
    public String topic() {
        return topic.value();
    }

    @Override
    public CloudEvent event() {
        return entry.toCloudEvent();
    }

    @Override
    public OptionalLong position() {
        long at = position;
        return at == 0 ? OptionalLong.empty() : OptionalLong.of(at);
    }

    @Override
    public String toString() {
        return topic + ": " + entry + (position == 0 ? ", not written yet" : " at position " + position);
    }
}
