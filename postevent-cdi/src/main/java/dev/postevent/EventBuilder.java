package dev.postevent;

import java.net.URI;
import java.time.OffsetDateTime;
import org.jspecify.annotations.Nullable;

/**
 * An event in the making, begun by {@link EventPublisher#event}: what is not said is made as in {@link EventPublisher#publish(String,
 * String, Object)}. For one thread. {@link #publish} and {@link #publishNow} may be called again, which publishes another event, with
 * another id unless that was said: no two of a topic have the same source and id.
 *
 * <pre>{@code
 * orders.event("order.placed").subject(customer).extension("tenant", "north").data(order).publish();
 * }</pre>
 *
 * @since 0.1.0
 */
public interface EventBuilder {

    /** The CloudEvents {@code subject}, which is the ordering key; null, as if it were not said: an unordered event. */
    EventBuilder subject(@Nullable String subject);

    /** The CloudEvents {@code id}, unique with the source in the topic; not said: a random UUID. */
    EventBuilder id(String id);

    /** The CloudEvents {@code source}; not said: the value of {@code postevent.source}. */
    EventBuilder source(URI source);

    /** When it happened; not said: now. */
    EventBuilder time(OffsetDateTime time);

    /** Where the schema of the data is. */
    EventBuilder dataschema(URI schema);

    /**
     * An extension attribute.
     *
     * @param name of a-z, 0-9, none of the names that CloudEvents has itself
     */
    EventBuilder extension(String name, String value);

    /** As {@link #extension(String, String)}. */
    EventBuilder extension(String name, int value);

    /** As {@link #extension(String, String)}. */
    EventBuilder extension(String name, boolean value);

    /** The data: made JSON through JSON-B, {@code byte[]} is taken as it is, a {@code CloudEvent} is refused. */
    EventBuilder data(Object payload);

    /**
     * The data as they are; copied.
     *
     * @param contentType of them, e.g. {@code application/avro}
     */
    EventBuilder data(byte[] bytes, String contentType);

    /**
     * Publishes it as {@link EventPublisher#publish(io.cloudevents.CloudEvent)} does.
     *
     * @throws InvalidEventException if the event breaks a rule, or JSON-B cannot write the data
     * @throws NoTransactionException as there
     */
    Publication publish();

    /**
     * Publishes it as {@link EventPublisher#publishNow(io.cloudevents.CloudEvent)} does.
     *
     * @throws InvalidEventException if the event breaks a rule, or JSON-B cannot write the data
     * @throws NoTransactionException as there
     * @throws DuplicateEventException as there
     * @throws TransientFailureException as there
     */
    Publication publishNow();
}
