package dev.postevent.sample.order;

import dev.postevent.EventType;
import dev.postevent.Subject;
import jakarta.json.bind.annotation.JsonbCreator;
import jakarta.json.bind.annotation.JsonbProperty;
import java.math.BigDecimal;

/** What happened: type, subject and data of the event are said here, and nowhere else. */
@EventType(OrderPlaced.TYPE)
public record OrderPlaced(long id, @Subject String customer, String item, int quantity) {
    /** The CloudEvents type. */
    public static final String TYPE = "order.placed";

    /**
     * Names the properties, as a container's JSON-B need not know records. Numbers come as they are written: of 1.5 a JSON-B would make 1
     * where a whole number is asked for, and so another order.
     */
    @JsonbCreator
    public static OrderPlaced of(
            @JsonbProperty("id") BigDecimal id,
            @JsonbProperty("customer") String customer,
            @JsonbProperty("item") String item,
            @JsonbProperty("quantity") BigDecimal quantity) {
        return new OrderPlaced(
                id == null ? 0 : id.longValueExact(), customer, item, quantity == null ? 0 : quantity.intValueExact());
    }
}
