package dev.postevent.internal.cdi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.postevent.Delivery;
import dev.postevent.EventPublisher;
import dev.postevent.EventType;
import dev.postevent.NoTransactionException;
import dev.postevent.StatusReport;
import dev.postevent.Subject;
import dev.postevent.Subscription;
import dev.postevent.Subscriptions;
import dev.postevent.Topic;
import dev.postevent.testing.App;
import dev.postevent.testing.EffectTable;
import dev.postevent.testing.PostgresFixture;
import io.cloudevents.CloudEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Event;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.TransactionPhase;
import jakarta.enterprise.inject.Instance;
import jakarta.inject.Inject;
import jakarta.inject.Provider;
import jakarta.transaction.Transactional;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
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
        dev.postevent.Resources resources;

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
            await().atMost(Duration.ofMinutes(4)).until(() -> DB.number("select count(*) from effect") >= 160);
            assertThat(DB.number("select count(*) from postevent.orders where kind = 'e'"))
                    .isEqualTo(160);
            assertThat(DB.number("select count(distinct event) from effect")).isEqualTo(160);
            assertThat(DB.number("select count(*) from effect")).isEqualTo(160);
            assertThat(
                            DB.number(
                                    "select count(*) from effect a join effect b on a.subject = b.subject and a.n < b.n and a.position > b.position"))
                    .isZero();
            Subscriptions subscriptions = app.get(Subscriptions.class);
            await().atMost(Duration.ofMinutes(4)).untilAsserted(() -> {
                StatusReport report = subscriptions.report();
                assertThat(report.faults()).isEmpty();
                assertThat(report.subscriptions())
                        .singleElement()
                        .satisfies(shipping -> assertThat(shipping.lag()).isZero());
                assertThat(report.topics())
                        .singleElement()
                        .satisfies(orders -> assertThat(orders.mark())
                                .isEqualTo(orders.head())
                                .hasValue(DB.number("select max(idn) from postevent.orders")));
            });
        }
    }

    /** What observers of a committed transaction are told. */
    public record Placed(String customer) {}

    /** Publishes once an order is committed, as one may not, and as one may. */
    @ApplicationScoped
    public static class Counter {
        private static final List<Throwable> REFUSED = new CopyOnWriteArrayList<>();

        @Inject
        Event<Placed> placed;

        @Inject
        Announcer announcer;

        @Transactional
        public void place(String customer) {
            placed.fire(new Placed(customer));
        }

        void announceAtOnce(@Observes(during = TransactionPhase.AFTER_SUCCESS) Placed placed) {
            try {
                announcer.announce("at-once", placed.customer());
            } catch (RuntimeException e) {
                REFUSED.add(e);
            }
        }

        void announceInItsOwn(@Observes(during = TransactionPhase.AFTER_SUCCESS) Placed placed) {
            announcer.announceInItsOwn("in-its-own", placed.customer());
        }
    }

    /** Has the publisher. */
    @ApplicationScoped
    public static class Announcer {
        @Inject
        @Topic("orders")
        EventPublisher orders;

        public void announce(String type, String customer) {
            orders.publish(type, customer, null);
        }

        @Transactional(Transactional.TxType.REQUIRES_NEW)
        public void announceInItsOwn(String type, String customer) {
            announce(type, customer);
        }
    }

    @Test
    void publishingAfterTheCommitTakesATransactionOfItsOwn() {
        PostgresFixture.Db db = PostgresFixture.shared().newDatabase();
        try (App app = App.over(db).beans(Counter.class, Announcer.class).start()) {
            app.get(Counter.class).place("c-1");
            assertThat(db.text("select string_agg(type, ' ') from postevent.orders"))
                    .isEqualTo("in-its-own");
            assertThat(Counter.REFUSED)
                    .singleElement()
                    .satisfies(refused -> assertThat(refused)
                            .isInstanceOf(NoTransactionException.class)
                            .hasMessageContaining("PSTEV31004")
                            .hasMessageContaining("REQUIRES_NEW"));
        }
    }

    @EventType("order.told")
    public record Told(@Subject String customer) {}

    /** Gets what publishes when it needs it. */
    @ApplicationScoped
    public static class Late {
        @Inject
        @Topic("orders")
        Instance<EventPublisher> some;

        @Inject
        @Topic("orders")
        Provider<EventPublisher> one;

        @Inject
        @Topic("orders")
        Provider<Event<Told>> told;

        @Transactional
        public void publish() {
            some.get().publish("order.by-instance", "c-1", null);
            one.get().publish("order.by-provider", "c-1", null);
            told.get().fire(new Told("c-1"));
        }
    }

    @Test
    void aPublisherMayBeGotWhenItIsNeeded() {
        PostgresFixture.Db db = PostgresFixture.shared().newDatabase();
        try (App app = App.over(db).beans(Late.class).start()) {
            app.get(Late.class).publish();
            assertThat(db.text("select string_agg(type, ' ' order by idn) from postevent.orders"))
                    .isEqualTo("order.by-instance order.by-provider order.told");
        }
    }
}
