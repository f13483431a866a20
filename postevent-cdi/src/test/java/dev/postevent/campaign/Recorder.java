package dev.postevent.campaign;

import dev.postevent.Delivery;
import dev.postevent.Resources;
import dev.postevent.Subscription;
import dev.postevent.Topic;
import io.cloudevents.CloudEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;

/** An observer of tests whose inbox is in a database of its own: writes what it handles there. */
@ApplicationScoped
public class Recorder {
    static final String DDL =
            "create table effect (n bigint generated always as identity, subscription text, position bigint, event text, subject text)";

    @Inject
    Resources resources;

    @Subscription("recorder")
    void record(@Observes @Topic("orders") CloudEvent event, Delivery delivery) throws SQLException {
        try (Connection connection = resources.dataSource("jdbc/inbox").getConnection();
                PreparedStatement insert = connection.prepareStatement(
                        "insert into effect (subscription, position, event, subject) values ('recorder', ?, ?, ?)")) {
            insert.setLong(1, delivery.position());
            insert.setString(2, event.getId());
            insert.setString(3, event.getSubject());
            insert.executeUpdate();
        }
    }
}
