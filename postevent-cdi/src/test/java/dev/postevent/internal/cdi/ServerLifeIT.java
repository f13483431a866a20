package dev.postevent.internal.cdi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.postevent.EventPublisher;
import dev.postevent.StatusReport;
import dev.postevent.Subscription;
import dev.postevent.Subscriptions;
import dev.postevent.Topic;
import dev.postevent.internal.health.Pulse;
import dev.postevent.testing.App;
import dev.postevent.testing.PostgresFixture;
import io.cloudevents.CloudEvent;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.context.Initialized;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.Startup;
import jakarta.enterprise.inject.spi.AfterDeploymentValidation;
import jakarta.enterprise.inject.spi.BeanManager;
import jakarta.enterprise.inject.spi.Extension;
import jakarta.inject.Inject;
import jakarta.interceptor.Interceptor;
import jakarta.transaction.Transactional;
import java.lang.reflect.Proxy;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A server asks before the start, and takes things away before the stop. */
class ServerLifeIT {
    private static final Duration LONG = Duration.ofMinutes(4);
    private static final List<String> HANDLED = new CopyOnWriteArrayList<>();

    private final PostgresFixture.Db db = PostgresFixture.shared().newDatabase();

    private static void awaitNoFault(App app) {
        Subscriptions subscriptions = app.get(Subscriptions.class);
        await().atMost(LONG)
                .untilAsserted(() -> assertThat(subscriptions.report().faults()).isEmpty());
    }

    @ApplicationScoped
    public static class AsksEarly {
        static StatusReport early;
        static int threadsThen;

        /** Before postevent's own start, and from a thread that has nothing of the application. */
        void start(@Observes @Priority(1) Startup startup, Subscriptions subscriptions) throws Exception {
            FutureTask<StatusReport> health = new FutureTask<>(subscriptions::report);
            Thread foreign = new Thread(health);
            foreign.start();
            early = health.get(30, TimeUnit.SECONDS);
            threadsThen = MADE.size();
        }

        @Subscription("asked")
        void handle(@Observes @Topic("orders") CloudEvent event) {
            HANDLED.add(event.getType());
        }
    }

    private static final List<Thread> MADE = new CopyOnWriteArrayList<>();

    @Test
    void healthBeforeTheStartSaysStartingAndBuildsNothing() throws Exception {
        MADE.clear();
        try (App app = App.over(db)
                .beans(AsksEarly.class)
                .threads(factory -> task -> {
                    Thread thread = factory.newThread(task);
                    MADE.add(thread);
                    return thread;
                })
                .start()) {
            assertThat(AsksEarly.early.faults()).singleElement().asString().contains("starting");
            assertThat(AsksEarly.early.subscriptions()).isEmpty();
            assertThat(AsksEarly.threadsThen).isZero();
            app.jta()
                    .transaction(() -> app.get(EventPublisher.class, Topic.Literal.of("orders"))
                            .publish("one", "s", null));
            await().atMost(LONG).until(() -> HANDLED.contains("one"));
            awaitNoFault(app);
        }
    }

    /** Publishes before postevent's own start, in a transaction that has begun. */
    @ApplicationScoped
    public static class PublishesAtInitialization {
        @Inject
        @Topic("orders")
        EventPublisher orders;

        @Transactional
        public void initialized(@Observes @Initialized(ApplicationScoped.class) Object context) {
            orders.publish("at-initialization", "s", null);
        }

        @Subscription("first")
        void handle(@Observes @Topic("orders") CloudEvent event) {
            HANDLED.add(event.getType());
        }
    }

    /** The same, where there is no transaction, and publishing begins one. */
    @ApplicationScoped
    public static class PublishesBeforeTheStart {
        @Inject
        @Topic("orders")
        EventPublisher orders;

        void start(@Observes @Priority(1) Startup startup) {
            orders.publish("before-the-start", "s", null);
        }

        @Subscription("first")
        void handle(@Observes @Topic("orders") CloudEvent event) {
            HANDLED.add(event.getType());
        }
    }

    @ParameterizedTest
    @ValueSource(classes = {PublishesAtInitialization.class, PublishesBeforeTheStart.class})
    void whoPublishesBeforeTheStartFindsTheTables(Class<?> early) {
        HANDLED.clear();
        try (App app = App.over(db)
                .beans(early)
                .with("postevent.publish.without-transaction", "own")
                .start()) {
            await().atMost(LONG).until(() -> HANDLED.size() == 1);
            awaitNoFault(app);
        }
    }

    /** What a node of a newer release has made serves those of this one until they are restarted, and it serves these, too. */
    @Test
    void whoPublishesBeforeAStartThatIsRefusedPublishesIntoTheTablesThatThereAre() {
        try (App app = App.over(db).beans(Two.class).start()) {
            awaitNoFault(app);
        }
        db.execute("insert into postevent_internal.schema_version (part, version) values ('outbox', 1000)");
        try (App app = App.over(db).beans(PublishesAtInitialization.class).start()) {
            assertThat(db.text("select string_agg(type, ' ') from postevent.orders"))
                    .isEqualTo("at-initialization");
            await().atMost(LONG)
                    .until(() -> app.get(Subscriptions.class)
                            .report()
                            .faults()
                            .toString()
                            .contains("PSTEV30003"));
        }
    }

    /** As WildFly's: health may be asked as soon as this was called, from a thread of the server. */
    public static class OpensHealth implements Extension {
        private StatusReport first;
        private boolean ready;

        void open(
                @Observes @Priority(Interceptor.Priority.LIBRARY_BEFORE) AfterDeploymentValidation event,
                BeanManager beans)
                throws Exception {
            FutureTask<StatusReport> health = new FutureTask<>(() -> {
                StatusReport report =
                        beans.createInstance().select(Subscriptions.class).get().report();
                ready = beans.createInstance().select(Pulse.class).get().isReady(report);
                return report;
            });
            new Thread(health).start();
            first = health.get(30, TimeUnit.SECONDS);
        }
    }

    @Test
    void healthThatIsOpenBeforeAllExtensionsAreDoneSaysStartingAndIsDown() {
        OpensHealth server = new OpensHealth();
        try (App app = App.over(db).beans(AsksEarly.class).extension(server).start()) {
            assertThat(server.first.faults()).singleElement().asString().contains("starting");
            assertThat(server.ready).isFalse();
            awaitNoFault(app);
        }
    }

    @ApplicationScoped
    public static class Nobody {}

    @Test
    void anApplicationWithoutTopicsIsWell() {
        try (App app = App.over(db).beans(Nobody.class).start()) {
            assertThat(app.get(Subscriptions.class).report().faults()).isEmpty();
        }
    }

    @ApplicationScoped
    public static class Two {
        @Subscription("one")
        void one(@Observes @Topic("orders") CloudEvent event) {}

        @Subscription("two")
        void two(@Observes @Topic("orders") CloudEvent event) {}
    }

    /** A data source that ends before the application does. */
    private static DataSource ending(DataSource real, AtomicBoolean ended) {
        return (DataSource) Proxy.newProxyInstance(
                ServerLifeIT.class.getClassLoader(), new Class<?>[] {DataSource.class}, (proxy, method, args) -> {
                    if (ended.get()) {
                        throw new SQLException("the connection factory has been shut down");
                    }
                    return method.invoke(real, args);
                });
    }

    @Test
    void whereTheServerEndsItsDataSourceFirstTheStopSaysSoOnceAndLanesAreTakenOverWithinTheLease() throws Exception {
        AtomicBoolean ended = new AtomicBoolean();
        String application = "ends_" + db.name();
        List<String> lines = new CopyOnWriteArrayList<>();
        Handler handler = new Handler() {
            @Override
            public void publish(LogRecord line) {
                if (line.getMessage().contains("given back")) {
                    lines.add(line.getMessage());
                }
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        Logger log = Logger.getLogger("dev.postevent.processor");
        App first = App.over(db)
                .beans(Two.class)
                .with("postevent.application", application)
                .with("postevent.lease", "2s")
                .wrapped(real -> ending(real, ended))
                .start();
        String owned = "select count(*) from postevent_inbox.lane where owner = ";
        await().atMost(LONG).until(() -> db.number(owned + "'node1'") > 0);
        log.addHandler(handler);
        try {
            ended.set(true);
            first.close();
        } finally {
            log.removeHandler(handler);
        }
        assertThat(lines)
                .singleElement()
                .asString()
                .contains("one", "two", "2000 ms", "the connection factory has been shut down");
        try (App second = App.over(db)
                .beans(Two.class)
                .with("postevent.application", application)
                .with("postevent.node", "node2")
                .with("postevent.lease", "2s")
                .start()) {
            await().atMost(LONG).until(() -> db.number(owned + "'node1'") == 0 && db.number(owned + "'node2'") > 0);
            awaitNoFault(second);
        }
    }
}
