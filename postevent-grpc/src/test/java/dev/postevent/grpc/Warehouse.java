package dev.postevent.grpc;

import dev.postevent.Delivery;
import dev.postevent.Subscription;
import dev.postevent.Topic;
import dev.postevent.spi.Resources;
import io.cloudevents.CloudEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;

/** What a user writes: nothing in it says that the topic is remote. */
@ApplicationScoped
public class Warehouse {
    @Inject
    Resources resources;

    @Subscription("picking")
    void pick(@Observes @Topic("orders") CloudEvent event, Delivery delivery) throws SQLException {
        try (Connection connection = resources.dataSource("jdbc/app").getConnection();
                PreparedStatement insert = connection.prepareStatement(
                        "insert into effect (subscription, position, event, subject) values ('picking', ?, ?, ?)")) {
            insert.setLong(1, delivery.position());
            insert.setString(2, event.getId());
            insert.setString(3, event.getSubject());
            insert.executeUpdate();
        }
    }
}
