package com.example.orders;

import dev.postevent.testkit.DeliverySimulation;
import dev.postevent.testkit.Effects;
import java.sql.SQLException;
import org.junit.jupiter.api.Test;

/** The observer as it is, through whatever may befall it: without a server, without a database. */
class BillingTest {

    @Test
    void eachOrderIsBilledOnceInTheOrderOfItsCustomer() {
        DeliverySimulation.of(BillingTest::billing)
                .events((number, subject) -> new OrderPlaced(number, subject, "book"))
                .subjectsAlways()
                .run();
    }

    private static Billing billing(Effects effects) {
        Billing billing = new Billing();
        billing.invoices = new Invoices() {
            @Override
            public void add(long order, String customer) throws SQLException {
                effects.update("invoices of " + customer, invoices -> invoices == null ? "" + order : invoices + " " + order);
            }
        };
        return billing;
    }
}
