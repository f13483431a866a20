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

/** Bills what was ordered: the same events as {@link Shipping}, at its own pace. */
@ApplicationScoped
@OnlyIn(Role.SHOP)
class Billing {
    static final String NAME = "billing";

    @Inject
    Orders orders;

    @Inject
    Effects effects;

    @Inject
    FaultSwitch faults;

    @Subscription(NAME)
    void bill(@Observes @Topic("orders") CloudEvent event, Delivery delivery) throws SQLException {
        faults.strike(NAME, event);
        OptionalLong order = OrderInEvent.id(event);
        if (order.isPresent()) {
            orders.markBilled(order.getAsLong());
        }
        effects.record(NAME, event, delivery);
    }
}
