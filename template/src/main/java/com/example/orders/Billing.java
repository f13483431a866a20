package com.example.orders;

import dev.postevent.Subscription;
import dev.postevent.Topic;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import java.sql.SQLException;

/**
 * The observer. It is called for every order, in order per customer, in a transaction that also counts the event as handled: so there is
 * one invoice for each order, whatever fails in between.
 */
@ApplicationScoped
public class Billing {
    @Inject
    Invoices invoices;

    @Subscription("billing")
    void bill(@Observes @Topic("orders") OrderPlaced order) throws SQLException {
        invoices.add(order.order(), order.customer());
    }
}
