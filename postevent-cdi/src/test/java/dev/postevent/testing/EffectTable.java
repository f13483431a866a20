package dev.postevent.testing;

import dev.postevent.Delivery;
import dev.postevent.Resources;
import io.cloudevents.CloudEvent;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;

/** Where observers of tests write what they handled, for {@link EffectChecker} to read. */
public final class EffectTable {
    /** {@code n} is the order in which rows were written. */
    public static final String DDL =
            "create table effect (n bigint generated always as identity, subscription text, position bigint, event text, subject text)";

    private EffectTable() {}

    /** Writes one row through the data source {@code jdbc/app}, so in the transaction of the calling thread. */
    public static void write(Resources resources, String subscription, CloudEvent event, Delivery delivery)
            throws SQLException {
        write(resources, subscription, event.getSubject(), event, delivery);
    }

    /** As above, with something else in place of the subject. */
    public static void write(
            Resources resources, String subscription, String subject, CloudEvent event, Delivery delivery)
            throws SQLException {
        try (Connection connection = resources.dataSource("jdbc/app").getConnection();
                PreparedStatement insert = connection.prepareStatement(
                        "insert into effect (subscription, position, event, subject) values (?, ?, ?, ?)")) {
            if (connection.getAutoCommit()) {
                // the transaction manager may end a transaction that has taken too long at any moment, and from then on
                // the pool
                // gives connections that are in none: what is written there stays, though the event comes again
                throw new SQLException("there is no transaction any more", "25000");
            }
            insert.setString(1, subscription);
            insert.setLong(2, delivery.position());
            insert.setString(3, event.getId());
            insert.setString(4, subject);
            insert.executeUpdate();
        }
    }
}
