package dev.postevent.internal.telemetry;

import dev.postevent.spi.LogEntry;
import dev.postevent.spi.TopicName;
import io.cloudevents.CloudEvent;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What postevent tells. Nothing here is of {@code io.opentelemetry}, so that it can be linked where that is not. */
interface Signals {

    /** A call that publishes begins; {@code events} may have a null, which is for somebody else to refuse. */
    Publishing publishing(TopicName topic, List<? extends @Nullable CloudEvent> events);

    /** A call that publishes. */
    interface Publishing {

        /** The events, which carry whose they are where they did not. */
        List<? extends @Nullable CloudEvent> events();

        /** It is over; null: it went well. */
        void ended(@Nullable Throwable failure);
    }

    /** So many events were committed. */
    void sent(TopicName topic, long events);

    /** What is told of calls of one observer. */
    Observing observing(TopicName topic, String subscription);

    /** Calls of one observer. */
    interface Observing {

        /** One begins, on the calling thread, which ends it. */
        Call begin(List<LogEntry> events, int attempt);
    }

    /** A call of an observer. */
    interface Call {

        /** It is over; null: it went well. */
        void ended(@Nullable Throwable failure);
    }

    /** What a feed brought is stored, which took so long. */
    void received(TopicName topic, List<LogEntry> entries, Duration took);

    /** Gauges are of what {@code sample} gives, which may be null, is called on any thread, and does not wait. */
    void observe(Supplier<@Nullable List<Reading>> sample);

    /** Takes back all that calls us. */
    void close();
}
