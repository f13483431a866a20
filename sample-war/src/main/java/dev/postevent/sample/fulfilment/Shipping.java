package dev.postevent.sample.fulfilment;

import dev.postevent.Delivery;
import dev.postevent.Subscription;
import dev.postevent.Topic;
import dev.postevent.sample.order.Orders;
import dev.postevent.sample.role.OnlyIn;
import dev.postevent.sample.role.Role;
import io.cloudevents.CloudEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import java.sql.SQLException;
import java.util.OptionalLong;

/** Ships what was ordered. */
@ApplicationScoped
@OnlyIn(Role.SHOP)
class Shipping {
    static final String NAME = "shipping";

    @Inject
    Orders orders;

    @Inject
    Effects effects;

    @Inject
    FaultSwitch faults;

    @Subscription(NAME)
    void ship(@Observes @Topic("orders") CloudEvent event, Delivery delivery) throws SQLException {
        faults.strike(NAME, event);
        OptionalLong order = OrderInEvent.id(event);
        if (order.isPresent()) {
            orders.markShipped(order.getAsLong());
        }
        effects.record(NAME, event, delivery);
    }
}
