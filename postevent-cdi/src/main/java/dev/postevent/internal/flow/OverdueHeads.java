package dev.postevent.internal.flow;

import dev.postevent.spi.TopicName;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;

/**
 * Finds positions that were the heads of their topics a look ago and are not reached, although whoever follows has not moved since. Who
 * goes on is only behind; who stands still may have missed something. Not for several threads.
 */
public final class OverdueHeads {
    private final Map<TopicName, Look> looks = new HashMap<>();
    private final Map<TopicName, Long> told = new HashMap<>();

    private record Look(long head, long reached) {}

    /** Nothing was seen yet. */
    public OverdueHeads() {}

    /** Begins anew. */
    public void clear() {
        looks.clear();
        told.clear();
    }

    /**
     * Looks at a topic; what is overdue is told once, as long as neither head nor follower has gone back.
     *
     * @param reached how far whoever follows is, at least 0
     * @param heldUp true if it is no wonder that nothing has moved
     * @return the head of the look before, if it is overdue
     */
    public OptionalLong look(TopicName topic, long head, long reached, boolean heldUp) {
        Look before = looks.put(topic, new Look(head, reached));
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
