package dev.postevent.simulation;

import io.cloudevents.CloudEvent;
import org.jspecify.annotations.Nullable;

/**
 * What a user publishes.
 *
 * @param maker makes the event; id, source and subject are set afterwards
 * @param always true if every event has a subject
 */
public record UserEvents(Maker maker, boolean always) {

    /** Makes an event. */
    public interface Maker {
        /** Of a number from 1 on, and a subject; null: it has none. */
        CloudEvent make(int number, @Nullable String subject);
    }
}
