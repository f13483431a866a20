package dev.postevent.sample.fulfilment;

import dev.postevent.Delivery;
import dev.postevent.Subscription;
import dev.postevent.Topic;
import dev.postevent.sample.order.OrderPlaced;
import dev.postevent.sample.role.OnlyIn;
import dev.postevent.sample.role.Role;
import dev.postevent.sample.warehouse.PickList;
import io.cloudevents.CloudEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import java.sql.SQLException;
import java.util.Optional;

/** Picks what was ordered. Written as {@link Shipping} is: that the topic is another application's is configuration. */
@ApplicationScoped
@OnlyIn(Role.WAREHOUSE)
class Picking {
    static final String NAME = "picking";

    @Inject
    PickList picks;

    @Inject
    Effects effects;

    @Inject
    FaultSwitch faults;

    @Subscription(NAME)
    void pick(@Observes @Topic("orders") CloudEvent event, Delivery delivery) throws SQLException {
        faults.strike(NAME, event);
        Optional<OrderPlaced> order = OrderInEvent.order(event);
        if (order.isPresent()) {
            picks.pick(order.get());
        }
        effects.record(NAME, event, delivery);
    }
}
