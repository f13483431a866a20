package dev.postevent.sample.fulfilment;

import dev.postevent.sample.order.OrderPlaced;
import io.cloudevents.CloudEvent;
import io.cloudevents.CloudEventData;
import jakarta.json.Json;
import jakarta.json.JsonException;
import jakarta.json.JsonNumber;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import jakarta.json.JsonValue;
import java.io.ByteArrayInputStream;
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
        CloudEventData data = event.getData();
        if (!event.getType().equals(OrderPlaced.TYPE) || data == null) {
            return OptionalLong.empty();
        }
        try (JsonReader reader = Json.createReader(new ByteArrayInputStream(data.toBytes()))) {
            if (reader.readValue() instanceof JsonObject order) {
                JsonValue id = order.get("id");
                return id instanceof JsonNumber number && number.isIntegral()
                        ? OptionalLong.of(number.longValue())
                        : OptionalLong.empty();
            }
            return OptionalLong.empty();
        } catch (JsonException notJson) {
            return OptionalLong.empty();
        }
    }
}
