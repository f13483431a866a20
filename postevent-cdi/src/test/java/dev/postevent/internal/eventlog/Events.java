package dev.postevent.internal.eventlog;

import dev.postevent.spi.TopicName;
import io.cloudevents.CloudEvent;
import io.cloudevents.core.builder.CloudEventBuilder;
import java.net.URI;
import java.nio.charset.StandardCharsets;

/** Events and topics for tests. */
public final class Events {
    public static final TopicName ORDERS = new TopicName("orders");
    public static final TopicName INVOICES = new TopicName("invoices");

    private Events() {}

    public static CloudEvent event(String id, String subject) {
        return CloudEventBuilder.v1()
                .withId(id)
                .withSource(URI.create("/test"))
                .withType("test.happened")
                .withSubject(subject)
                .withData("text/plain", id.getBytes(StandardCharsets.UTF_8))
                .build();
    }
}
