package com.example.orders;

import dev.postevent.EventType;
import dev.postevent.Subject;
import jakarta.json.bind.annotation.JsonbCreator;
import jakarta.json.bind.annotation.JsonbProperty;

/** What happened. Its type, subject and data are said here: events of one customer are handled in order. */
@EventType("order.placed")
public record OrderPlaced(long order, @Subject String customer, String item) {

    /** Names the properties: a server's JSON-B need not know records. */
    @JsonbCreator
    public OrderPlaced(
            @JsonbProperty("order") long order,
            @JsonbProperty("customer") String customer,
            @JsonbProperty("item") String item) {
        this.order = order;
        this.customer = customer;
        this.item = item;
    }
}
