package dev.postevent.internal.cdi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.postevent.EventPublisher;
import dev.postevent.StatusReport;
import dev.postevent.Subscription;
import dev.postevent.Subscriptions;
import dev.postevent.Topic;
import dev.postevent.internal.health.HealthKey;
import dev.postevent.internal.schema.Schema;
import dev.postevent.spi.TopicName;
import dev.postevent.testing.App;
import dev.postevent.testing.LogLines;
import dev.postevent.testing.PostgresFixture;
import io.cloudevents.CloudEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.lang.reflect.Proxy;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Level;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Start and stop of an application, and the ways it may be configured. */
class LifecycleIT {
    private static final Duration LONG = Duration.ofMinutes(4);
    private static final Set<String> SEEN = ConcurrentHashMap.newKeySet();

    private final PostgresFixture.Db db = PostgresFixture.shared().newDatabase();

    @ApplicationScoped
    public static class Observer {
        @Subscription("seer")
        void see(@Observes @Topic("orders") CloudEvent event) {
            SEEN.add(event.getType());
        }
    }

    @BeforeEach
    void nothingSeen() {
        SEEN.clear();
    }

    private App.Builder app() {
        return App.over(db).beans(Observer.class).with("postevent.application", "life_" + db.name());
    }

    private static EventPublisher orders(App app) {
        return app.get(EventPublisher.class, Topic.Literal.of("orders"));
    }

    @Test
    void twentyStartsAndStopsLeaveNoThreadNoConnectionAndOneSlot() throws Exception {
        for (int i = 0; i < 20; i++) {
            String type = "t-" + i;
            App running = app().start();
            try (running) {
                running.jta().transaction(() -> orders(running).publish(type, "s", null));
                if (i % 3 > 0) {
                    await().atMost(LONG).until(() -> SEEN.contains(type));
                }
            }
            await().atMost(LONG).until(() -> running.threads() == 0);
        }
        await().atMost(LONG)
                .until(() -> db.number("select count(*) from pg_stat_activity where datname = '" + db.name()
                                + "' and pid <> pg_backend_pid()")
                        == 0);
        assertThat(db.number("select count(*) from pg_replication_slots where database = '" + db.name() + "'"))
                .isEqualTo(1);
        assertThat(db.number("select count(*) from postevent_inbox.lane where owner is not null"))
                .as("lanes that were not given back")
                .isZero();
        try (App last = app().start()) {
            await().atMost(LONG).until(() -> SEEN.size() == 20);
            assertThat(last.get(Subscriptions.class).report().faults()).isEmpty();
        }
    }

    @Test
    void withoutLogicalDecodingThePollingFeedDoes() throws Exception {
        try (App app = app().with("postevent.feed.kind", "polling").start()) {
            app.jta().transaction(() -> orders(app).publish("polled", "s", null));
            await().atMost(LONG).until(() -> SEEN.contains("polled"));
            assertThat(app.get(Subscriptions.class).report().feeds().get(0)).satisfies(feed -> {
                assertThat(feed.kind()).isEqualTo(StatusReport.FeedStatus.Kind.POLLING);
                assertThat(feed.engine()).isEqualTo("jdbc");
                assertThat(feed.facts().keySet()).allMatch(HealthKey::tellsOfFeed);
            });
        }
        assertThat(db.number("select count(*) from pg_replication_slots where database = '" + db.name() + "'"))
                .isZero();
    }

    @Test
    void publishMayWriteAtOnceAndInATransactionOfItsOwn() throws Exception {
        try (App app = app().with("postevent.publish.when", "now")
                .with("postevent.publish.without-transaction", "own")
                .xa()
                .start()) {
            orders(app).publish("own", "s", null);
            await().atMost(LONG).until(() -> SEEN.contains("own"));
            app.jta().transaction(() -> {
                orders(app).publish("at-once", "s", null);
                assertThat(db.number("select last_value from postevent.orders_idn_seq"))
                        .isEqualTo(2);
            });
            await().atMost(LONG).until(() -> SEEN.contains("at-once"));
            app.jta().rolledBack(() -> orders(app).publish("never", "s", null));
            app.jta().transaction(() -> orders(app).publish("last", "s", null));
            await().atMost(LONG).until(() -> SEEN.contains("last"));
            assertThat(SEEN).doesNotContain("never");
        }
    }

    /** A database that refuses the first who asks; the second waits, and is refused or not. */
    private static DataSource slow(DataSource real, boolean back, CountDownLatch repeated, CountDownLatch answered) {
        AtomicInteger asked = new AtomicInteger();
        return (DataSource) Proxy.newProxyInstance(
                LifecycleIT.class.getClassLoader(), new Class<?>[] {DataSource.class}, (proxy, method, args) -> {
                    boolean first = asked.incrementAndGet() == 1;
                    if (!first) {
                        repeated.countDown();
                        answered.await();
                    }
                    if (first || !back) {
                        throw new SQLException("the database is away", "08001");
                    }
                    return method.invoke(real, args);
                });
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void anUndeploymentWaitsForAStartThatIsRepeatedAndNotForItself(boolean back) throws Exception {
        CountDownLatch repeated = new CountDownLatch(1);
        CountDownLatch answered = new CountDownLatch(1);
        App app = app().with("postevent.stop-limit", "1m")
                .wrapped(real -> slow(real, back, repeated, answered))
                .start();
        Thread undeployment = new Thread(app::close, "undeployment");
        try (LogLines lines = new LogLines("dev.postevent", Level.WARNING)) {
            assertThat(repeated.await(30, TimeUnit.SECONDS)).isTrue();
            undeployment.start();
            await("the undeployment waits")
                    .atMost(LONG)
                    .until(() -> undeployment.getState() == Thread.State.TIMED_WAITING);
            answered.countDown();
            undeployment.join(30_000);
            assertThat(undeployment.isAlive()).as("still waits").isFalse();
            assertThat(lines.with("still runs")).isEmpty();
        } finally {
            answered.countDown();
        }
    }

    @Test
    void numbersForOthersHaveDigitsThatTheyCanRead() throws Exception {
        Locale before = Locale.getDefault();
        Locale.setDefault(Locale.forLanguageTag("ar-u-nu-arab"));
        try (App app = app().start()) {
            app.jta().transaction(() -> orders(app).publish("read", "s", null));
            await().atMost(LONG).until(() -> SEEN.contains("read"));
        } finally {
            Locale.setDefault(before);
        }
    }

    @Test
    void whereTablesAreMissingTheApplicationStartsSaysSoAndGoesOnWhenTheyAreThere() throws Exception {
        try (App app = app().with("postevent.schema", "validate").start()) {
            Subscriptions subscriptions = app.get(Subscriptions.class);
            assertThat(subscriptions.report().faults())
                    .anyMatch(fault -> fault.contains("not started") && fault.contains("orders"));
            db.execute(Schema.ddl(List.of(new TopicName("orders"))));
            await().atMost(LONG).until(() -> subscriptions.report().faults().isEmpty());
            app.jta().transaction(() -> orders(app).publish("validated", "s", null));
            await().atMost(LONG).until(() -> SEEN.contains("validated"));
        }
    }
}
