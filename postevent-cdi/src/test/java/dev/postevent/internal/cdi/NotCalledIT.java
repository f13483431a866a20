package dev.postevent.internal.cdi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.postevent.Delivery;
import dev.postevent.EventPublisher;
import dev.postevent.EventType;
import dev.postevent.Subscription;
import dev.postevent.Subscriptions;
import dev.postevent.Topic;
import dev.postevent.testing.App;
import dev.postevent.testing.EffectTable;
import dev.postevent.testing.PostgresFixture;
import io.cloudevents.CloudEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.context.Dependent;
import jakarta.enterprise.context.NormalScope;
import jakarta.enterprise.context.SessionScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.transaction.TransactionScoped;
import jakarta.transaction.Transactional;
import jakarta.transaction.Transactional.TxType;
import java.io.Serializable;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** An event counts as handled only if its observer was called. */
class NotCalledIT {
    private static final Duration LONG = Duration.ofMinutes(4);
    private static final PostgresFixture.Db DB = PostgresFixture.shared().newDatabase();
    private static final List<String> TYPED = new CopyOnWriteArrayList<>();
    private static App app;

    /** Active nowhere, which nobody can know at deployment. */
    @NormalScope
    @Retention(RetentionPolicy.RUNTIME)
    public @interface Sometimes {}

    @Sometimes
    public static class InOtherScope {
        @Subscription("other-scope")
        void observe(@Observes @Topic("orders") CloudEvent event) {}
    }

    @SessionScoped
    public static class User implements Serializable {
        private static final long serialVersionUID = 1L;

        public String name() {
            return "nobody";
        }
    }

    @Dependent
    public static class DependentOfUser {
        final String user;

        @Inject
        DependentOfUser(User user) {
            this.user = user.name();
        }

        @Subscription("dependent")
        void observe(@Observes @Topic("orders") CloudEvent event) {}
    }

    @ApplicationScoped
    public static class ApplicationOfUser {
        String user;

        @Inject
        void learn(User of) {
            user = of.name();
        }

        @Subscription("application")
        void observe(@Observes @Topic("orders") CloudEvent event) {}
    }

    @TransactionScoped
    public static class InTransaction implements Serializable {
        private static final long serialVersionUID = 1L;

        @Inject
        private transient dev.postevent.Resources resources;

        @Subscription("in-transaction")
        void observe(@Observes @Topic("orders") CloudEvent event, Delivery delivery) throws SQLException {
            EffectTable.write(resources, "in-transaction", event, delivery);
        }
    }

    @EventType({"order.placed", "order.placed.again"})
    public static class Placed {
        public String customer;
    }

    @ApplicationScoped
    public static class Others {
        @Inject
        dev.postevent.Resources resources;

        @Subscription("typed")
        void typed(@Observes @Topic("orders") Placed order) {
            TYPED.add(String.valueOf(order.customer));
        }

        @Subscription(value = "known", atLeastOnce = true)
        @Transactional(TxType.REQUIRES_NEW)
        public void known(@Observes @Topic("orders") CloudEvent event, Delivery delivery) throws SQLException {
            EffectTable.write(resources, "known", event, delivery);
        }
    }

    @BeforeAll
    static void deploy() {
        DB.execute(EffectTable.DDL);
        app = App.over(DB)
                .beans(
                        InOtherScope.class,
                        User.class,
                        DependentOfUser.class,
                        ApplicationOfUser.class,
                        InTransaction.class,
                        Others.class)
                .with("postevent.subscriptions.defaults.attempts-max", "1")
                .start();
    }

    @AfterAll
    static void undeploy() {
        if (app != null) {
            app.close();
        }
    }

    private static void publish(String type, String subject, Object payload) throws Exception {
        EventPublisher orders = app.get(EventPublisher.class, Topic.Literal.of("orders"));
        app.jta().transaction(() -> orders.publish(type, subject, payload));
    }

    private static Subscriptions.Status status(String subscription) {
        return app.get(Subscriptions.class).report().subscriptions().stream()
                .filter(one -> one.name().equals(subscription))
                .findFirst()
                .orElseThrow();
    }

    private static void assertParked(String subscription, String... cause) throws Exception {
        publish("t", subscription, null);
        await().atMost(LONG).until(() -> status(subscription).parked() >= 1);
        assertThat(app.get(Subscriptions.class).held(subscription, 10))
                .isNotEmpty()
                .allSatisfy(held -> assertThat(held.cause().orElseThrow()).contains(cause));
    }

    @Test
    void anObserverInAScopeThatIsNotActiveFails() throws Exception {
        assertParked("other-scope", "PSTEV20014", "InOtherScope.observe()", "Sometimes");
    }

    @Test
    void anObserverWhoseBeanNeedsAScopeThatIsNotActiveFails() throws Exception {
        assertParked("dependent", "PSTEV20015", "DependentOfUser");
        assertParked("application", "PSTEV20015", "ApplicationOfUser");
    }

    @Test
    void anObserverInTheScopeOfItsTransactionIsCalled() throws Exception {
        publish("t", "scoped-1", null);
        await().atMost(LONG).until(() -> effects("in-transaction", "scoped-1") == 1);
    }

    @Test
    void anObserverWithATransactionOfItsOwnIsCalled() throws Exception {
        publish("t", "known-1", null);
        await().atMost(LONG).until(() -> effects("known", "known-1") == 1);
    }

    private static long effects(String subscription, String subject) {
        return DB.number("select count(*) from effect where subscription = '" + subscription + "' and subject = '"
                + subject + "'");
    }

    public record Cancelled(String reason) {}

    @Test
    void theTypesOfThePayloadsClassFilter() throws Exception {
        Placed placed = new Placed();
        placed.customer = "c-1";
        publish("order.cancelled", "typed-1", new Cancelled("changed my mind"));
        publish("order.placed", "typed-1", placed);
        publish("order.placed.again", "typed-1", placed);
        await().atMost(LONG).until(() -> TYPED.size() >= 2);
        assertThat(TYPED).containsExactly("c-1", "c-1");
        assertThat(status("typed").parked()).isZero();
    }
}
