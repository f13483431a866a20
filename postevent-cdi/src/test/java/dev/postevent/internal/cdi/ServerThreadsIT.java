package dev.postevent.internal.cdi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.postevent.Delivery;
import dev.postevent.EventPublisher;
import dev.postevent.Live;
import dev.postevent.StatusReport;
import dev.postevent.Subscription;
import dev.postevent.Subscriptions;
import dev.postevent.Topic;
import dev.postevent.testing.App;
import dev.postevent.testing.PostgresFixture;
import io.cloudevents.CloudEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.ObservesAsync;
import jakarta.inject.Inject;
import jakarta.transaction.Status;
import jakarta.transaction.UserTransaction;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Our threads on servers that keep connections, local transactions and names for the length of a thread: {@link ServerLike}. */
class ServerThreadsIT {
    private static final Duration LONG = Duration.ofMinutes(4);
    /** By type of event, the attempt that went well. */
    private static final Map<String, Integer> HANDLED = new ConcurrentHashMap<>();

    private static final List<String> LIVE = new CopyOnWriteArrayList<>();
    private static final Map<String, String> NAMES = new ConcurrentHashMap<>();

    private final PostgresFixture.Db db = PostgresFixture.shared().newDatabase();
    private final ServerLike server = new ServerLike();

    private static PostgresFixture.Db killedIn;
    private static Supplier<App> running;

    @BeforeEach
    void nothingHandled() {
        HANDLED.clear();
        LIVE.clear();
        NAMES.clear();
    }

    @AfterEach
    void nothingRuns() {
        ServerLike.give(null);
        running = null;
    }

    private App.Builder app(Class<?>... beans) {
        return App.over(db)
                .beans(beans)
                .transactions(server::transactions)
                .wrapped(server::source)
                .threads(server::threads)
                // one thread for all events: what is left on it hits the next
                .with("postevent.subscriptions.defaults.lanes", "1")
                .with("postevent.subscriptions.defaults.concurrency", "1")
                .with("postevent.subscriptions.defaults.backoff-first", "20ms")
                .with("postevent.subscriptions.defaults.backoff-max", "100ms");
    }

    private static void publish(App app, String... types) throws Exception {
        EventPublisher orders = app.get(EventPublisher.class, Topic.Literal.of("orders"));
        for (String type : types) {
            app.jta().transaction(() -> orders.publish(type, "s-" + type, null));
        }
    }

    private static void awaitStreaming(App app) {
        await().atMost(LONG)
                .untilAsserted(
                        () -> assertThat(app.get(Subscriptions.class).report().feeds())
                                .extracting(StatusReport.FeedStatus::state)
                                .containsExactly(StatusReport.FeedStatus.State.STREAMING));
    }

    private static void awaitHandled(String... types) {
        await().atMost(LONG).untilAsserted(() -> assertThat(HANDLED).containsKeys(types));
    }

    /** What was called counts once it is committed. */
    private static void awaitAllDoneAndWell(App app) {
        Subscriptions subscriptions = app.get(Subscriptions.class);
        await().atMost(LONG).untilAsserted(() -> {
            assertThat(subscriptions.report().faults()).isEmpty();
            assertThat(subscriptions.status())
                    .singleElement()
                    .matches(status -> status.lag() == 0 && status.held() == 0, "all is handled");
        });
    }

    /** As a restart of the server: every connection is dead, those in the pool too. */
    private static void killBackends() {
        killedIn.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database()"
                + " and pid <> pg_backend_pid() and backend_type = 'client backend'");
    }

    @ApplicationScoped
    public static class LosesItsDatabase {
        @Inject
        Delivery delivery;

        @Subscription("losing")
        void handle(@Observes @Topic("orders") CloudEvent event) {
            if (event.getType().equals("lost") && delivery.attempt() == 1 && HANDLED.put("seen", 1) == null) {
                killBackends();
                throw new IllegalStateException("the database went away");
            }
            HANDLED.put(event.getType(), delivery.attempt());
        }
    }

    @Test
    void aThreadThatCannotBeginATransactionAfterTheDatabaseWentAwayIsReplaced() throws Exception {
        killedIn = db;
        try (App app = app(LosesItsDatabase.class).start()) {
            publish(app, "before");
            awaitHandled("before");
            publish(app, "lost");
            awaitHandled("lost");
            publish(app, "after");
            awaitHandled("after");
            assertThat(server.spoiled()).as("threads that the server spoiled").isPositive();
            awaitAllDoneAndWell(app);
        }
    }

    @ApplicationScoped
    public static class OutlivesItsTimeout {
        @Inject
        Delivery delivery;

        @Subscription("outliving")
        void handle(@Observes @Topic("orders") CloudEvent event) throws Exception {
            if (event.getType().equals("slow") && delivery.attempt() == 1) {
                App app = running.get();
                UserTransaction transaction = app.jta().userTransaction();
                // left open when its transaction ends
                app.dataSource().getConnection().getAutoCommit();
                await().pollInSameThread().atMost(LONG).until(() -> transaction.getStatus() != Status.STATUS_ACTIVE);
            }
            HANDLED.put(event.getType(), delivery.attempt());
        }
    }

    @Test
    void aThreadWhoseTransactionEndedUnderTheObserverIsReplacedAndGoodEventsGoOn() throws Exception {
        try (App app = app(OutlivesItsTimeout.class)
                .with("postevent.subscriptions.defaults.transaction-timeout", "1s")
                .start()) {
            running = () -> app;
            publish(app, "before");
            awaitHandled("before");
            publish(app, "slow", "good-1", "good-2");
            awaitHandled("good-1", "good-2");
            assertThat(server.spoiled()).as("threads that the server spoiled").isPositive();
            awaitHandled("slow");
            assertThat(HANDLED).containsEntry("good-1", 1).containsEntry("good-2", 1);
            awaitAllDoneAndWell(app);
        }
    }

    @ApplicationScoped
    public static class RolledBackUnderIt {
        @Subscription("outliving")
        void handle(@Observes @Topic("orders") CloudEvent event) throws Exception {
            UserTransaction transaction = running.get().jta().userTransaction();
            await().pollInSameThread().atMost(LONG).until(() -> transaction.getStatus() == Status.STATUS_ROLLEDBACK);
        }
    }

    @Test
    void whatTheTimeoutRolledBackUnderTheObserverIsParkedForThatReason() throws Exception {
        try (App app = app(RolledBackUnderIt.class)
                .with("postevent.subscriptions.defaults.transaction-timeout", "1s")
                .with("postevent.subscriptions.defaults.attempts-max", "1")
                .start()) {
            running = () -> app;
            publish(app, "slow");
            await().atMost(LONG)
                    .until(() -> app.get(Subscriptions.class).held("outliving", 1).stream()
                            .anyMatch(held -> held.cause().orElse("").contains("its timeout of 1 s")));
        }
    }

    @ApplicationScoped
    public static class Names {
        @Subscription("names")
        void durable(@Observes @Topic("orders") CloudEvent event) {
            NAMES.put("durable", String.valueOf(ServerLike.names()));
        }

        @Live
        void live(@ObservesAsync @Topic("orders") CloudEvent event) {
            NAMES.put("live", String.valueOf(ServerLike.names()));
        }
    }

    @Test
    void everyThreadHasTheNamesOfTheApplicationWhoeverNeedsIt() throws Exception {
        ServerLike.give("of the application");
        try (App app = app(Names.class).start()) {
            ServerLike.give("of the test");
            awaitStreaming(app);
            publish(app, "one");
            await().atMost(LONG).until(() -> NAMES.size() == 2);
            assertThat(NAMES)
                    .containsEntry("durable", "of the application")
                    .containsEntry("live", "of the application");
        }
    }

    @ApplicationScoped
    public static class LeavesATransaction {
        @Live
        void live(@ObservesAsync @Topic("orders") CloudEvent event) throws Exception {
            UserTransaction transaction = running.get().jta().userTransaction();
            LIVE.add(event.getType() + " in " + transaction.getStatus());
            if (event.getType().equals("first")) {
                transaction.begin();
            }
        }
    }

    @Test
    void whatALiveObserverLeavesOnItsThreadMeetsNoOther() throws Exception {
        try (App app = app(LeavesATransaction.class).start()) {
            running = () -> app;
            awaitStreaming(app);
            publish(app, "first", "second");
            String none = " in " + Status.STATUS_NO_TRANSACTION;
            await().atMost(LONG).untilAsserted(() -> assertThat(LIVE).containsExactly("first" + none, "second" + none));
        }
    }
}
