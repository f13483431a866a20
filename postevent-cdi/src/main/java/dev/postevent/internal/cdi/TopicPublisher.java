package dev.postevent.internal.cdi;

import dev.postevent.EventBuilder;
import dev.postevent.EventPublisher;
import dev.postevent.Publication;
import dev.postevent.internal.outbox.Outbox;
import dev.postevent.internal.telemetry.Telemetry;
import dev.postevent.spi.TopicName;
import io.cloudevents.CloudEvent;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The publisher of one topic. */
final class TopicPublisher implements EventPublisher {
    private final TopicName topic;
    private final Outbox outbox;
    private final OutboxTables tables;
    private final Payloads payloads;
    private final Telemetry telemetry;
    private final Function<List<? extends @Nullable CloudEvent>, List<Publication>> later;
    private final Function<List<? extends @Nullable CloudEvent>, List<Publication>> now;

    TopicPublisher(TopicName topic, Outbox outbox, OutboxTables tables, Payloads payloads, Telemetry telemetry) {
        this.topic = topic;
        this.outbox = outbox;
        this.tables = tables;
        this.payloads = payloads;
        this.telemetry = telemetry;
        this.later = events -> outbox().publish(topic, events);
        this.now = events -> outbox().publishAllNow(topic, events);
    }

    private Outbox outbox() {
        tables.prepareToPublish();
        return outbox;
    }

    @Override
    public Publication publish(CloudEvent event) {
        // not List.of: a null shall get the outbox's own message
        return telemetry.publish(topic, Collections.singletonList(event), later).get(0);
    }

    @Override
    public Publication publish(Object payload) {
        return publish(payloads.described(payload));
    }

    @Override
    public Publication publish(String type, @Nullable String subject, @Nullable Object payload) {
        return publish(payloads.event(type, subject, payload));
    }

    @Override
    public EventBuilder event(Object payload) {
        return EventDraft.of(payloads.described(payload), this, payloads);
    }

    @Override
    public EventBuilder event(String type) {
        return new EventDraft(this, payloads, type);
    }

    @Override
    public List<Publication> publishAll(Iterable<? extends CloudEvent> events) {
        return telemetry.publish(topic, all(events), later);
    }

    @Override
    public Publication publishNow(CloudEvent event) {
        return telemetry.publish(topic, Collections.singletonList(event), now).get(0);
    }

    @Override
    public List<Publication> publishAllNow(Iterable<? extends CloudEvent> events) {
        return telemetry.publish(topic, all(events), now);
    }

    private static List<CloudEvent> all(Iterable<? extends CloudEvent> events) {
        List<CloudEvent> all = new ArrayList<>();
        events.forEach(all::add);
        return all;
    }

    @Override
    public Publication publishNow(String type, @Nullable String subject, @Nullable Object payload) {
        return publishNow(payloads.event(type, subject, payload));
    }
}
