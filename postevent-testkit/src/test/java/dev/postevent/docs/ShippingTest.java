package dev.postevent.docs;

import dev.postevent.Delivery;
import dev.postevent.EventType;
import dev.postevent.ParkNowException;
import dev.postevent.Subject;
import dev.postevent.Subscription;
import dev.postevent.Topic;
import dev.postevent.testkit.DeliverySimulation;
import dev.postevent.testkit.Effects;
import dev.postevent.testkit.FakeDelivery;
import io.cloudevents.CloudEvent;
import io.cloudevents.core.builder.CloudEventBuilder;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import java.net.URI;
import java.sql.SQLException;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;

class ShippingTest {

    @EventType("order.placed")
    public record OrderPlaced(String id, @Subject String customer, int cents) {}

    /** What the bean needs; in the application it is over the data source. */
    interface Parcels {
        void addOne(String customer);
    }

    /** The bean, as it is deployed. */
    @ApplicationScoped
    public static class Shipping {
        private final Parcels parcels;

        @Inject
        public Shipping(Parcels parcels) {
            this.parcels = parcels;
        }

        @Subscription("shipping")
        void ship(@Observes @Topic("orders") OrderPlaced order, Delivery delivery) {
            if (order.cents() < 0) {
                throw new ParkNowException("order " + order.id() + " has a negative amount");
            }
            parcels.addOne(order.customer());
        }
    }

    private static Parcels parcelsIn(Effects effects) {
        return customer -> {
            try {
                String key = "parcels of " + customer;
                effects.update(key, n -> n == null ? "1" : "" + (Integer.parseInt(n) + 1));
            } catch (SQLException e) {
                throw new IllegalStateException("no parcel for " + customer, e);
            }
        };
    }

    @Test
    void shippingIsRightWhateverHappens() {
        DeliverySimulation.of(effects -> new Shipping(parcelsIn(effects)))
                .events((number, subject) -> new OrderPlaced("o" + number, subject, number - 3))
                .run();
    }

    @Test
    void anOrderWithoutAmountIsParked() {
        CloudEvent event = CloudEventBuilder.v1()
                .withId("o1")
                .withSource(URI.create("/shop"))
                .withType("order.placed")
                .withSubject("customer-1")
                .build();
        Shipping shipping = new Shipping(customer -> Assertions.fail("a parcel"));
        Assertions.assertThrows(
                ParkNowException.class,
                () -> shipping.ship(
                        new OrderPlaced("o1", "customer-1", -1),
                        FakeDelivery.of(event).attempt(3)));
    }
}
