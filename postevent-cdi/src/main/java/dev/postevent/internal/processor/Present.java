package dev.postevent.internal.processor;

import dev.postevent.spi.TopicName;

/** Where a topic is now, for subscriptions that begin there. */
@FunctionalInterface
public interface Present {
    /**
     * A position with nothing to come at or below it: every event there was committed before this returns, and none can be from then
     * on. As near to the head as can be told. Throws where the source cannot be asked, and may then be called again.
     */
    long settled(TopicName topic);

    /** False if the source is somewhere else, and may take its time: it is asked beside the start of the application then. */
    default boolean isNear(TopicName topic) {
        return true;
    }
}
