package dev.postevent.internal.cdi;

import dev.postevent.EventPublisher;
import dev.postevent.internal.outbox.Outbox;
import dev.postevent.spi.TopicName;
import io.cloudevents.CloudEvent;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The publisher of one topic. */
final class TopicPublisher implements EventPublisher {
    private final TopicName topic;
    private final Outbox outbox;
    private final Payloads payloads;

    TopicPublisher(TopicName topic, Outbox outbox, Payloads payloads) {
        this.topic = topic;
        this.outbox = outbox;
        this.payloads = payloads;
    }

    @Override
    public void publish(CloudEvent event) {
        // not List.of: a null shall get the outbox's own message
        List<CloudEvent> one = new ArrayList<>(1);
        one.add(event);
        outbox.publish(topic, one);
    }

    @Override
    public void publish(String type, @Nullable String subject, @Nullable Object payload) {
        publish(payloads.event(type, subject, payload));
    }

    @Override
    public void publishAll(Iterable<? extends CloudEvent> events) {
        List<CloudEvent> all = new ArrayList<>();
        events.forEach(all::add);
        outbox.publish(topic, all);
    }

    @Override
    public long publishNow(CloudEvent event) {
        return outbox.publishNow(topic, event);
    }

    @Override
    public List<Long> publishAllNow(Iterable<? extends CloudEvent> events) {
        List<CloudEvent> all = new ArrayList<>();
        events.forEach(all::add);
        return outbox.publishAllNow(topic, all);
    }

    @Override
    public long publishNow(String type, @Nullable String subject, @Nullable Object payload) {
        return publishNow(payloads.event(type, subject, payload));
    }
}
