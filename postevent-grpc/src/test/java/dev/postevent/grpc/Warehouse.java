package dev.postevent.grpc;

import dev.postevent.Delivery;
import dev.postevent.Resources;
import dev.postevent.Subscription;
import dev.postevent.Topic;
import dev.postevent.testing.EffectTable;
import io.cloudevents.CloudEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import java.sql.SQLException;

/** What a user writes: nothing in it says that the topic is remote. */
@ApplicationScoped
public class Warehouse {
    @Inject
    Resources resources;

    @Subscription("picking")
    void pick(@Observes @Topic("orders") CloudEvent event, Delivery delivery) throws SQLException {
        EffectTable.write(resources, "picking", event, delivery);
    }
}
