package dev.postevent.benchmarks;

import io.cloudevents.CloudEvent;
import io.cloudevents.core.builder.CloudEventBuilder;
import java.net.URI;
import java.util.Arrays;

/** The events that scenarios publish: ids are numbers that rise within a subject. */
final class Events {
    private static final URI SOURCE = URI.create("urn:benchmark");

    private final byte[] data;

    Events(int dataBytes) {
        data = new byte[dataBytes];
        Arrays.fill(data, (byte) 'x');
    }

    CloudEvent event(long id, String subject) {
        return CloudEventBuilder.v1()
                .withId(Long.toString(id))
                .withSource(SOURCE)
                .withType("order.placed")
                .withSubject(subject)
                .withData("application/octet-stream", data)
                .build();
    }

    byte[] data() {
        return data;
    }
}
