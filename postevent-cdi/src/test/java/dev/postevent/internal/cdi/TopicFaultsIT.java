package dev.postevent.internal.cdi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.postevent.EventPublisher;
import dev.postevent.StatusReport;
import dev.postevent.StatusReport.FeedStatus.State;
import dev.postevent.Subscription;
import dev.postevent.Subscriptions;
import dev.postevent.Topic;
import dev.postevent.testing.App;
import dev.postevent.testing.LogLines;
import dev.postevent.testing.PostgresFixture;
import io.cloudevents.CloudEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.logging.Level;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a topic does when its source is not what it was, or somebody holds a gap open: it says so, and loses nothing. */
class TopicFaultsIT {
    private static final Duration LONG = Duration.ofMinutes(4);
    private static final Set<String> SEEN = ConcurrentHashMap.newKeySet();

    private final PostgresFixture.Db db = PostgresFixture.shared().newDatabase();

    @ApplicationScoped
    public static class Observer {
        @Subscription("seer")
        void see(@Observes @Topic("orders") CloudEvent event) {
            SEEN.add(event.getId());
        }
    }

    @BeforeEach
    void nothingSeen() {
        SEEN.clear();
    }

    private App start() {
        return App.over(db)
                .beans(Observer.class)
                .with("postevent.application", "faults_" + db.name())
                .start();
    }

    private void insert(int from, int to) {
        db.execute(
                "insert into postevent.orders (id, source, type, subject) select 'e-' || g, 'urn:test', 't', 's' from generate_series("
                        + from + ", " + to + ") g");
    }

    /** An application that received ten events, and is stopped. */
    private void received() {
        try (App app = start()) {
            insert(1, 10);
            await().atMost(LONG)
                    .until(() -> SEEN.size() == 10 && topic(app).mark().orElse(-1) == 10);
        }
        SEEN.clear();
    }

    private static StatusReport.TopicStatus topic(App app) {
        return app.get(Subscriptions.class).report().topics().get(0);
    }

    @Test
    void whatHealthKeepsToItselfIsLoggedAlthoughNobodyAsks() {
        received();
        db.execute("truncate postevent.orders restart identity");
        insert(1, 3);
        try (LogLines lines = new LogLines("dev.postevent", Level.INFO)) {
            try (App app = App.over(db)
                    .beans(Observer.class)
                    .with("postevent.application", "faults_" + db.name())
                    .with("postevent.health.details", "none")
                    .start()) {
                await().atMost(LONG)
                        .untilAsserted(() -> assertThat(lines.with("health of postevent faults_"))
                                .anySatisfy(line -> assertThat(line).contains("orders", "ends at position 3")));
                assertThat(app.get(Subscriptions.class).report().faults()).isNotEmpty();
            }
            assertThat(lines.with("the faults are over")).as("that it stops").isEmpty();
        }
    }

    @Test
    void aSourceThatEndsBelowTheMarkStandsStillAndSaysSo() {
        received();
        db.execute("truncate postevent.orders restart identity");
        insert(1, 3);
        try (App app = start()) {
            await().atMost(LONG).until(() -> topic(app).fault().isPresent());
            assertThat(topic(app).fault().orElseThrow())
                    .contains("orders")
                    .contains("ends at position 3")
                    .contains("through 10");
            assertThat(app.get(Subscriptions.class).report().faults()).anyMatch(fault -> fault.contains("restored"));
            assertThat(app.get(Subscriptions.class).explain("seer").sentence()).contains("ends at position 3");
            insert(1_004, 1_030); // then it ends above the mark, but has another event there
            // between the two checks there is no fault to be told
            await().atMost(LONG).until(() -> topic(app).fault().orElse("").contains("at position 10"));
            assertThat(SEEN).isEmpty();
        }
    }

    @ApplicationScoped
    public static class Both {
        @Subscription("seer")
        void see(@Observes @Topic("orders") CloudEvent event) {
            SEEN.add(event.getId());
        }

        @Subscription("payer")
        void pay(@Observes @Topic("payments") CloudEvent event) {
            SEEN.add(event.getId());
        }
    }

    private App startBoth() {
        return App.over(db)
                .beans(Both.class)
                .with("postevent.application", "faults_" + db.name())
                .start();
    }

    private void pay(int from, int to) {
        db.execute("insert into postevent.payments (id, source, type, subject) select 'p-' || g, 'urn:test', 't', 's'"
                + " from generate_series(" + from + ", " + to + ") g");
    }

    private static StatusReport.FeedStatus feed(App app) {
        return app.get(Subscriptions.class).report().feeds().get(0);
    }

    @Test
    void aTopicThatStandsStillDoesNotStopTheFeedOfTheOthers() {
        try (App app = startBoth()) {
            insert(1, 10);
            await().atMost(LONG)
                    .until(() -> SEEN.size() == 10 && topic(app).mark().orElse(-1) == 10);
        }
        db.execute("truncate postevent.orders restart identity");
        insert(1, 2);
        try (App app = startBoth()) {
            await().atMost(LONG).until(() -> topic(app).fault().isPresent());
            await().atMost(LONG).until(() -> feed(app).state() == State.STREAMING);
            String restarts = feed(app).facts().get("restarts");
            for (int i = 3; i <= 7; i++) {
                int payment = i;
                db.execute("insert into postevent.orders (id, source, type) values ('e2-" + i + "', 'urn:test', 't')");
                pay(i, i);
                await().atMost(LONG).until(() -> SEEN.contains("p-" + payment));
            }
            assertThat(feed(app).state()).isEqualTo(State.STREAMING);
            assertThat(feed(app).facts().get("restarts")).isEqualTo(restarts);
            assertThat(topic(app).fault()).isPresent();
        }
    }

    @Test
    void aSourceWithAnotherEventAtTheMarkStandsStillAndSaysSo() {
        received();
        db.execute("truncate postevent.orders restart identity");
        insert(101, 130);
        try (App app = start()) {
            await().atMost(LONG).until(() -> topic(app).fault().isPresent());
            assertThat(topic(app).fault().orElseThrow()).contains("position").contains("10");
            assertThat(SEEN).isEmpty();
        }
    }

    @Test
    void aTableEmptiedAndFilledBeyondTheMarkBetweenTwoPollsOfThePollingFeedStandsStill() {
        try (App app = App.over(db)
                .beans(Observer.class)
                .with("postevent.application", "faults_" + db.name())
                .with("postevent.feed.kind", "polling")
                .start()) {
            insert(1, 20);
            await().atMost(LONG)
                    .until(() -> SEEN.size() == 20 && topic(app).mark().orElse(-1) == 20);
            SEEN.clear();
            db.execute("begin; truncate postevent.orders restart identity; insert into postevent.orders"
                    + " (id, source, type, subject) select 'new-' || g, 'urn:test', 't', 's' from generate_series(1, 30) g;"
                    + " commit");
            await().atMost(LONG).until(() -> topic(app).fault().isPresent());
            assertThat(topic(app).fault().orElseThrow()).contains("at position 20", "new-20", "e-20");
            assertThat(SEEN).isEmpty();
            assertThat(topic(app).mark()).hasValue(20);
        }
    }

    @Test
    void aSourceThatMovedButHasTheSameEventsGoesOn() {
        received();
        db.execute(
                "create table copy as select * from postevent.orders",
                "drop table postevent.orders",
                "delete from postevent_internal.schema_version where part = 'topic:orders'");
        try (App app = App.over(db).with("postevent.topics.names", "orders").start()) {
            assertThat(topic(app).head()).as("a new, empty table").hasValue(0);
        }
        db.execute(
                "insert into postevent.orders overriding system value select * from copy",
                "select setval(pg_get_serial_sequence('postevent.orders', 'idn'), 10)");
        insert(11, 12);
        try (App app = start()) {
            await().atMost(LONG).until(() -> SEEN.containsAll(Set.of("e-11", "e-12")));
            assertThat(topic(app).fault()).isEmpty();
        }
    }

    @Test
    void aGapThatIsHeldOpenIsNamedAndNothingPassesItUntilItIsFilled() throws Exception {
        try (App app = start();
                Connection open = db.dataSource().getConnection();
                Statement statement = open.createStatement()) {
            open.setAutoCommit(false);
            statement.execute("set application_name = 'dawdler'");
            statement.execute("insert into postevent.orders (id, source, type) values ('late', 'urn:test', 't')");
            EventPublisher orders = app.get(EventPublisher.class, Topic.Literal.of("orders"));
            for (int i = 0; i < 5; i++) {
                app.jta().transaction(() -> orders.publish("t", "s", null));
            }
            await().atMost(LONG).until(() -> topic(app).blocker().isPresent());
            assertThat(topic(app).blocker().orElseThrow()).contains("dawdler");
            assertThat(topic(app).mark()).hasValue(0);
            assertThat(app.get(Subscriptions.class).explain("seer").sentence()).contains("dawdler");
            assertThat(SEEN).isEmpty();
            open.commit();
            await().atMost(LONG).until(() -> SEEN.size() == 6);
            assertThat(SEEN).contains("late");
            await().atMost(LONG)
                    .until(() ->
                            topic(app).blocker().isEmpty() && topic(app).mark().orElse(-1) == 6);
        }
    }

    @Test
    void aPreparedTransactionThatHoldsAGapForTooLongIsAFaultThatNamesIt() throws Exception {
        String gid = "orphan_" + db.name();
        try (App app = App.over(db)
                        .beans(Observer.class)
                        .with("postevent.application", "faults_" + db.name())
                        .with("postevent.catchup.gap-limit", "500ms")
                        .start();
                Connection other = db.dataSource().getConnection();
                Statement statement = other.createStatement()) {
            statement.execute("begin");
            statement.execute("insert into postevent.orders (id, source, type) values ('late', 'urn:test', 't')");
            statement.execute("prepare transaction '" + gid + "'");
            insert(1, 3);
            await().atMost(LONG)
                    .untilAsserted(() -> assertThat(
                                    app.get(Subscriptions.class).report().faults())
                            .anySatisfy(fault -> assertThat(fault).contains("orders", "gap at position 1", gid)));
            assertThat(topic(app).fault().orElseThrow()).contains(gid);
            assertThat(app.get(Subscriptions.class).explain("seer").sentence()).contains(gid);
            statement.execute("commit prepared '" + gid + "'");
            await().atMost(LONG).until(() -> SEEN.size() == 4);
            await().atMost(LONG)
                    .until(() -> app.get(Subscriptions.class).report().faults().isEmpty());
        }
    }
}
