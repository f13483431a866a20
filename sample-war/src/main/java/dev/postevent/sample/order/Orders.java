package dev.postevent.sample.order;

import dev.postevent.EventPublisher;
import dev.postevent.Topic;
import dev.postevent.sample.ShopDatabase;
import dev.postevent.sample.role.OnlyIn;
import dev.postevent.sample.role.Role;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.transaction.Transactional;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The order book. */
@ApplicationScoped
@OnlyIn(Role.SHOP)
public class Orders {
    private static final String INSERT = """
            insert into shop.orders (customer, item, quantity) values (?, ?, ?)
            returning id, customer, item, quantity, placed_at, shipped_at, billed_at
            """;
    private static final String FIND = """
            select id, customer, item, quantity, placed_at, shipped_at, billed_at from shop.orders where id = ?
            """;
    private static final String NEWEST = """
            select id, customer, item, quantity, placed_at, shipped_at, billed_at from shop.orders order by id desc limit ?
            """;
    private static final String SHIPPED = "update shop.orders set shipped_at = now() where id = ?";
    private static final String BILLED = "update shop.orders set billed_at = now() where id = ?";

    @Inject
    ShopDatabase database;

    @Inject
    @Topic("orders")
    EventPublisher events;

    /** Stores the order and publishes {@code order.placed}, subject the customer: both or, if anything fails, neither. */
    @Transactional(rollbackOn = SQLException.class) // a checked exception alone would commit
    public Order place(NewOrder.Checked wanted) throws SQLException {
        Order order = insert(wanted);
        events.publish(new OrderPlaced(order.id(), order.customer(), order.item(), order.quantity()));
        return order;
    }

    /** Does all that {@link #place} does, then rolls back. */
    @Transactional(rollbackOn = SQLException.class) // a checked exception alone would commit
    public void placeAndRollBack(NewOrder.Checked wanted) throws SQLException {
        throw new RolledBack(place(wanted));
    }

    /** The order with this number. */
    public Optional<Order> find(long id) throws SQLException {
        try (Connection connection = database.connection();
                PreparedStatement statement = connection.prepareStatement(FIND)) {
            statement.setLong(1, id);
            return read(statement).stream().findFirst();
        }
    }

    /** The newest orders, newest first. */
    public List<Order> newest(int limit) throws SQLException {
        try (Connection connection = database.connection();
                PreparedStatement statement = connection.prepareStatement(NEWEST)) {
            statement.setInt(1, limit);
            return read(statement);
        }
    }

    /** Marks the order as shipped, in the caller's transaction. */
    public void markShipped(long id) throws SQLException {
        mark(SHIPPED, id);
    }

    /** Marks the order as billed, in the caller's transaction. */
    public void markBilled(long id) throws SQLException {
        mark(BILLED, id);
    }

    private void mark(String sql, long id) throws SQLException {
        try (Connection connection = database.connection();
                PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setLong(1, id);
            statement.executeUpdate();
        }
    }

    private Order insert(NewOrder.Checked wanted) throws SQLException {
        try (Connection connection = database.connection();
                PreparedStatement statement = connection.prepareStatement(INSERT)) {
            statement.setString(1, wanted.customer());
            statement.setString(2, wanted.item());
            statement.setInt(3, wanted.quantity());
            return read(statement).get(0);
        }
    }

    private static List<Order> read(PreparedStatement statement) throws SQLException {
        try (ResultSet row = statement.executeQuery()) {
            List<Order> orders = new ArrayList<>();
            while (row.next()) {
                orders.add(new Order(
                        row.getLong("id"),
                        row.getString("customer"),
                        row.getString("item"),
                        row.getInt("quantity"),
                        row.getTimestamp("placed_at").toInstant(),
                        instant(row.getTimestamp("shipped_at")),
                        instant(row.getTimestamp("billed_at"))));
            }
            return orders;
        }
    }

    private static @Nullable Instant instant(@Nullable Timestamp timestamp) {
        return timestamp == null ? null : timestamp.toInstant();
    }

    /** Unchecked, so that the container rolls back. */
    static final class RolledBack extends RuntimeException {
        private static final long serialVersionUID = 1L;

        RolledBack(Order order) {
            super("order " + order.id() + " of " + order.customer() + " was stored and published, then rolled back");
        }
    }
}
