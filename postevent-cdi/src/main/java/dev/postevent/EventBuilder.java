package dev.postevent;

import java.net.URI;
import java.time.OffsetDateTime;
import org.jspecify.annotations.Nullable;

/**
 * An event in the making, begun by {@link EventPublisher#event}: what is not said is made as in {@link EventPublisher#publish(String,
 * String, Object)}. For one thread, in a transaction where it is published; before that, nothing is checked but the data. {@link
 * #publish} and {@link #publishNow} may be called again, which publishes another event, with another id unless that was said: no two
 * of a topic have the same source and id.
 *
 * <pre>{@code
 * orders.event("order.placed").subject(customer).extension("tenant", "north").data(order).publish();
 * }</pre>
 *
 * @since 0.1.0
 */
public interface EventBuilder {

    /**
     * The CloudEvents {@code subject}, which is the ordering key; null, as if it were not said: an unordered event.
     *
     * <pre>{@code
     * orders.event("order.placed").subject(order.customer()).data(order).publish();
     * }</pre>
     */
    EventBuilder subject(@Nullable String subject);

    /**
     * The CloudEvents {@code id}, unique with the source in the topic; not said: a random UUID. One of the business makes that what is
     * published twice is refused.
     *
     * <pre>{@code
     * orders.event("order.placed").id(order.id() + "-placed").data(order).publish();
     * }</pre>
     */
    EventBuilder id(String id);

    /**
     * The CloudEvents {@code source}; not said: the value of {@code postevent.source}.
     *
     * <pre>{@code
     * orders.event("order.placed").source(URI.create("/shops/" + shop)).data(order).publish();
     * }</pre>
     */
    EventBuilder source(URI source);

    /**
     * When it happened; not said: now.
     *
     * <pre>{@code
     * orders.event("order.placed").time(order.placedAt()).data(order).publish();
     * }</pre>
     */
    EventBuilder time(OffsetDateTime time);

    /**
     * Where the schema of the data is.
     *
     * <pre>{@code
     * orders.event("order.placed").dataschema(URI.create("https://schemas.example.com/order-2.json")).data(order).publish();
     * }</pre>
     */
    EventBuilder dataschema(URI schema);

    /**
     * An extension attribute. A name or value that CloudEvents does not allow is refused when the event is published.
     *
     * <pre>{@code
     * orders.event("order.placed").extension("tenant", "north").data(order).publish();
     * }</pre>
     *
     * @param name of a-z, 0-9, none of the names that CloudEvents has itself
     */
    EventBuilder extension(String name, String value);

    /**
     * As {@link #extension(String, String)}; it stays a number.
     *
     * <pre>{@code
     * orders.event("order.placed").extension("weight", 7).data(order).publish();
     * }</pre>
     */
    EventBuilder extension(String name, int value);

    /**
     * As {@link #extension(String, String)}; it stays a boolean.
     *
     * <pre>{@code
     * orders.event("order.placed").extension("urgent", true).data(order).publish();
     * }</pre>
     */
    EventBuilder extension(String name, boolean value);

    /**
     * The data: made JSON through JSON-B at once, {@code byte[]} is taken as it is, a {@code CloudEvent} is refused.
     *
     * <pre>{@code
     * orders.event("order.placed").data(new OrderPlaced(order.id(), order.cents())).publish();
     * }</pre>
     *
     * @throws InvalidEventException if JSON-B cannot write it, or it is an event itself
     */
    EventBuilder data(Object payload);

    /**
     * The data as they are; copied.
     *
     * <pre>{@code
     * orders.event("order.placed").data(encoder.encode(order), "application/avro").publish();
     * }</pre>
     *
     * @param contentType of them, e.g. {@code application/avro}
     */
    EventBuilder data(byte[] bytes, String contentType);

    /**
     * Publishes it as {@link EventPublisher#publish(io.cloudevents.CloudEvent)} does.
     *
     * <pre>{@code
     * Publication placed = orders.event("order.placed").subject(order.customer()).data(order).publish();
     * }</pre>
     *
     * @throws InvalidEventException if the event breaks a rule
     * @throws NoTransactionException as there
     * @throws NotFoundException as there
     * @throws DuplicateEventException as there
     * @throws TransientFailureException as there
     */
    Publication publish();

    /**
     * Publishes it as {@link EventPublisher#publishNow(io.cloudevents.CloudEvent)} does.
     *
     * <pre>{@code
     * long position = orders.event("order.placed").data(order).publishNow().position().getAsLong();
     * }</pre>
     *
     * @throws InvalidEventException if the event breaks a rule
     * @throws NoTransactionException as there
     * @throws NotFoundException as there
     * @throws DuplicateEventException as there
     * @throws TransientFailureException as there
     */
    Publication publishNow();
}
