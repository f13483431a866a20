package dev.postevent.internal.cdi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.postevent.EventType;
import dev.postevent.InvalidEventException;
import dev.postevent.ParkNowException;
import dev.postevent.Subject;
import io.cloudevents.CloudEvent;
import jakarta.json.bind.Jsonb;
import jakarta.json.bind.JsonbBuilder;
import java.lang.reflect.Proxy;
import java.net.URI;
import java.time.Instant;
import java.time.InstantSource;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** What the annotations of a payload's whole type hierarchy make of it. */
class PayloadsTest {
    private static final Jsonb JSONB = JsonbBuilder.create();
    private static final Payloads PAYLOADS =
            new Payloads(URI.create("urn:test"), () -> JSONB, InstantSource.fixed(Instant.EPOCH));

    @AfterAll
    static void close() throws Exception {
        JSONB.close();
    }

    private static CloudEvent fired(Object payload) {
        return PAYLOADS.fired(payload);
    }

    /** As an application has it: each event of an order says whose it is. */
    @EventType("order")
    public interface OrderEvent {
        @Subject
        String customer();
    }

    public record Placed(String customer, int items) implements OrderEvent {}

    @EventType("order.shipped")
    public record Shipped(String customer) implements OrderEvent {}

    /** Kept by a generic interface. */
    @EventType("t")
    public interface Keyed<K> {
        @Subject
        K key();
    }

    public record Numbered(Long key) implements Keyed<Long> {}

    /** A bridge method carries the annotation, too. */
    public record NumberedAgain(@Override @Subject Long key) implements Keyed<Long> {}

    @EventType("t")
    public abstract static class Keeping<K> {
        @Subject
        public abstract K getKey();
    }

    public static class Kept extends Keeping<String> {
        @Override
        public String getKey() {
            return "kept";
        }
    }

    public static class KeptAgain extends Kept {
        @Override
        @Subject
        public String getKey() {
            return "again";
        }
    }

    @EventType("t")
    public record Component(@Subject String customer) {}

    @EventType("t")
    public record Written(@Subject String customer) {
        @Override
        public String customer() {
            return customer.trim();
        }
    }

    @Test
    void theSubjectOfAnInterfacesAccessorIsTheRecords() {
        assertThat(fired(new Placed("c-1", 2)).getSubject()).isEqualTo("c-1");
        assertThat(fired(new Placed("c-1", 2)).getType()).isEqualTo("order");
        assertThat(fired(new Shipped("c-2")).getSubject()).isEqualTo("c-2");
        assertThat(fired(new Shipped("c-2")).getType()).isEqualTo("order.shipped");
    }

    @Test
    void genericsBridgesAndOverridesAreOneSubject() {
        assertThat(fired(new Numbered(17L)).getSubject()).isEqualTo("17");
        assertThat(fired(new NumberedAgain(18L)).getSubject()).isEqualTo("18");
        assertThat(fired(new Kept()).getSubject()).isEqualTo("kept");
        assertThat(fired(new KeptAgain()).getSubject()).isEqualTo("again");
        assertThat(fired(new Component("c")).getSubject()).isEqualTo("c");
        assertThat(fired(new Written(" c ")).getSubject()).isEqualTo("c");
    }

    /** An entity, and the class that an ORM makes of it: a subclass whose own fields are empty. */
    @EventType("customer")
    public static class Customer {
        @Subject
        private final String number;

        Customer(String number) {
            this.number = number;
        }

        public String getNumber() {
            return number;
        }
    }

    public static class Customer$HibernateProxy$x1 extends Customer {
        private final Customer target;

        Customer$HibernateProxy$x1(Customer target) {
            super(null);
            this.target = target;
        }

        @Override
        public String getNumber() {
            return target.getNumber();
        }
    }

    /** Says nothing. */
    public static class Plain {
        public String getText() {
            return "x";
        }
    }

    @Test
    void aProxyIsPublishedAsWhatItIsMadeFor() {
        CloudEvent event = fired(new Customer$HibernateProxy$x1(new Customer("c-9")));
        assertThat(event.getType()).isEqualTo("customer");
        assertThat(event.getSubject()).isEqualTo("c-9");
        assertThat(fired(proxy(OrderEvent.class)).getType()).isEqualTo("order");
        assertThat(fired(proxy(OrderEvent.class)).getSubject()).isEqualTo("proxied");
    }

    @EventType({"order.renamed", "OrderRenamed"})
    public record Renamed() {}

    @Test
    void ofSeveralTypesTheFirstIsWritten() {
        assertThat(fired(new Renamed()).getType()).isEqualTo("order.renamed");
    }

    @Test
    void noTypeIsMadeOfTheNameOfAClass() {
        assertRefused(
                new Plain(), "PSTEV21006", Plain.class.getName() + " has no @EventType", "EventPublisher.publish");
        assertRefused(new Plain() {}, "has no @EventType");
        assertRefused(proxy(Runnable.class), "has no @EventType");
        assertRefused("text", "java.lang.String has no @EventType");
    }

    private static Object proxy(Class<?>... interfaces) {
        return Proxy.newProxyInstance(
                PayloadsTest.class.getClassLoader(),
                interfaces,
                (proxy, method, arguments) -> method.getName().equals("hashCode") ? (Object) 1 : "proxied");
    }

    public record TwoSubjects(
            @Subject String customer, @Subject String order) {}

    public record SubjectAndInterface(
            String customer, @Subject String order) implements OrderEvent {}

    public static class FieldAndSuperclass extends Kept {
        @Subject
        public String order = "o";
    }

    public static class WithParameter {
        @Subject
        public String subject(String of) {
            return of;
        }
    }

    public static class WithoutResult {
        @Subject
        public void subject() {
            // returns nothing
        }
    }

    public static class NoPart {
        @Subject
        public static String subject() {
            return "all the same";
        }
    }

    @EventType("other")
    public interface Other {}

    public record TwoTypes(String customer) implements OrderEvent, Other {}

    @EventType("settled")
    public record Settled(String customer) implements OrderEvent, Other {}

    @EventType({})
    public record NoType() {}

    @Test
    void whatContradictsItselfIsRefused() {
        assertRefused(new TwoSubjects("c", "o"), "TwoSubjects.customer", "TwoSubjects.order", "one subject");
        assertRefused(new SubjectAndInterface("c", "o"), "OrderEvent.customer()", "SubjectAndInterface.order");
        assertRefused(new FieldAndSuperclass(), "FieldAndSuperclass.order", "Keeping.getKey()");
        assertRefused(new WithParameter(), "WithParameter.subject()", "without parameters");
        assertRefused(new WithoutResult(), "WithoutResult.subject()", "returns something");
        assertRefused(new NoPart(), "NoPart.subject()");
        assertRefused(new TwoTypes("c"), "OrderEvent", "Other", "@EventType on the class itself");
        assertRefused(new NoType(), "NoType", "without a type");
        assertThat(fired(new Settled("c")).getType()).isEqualTo("settled");
    }

    private static void assertRefused(Object payload, String... said) {
        assertThatThrownBy(() -> fired(payload))
                .isInstanceOf(InvalidEventException.class)
                .hasMessageContainingAll(said);
    }

    public static class Number {
        public int digits = 1;
    }

    @EventType("t")
    public record OfNumber(@Subject Number number) {}

    @EventType("t")
    public record OfBytes(@Subject byte[] number) {}

    @EventType("t")
    public record OfId(@Subject UUID id) {}

    @Test
    void aSubjectWithoutATextOfItsOwnIsRefused() {
        assertRefused(new OfNumber(new Number()), "PSTEV21007", "Number", "no toString of its own");
        assertRefused(new OfBytes(new byte[] {1}), "byte[]", "no toString of its own");
        assertThat(fired(new OfId(new UUID(0, 7))).getSubject()).endsWith("-000000000007");
        assertThat(fired(new OfId(null)).getSubject()).isNull();
    }

    @Test
    void jsonsNullIsNoPayload() {
        CloudEvent event = PAYLOADS.event("t", "s", "null".getBytes(java.nio.charset.StandardCharsets.UTF_8));
        assertThatThrownBy(() -> Payloads.read(event, Plain.class, () -> JSONB, "shipping", "orders"))
                .isInstanceOf(ParkNowException.class)
                .hasMessageContainingAll("PSTEV21003", "shipping", "orders", Plain.class.getName(), "null");
    }

    @Test
    void whatIsNoJsonOfThePayloadParksAndSaysWhy() {
        CloudEvent event = PAYLOADS.event("t", "s", "[".getBytes(java.nio.charset.StandardCharsets.UTF_8));
        assertThatThrownBy(() -> Payloads.read(event, Plain.class, () -> JSONB, "shipping", "orders"))
                .isInstanceOf(ParkNowException.class)
                .hasMessageContainingAll("PSTEV21004", "shipping", "orders", Plain.class.getName());
    }

    /** As a lazy entity whose session is over. */
    @EventType("t")
    public static class Unreadable {
        @Subject
        public String customer() {
            throw new IllegalStateException("no session");
        }
    }

    public static class Unwritable {
        public String getCustomer() {
            throw new IllegalStateException("no session");
        }
    }

    @Test
    void whatThrowsWhileItIsReadIsRefusedWithItsWords() {
        assertRefused(new Unreadable(), "PSTEV21005", "cannot read the @Subject", "no session");
        assertThatThrownBy(() -> PAYLOADS.event("t", "s", new Unwritable()))
                .isInstanceOf(InvalidEventException.class)
                .hasMessageContainingAll("PSTEV21002", Unwritable.class.getName(), "JSON-B refuses it");
        assertThatThrownBy(() -> Payloads.made("t", () -> {
                    throw new IllegalStateException("no such attribute");
                }))
                .isInstanceOf(InvalidEventException.class)
                .hasMessageContainingAll("PSTEV21001", "'t'", "no such attribute");
    }
}
