package dev.postevent.sample;

import dev.postevent.sample.role.Role;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.Startup;
import jakarta.inject.Inject;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import javax.sql.DataSource;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/** The application's data source, the same that postevent publishes through, and its tables. */
@ApplicationScoped
public class ShopDatabase {
    /** One string, hence one transaction; the lock lets several nodes start at once. */
    private static final String TABLES = """
            select pg_advisory_xact_lock(hashtext('shop.tables'));

            create schema if not exists demo;

            create table if not exists demo.fault (
                subscription text primary key,
                fail_for text,
                slow_millis integer not null default 0 check (slow_millis between 0 and 60000)
            );
            """;

    private static final String OF_THE_SHOP = """
            create schema if not exists shop;

            create table if not exists shop.orders (
                id bigint generated always as identity primary key,
                customer text not null,
                item text not null,
                quantity integer not null check (quantity > 0),
                placed_at timestamptz not null default now(),
                shipped_at timestamptz,
                billed_at timestamptz
            );

            -- No unique constraint on the event, on purpose: an event handled twice in effect must show and not be hidden.
            create table if not exists shop.shipping_effect (
                effect bigint generated always as identity primary key,
                topic text not null,
                position bigint not null,
                event_id text not null,
                subject text,
                attempt integer not null,
                written_at timestamptz not null default clock_timestamp()
            );
            create table if not exists shop.billing_effect (like shop.shipping_effect including all);
            """;

    private static final String OF_THE_WAREHOUSE = """
            create schema if not exists warehouse;

            -- No unique constraint here either: an order that is picked twice must show.
            create table if not exists warehouse.pick (
                id bigint generated always as identity primary key,
                order_id bigint not null,
                customer text not null,
                item text not null,
                quantity integer not null,
                picked_at timestamptz not null default now()
            );

            create table if not exists warehouse.picking_effect (
                effect bigint generated always as identity primary key,
                topic text not null,
                position bigint not null,
                event_id text not null,
                subject text,
                attempt integer not null,
                written_at timestamptz not null default clock_timestamp()
            );
            """;

    private final String jndiName;

    @Inject
    ShopDatabase(@ConfigProperty(name = "postevent.datasource") String jndiName) {
        this.jndiName = jndiName;
    }

    /** For the container's proxy only. */
    ShopDatabase() {
        this("");
    }

    /** A connection of the current JTA transaction, or an auto-commit one where there is none; the caller closes it. */
    public Connection connection() throws SQLException {
        return ServerObjects.<DataSource>lookup(jndiName).getConnection();
    }

    /** Makes the tables before the first event arrives. */
    void makeTables(@Observes @Priority(1) Startup event) throws SQLException {
        try (Connection connection = connection();
                Statement statement = connection.createStatement()) {
            statement.execute(TABLES
                    + switch (Role.here()) {
                        case SHOP -> OF_THE_SHOP;
                        case WAREHOUSE -> OF_THE_WAREHOUSE;
                    });
        }
    }
}
