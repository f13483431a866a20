package com.example.orders;

import dev.postevent.EventPublisher;
import dev.postevent.Topic;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.transaction.Transactional;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;

/** The publisher. */
@ApplicationScoped
public class Orders {
    @Inject
    AppDatabase database;

    @Inject
    @Topic("orders")
    EventPublisher events;

    /** Stores an order and publishes that it was placed: both or, if anything fails, neither. */
    @Transactional(rollbackOn = SQLException.class) // a checked exception alone would commit
    public long place(String customer, String item) throws SQLException {
        long order;
        try (Connection connection = database.connection();
                PreparedStatement insert = connection.prepareStatement(
                        "insert into app.orders (customer, item) values (?, ?) returning id")) {
            insert.setString(1, customer);
            insert.setString(2, item);
            try (ResultSet row = insert.executeQuery()) {
                row.next();
                order = row.getLong(1);
            }
        }
        events.publish(new OrderPlaced(order, customer, item));
        return order;
    }
}
