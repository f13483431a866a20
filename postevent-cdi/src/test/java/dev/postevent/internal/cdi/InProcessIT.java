package dev.postevent.internal.cdi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.postevent.Delivery;
import dev.postevent.EventPublisher;
import dev.postevent.StatusReport;
import dev.postevent.Subscription;
import dev.postevent.Subscriptions;
import dev.postevent.Topic;
import dev.postevent.testing.App;
import dev.postevent.testing.EffectTable;
import dev.postevent.testing.PostgresFixture;
import io.cloudevents.CloudEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import java.sql.SQLException;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** The whole way inside one application: publish in a transaction, feed, inbox, observer. */
class InProcessIT {
    private static final PostgresFixture.Db DB = PostgresFixture.shared().newDatabase();

    /** What a user writes. */
    @ApplicationScoped
    public static class Shop {
        @Inject
        @Topic("orders")
        EventPublisher orders;

        @Inject
        dev.postevent.spi.Resources resources;

        public void place(String customer) {
            orders.publish("order.placed", customer, null);
        }

        @Subscription("shipping")
        void ship(@Observes @Topic("orders") CloudEvent event, Delivery delivery) throws SQLException {
            EffectTable.write(resources, "shipping", event, delivery);
        }
    }

    @Test
    void whatIsCommittedIsHandledOnceAndInOrder() throws Exception {
        DB.execute(EffectTable.DDL);
        try (App app = App.over(DB).beans(Shop.class).start()) {
            Shop shop = app.get(Shop.class);
            for (int i = 0; i < 200; i++) {
                String subject = "c-" + i % 7;
                if (i % 5 == 4) {
                    app.jta().rolledBack(() -> shop.place(subject));
                } else {
                    app.jta().transaction(() -> shop.place(subject));
                }
            }
            await().atMost(Duration.ofSeconds(60)).until(() -> DB.number("select count(*) from effect") >= 160);
            assertThat(DB.number("select count(*) from postevent.orders where kind = 'e'"))
                    .isEqualTo(160);
            assertThat(DB.number("select count(distinct event) from effect")).isEqualTo(160);
            assertThat(DB.number("select count(*) from effect")).isEqualTo(160);
            assertThat(
                            DB.number(
                                    "select count(*) from effect a join effect b on a.subject = b.subject and a.n < b.n and a.position > b.position"))
                    .isZero();
            Subscriptions subscriptions = app.get(Subscriptions.class);
            await().atMost(Duration.ofSeconds(60)).untilAsserted(() -> {
                StatusReport report = subscriptions.report();
                assertThat(report.faults()).isEmpty();
                assertThat(report.subscriptions())
                        .singleElement()
                        .satisfies(shipping -> assertThat(shipping.lag()).isZero());
                assertThat(report.topics())
                        .singleElement()
                        .satisfies(orders -> assertThat(orders.mark())
                                .isEqualTo(orders.head())
                                .isEqualTo(DB.number("select max(idn) from postevent.orders")));
            });
        }
    }
}
