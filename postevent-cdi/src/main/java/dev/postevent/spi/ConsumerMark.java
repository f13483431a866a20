package dev.postevent.spi;

import java.time.Instant;

/**
 * How far a remote consumer has come with one of our topics. Made by postevent alone: it may gain methods.
 *
 * @since 0.1.0
 */
public interface ConsumerMark {

    /** Who: the proven identity and the name it gives itself. */
    String consumer();

    /** The topic. */
    TopicName topic();

    /** Everything at or below it was received there. */
    long mark();

    /** When it said so last, by the database's clock. */
    Instant seen();
}
