package dev.postevent.internal.cdi;

import dev.postevent.EventBuilder;
import dev.postevent.EventPublisher;
import dev.postevent.Publication;
import io.cloudevents.CloudEvent;
import io.cloudevents.core.builder.CloudEventBuilder;
import java.net.URI;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What was said of an event; it is made when it is published, so that each has an id and a time of its own. */
final class EventDraft implements EventBuilder {
    private final EventPublisher publisher;
    private final Payloads payloads;
    private final String type;
    private final List<Consumer<CloudEventBuilder>> said = new ArrayList<>();

    EventDraft(EventPublisher publisher, Payloads payloads, String type) {
        this.publisher = publisher;
        this.payloads = payloads;
        this.type = type;
    }

    /** With type, subject and data of {@code event}. */
    static EventDraft of(CloudEvent event, EventPublisher publisher, Payloads payloads) {
        return new EventDraft(publisher, payloads, event.getType())
                .with(made -> made.withSubject(event.getSubject()))
                .withDataOf(event);
    }

    private EventDraft with(Consumer<CloudEventBuilder> attribute) {
        said.add(attribute);
        return this;
    }

    private EventDraft withDataOf(CloudEvent event) {
        return with(made -> made.withData(event.getData()).withDataContentType(event.getDataContentType()));
    }

    @Override
    public EventBuilder subject(@Nullable String subject) {
        return with(event -> event.withSubject(subject));
    }

    @Override
    public EventBuilder id(String id) {
        return with(event -> event.withId(id));
    }

    @Override
    public EventBuilder source(URI source) {
        return with(event -> event.withSource(source));
    }

    @Override
    public EventBuilder time(OffsetDateTime time) {
        return with(event -> event.withTime(time));
    }

    @Override
    public EventBuilder dataschema(URI schema) {
        return with(event -> event.withDataSchema(schema));
    }

    @Override
    public EventBuilder extension(String name, String value) {
        return with(event -> event.withExtension(name, value));
    }

    @Override
    public EventBuilder extension(String name, int value) {
        return with(event -> event.withExtension(name, value));
    }

    @Override
    public EventBuilder extension(String name, boolean value) {
        return with(event -> event.withExtension(name, value));
    }

    @Override
    public EventBuilder data(Object payload) {
        // made now, as the object may change
        return withDataOf(payloads.event(type, null, payload));
    }

    @Override
    public EventBuilder data(byte[] bytes, String contentType) {
        byte[] copy = bytes.clone();
        return with(event -> event.withData(contentType, copy));
    }

    private CloudEvent made() {
        CloudEventBuilder event = payloads.begun(type);
        return Payloads.made(type, () -> {
            said.forEach(attribute -> attribute.accept(event));
            return event.build();
        });
    }

    @Override
    public Publication publish() {
        return publisher.publish(made());
    }

    @Override
    public Publication publishNow() {
        return publisher.publishNow(made());
    }
}
