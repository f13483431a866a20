package dev.postevent.sample.order;

import dev.postevent.EventType;
import dev.postevent.Subject;
import jakarta.json.bind.annotation.JsonbCreator;
import jakarta.json.bind.annotation.JsonbProperty;

/** What happened: type, subject and data of the event are said here, and nowhere else. */
@EventType(OrderPlaced.TYPE)
public record OrderPlaced(long id, @Subject String customer, String item, int quantity) {
    /** The CloudEvents type. */
    public static final String TYPE = "order.placed";

    /** Names the properties: a container's JSON-B need not know records. */
    @JsonbCreator
    public OrderPlaced(
            @JsonbProperty("id") long id,
            @JsonbProperty("customer") String customer,
            @JsonbProperty("item") String item,
            @JsonbProperty("quantity") int quantity) {
        this.id = id;
        this.customer = customer;
        this.item = item;
        this.quantity = quantity;
    }
}
