package dev.postevent.internal.cdi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.util.Throwables.getStackTrace;

import dev.postevent.EventType;
import dev.postevent.Live;
import dev.postevent.Subject;
import dev.postevent.Subscription;
import dev.postevent.Subscriptions;
import dev.postevent.Topic;
import dev.postevent.testing.App;
import dev.postevent.testing.PostgresFixture;
import io.cloudevents.CloudEvent;
import io.cloudevents.core.v1.CloudEventV1;
import jakarta.ejb.TransactionAttribute;
import jakarta.ejb.TransactionAttributeType;
import jakarta.ejb.TransactionManagement;
import jakarta.ejb.TransactionManagementType;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.context.ConversationScoped;
import jakarta.enterprise.context.SessionScoped;
import jakarta.enterprise.event.Event;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.ObservesAsync;
import jakarta.enterprise.event.Reception;
import jakarta.enterprise.inject.Stereotype;
import jakarta.inject.Inject;
import jakarta.json.JsonObject;
import jakarta.transaction.TransactionScoped;
import jakarta.transaction.Transactional;
import jakarta.transaction.Transactional.TxType;
import java.io.Serializable;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What would count events as handled that nobody handled, or handled outside of our transaction, is a fault at deployment. */
class UnhandledFaultsIT {
    private static final PostgresFixture.Db DB = PostgresFixture.shared().newDatabase();

    @SessionScoped
    public static class OfSession implements Serializable {
        private static final long serialVersionUID = 1L;

        void session(@Observes @Topic("orders") CloudEvent event) {}

        @Subscription("none")
        static void none(@Observes @Topic("orders") CloudEvent event) {}
    }

    @ConversationScoped
    public static class OfConversation implements Serializable {
        private static final long serialVersionUID = 1L;

        @Live
        void conversation(@ObservesAsync @Topic("orders") CloudEvent event) {}
    }

    @TransactionScoped
    public static class OfTransaction implements Serializable {
        private static final long serialVersionUID = 1L;

        @Live
        void liveInTransaction(@ObservesAsync @Topic("orders") CloudEvent event) {}
    }

    @ApplicationScoped
    public static class Conditional {
        void ifExists(@Observes(notifyObserver = Reception.IF_EXISTS) @Topic("orders") CloudEvent event) {}

        @Live
        void liveIfExists(@ObservesAsync(notifyObserver = Reception.IF_EXISTS) @Topic("orders") CloudEvent event) {}
    }

    /** Says no type. */
    public record Untyped(String customer) {}

    @EventType("one")
    public interface One {}

    @EventType("other")
    public interface Other {}

    public record Both(String customer) implements One, Other {}

    @EventType("two.subjects")
    public record TwoSubjects(
            @Subject String customer, @Subject String order) {}

    @ApplicationScoped
    public static class Typed {
        @Inject
        @Topic("orders")
        Event<TwoSubjects> twoSubjects;

        void untyped(@Observes @Topic("orders") Untyped order) {}

        @Live
        void liveUntyped(@ObservesAsync @Topic("orders") Untyped order) {}

        void both(@Observes @Topic("orders") Both order) {}

        void ofOneClass(@Observes @Topic("orders") CloudEventV1 event) {}

        void noType(@Observes @Topic("orders") @EventType({}) CloudEvent event) {}

        void emptyType(@Observes @Topic("orders") @EventType("") CloudEvent event) {}
    }

    @ApplicationScoped
    public static class OwnTransaction {
        @Transactional(TxType.REQUIRES_NEW)
        public void requiresNew(@Observes @Topic("orders") CloudEvent event) {}

        @Subscription(value = "never", atLeastOnce = true)
        @Transactional(TxType.NEVER)
        public void never(@Observes @Topic("orders") CloudEvent event) {}

        @Transactional(TxType.MANDATORY)
        @Live
        public void liveMandatory(@ObservesAsync @Topic("orders") CloudEvent event) {}

        @jakarta.enterprise.concurrent.Asynchronous
        public void asynchronous(@Observes @Topic("orders") CloudEvent event) {}

        @Subscription(value = "later", atLeastOnce = true)
        public CompletableFuture<Void> later(@Observes @Topic("orders") CloudEvent event) {
            return new CompletableFuture<>();
        }
    }

    /** Carries what the class does not show. */
    @Stereotype
    @ApplicationScoped
    @Transactional(TxType.NOT_SUPPORTED)
    @Target(ElementType.TYPE)
    @Retention(RetentionPolicy.RUNTIME)
    public @interface Report {}

    @Report
    public static class Reports {
        public void stereotype(@Observes @Topic("orders") CloudEvent event) {}
    }

    @Transactional(TxType.REQUIRES_NEW)
    public abstract static class Above {
        public void inherited(@Observes @Topic("orders") CloudEvent event) {}
    }

    @ApplicationScoped
    public static class Below extends Above {}

    @ApplicationScoped
    @TransactionAttribute(TransactionAttributeType.NOT_SUPPORTED)
    public static class EjbAttribute {
        public void ejbAttribute(@Observes @Topic("orders") CloudEvent event) {}
    }

    @ApplicationScoped
    @TransactionManagement(TransactionManagementType.BEAN)
    public static class EjbManaged {
        public void ejbManaged(@Observes @Topic("orders") CloudEvent event) {}

        @jakarta.ejb.Asynchronous
        public void ejbAsynchronous(@Observes @Topic("orders") CloudEvent event) {}
    }

    @Test
    void allThatWouldCountWithoutBeingHandledIsReported() {
        String said = faults(
                OfSession.class,
                OfConversation.class,
                OfTransaction.class,
                Conditional.class,
                Typed.class,
                OwnTransaction.class,
                Reports.class,
                Below.class,
                EjbAttribute.class,
                EjbManaged.class);
        assertFault(said, "OfSession.session()", "@SessionScoped");
        assertFault(said, "OfConversation.conversation()", "@ConversationScoped");
        assertFault(said, "OfTransaction.liveInTransaction()", "@TransactionScoped");
        assertFault(said, "Conditional.ifExists()", "IF_EXISTS");
        assertFault(said, "Conditional.liveIfExists()", "IF_EXISTS");
        assertFault(said, "Typed.untyped()", "neither the parameter nor that class has @EventType");
        assertFault(said, "Typed.liveUntyped()", "neither the parameter nor that class has @EventType");
        assertFault(said, "Typed.both()", "@EventType from");
        assertFault(said, "Typed.ofOneClass()", "take CloudEvent");
        assertFault(said, "Typed.noType()", "@EventType without a type");
        assertFault(said, "Typed.emptyType()", "@EventType without a type");
        assertFault(said, "Typed.twoSubjects", "an event has one subject");
        assertFault(said, "OwnTransaction.requiresNew()", "REQUIRES_NEW", "atLeastOnce = true");
        assertFault(said, "OwnTransaction.never()", "NEVER", "each call would fail");
        assertFault(said, "OwnTransaction.liveMandatory()", "MANDATORY", "each call would fail");
        assertFault(said, "OwnTransaction.asynchronous()", "@jakarta.enterprise.concurrent.Asynchronous");
        assertFault(said, "OwnTransaction.later()", "CompletableFuture", "for which nobody waits");
        assertFault(said, "Reports.stereotype()", "NOT_SUPPORTED", "atLeastOnce = true");
        assertFault(said, "inherited()", "REQUIRES_NEW", "atLeastOnce = true");
        assertFault(said, "EjbAttribute.ejbAttribute()", "NOT_SUPPORTED", "atLeastOnce = true");
        assertFault(said, "EjbManaged.ejbManaged()", "manages its transactions itself", "atLeastOnce = true");
        assertFault(said, "EjbManaged.ejbAsynchronous()", "@jakarta.ejb.Asynchronous");
        assertThat(said).doesNotContain("OfSession.none()");
    }

    private static String faults(Class<?>... beans) {
        Throwable thrown =
                catchThrowable(() -> App.over(DB).beans(beans).start().close());
        assertThat(thrown).as("what the deployment says").isNotNull();
        return getStackTrace(thrown);
    }

    private static void assertFault(String said, String where, String... what) {
        assertThat(Stream.of(said.split("\n"))
                        .filter(line -> line.startsWith("  - ") && line.contains(where))
                        .filter(line -> Stream.of(what).allMatch(line::contains))
                        .count())
                .as("%s: %s, in:%n%s", where, String.join(", ", what), said)
                .isPositive();
    }

    @ApplicationScoped
    @Transactional(TxType.NOT_SUPPORTED)
    public static class Known {
        @Subscription(value = "known", atLeastOnce = true)
        @Transactional(TxType.REQUIRES_NEW)
        public void known(@Observes @Topic("orders") CloudEvent event) {}

        @Subscription("joins")
        @Transactional
        public void joins(@Observes @Topic("orders") CloudEvent event) {}

        @Subscription("private")
        private void notIntercepted(@Observes @Topic("orders") CloudEvent event) {}

        @Transactional(TxType.NEVER)
        @Live
        public void live(@ObservesAsync @Topic("orders") CloudEvent event) {}
    }

    @TransactionScoped
    public static class DurableInTransaction implements Serializable {
        private static final long serialVersionUID = 1L;

        @Subscription("transaction-scoped")
        void observe(@Observes @Topic("orders") CloudEvent event) {}
    }

    @ApplicationScoped
    public static class Raw {
        @Subscription("bytes")
        void bytes(@Observes @Topic("orders") byte[] data) {}

        @Subscription("json")
        void json(@Observes @Topic("orders") JsonObject data) {}

        @Subscription("object")
        void object(@Observes @Topic("orders") Object event) {}

        @Subscription("twice-said")
        void twice(@Observes @Topic("orders") @EventType({"a", "a"}) Untyped order) {}
    }

    @Test
    void whatIsHandledInItsTransactionOrKnownIsNoFault() {
        try (App app = App.over(DB)
                .beans(Known.class, DurableInTransaction.class, Raw.class)
                .start()) {
            assertThat(app.get(Subscriptions.class).report().subscriptions())
                    .extracting(Subscriptions.Status::name)
                    .containsExactly(
                            "bytes", "joins", "json", "known", "object", "private", "transaction-scoped", "twice-said");
        }
    }
}
