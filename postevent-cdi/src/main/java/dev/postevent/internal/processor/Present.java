package dev.postevent.internal.processor;

import dev.postevent.spi.TopicName;

/** Where a topic is now, for subscriptions that begin there. */
@FunctionalInterface
public interface Present {
    /**
     * A position with nothing to come at or below it: every event there was committed before this returns, and none can be from then
     * on. As near to the head as can be told. Throws where the source cannot be asked, and may then be called again.
     *
     * <p>May take its time: the source may be somewhere else, or have much to settle.
     */
    long settled(TopicName topic);
}
