package dev.postevent.internal.cdi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.util.Throwables.getStackTrace;
import static org.awaitility.Awaitility.await;

import dev.postevent.EventPublisher;
import dev.postevent.Notice;
import dev.postevent.Notice.EventResumed.By;
import dev.postevent.Operator;
import dev.postevent.ParkNowException;
import dev.postevent.Resources;
import dev.postevent.StatusReport;
import dev.postevent.StatusReport.FeedStatus;
import dev.postevent.Subscription;
import dev.postevent.Subscriptions;
import dev.postevent.Topic;
import dev.postevent.internal.flow.Told;
import dev.postevent.testing.App;
import dev.postevent.testing.LogLines;
import dev.postevent.testing.PostgresFixture;
import dev.postevent.testing.Proxy;
import io.cloudevents.CloudEvent;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.context.ContextNotActiveException;
import jakarta.enterprise.context.RequestScoped;
import jakarta.enterprise.context.control.ActivateRequestContext;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.ObservesAsync;
import jakarta.enterprise.inject.spi.BeanManager;
import jakarta.enterprise.inject.spi.EventMetadata;
import jakarta.inject.Inject;
import jakarta.inject.Named;
import jakarta.transaction.Status;
import jakarta.transaction.SystemException;
import jakarta.transaction.Transactional;
import java.lang.reflect.InvocationTargetException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Level;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;

/** What applications are told of, as their observers get it. */
class NoticesIT {
    private static final Duration LONG = Duration.ofMinutes(4);
    private static final Operator BY = Operator.of("test", "because");

    private final PostgresFixture.Db db = PostgresFixture.shared().newDatabase();

    /** Parks what says so, until it is repaired. */
    @ApplicationScoped
    public static class Billing {
        final AtomicBoolean repaired = new AtomicBoolean();
        final List<String> handled = new CopyOnWriteArrayList<>();

        @Subscription("billing")
        void bill(@Observes @Topic("orders") CloudEvent event) {
            if (event.getType().equals("bad") && !repaired.get()) {
                throw new ParkNowException("no such customer");
            }
            handled.add(event.getType());
        }

        List<String> handled() {
            return handled;
        }

        void repair() {
            repaired.set(true);
        }
    }

    /** Remembers all that it is told, and where. */
    @ApplicationScoped
    public static class Pager {
        final List<Notice> all = new CopyOnWriteArrayList<>();
        final List<Notice.EventParked> parked = new CopyOnWriteArrayList<>();
        final List<String> surroundings = new CopyOnWriteArrayList<>();

        @Inject
        Resources resources;

        @Inject
        BeanManager beans;

        void any(@Observes Notice notice) throws SystemException {
            boolean request = true;
            try {
                beans.getContext(RequestScoped.class);
            } catch (ContextNotActiveException e) {
                request = false;
            }
            surroundings.add((resources.userTransaction().getStatus() == Status.STATUS_NO_TRANSACTION
                            ? "no transaction"
                            : "transaction")
                    + (request ? ", request" : ", no request"));
            all.add(notice);
        }

        /** Each dependency of an observer is resolved as ever. */
        void page(@Observes Notice.EventParked one, Subscriptions subscriptions) {
            assertThat(subscriptions.held("billing", 10))
                    .as("it is committed")
                    .anyMatch(held -> held.position() == one.position());
            parked.add(one);
        }

        List<Notice> all() {
            return all;
        }

        List<Notice.EventParked> parked() {
            return parked;
        }

        List<String> surroundings() {
            return surroundings;
        }
    }

    private App.Builder app(Class<?>... beans) {
        return App.over(db)
                .with("postevent.application", "notices_" + db.name())
                .beans(beans);
    }

    private static void publish(App app, String... types) throws Exception {
        EventPublisher orders = app.get(EventPublisher.class, Topic.Literal.of("orders"));
        for (String type : types) {
            app.jta().transaction(() -> orders.publish(type, "s", null));
        }
    }

    private static List<Notice> told(App app) {
        return app.get(Pager.class).all();
    }

    private static <T extends Notice> List<T> told(App app, Class<T> kind) {
        return told(app).stream().filter(kind::isInstance).map(kind::cast).toList();
    }

    @Test
    void anEventThatIsParkedIsToldAndThatItsSubjectGoesOn() throws Exception {
        try (App app = app(Billing.class, Pager.class).start()) {
            publish(app, "good", "bad", "good");
            Pager pager = app.get(Pager.class);
            await().atMost(LONG)
                    .until(() -> pager.parked().size() == 1 && told(app).size() == 1);
            Notice.EventParked parked = pager.parked().get(0);
            assertThat(parked.subscription()).isEqualTo("billing");
            assertThat(parked.topic()).isEqualTo("orders");
            assertThat(parked.position()).isEqualTo(2);
            assertThat(parked.subject()).contains("s");
            assertThat(parked.eventId())
                    .isEqualTo(Optional.of(db.text("select id from postevent.orders where type = 'bad'")));
            assertThat(parked.attempts()).isEqualTo(1);
            assertThat(parked.cause()).isEqualTo("dev.postevent.ParkNowException: no such customer");

            app.get(Billing.class).repair();
            app.get(Subscriptions.class).retry("billing", 2, BY);
            await().atMost(LONG).until(() -> told(app).size() == 2);
            Notice resumed = new Told.EventResumed("billing", "orders", 2, Optional.of("s"), By.HANDLED);
            assertThat(told(app)).containsExactly(parked, resumed);
            // the first one was in the transaction that rolled back, and came again
            await().atMost(LONG)
                    .untilAsserted(
                            () -> assertThat(app.get(Billing.class).handled()).endsWith("bad", "good"));
            assertThat(pager.surroundings()).containsOnly("no transaction, no request");
        }
    }

    @Test
    void anEventThatIsSkippedIsToldWhereTheOperatorIs() throws Exception {
        try (App app = app(Billing.class, Pager.class).start()) {
            publish(app, "bad", "good");
            await().atMost(LONG).until(() -> told(app).size() == 1);
            app.get(Subscriptions.class).skip("billing", 1, BY);
            await().atMost(LONG).until(() -> told(app).size() == 2);
            assertThat(told(app))
                    .last()
                    .isEqualTo(new Told.EventResumed("billing", "orders", 1, Optional.of("s"), By.SKIPPED));
            await().atMost(LONG).until(() -> app.get(Billing.class).handled().equals(List.of("good")));
        }
    }

    /** The grace is that of health, so this takes its 30 seconds. */
    @Test
    void aFeedThatIsDownIsToldAfterTheGraceAndThatItIsUpAgain() throws Exception {
        try (Proxy proxy = new Proxy(PostgresFixture.shared().port());
                App app = app(Billing.class, Pager.class)
                        .with("postevent.feed.url", "jdbc:postgresql://127.0.0.1:" + proxy.port() + "/" + db.name())
                        .start()) {
            await().atMost(LONG).until(() -> feed(app).state() == FeedStatus.State.STREAMING);
            proxy.cut(true);
            await().atMost(LONG).until(() -> feed(app).state() == FeedStatus.State.RETRYING);
            publish(app, "good");
            await().atMost(LONG).until(() -> app.get(Billing.class).handled().size() == 1);
            assertThat(told(app)).as("within the grace").isEmpty();
            await().atMost(LONG).until(() -> !told(app).isEmpty());
            Notice.FeedDown down = told(app, Notice.FeedDown.class).get(0);
            assertThat(down.feed()).isEqualTo(StatusReport.LOCAL);
            assertThat(down.engine()).isEqualTo("debezium");
            assertThat(down.detail()).isPresent();
            assertThat(app.get(Subscriptions.class).report().faults())
                    .anySatisfy(fault -> assertThat(fault).contains("does not bring anything since"));
            proxy.cut(false);
            await().atMost(LONG).until(() -> told(app).size() == 2);
            assertThat(told(app)).containsExactly(down, new Told.FeedUp(StatusReport.LOCAL, "debezium", down.since()));
        }
    }

    private static FeedStatus feed(App app) {
        return app.get(Subscriptions.class).report().feeds().get(0);
    }

    @Test
    void aGapThatIsHeldOpenForTooLongIsToldWithWhoHoldsItAndThatItIsClosed() throws Exception {
        try (App app = app(Billing.class, Pager.class)
                        .with("postevent.catchup.gap-limit", "500ms")
                        .start();
                Connection other = db.dataSource().getConnection();
                Statement statement = other.createStatement()) {
            other.setAutoCommit(false);
            statement.execute("set application_name = 'dawdler'");
            statement.execute("insert into postevent.orders (id, source, type) values ('late', 'urn:test', 'good')");
            publish(app, "good", "good");
            await().atMost(LONG).until(() -> !told(app).isEmpty());
            Notice.GapBlocked blocked = told(app, Notice.GapBlocked.class).get(0);
            assertThat(blocked.topic()).isEqualTo("orders");
            assertThat(blocked.position()).isEqualTo(1);
            assertThat(blocked.blocker()).contains("dawdler");
            assertThat(blocked.blockedFor()).isGreaterThanOrEqualTo(Duration.ofMillis(500));
            assertThat(app.get(Billing.class).handled()).isEmpty();
            other.rollback();
            await().atMost(LONG).until(() -> told(app).size() == 2);
            Notice.GapUnblocked unblocked = told(app, Notice.GapUnblocked.class).get(0);
            assertThat(unblocked.position()).isEqualTo(1);
            assertThat(unblocked.blockedFor()).isGreaterThanOrEqualTo(blocked.blockedFor());
            await().atMost(LONG).until(() -> app.get(Billing.class).handled().size() == 2);
        }
    }

    /** A data source that a node loses for good. */
    private static DataSource cuttable(DataSource of, AtomicBoolean cut) {
        return (DataSource) java.lang.reflect.Proxy.newProxyInstance(
                NoticesIT.class.getClassLoader(), new Class<?>[] {DataSource.class}, (self, method, arguments) -> {
                    if (cut.get() && method.getName().equals("getConnection")) {
                        throw new SQLException("the network is gone", "08006");
                    }
                    try {
                        return method.invoke(of, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    @Test
    void aNodeThatIsLostIsToldByTheOneThatTakesItsLanesOver() throws Exception {
        AtomicBoolean cut = new AtomicBoolean();
        try (App lost = node("node1").wrapped(of -> cuttable(of, cut)).start();
                App other = node("node2").start()) {
            Subscriptions seen = other.get(Subscriptions.class);
            await().atMost(LONG).until(() -> seen.status("billing").owners().equals(Map.of("node1", 8, "node2", 8)));
            assertThat(told(other)).isEmpty();
            cut.set(true);
            await().atMost(LONG).until(() -> seen.status("billing").owners().equals(Map.of("node2", 16)));
            await().atMost(LONG)
                    .until(() -> told(other, Notice.NodeLost.class).stream()
                                    .mapToInt(one -> one.lanes().size())
                                    .sum()
                            == 8);
            assertThat(told(other, Notice.NodeLost.class)).allSatisfy(one -> {
                assertThat(one.node()).isEqualTo("node1");
                assertThat(one.subscription()).isEqualTo("billing");
            });
            assertThat(told(lost, Notice.NodeLost.class))
                    .as("it is told where it is found")
                    .isEmpty();
            cut.set(false);
        }
    }

    private App.Builder node(String name) {
        return app(Billing.class, Pager.class).with("postevent.node", name).with("postevent.lease", "3s");
    }

    @Test
    void aNodeThatStopsInOrderIsNotLost() {
        try (App other = node("node2").start()) {
            try (App leaves = node("node1").start()) {
                await().atMost(LONG)
                        .until(() -> leaves.get(Subscriptions.class)
                                .status("billing")
                                .owners()
                                .equals(Map.of("node1", 8, "node2", 8)));
            }
            await().atMost(LONG)
                    .until(() -> other.get(Subscriptions.class)
                            .status("billing")
                            .owners()
                            .equals(Map.of("node2", 16)));
            assertThat(told(other)).isEmpty();
        }
    }

    /** Called first, and of no use. */
    @ApplicationScoped
    public static class Throwing {
        final AtomicInteger calls = new AtomicInteger();

        void broken(@Observes @Priority(1) Notice.EventParked parked) {
            calls.incrementAndGet();
            throw new IllegalStateException("no network for " + parked.position());
        }

        int calls() {
            return calls.get();
        }
    }

    @Test
    void anObserverThatThrowsHarmsNobodyAndIsLoggedOnce() throws Exception {
        try (LogLines lines = new LogLines("dev.postevent.notice", Level.WARNING);
                App app = app(Billing.class, Pager.class, Throwing.class).start()) {
            for (int i = 0; i < 3; i++) {
                publish(app, "bad");
                int count = i + 1;
                await().atMost(LONG).until(() -> app.get(Pager.class).parked().size() == count);
                app.get(Subscriptions.class).skip("billing", count, BY);
            }
            publish(app, "good");
            await().atMost(LONG).until(() -> app.get(Billing.class).handled().equals(List.of("good")));
            assertThat(app.get(Throwing.class).calls()).isEqualTo(3);
            assertThat(lines.traced("Throwing.broken() of notices threw"))
                    .singleElement()
                    .satisfies(line -> assertThat(line).contains("position=1"));
        }
    }

    /** Does not return before it is let go. */
    @ApplicationScoped
    public static class Hanging {
        static final CountDownLatch GO = new CountDownLatch(1);
        static final AtomicInteger CALLS = new AtomicInteger();

        void hang(@Observes Notice.EventParked parked) throws InterruptedException {
            CALLS.incrementAndGet();
            GO.await();
        }
    }

    @Test
    void anObserverThatHangsHoldsUpNoLaneAndNoStop() throws Exception {
        try (LogLines lines = new LogLines("dev.postevent.notice", Level.WARNING)) {
            try (App app = app(Billing.class, Hanging.class)
                    .with("postevent.stop-limit", "1s")
                    .start()) {
                EventPublisher orders = app.get(EventPublisher.class, Topic.Literal.of("orders"));
                app.jta().transaction(() -> {
                    for (int i = 0; i < 1_200; i++) {
                        orders.publish("bad", "s" + i, null);
                    }
                    orders.publish("good", "t", null);
                });
                await().atMost(LONG)
                        .until(() ->
                                app.get(Subscriptions.class).status("billing").parked() == 1_200);
                await().atMost(LONG)
                        .until(() -> app.get(Billing.class).handled().equals(List.of("good")));
                assertThat(Hanging.CALLS).hasValue(1);
                assertThat(lines.with("1000 notices wait")).hasSize(1);
            }
            assertThat(lines.with("an observer of notices still runs 1000 ms after the stop"))
                    .hasSize(1);
        } finally {
            Hanging.GO.countDown();
        }
    }

    @RequestScoped
    public static class OfRequest {
        String name() {
            return "request";
        }
    }

    /** Begins what it needs. */
    @ApplicationScoped
    public static class Writing {
        final List<String> seen = new CopyOnWriteArrayList<>();

        @Inject
        OfRequest request;

        @Inject
        Resources resources;

        @Transactional
        @ActivateRequestContext
        public void write(@Observes Notice.EventParked parked) throws SQLException {
            try (Connection connection = resources.dataSource("jdbc/app").getConnection();
                    Statement insert = connection.createStatement()) {
                seen.add(request.name());
                insert.executeUpdate("insert into page values (" + parked.position() + ")");
            }
        }

        List<String> seen() {
            return seen;
        }
    }

    @Test
    void anObserverMayBeginATransactionAndARequest() throws Exception {
        db.execute("create table page (position bigint)");
        try (App app = app(Billing.class, Writing.class, OfRequest.class).start()) {
            publish(app, "bad");
            await().atMost(LONG).until(() -> db.number("select count(*) from page") == 1);
            assertThat(app.get(Writing.class).seen()).containsExactly("request");
        }
    }

    /** Leaves behind what the next call must not find. */
    @ApplicationScoped
    public static class Careless {
        @Inject
        Resources resources;

        void leave(@Observes @Priority(1) Notice.EventParked parked) throws Exception {
            resources.userTransaction().begin();
        }
    }

    @Test
    void aTransactionThatIsLeftOpenIsRolledBack() throws Exception {
        try (LogLines lines = new LogLines("dev.postevent", Level.WARNING);
                App app = app(Billing.class, Careless.class, Pager.class).start()) {
            publish(app, "bad");
            await().atMost(LONG).until(() -> told(app).size() == 1);
            assertThat(app.get(Pager.class).surroundings()).containsExactly("no transaction, no request");
            assertThat(lines.with("left a transaction in status")).hasSize(1);
        }
    }

    /** None of these could be called. */
    @ApplicationScoped
    public static class Wrong {
        void async(@ObservesAsync Notice.EventParked parked) {}

        void qualified(@Observes @Named("x") Notice.EventParked parked) {}

        void metadata(@Observes Notice parked, EventMetadata metadata) {}
    }

    @RequestScoped
    public static class WrongScope {
        void request(@Observes Notice.FeedDown down) {}
    }

    @Test
    void observersThatCouldNotBeCalledAreFaultsAtDeployment() {
        Throwable refused = catchThrowable(
                () -> app(Billing.class, Wrong.class, WrongScope.class).start().close());
        assertThat(refused).isNotNull();
        assertThat(getStackTrace(refused))
                .contains("PSTEV20000", "postevent found 4 faults")
                .contains("Wrong.async(): observes notices of postevent with @ObservesAsync")
                .contains("Wrong.qualified(): observes notices of postevent with qualifiers")
                .contains("Wrong.metadata(): observes notices of postevent and has a parameter EventMetadata")
                .contains("WrongScope.request(): observes notices of postevent in a bean of the scope @RequestScoped");
    }
}
