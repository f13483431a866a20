package dev.postevent.spi;

import java.time.Instant;

/**
 * How far a remote consumer has come with one of our topics.
 *
 * @param consumer who: the proven identity and the name it gives itself
 * @param topic the topic
 * @param mark everything at or below it was received there
 * @param seen when it said so last, by the database's clock
 * @since 0.1.0
 */
public record ConsumerMark(String consumer, TopicName topic, long mark, Instant seen) {}
