package dev.postevent.internal.outbox;

import dev.postevent.spi.TopicName;
import jakarta.transaction.Status;
import jakarta.transaction.Synchronization;
import java.util.Map;
import java.util.TreeMap;

/**
 * What one JTA transaction has published, told when it has committed. What {@code publishNow} wrote and a rollback to a savepoint took
 * back is counted all the same. Used by the thread of the transaction, and by the one that says how it ended.
 */
final class SentEvents implements Synchronization {
    private final Sent sent;
    /** Under this monitor. */
    private final Map<TopicName, Long> events = new TreeMap<>();

    SentEvents(Sent sent) {
        this.sent = sent;
    }

    synchronized void add(TopicName topic, long more) {
        events.merge(topic, more, Long::sum);
    }

    @Override
    public void beforeCompletion() {
        // it is not known yet how the transaction ends
    }

    @Override
    public synchronized void afterCompletion(int status) {
        if (status == Status.STATUS_COMMITTED) {
            events.forEach(sent::committed);
        }
    }
}
