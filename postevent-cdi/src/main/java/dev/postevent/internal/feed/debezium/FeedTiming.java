package dev.postevent.internal.feed.debezium;

import java.time.Duration;

/**
 * Times of the supervisor that are not for users to set.
 *
 * @param watch between two checks of slot and engine
 * @param inactiveMax how long the slot may be inactive while the engine claims to run
 * @param staleGrace how long a backend of this node's former life may hold the slot before it is terminated
 * @param healthyAfter streaming this long makes former failures forgotten
 * @param stuckAfter an unmoved slot held by another node means doubt after this long, and again each time
 * @param engineStop how long an engine that is replaced may take to end
 */
record FeedTiming(
        Duration watch,
        Duration inactiveMax,
        Duration staleGrace,
        Duration healthyAfter,
        Duration stuckAfter,
        Duration engineStop) {
    static final FeedTiming DEFAULT = new FeedTiming(
            Duration.ofSeconds(1),
            Duration.ofSeconds(30),
            Duration.ofSeconds(5),
            Duration.ofMinutes(1),
            Duration.ofSeconds(10),
            Duration.ofSeconds(5));
}
