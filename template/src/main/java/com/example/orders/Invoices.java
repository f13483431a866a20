package com.example.orders;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** Invoices, in a table. */
@ApplicationScoped
public class Invoices {
    @Inject
    AppDatabase database;

    /** Adds one, in the current transaction. */
    public void add(long order, String customer) throws SQLException {
        try (Connection connection = database.connection();
                PreparedStatement insert = connection.prepareStatement(
                        "insert into app.invoices (order_id, customer) values (?, ?)")) {
            insert.setLong(1, order);
            insert.setString(2, customer);
            insert.executeUpdate();
        }
    }

    /** The orders of a customer that have one, in the order in which they were billed. */
    public List<Long> of(String customer) throws SQLException {
        try (Connection connection = database.connection();
                PreparedStatement select = connection.prepareStatement(
                        "select order_id from app.invoices where customer = ? order by id")) {
            select.setString(1, customer);
            List<Long> orders = new ArrayList<>();
            try (ResultSet rows = select.executeQuery()) {
                while (rows.next()) {
                    orders.add(rows.getLong(1));
                }
            }
            return orders;
        }
    }
}
