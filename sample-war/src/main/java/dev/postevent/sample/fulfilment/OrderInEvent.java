package dev.postevent.sample.fulfilment;

import dev.postevent.sample.order.OrderPlaced;
import io.cloudevents.CloudEvent;
import io.cloudevents.CloudEventData;
import jakarta.json.Json;
import jakarta.json.JsonNumber;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import jakarta.json.JsonString;
import java.io.ByteArrayInputStream;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Which order an event is about.
 *
 * <p>Anybody may post events to the topic over HTTP. One that is about no order of ours has no row to mark; it is still handled, and
 * its effect is written.
 */
final class OrderInEvent {
    private OrderInEvent() {}

    static OptionalLong id(CloudEvent event) {
        return payload(event).map(OrderInEvent::id).orElse(OptionalLong.empty());
    }

    /** All that the event says about the order; empty if anything is missing. */
    static Optional<OrderPlaced> order(CloudEvent event) {
        return payload(event).flatMap(payload -> {
            OptionalLong id = id(payload);
            return id.isPresent()
                            && payload.get("customer") instanceof JsonString customer
                            && payload.get("item") instanceof JsonString item
                            && payload.get("quantity") instanceof JsonNumber quantity
                            && quantity.isIntegral()
                    ? Optional.of(new OrderPlaced(
                            id.getAsLong(), customer.getString(), item.getString(), quantity.intValue()))
                    : Optional.empty();
        });
    }

    private static OptionalLong id(JsonObject payload) {
        return payload.get("id") instanceof JsonNumber number && number.isIntegral()
                ? OptionalLong.of(number.longValue())
                : OptionalLong.empty();
    }

    private static Optional<JsonObject> payload(CloudEvent event) {
        CloudEventData data = event.getData();
        if (!event.getType().equals(OrderPlaced.TYPE) || data == null) {
            return Optional.empty();
        }
        try (JsonReader reader = Json.createReader(new ByteArrayInputStream(data.toBytes()))) {
            return reader.readValue() instanceof JsonObject payload ? Optional.of(payload) : Optional.empty();
        } catch (RuntimeException notJson) {
            // not JsonException alone: JSON-P has others for numbers too long and nesting too deep
            return Optional.empty();
        }
    }
}
