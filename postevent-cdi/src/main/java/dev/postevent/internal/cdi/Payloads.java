package dev.postevent.internal.cdi;

import dev.postevent.EventType;
import dev.postevent.InvalidEventException;
import dev.postevent.PosteventException;
import dev.postevent.Subject;
import io.cloudevents.CloudEvent;
import io.cloudevents.CloudEventData;
import io.cloudevents.core.builder.CloudEventBuilder;
import jakarta.json.bind.Jsonb;
import jakarta.json.bind.JsonbException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.lang.reflect.AccessibleObject;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.net.URI;
import java.time.InstantSource;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
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

    /** An event around {@code payload}; {@code time} is cut to microseconds, which is what PostgreSQL's clock has. */
    CloudEvent event(String type, @Nullable String subject, @Nullable Object payload) {
        CloudEventBuilder builder = CloudEventBuilder.v1()
                .withId(UUID.randomUUID().toString())
                .withSource(source)
                .withType(type)
                .withSubject(subject)
                .withTime(OffsetDateTime.ofInstant(clock.instant(), ZoneOffset.UTC)
                        .truncatedTo(ChronoUnit.MICROS));
        if (payload instanceof byte[] bytes) {
            builder.withData(bytes);
        } else if (payload != null) {
            builder.withData(JSON, json(type, payload));
        }
        return build(builder, type);
    }

    private static CloudEvent build(CloudEventBuilder builder, String type) {
        try {
            return builder.build();
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
        if (payload instanceof CloudEvent event) {
            return event;
        }
        Shape shape = Shape.OF.get(payload.getClass());
        return event(shape.type, shape.subject(payload), payload);
    }

    /** The payload that {@code type} makes of the event's data. */
    static Object read(CloudEvent event, Class<?> type, Supplier<Jsonb> jsonb, String subscription, String topic) {
        CloudEventData data = event.getData();
        if (data == null) {
            throw new PosteventException(
                    "PSTEV21003",
                    "subscription " + subscription + " wants a " + type.getName() + ", but event " + event.getId()
                            + " of topic " + topic + " has no data");
        }
        byte[] bytes = data.toBytes();
        if (type == byte[].class) {
            return bytes;
        }
        try {
            return jsonb.get().fromJson(new ByteArrayInputStream(bytes), type);
        } catch (JsonbException e) {
            throw new PosteventException(
                    "PSTEV21004",
                    "subscription " + subscription + " wants a " + type.getName()
                            + ", but JSON-B cannot make one of event "
                            + event.getId() + " of topic " + topic + " (type " + event.getType() + "): "
                            + e.getMessage(),
                    e);
        }
    }

    /** What the annotations of a payload class say; found once per class. */
    private record Shape(String type, @Nullable AccessibleObject subjectMember) {
        static final ClassValue<Shape> OF = new ClassValue<>() {
            @Override
            protected Shape computeValue(Class<?> type) {
                return new Shape(typeOf(type), subjectOf(type));
            }
        };

        private static String typeOf(Class<?> type) {
            EventType annotation = type.getAnnotation(EventType.class);
            return annotation == null || annotation.value().length == 0
                    ? type.getName()
                    : annotation.value()[0];
        }

        private static @Nullable AccessibleObject subjectOf(Class<?> type) {
            for (Class<?> at = type; at != null && at != Object.class; at = at.getSuperclass()) {
                for (Field field : at.getDeclaredFields()) {
                    if (field.isAnnotationPresent(Subject.class)) {
                        field.setAccessible(true);
                        return field;
                    }
                }
                for (Method method : at.getDeclaredMethods()) {
                    if (method.isAnnotationPresent(Subject.class) && method.getParameterCount() == 0) {
                        method.setAccessible(true);
                        return method;
                    }
                }
            }
            return null;
        }

        @Nullable
        String subject(Object payload) {
            try {
                Object value = subjectMember instanceof Field field
                        ? field.get(payload)
                        : subjectMember instanceof Method method ? method.invoke(payload) : null;
                return value == null ? null : value.toString();
            } catch (ReflectiveOperationException e) {
                throw new InvalidEventException(
                        "PSTEV21005",
                        "cannot read the @Subject of a " + payload.getClass().getName() + ": " + e,
                        e);
            }
        }
    }
}
