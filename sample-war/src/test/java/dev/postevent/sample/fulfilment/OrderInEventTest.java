package dev.postevent.sample.fulfilment;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.postevent.sample.order.OrderPlaced;
import io.cloudevents.CloudEvent;
import io.cloudevents.core.builder.CloudEventBuilder;
import java.net.URI;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Anybody may post events to the topic: one that is about no order is handled all the same, and parks nobody's subject. */
class OrderInEventTest {

    @Test
    void theOrderIsFound() {
        CloudEvent event = event("{\"id\":7,\"customer\":\"c-1\",\"item\":\"book\",\"quantity\":2}");
        assertThat(OrderInEvent.id(event)).hasValue(7);
        assertThat(OrderInEvent.order(event)).contains(new OrderPlaced(7, "c-1", "book", 2));
    }

    @Test
    void ofAnOrderWithoutItsPartsTheNumberIsFound() {
        for (String rest :
                List.of("", ",\"customer\":\"c-1\",\"item\":\"book\"", ",\"customer\":null,\"quantity\":2")) {
            CloudEvent event = event("{\"id\":7" + rest + "}");
            assertThat(OrderInEvent.id(event)).as(rest).hasValue(7);
            assertThat(OrderInEvent.order(event)).as(rest).isEmpty();
        }
    }

    @Test
    void whatIsNoOrderIsNoFailure() {
        for (String data : List.of(
                "",
                "[]",
                "{",
                "null",
                "7",
                "{}",
                "{\"id\":{}}",
                "{\"id\":1.5}",
                "{\"id\":7,\"quantity\":2.5}",
                "{\"id\":\"seven\"}",
                "{\"id\":1e400}",
                "{\"id\":" + "9".repeat(1_200) + "}",
                "{\"more\":" + "[".repeat(1_200) + "]".repeat(1_200) + "}")) {
            assertThat(OrderInEvent.id(event(data))).as(data).isEmpty();
            assertThat(OrderInEvent.order(event(data))).as(data).isEmpty();
        }
    }

    private static CloudEvent event(String data) {
        return CloudEventBuilder.v1()
                .withId("1")
                .withSource(URI.create("/test"))
                .withType(OrderPlaced.TYPE)
                .withData(data.getBytes(UTF_8))
                .build();
    }
}
