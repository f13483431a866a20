package dev.postevent.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.postevent.Delivery;
import dev.postevent.EventType;
import dev.postevent.ParkNowException;
import dev.postevent.RetryLaterException;
import dev.postevent.Subject;
import dev.postevent.Subscription;
import dev.postevent.Topic;
import dev.postevent.testing.build.Seeded;
import io.cloudevents.CloudEvent;
import io.cloudevents.core.builder.CloudEventBuilder;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.context.SessionScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import java.io.IOException;
import java.io.Serializable;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Beans are simulated as they are: found, checked, called and understood as in production. */
@Seeded
final class BeanSimulationTest {
    private static final int FEW = 30;

    @EventType("order.placed")
    public record OrderPlaced(String id, @Subject String customer, int cents) {}

    /** The observer's own port, which knows nothing of the test. */
    private interface Book {
        void write(String what);
    }

    private static Book bookIn(Effects effects) {
        return what -> {
            try {
                effects.update(what, n -> n == null ? "1" : n + "1");
            } catch (SQLException e) {
                throw new IllegalStateException("cannot write " + what, e);
            }
        };
    }

    private static OrderPlaced order(int number, String subject) {
        return new OrderPlaced("o" + number, subject, number);
    }

    private static CloudEvent text(String type, String text) {
        return CloudEventBuilder.v1()
                .withId("any")
                .withSource(URI.create("/any"))
                .withType(type)
                .withData("application/json", text.getBytes(StandardCharsets.UTF_8))
                .build();
    }

    /** Of everything an observer may take. */
    @ApplicationScoped
    public static class EveryShape {
        private final Book book;
        private final Delivery injected;

        @Inject
        public EveryShape(Book book, Delivery injected) {
            this.book = book;
            this.injected = injected;
        }

        @Subscription("event")
        void event(@Observes @Topic("orders") CloudEvent event, Delivery delivery) {
            assertThat(delivery.event()).isEqualTo(event);
            assertThat(delivery.subscription()).isEqualTo("event");
            assertThat(delivery.topic()).isEqualTo("orders");
            book.write("event " + event.getId());
            assertThat(injected.event()).as("after others had their turn").isEqualTo(event);
        }

        @Subscription("typed")
        private void typed(Delivery delivery, @Observes @Topic("orders") OrderPlaced order) {
            assertThat(delivery.event().getId().substring(1)).isEqualTo("" + order.cents());
            assertThat(order.customer()).isEqualTo(delivery.event().getSubject());
            book.write("typed " + order.id());
        }

        @Subscription("bytes")
        void bytes(@Observes @Topic("orders") byte[] data) {
            assertThat(new String(data, StandardCharsets.UTF_8)).startsWith("{");
            book.write("bytes");
        }

        @Subscription("list")
        void list(@Observes @Topic("orders") List<OrderPlaced> orders) {
            orders.forEach(order -> book.write("list " + order.id()));
            assertThatThrownBy(injected::position).hasMessageContaining("is handed several at once");
        }

        @Subscription("none")
        void none(@Observes @Topic("customers") CloudEvent event) {
            throw new AssertionError("of another topic");
        }
    }

    @Test
    void aBeanIsCalledAsItIs() {
        DeliverySimulation.Summary summary = DeliverySimulation.of(
                        effects -> new EveryShape(bookIn(effects), effects.delivery()))
                .topic("orders")
                .events(BeanSimulationTest::order)
                .seeds(0, 60)
                .run();
        assertThat(summary.events()).isGreaterThan(60 * 4 * 10);
        assertThat(summary.calls()).isGreaterThan(60 * 4 * 10);
    }

    public static final class Text {
        private final Book book;

        Text(Book book) {
            this.book = book;
        }

        @Subscription("text")
        void text(@Observes @Topic("orders") @EventType({"even", "zero"}) String text) {
            assertThat(text).isEqualTo("even one");
            book.write(text);
        }
    }

    @Test
    void aTextIsMadeByJsonBindingAndTypesAreChosen() {
        DeliverySimulation.Summary summary = DeliverySimulation.of(effects -> new Text(bookIn(effects)))
                .events(number -> number % 2 == 0 ? text("even", "\"even one\"") : text("odd", "\"odd one\""))
                .seeds(0, FEW)
                .run();
        assertThat(summary.events()).isPositive();
        assertThatThrownBy(() -> DeliverySimulation.of(effects -> new Text(bookIn(effects)))
                        .events(number -> text("odd", "\"odd one\""))
                        .seeds(0, 3)
                        .run())
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("subscription text takes events of the types [")
                .hasMessageContaining("and none came: the simulated events were of the types [odd]");
    }

    /** Of which nothing is told with a list: neither the attempt nor whether it is the last. */
    public static final class Indexing {
        private final Effects effects;

        Indexing(Effects effects) {
            this.effects = effects;
        }

        @Subscription("indexing")
        void index(@Observes @Topic("orders") List<CloudEvent> events) throws SQLException {
            for (CloudEvent event : events) {
                effects.put(event.getId(), "indexed");
            }
        }
    }

    @Test
    void aListIsHandedOverAndFailsAsInProduction() {
        DeliverySimulation.Summary summary =
                DeliverySimulation.of(Indexing::new).run();
        assertThat(summary.calls()).as("several at once").isLessThan(summary.events());
    }

    /** Counts in a field what a rollback should undo, as a list. */
    public static final class Forgetful {
        private final Effects effects;
        private int count;

        Forgetful(Effects effects) {
            this.effects = effects;
        }

        @Subscription("forgetful")
        void list(@Observes @Topic("orders") List<CloudEvent> events) throws SQLException {
            count += events.size();
            effects.put("count", "" + count);
        }
    }

    @Test
    void aWrongBeanIsCaught() {
        assertThatThrownBy(() -> DeliverySimulation.of(Forgetful::new).run())
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("subscription forgetful: 'count' is ");
    }

    /** Refuses as the library's documentation has it. */
    public static final class Refusing {
        private final Effects effects;

        Refusing(Effects effects) {
            this.effects = effects;
        }

        @Subscription("refusing")
        void bill(@Observes @Topic("orders") OrderPlaced order, Delivery delivery) throws SQLException {
            effects.put("bill of " + order.id(), "written");
            if (order.cents() % 5 == 0) {
                throw new ParkNowException("order " + order.id() + " has a negative amount");
            }
            if (order.cents() % 7 == 0 && delivery.attempt() == 1) {
                throw new RetryLaterException(Duration.ofHours(1), "not yet");
            }
            if (order.cents() % 11 == 0 && !delivery.redelivered()) {
                throw new IllegalStateException("wrapped", new ParkNowException("an operator has to say so"));
            }
        }
    }

    /** Nothing is promised of what is parked or comes later but what production does: no effect, and the rest goes on. */
    @Test
    void whatAnObserverSaysMeansWhatItMeansInProduction() {
        DeliverySimulation.Summary summary = DeliverySimulation.of(Refusing::new)
                .events(BeanSimulationTest::order)
                .run();
        assertThat(summary.events()).isGreaterThan(2_000);
    }

    public static final class Unready {
        private final Effects effects;

        Unready(Effects effects) {
            this.effects = effects;
        }

        @Subscription("unready")
        void ship(@Observes @Topic("orders") CloudEvent event) throws SQLException {
            if (effects.get("open") == null && !event.getId().equals("e1")) {
                throw new RetryLaterException(Duration.ofSeconds(30), "not open yet");
            }
            effects.put("open", "yes");
            effects.put(event.getId(), "shipped");
        }
    }

    @Test
    void whatWaitsForAnotherSubjectIsHandledInTheEnd() {
        DeliverySimulation.Summary summary =
                DeliverySimulation.of(Unready::new).seeds(0, FEW).run();
        assertThat(summary.calls()).isGreaterThan(summary.events());
    }

    /** Takes back no mail, and sends it once all the same where its receiver knows it. */
    public static final class Mailing {
        private final Effects effects;

        Mailing(Effects effects) {
            this.effects = effects;
        }

        @Subscription("mailing")
        void mail(@Observes @Topic("orders") CloudEvent event) {
            effects.outside("mail " + event.getId(), "about " + event.getId());
        }
    }

    @Test
    void aMailThatMayComeTwicePasses() {
        assertThat(DeliverySimulation.of(Mailing::new).seeds(0, 100).run().events())
                .isPositive();
    }

    /** Its own exception is checked, and no simulated one. */
    public static final class Broken {
        @Subscription("broken")
        void read(@Observes @Topic("orders") CloudEvent event) throws IOException {
            throw new IOException("no such file");
        }
    }

    @Test
    void anExceptionOfTheObserverComesFirst() {
        assertThatThrownBy(() -> DeliverySimulation.of(effects -> new Broken()).run())
                .isInstanceOf(AssertionError.class)
                .hasRootCauseInstanceOf(IOException.class)
                .hasMessageMatching(
                        "(?s)seed 0: subscription broken threw, at event .*java.io.IOException: no such file\\n"
                                + "    at dev.postevent.testkit.BeanSimulationTest\\$Broken.read.*\\nAnd then: subscription broken has"
                                + " not handled the event .*To see it again: seeds\\(0, 1\\).*");
    }

    public static final class Undeployable {
        @Subscription("a name")
        void one(@Observes @Topic("orders") OrderPlaced order, Book book) {}

        @Subscription("stray")
        void two(CloudEvent event) {}
    }

    @SessionScoped
    public static class OfASession implements Serializable {
        private static final long serialVersionUID = 1L;

        @Subscription("session")
        void one(@Observes @Topic("orders") String text) {}
    }

    public static final class Plain {}

    @Test
    void whatCouldNotBeCalledIsSaidBeforeAnythingIsSimulated() {
        assertThatThrownBy(() ->
                        DeliverySimulation.of(effects -> new Undeployable()).run())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("the subscription name 'a name' is not valid")
                .hasMessageContaining("one(): its parameter 2, a " + Book.class.getName()
                        + ", is filled by the container, and there is none here: have it injected into the constructor")
                .hasMessageContaining("two(): @Subscription on a method without @Observes @Topic");
        assertThatThrownBy(
                        () -> DeliverySimulation.of(effects -> new OfASession()).run())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("is in a bean of the scope @SessionScoped")
                .hasMessageContaining(
                        "takes a java.lang.String, but neither the parameter nor that class has @EventType");
        assertThatThrownBy(() -> DeliverySimulation.of(effects -> new Plain()).run())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("has no durable observer");
        assertThatThrownBy(() -> DeliverySimulation.of(effects -> new EveryShape(bookIn(effects), effects.delivery()))
                        .run())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("the observers are of [customers, orders]: say with topic(name)");
        assertThatThrownBy(() -> DeliverySimulation.of(Mailing::new)
                        .and("mailing", () -> (event, delivery, effects) -> {})
                        .run())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("two observers are the subscription 'mailing'");
    }

    @Test
    void whatMakesNoSenseIsRefused() {
        assertThatThrownBy(() -> DeliverySimulation.of("bad name", () -> (event, delivery, effects) -> {}))
                .hasMessageContaining("the subscription name 'bad name' is not valid");
        DeliverySimulation simulation = DeliverySimulation.of(Mailing::new);
        assertThatThrownBy(() -> simulation.seeds(0, 0)).hasMessage("a simulation has at least 1 world, got 0");
        assertThatThrownBy(() -> simulation.steps(0)).hasMessage("a world has at least 1 step, got 0");
        assertThatThrownBy(() -> simulation.topic("No")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> simulation.events(number -> null).run())
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("events(...) made no event of number 1")
                .hasMessageContaining("is null");
    }

    @Test
    void aFakeDeliveryIsOne() {
        CloudEvent event = text("order.placed", "{}");
        assertThatThrownBy(() -> FakeDelivery.of(null)).hasMessage("event");
        assertThatThrownBy(() -> FakeDelivery.of(event).from("")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> FakeDelivery.of(event).to("")).isInstanceOf(IllegalArgumentException.class);
        assertThat(FakeDelivery.of(event)
                        .from("orders")
                        .to("shipping")
                        .attempt(2)
                        .last())
                .hasToString("shipping: orders 1, attempt 2, redelivered, the last");
    }

    /** An assertion in what a test hands over is none of the observer's failures that a further attempt mends. */
    @Test
    void anAssertionThatFailsOnceFailsTheSimulation() {
        assertThatThrownBy(() -> DeliverySimulation.of("asserting", () -> (event, delivery, effects) -> {
                            effects.put(event.getId(), "handled");
                            assertThat(delivery.attempt()).isLessThan(3);
                        })
                        .run())
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("subscription asserting threw, at event ")
                .hasMessageContaining("attempt 3");
    }
}
