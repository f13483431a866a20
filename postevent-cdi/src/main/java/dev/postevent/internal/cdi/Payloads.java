package dev.postevent.internal.cdi;

import dev.postevent.EventBuilder;
import dev.postevent.InvalidEventException;
import dev.postevent.ParkNowException;
import io.cloudevents.CloudEvent;
import io.cloudevents.CloudEventData;
import io.cloudevents.core.builder.CloudEventBuilder;
import jakarta.json.JsonException;
import jakarta.json.bind.Jsonb;
import jakarta.json.bind.JsonbException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.time.InstantSource;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Payload objects to events and back, through JSON-B. */
final class Payloads {
    private static final String JSON = "application/json";

    private final URI source;
    private final Supplier<Jsonb> jsonb;
    private final InstantSource clock;

    Payloads(URI source, Supplier<Jsonb> jsonb, InstantSource clock) {
        this.source = source;
        this.jsonb = jsonb;
        this.clock = clock;
    }

    /** An event around {@code payload}. */
    CloudEvent event(String type, @Nullable String subject, @Nullable Object payload) {
        CloudEventBuilder builder = begun(type).withSubject(subject);
        if (payload != null) {
            put(builder, type, payload);
        }
        return made(type, builder::build);
    }

    /** An event of {@code type} with what is made for it; {@code time} is cut to microseconds, which is what PostgreSQL's clock has. */
    CloudEventBuilder begun(String type) {
        return CloudEventBuilder.v1()
                .withId(UUID.randomUUID().toString())
                .withSource(source)
                .withType(type)
                .withTime(OffsetDateTime.ofInstant(clock.instant(), ZoneOffset.UTC)
                        .truncatedTo(ChronoUnit.MICROS));
    }

    /** Puts what {@code payload} makes into {@code builder}. */
    private void put(CloudEventBuilder builder, String type, Object payload) {
        if (payload instanceof CloudEvent) {
            throw new InvalidEventException(
                    "PSTEV21008",
                    "cannot publish a CloudEvent as the data of another one of type '" + type
                            + "': publish(CloudEvent) publishes it as it is");
        }
        refuseBuilder(payload);
        if (payload instanceof byte[] bytes) {
            builder.withData(bytes.clone());
        } else {
            builder.withData(JSON, json(type, payload));
        }
    }

    private static void refuseBuilder(Object payload) {
        if (payload instanceof EventBuilder) {
            throw new InvalidEventException(
                    "PSTEV21008", "cannot publish an EventBuilder as data: call its publish() instead");
        }
    }

    /** What {@code making} makes, or why there is no such event. */
    static CloudEvent made(String type, Supplier<CloudEvent> making) {
        try {
            return making.get();
        } catch (RuntimeException e) {
            throw new InvalidEventException(
                    "PSTEV21001", "cannot make a CloudEvent of type '" + type + "': " + e.getMessage(), e);
        }
    }

    private byte[] json(String type, Object payload) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(256);
        try {
            jsonb.get().toJson(payload, out);
        } catch (JsonbException e) {
            throw new InvalidEventException(
                    "PSTEV21002",
                    "cannot publish a " + payload.getClass().getName() + " as '" + type + "': JSON-B refuses it: "
                            + e.getMessage(),
                    e);
        }
        return out.toByteArray();
    }

    /** The event that firing {@code payload} means: itself if it is one, otherwise by its class's annotations. */
    CloudEvent fired(Object payload) {
        return payload instanceof CloudEvent event ? event : described(payload);
    }

    /** The event that {@code payload} is by its class's annotations. */
    CloudEvent described(@Nullable Object payload) {
        if (payload == null) {
            throw new InvalidEventException("PSTEV21008", "cannot publish null as an object");
        }
        refuseBuilder(payload);
        if (payload instanceof CloudEvent) {
            throw new InvalidEventException(
                    "PSTEV21008",
                    "cannot publish a CloudEvent as an object: publish(CloudEvent) publishes it as it is");
        }
        PayloadShape shape = PayloadShape.of(payload.getClass());
        List<String> faults = shape.publishingFaults();
        if (!faults.isEmpty()) {
            throw new InvalidEventException("PSTEV21006", "cannot publish an object: " + String.join("; ", faults));
        }
        return event(shape.type(), shape.subject(payload), payload);
    }

    /**
     * The payload that {@code type} makes of the event's data.
     *
     * @throws ParkNowException if it makes none: it will not at the next attempt either
     */
    static Object read(CloudEvent event, Class<?> type, Supplier<Jsonb> jsonb, String subscription, String topic) {
        CloudEventData data = event.getData();
        if (data == null) {
            throw new ParkNowException("PSTEV21003: subscription " + subscription + " wants a " + type.getName()
                    + ", but event " + event.getId() + " of topic " + topic + " has no data");
        }
        byte[] bytes = data.toBytes();
        if (type == byte[].class) {
            return bytes;
        }
        Object payload;
        try {
            payload = jsonb.get().fromJson(new ByteArrayInputStream(bytes), type);
        } catch (JsonbException | JsonException e) {
            throw new ParkNowException(
                    "PSTEV21004: subscription " + subscription + " wants a " + type.getName()
                            + ", but JSON-B cannot make one of event "
                            + event.getId() + " of topic " + topic + " (type " + event.getType() + "): "
                            + e.getMessage(),
                    e);
        }
        if (payload == null) {
            throw new ParkNowException("PSTEV21003: subscription " + subscription + " wants a " + type.getName()
                    + ", but the data of event " + event.getId() + " of topic " + topic + " is JSON's null");
        }
        return payload;
    }
}
