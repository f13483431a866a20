package dev.postevent.sample.warehouse;

import dev.postevent.sample.ShopDatabase;
import dev.postevent.sample.order.OrderPlaced;
import dev.postevent.sample.role.OnlyIn;
import dev.postevent.sample.role.Role;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** What was picked, in the warehouse's own database. */
@ApplicationScoped
@OnlyIn(Role.WAREHOUSE)
public class PickList {
    private static final String INSERT =
            "insert into warehouse.pick (order_id, customer, item, quantity) values (?, ?, ?, ?)";
    private static final String NEWEST = """
            select id, order_id, customer, item, quantity, picked_at from warehouse.pick order by id desc limit ?
            """;

    @Inject
    ShopDatabase database;

    /** Takes the goods from the shelf, in the caller's transaction. */
    public void pick(OrderPlaced order) throws SQLException {
        try (Connection connection = database.connection();
                PreparedStatement statement = connection.prepareStatement(INSERT)) {
            statement.setLong(1, order.id());
            statement.setString(2, order.customer());
            statement.setString(3, order.item());
            statement.setInt(4, order.quantity());
            statement.executeUpdate();
        }
    }

    /** The newest, newest first. */
    public List<Pick> newest(int limit) throws SQLException {
        try (Connection connection = database.connection();
                PreparedStatement statement = connection.prepareStatement(NEWEST)) {
            statement.setInt(1, limit);
            try (ResultSet row = statement.executeQuery()) {
                List<Pick> picks = new ArrayList<>();
                while (row.next()) {
                    picks.add(new Pick(
                            row.getLong("id"),
                            row.getLong("order_id"),
                            row.getString("customer"),
                            row.getString("item"),
                            row.getInt("quantity"),
                            row.getTimestamp("picked_at").toInstant()));
                }
                return picks;
            }
        }
    }
}
