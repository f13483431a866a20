package dev.postevent.testing;

import dev.postevent.Delivery;
import dev.postevent.Resources;
import dev.postevent.Subscription;
import dev.postevent.Topic;
import io.cloudevents.CloudEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import java.sql.SQLException;

/** The subscription "s" of orders: writes what it gets into {@link EffectTable}; fails for the subject "bad" at the first try. */
@ApplicationScoped
public class EffectWriter {
    @Inject
    Resources resources;

    @Subscription("s")
    void write(@Observes @Topic("orders") CloudEvent event, Delivery delivery) throws SQLException {
        if ("bad".equals(event.getSubject()) && !delivery.redelivered()) {
            throw new IllegalStateException("bad");
        }
        EffectTable.write(resources, "s", event, delivery);
    }
}
