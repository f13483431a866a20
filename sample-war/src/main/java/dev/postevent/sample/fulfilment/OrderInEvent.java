package dev.postevent.sample.fulfilment;

import dev.postevent.sample.order.OrderPlaced;
import io.cloudevents.CloudEvent;
import io.cloudevents.CloudEventData;
import jakarta.json.bind.Jsonb;
import jakarta.json.bind.JsonbBuilder;
import java.io.ByteArrayInputStream;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Which order an event is about.
 *
 * <p>An observer of {@link OrderPlaced} would need none of this. But anybody may post events to the topic over HTTP, and the sample shows
 * each: one that is about no order of ours has no row to mark, and is still handled, and its effect written. With a typed observer it
 * would not come at all, or be parked, because it cannot be read.
 */
final class OrderInEvent {
    private static final Jsonb JSON = JsonbBuilder.create();

    private OrderInEvent() {}

    static OptionalLong id(CloudEvent event) {
        return payload(event).map(order -> OptionalLong.of(order.id())).orElse(OptionalLong.empty());
    }

    /** All that the event says about the order; empty if anything is missing. */
    static Optional<OrderPlaced> order(CloudEvent event) {
        return payload(event).filter(order -> order.customer() != null && order.item() != null && order.quantity() > 0);
    }

    /** With a number, which no order is without; whatever else is missing is null, or 0. */
    private static Optional<OrderPlaced> payload(CloudEvent event) {
        CloudEventData data = event.getData();
        if (!event.getType().equals(OrderPlaced.TYPE) || data == null) {
            return Optional.empty();
        }
        try {
            return Optional.ofNullable(JSON.fromJson(new ByteArrayInputStream(data.toBytes()), OrderPlaced.class))
                    .filter(order -> order.id() > 0);
        } catch (RuntimeException notAnOrder) {
            // not JsonbException alone: there are others for numbers too long and nesting too deep
            return Optional.empty();
        }
    }
}
