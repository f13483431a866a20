package dev.postevent.sample.fulfilment;

import dev.postevent.Delivery;
import dev.postevent.sample.ShopDatabase;
import dev.postevent.sample.role.Role;
import io.cloudevents.CloudEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What the observers did: one row per handled event, in a table per subscription, numbered in commit order. */
@ApplicationScoped
public class Effects {
    private static final String AFTER = """
            select effect, topic, position, event_id, subject, attempt from %s
             where effect > ? order by effect limit ?
            """;
    /** Table names are never made of what a caller sends. */
    private static final Map<Role, Map<String, String>> TABLES = Map.of(
            Role.SHOP, Map.of(Shipping.NAME, "shop.shipping_effect", Billing.NAME, "shop.billing_effect"),
            Role.WAREHOUSE, Map.of(Picking.NAME, "warehouse.picking_effect"));

    @Inject
    ShopDatabase database;

    private final Map<String, String> tables = TABLES.getOrDefault(Role.here(), Map.of());

    /** Whether there is a table for this subscription. */
    public boolean knows(String subscription) {
        return tables.containsKey(subscription);
    }

    /** Notes the effect of handling {@code event}; it is written when the caller's transaction commits. */
    void record(String subscription, CloudEvent event, Delivery delivery) throws SQLException {
        PendingEffects.ofTransaction(subscription, table(subscription), database)
                .add(new Effect(
                        0,
                        delivery.topic(),
                        delivery.position(),
                        event.getId(),
                        event.getSubject(),
                        delivery.attempt()));
    }

    /** At most {@code limit} effects with a number greater than {@code after}, in the order they were committed. */
    public List<Effect> after(String subscription, long after, int limit) throws SQLException {
        try (Connection connection = database.connection();
                PreparedStatement statement = connection.prepareStatement(AFTER.formatted(table(subscription)))) {
            statement.setLong(1, after);
            statement.setInt(2, limit);
            try (ResultSet row = statement.executeQuery()) {
                List<Effect> effects = new ArrayList<>();
                while (row.next()) {
                    effects.add(new Effect(
                            row.getLong("effect"),
                            row.getString("topic"),
                            row.getLong("position"),
                            row.getString("event_id"),
                            row.getString("subject"),
                            row.getInt("attempt")));
                }
                return effects;
            }
        }
    }

    private String table(String subscription) {
        String table = tables.get(subscription);
        if (table == null) {
            throw new IllegalArgumentException("no effects of " + subscription);
        }
        return table;
    }
}
