package dev.postevent.internal.cdi;

import dev.postevent.spi.LogEntry;
import dev.postevent.spi.TopicName;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;

/** Topics of one batch, independent of each other. */
final class EachTopic {
    private EachTopic() {}

    /** Calls {@code taker} for every topic, then throws what the first of them threw, the others suppressed. */
    static void of(Map<TopicName, List<LogEntry>> batch, BiConsumer<TopicName, List<LogEntry>> taker) {
        RuntimeException first = null;
        for (Map.Entry<TopicName, List<LogEntry>> one : batch.entrySet()) {
            try {
                taker.accept(one.getKey(), one.getValue());
            } catch (RuntimeException e) {
                if (first == null) {
                    first = e;
                } else if (first != e) {
                    first.addSuppressed(e);
                }
            }
        }
        if (first != null) {
            throw first;
        }
    }
}
