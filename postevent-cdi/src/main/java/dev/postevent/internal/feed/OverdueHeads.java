package dev.postevent.internal.feed;

import dev.postevent.spi.TopicName;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;

/**
 * Finds positions that were the heads of their topics at the last check and are not reached, although whoever follows has not moved
 * since. Who goes on is only behind; who stands still may have missed something. Here because a stream follows the heads as the tail of
 * a node that does not stream does. Not for several threads.
 */
public final class OverdueHeads {
    private final Map<TopicName, Seen> seen = new HashMap<>();
    private final Map<TopicName, Long> told = new HashMap<>();

    private record Seen(long head, long reached) {}

    /** Nothing was seen yet. */
    public OverdueHeads() {}

    /** Begins anew. */
    public void clear() {
        seen.clear();
        told.clear();
    }

    /**
     * Checks a topic; what is overdue is told once, as long as neither head nor follower has gone back.
     *
     * @param reached how far whoever follows is, at least 0
     * @param heldUp true if it is no wonder that nothing has moved
     * @return the head at the check before, if it is overdue
     */
    public OptionalLong overdue(TopicName topic, long head, long reached, boolean heldUp) {
        Seen before = seen.put(topic, new Seen(head, reached));
        if (before != null && (head < before.head || reached < before.reached)) {
            // the table was made anew, or emptied, or restored: its positions begin again
            told.remove(topic);
        }
        if (before == null
                || heldUp
                || before.reached != reached
                || before.head <= Math.max(reached, told.getOrDefault(topic, 0L))) {
            return OptionalLong.empty();
        }
        told.put(topic, before.head);
        return OptionalLong.of(before.head);
    }
}
