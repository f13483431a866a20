package dev.postevent.internal.flow;

import dev.postevent.spi.LogEntry;
import dev.postevent.spi.TopicName;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Is told by catch-up about each move of the mark, in order, and returns at once. */
public interface Released {
    /**
     * The mark moved.
     *
     * @param after the mark before
     * @param entries everything above {@code after} and at or below {@code through}, in order; null: read it from the inbox
     * @param through the mark now
     */
    void released(TopicName topic, long after, @Nullable List<LogEntry> entries, long through);

    /** The inbox has less than was told, or its server was started anew: nothing told before counts, the mark is {@code through}. */
    void setBack(TopicName topic, long through);
}
