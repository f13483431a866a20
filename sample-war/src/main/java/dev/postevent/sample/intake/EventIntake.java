package dev.postevent.sample.intake;

import dev.postevent.EventPublisher;
import io.cloudevents.CloudEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.transaction.Transactional;
import java.util.List;

/** Publishes what came in: all events of a request in one transaction. */
@ApplicationScoped
class EventIntake {

    /** The positions, in the order of the events. */
    @Transactional
    public List<Long> publish(EventPublisher topic, List<CloudEvent> events) {
        // one call: two opposite batches cannot deadlock
        return topic.publishAllNow(events).stream()
                .map(one -> one.position().orElseThrow())
                .toList();
    }
}
