package dev.postevent.internal.flow;

import dev.postevent.Notice;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Notices, as the stages make them. */
public final class Told {
    private Told() {}

    /** As it says. */
    public record EventParked(
            String subscription,
            String topic,
            long position,
            Optional<String> subject,
            Optional<String> eventId,
            int attempts,
            String cause)
            implements Notice.EventParked {}

    /** As it says. */
    public record EventResumed(
            String subscription, String topic, long position, Optional<String> subject, Notice.EventResumed.By by)
            implements Notice.EventResumed {}

    /** As it says. */
    public record FeedDown(String feed, String engine, Instant since, Optional<String> detail)
            implements Notice.FeedDown {}

    /** As it says. */
    public record FeedUp(String feed, String engine, Instant downSince) implements Notice.FeedUp {}

    /** As it says. */
    public record GapBlocked(String topic, long position, String blocker, Duration blockedFor)
            implements Notice.GapBlocked {}

    /** As it says. */
    public record GapUnblocked(String topic, long position, Duration blockedFor) implements Notice.GapUnblocked {}

    /** As it says. */
    public record NodeLost(String subscription, String node, List<Integer> lanes) implements Notice.NodeLost {
        public NodeLost {
            lanes = List.copyOf(lanes);
        }
    }
}
