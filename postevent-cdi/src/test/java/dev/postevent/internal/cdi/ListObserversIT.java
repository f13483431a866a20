package dev.postevent.internal.cdi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import dev.postevent.Delivery;
import dev.postevent.EventPublisher;
import dev.postevent.EventType;
import dev.postevent.Operator;
import dev.postevent.Resources;
import dev.postevent.Subject;
import dev.postevent.Subscription;
import dev.postevent.Subscriptions;
import dev.postevent.Topic;
import dev.postevent.testing.App;
import dev.postevent.testing.PostgresFixture;
import io.cloudevents.CloudEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Observers that take what one transaction has in one call. */
class ListObserversIT {
    private static final Duration LONG = Duration.ofMinutes(4);
    private static final List<List<String>> CALLS = new CopyOnWriteArrayList<>();
    private static final AtomicReference<Throwable> ASKED = new AtomicReference<>();

    private final PostgresFixture.Db db = PostgresFixture.shared().newDatabase();

    /** An order; one that is broken is handled by nobody. */
    @EventType("order.placed")
    public static class Placed {
        /** Whose it is. */
        @Subject
        public String customer;

        /** Which one it is. */
        public int number;

        /** For JSON-B. */
        public Placed() {}

        Placed(String customer, int number) {
            this.customer = customer;
            this.number = number;
        }

        @Override
        public String toString() {
            return customer + number;
        }
    }

    @ApplicationScoped
    public static class Lists {
        @Inject
        Resources resources;

        @Inject
        Delivery delivery;

        @Subscription("typed")
        void typed(@Observes @Topic("orders") List<Placed> orders) throws SQLException {
            ASKED.compareAndSet(null, catchThrowable(() -> delivery.position()));
            CALLS.add(orders.stream().map(Placed::toString).toList());
            for (Placed order : orders) {
                write("typed", order.customer, order.number);
            }
            if (orders.stream().anyMatch(order -> order.number < 0)) {
                throw new IllegalStateException("an order is broken");
            }
        }

        @Subscription("whole")
        void whole(@Observes @Topic("orders") List<CloudEvent> events) throws SQLException {
            for (CloudEvent event : events) {
                write("whole", event.getSubject(), 0);
            }
        }

        private void write(String subscription, String customer, int number) throws SQLException {
            try (Connection connection = resources.dataSource("jdbc/app").getConnection();
                    PreparedStatement insert = connection.prepareStatement(
                            "insert into done (subscription, customer, number) values (?, ?, ?)")) {
                insert.setString(1, subscription);
                insert.setString(2, customer);
                insert.setInt(3, number);
                insert.executeUpdate();
            }
        }
    }

    @BeforeEach
    void prepare() {
        CALLS.clear();
        ASKED.set(null);
        db.execute("create table done (n bigint generated always as identity, subscription text, customer text,"
                + " number int)");
    }

    private App.Builder app() {
        return App.over(db)
                .beans(Lists.class)
                .with("postevent.subscriptions.defaults.lanes", "1")
                .with("postevent.subscriptions.defaults.attempts-max", "2")
                .with("postevent.subscriptions.defaults.backoff-first", "10ms");
    }

    private static void publish(App app, List<Placed> orders) throws Exception {
        EventPublisher publisher = app.get(EventPublisher.class, Topic.Literal.of("orders"));
        app.jta().transaction(() -> {
            orders.forEach(publisher::publish);
            publisher.publish("order.seen", "nobody", null);
        });
    }

    private long done(String subscription) {
        return db.number("select count(*) from done where subscription = '" + subscription + "'");
    }

    private String numbersOf(String customer) {
        return db.text("select string_agg(number::text, ' ' order by n) from done where subscription = 'typed'"
                + " and customer = '" + customer + "'");
    }

    @Test
    void whatOneTransactionHasComesInOneCallAndInOrder() throws Exception {
        try (App app = app().start()) {
            publish(
                    app,
                    IntStream.range(0, 60)
                            .mapToObj(i -> new Placed(i % 2 == 0 ? "ann" : "bob", i))
                            .toList());
            await().atMost(LONG).until(() -> done("typed") == 60 && done("whole") == 61);
            assertThat(numbersOf("ann")).isEqualTo(numbers(0));
            assertThat(numbersOf("bob")).isEqualTo(numbers(1));
            assertThat(CALLS).as("one call has several").hasSizeLessThan(60);
            assertThat(CALLS.stream().flatMap(List::stream)).doesNotHaveDuplicates();
            assertThat(ASKED.get())
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContainingAll("one event", "typed");
        }
    }

    private static String numbers(int first) {
        return String.join(
                " ",
                IntStream.range(0, 30)
                        .mapToObj(i -> String.valueOf(2 * i + first))
                        .toList());
    }

    /** Of a call that failed nothing stays; then its events come one by one, and only the one that fails by itself is held. */
    @Test
    void theOneThatFailsIsFoundAndOnlyItsSubjectWaits() throws Exception {
        try (App app = app().start()) {
            Subscriptions subscriptions = app.get(Subscriptions.class);
            publish(
                    app,
                    List.of(
                            new Placed("ann", 1),
                            new Placed("eve", 2),
                            new Placed("eve", -3),
                            new Placed("eve", 4),
                            new Placed("bob", 5),
                            new Placed("ann", 6)));
            await().atMost(LONG)
                    .until(() -> subscriptions.held("typed", 10).stream()
                            .anyMatch(event ->
                                    event.state() == Subscriptions.HeldEvent.State.PARKED && event.attempts() == 2));
            await().atMost(LONG).until(() -> done("typed") == 4);
            assertThat(numbersOf("ann")).isEqualTo("1 6");
            assertThat(numbersOf("bob")).isEqualTo("5");
            assertThat(numbersOf("eve")).isEqualTo("2");
            assertThat(subscriptions.held("typed", 10))
                    .extracting(Subscriptions.HeldEvent::state)
                    .containsExactly(Subscriptions.HeldEvent.State.PARKED, Subscriptions.HeldEvent.State.BEHIND);
            assertThat(CALLS).contains(List.of("eve-3"));
            long parked = subscriptions.held("typed", 10).get(0).position();

            subscriptions.skip("typed", parked, Operator.of("test", "because"));

            await().atMost(LONG).until(() -> done("typed") == 5);
            assertThat(numbersOf("eve")).isEqualTo("2 4");
        }
    }
}
