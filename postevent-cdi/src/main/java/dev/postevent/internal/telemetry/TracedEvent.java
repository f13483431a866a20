package dev.postevent.internal.telemetry;

import io.cloudevents.CloudEvent;
import io.cloudevents.CloudEventData;
import io.cloudevents.SpecVersion;
import java.net.URI;
import java.time.OffsetDateTime;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * An event with the extension attributes of the CloudEvents extension "Distributed Tracing" beside its own. Nothing else of it is looked
 * at, so that whoever checks events sees what the application made.
 */
final class TracedEvent implements CloudEvent {
    static final String TRACEPARENT = "traceparent";
    static final String TRACESTATE = "tracestate";

    private final CloudEvent event;
    private final Map<String, String> context;

    private TracedEvent(CloudEvent event, Map<String, String> context) {
        this.event = event;
        this.context = context;
    }

    /** One that says itself where it comes from stays as it is. */
    static @Nullable CloudEvent of(@Nullable CloudEvent event, Map<String, String> context) {
        if (event == null
                || context.isEmpty()
                || event.getExtensionNames().contains(TRACEPARENT)
                || event.getExtensionNames().contains(TRACESTATE)) {
            return event;
        }
        return new TracedEvent(event, context);
    }

    @Override
    public @Nullable Object getExtension(String name) {
        String ours = context.get(name);
        return ours == null ? event.getExtension(name) : ours;
    }

    @Override
    public Set<String> getExtensionNames() {
        Set<String> names = new TreeSet<>(event.getExtensionNames());
        names.addAll(context.keySet());
        return names;
    }

    @Override
    public @Nullable Object getAttribute(String name) {
        return event.getAttribute(name);
    }

    @Override
    public Set<String> getAttributeNames() {
        return event.getAttributeNames();
    }

    @Override
    public @Nullable CloudEventData getData() {
        return event.getData();
    }

    @Override
    public SpecVersion getSpecVersion() {
        return event.getSpecVersion();
    }

    @Override
    public String getId() {
        return event.getId();
    }

    @Override
    public String getType() {
        return event.getType();
    }

    @Override
    public URI getSource() {
        return event.getSource();
    }

    @Override
    public @Nullable String getDataContentType() {
        return event.getDataContentType();
    }

    @Override
    public @Nullable URI getDataSchema() {
        return event.getDataSchema();
    }

    @Override
    public @Nullable String getSubject() {
        return event.getSubject();
    }

    @Override
    public @Nullable OffsetDateTime getTime() {
        return event.getTime();
    }
}
