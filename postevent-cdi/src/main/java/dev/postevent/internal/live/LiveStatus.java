package dev.postevent.internal.live;

import dev.postevent.spi.TopicName;

/**
 * How a live observer is doing.
 *
 * @param delivered events it was called with, failed ones among them
 * @param dropped events that it never saw because its queue was full
 * @param failed calls that ended in an exception
 * @param queued events that wait for it now
 */
public record LiveStatus(String name, TopicName topic, long delivered, long dropped, long failed, int queued) {}
