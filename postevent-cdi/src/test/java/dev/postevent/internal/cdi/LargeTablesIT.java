package dev.postevent.internal.cdi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.postevent.EventPublisher;
import dev.postevent.Subscription;
import dev.postevent.Subscriptions;
import dev.postevent.Topic;
import dev.postevent.internal.schema.Schema;
import dev.postevent.spi.TopicName;
import dev.postevent.testing.App;
import dev.postevent.testing.PostgresFixture;
import io.cloudevents.CloudEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Nothing the library does reads a table that grows from end to end, whether the server knows how large it is or believes it to be
 * empty: counted by the server over history, live events, rollbacks, failures, a restart, status and explanations.
 */
class LargeTablesIT {
    private static final Duration LONG = Duration.ofMinutes(4);
    private static final int EVENTS = 100_000;
    private static final int PUBLISHED = 300;

    private final PostgresFixture.Db db = PostgresFixture.shared().newDatabase();

    /** Fails each thing once. */
    @ApplicationScoped
    public static class Observer {
        private static final Set<String> HANDLED = ConcurrentHashMap.newKeySet();
        private static final Set<String> FAILED = ConcurrentHashMap.newKeySet();

        @Subscription("large")
        void handle(@Observes @Topic("orders") CloudEvent event) {
            if (event.getType().equals("fails.once") && FAILED.add(event.getId())) {
                throw new IllegalStateException("once");
            }
            HANDLED.add(event.getId());
        }
    }

    @ParameterizedTest(name = "analysed: {0}")
    @ValueSource(booleans = {false, true})
    void noTableThatGrowsIsReadFromEndToEnd(boolean analysed) throws Exception {
        Observer.HANDLED.clear();
        fill();
        if (analysed) {
            db.execute("analyze");
        }
        long before = sequentiallyRead();

        try (App app = start()) {
            await().atMost(LONG).until(() -> Observer.HANDLED.size() == EVENTS);
            publish(app);
            await().atMost(LONG).until(() -> Observer.HANDLED.size() == EVENTS + PUBLISHED);
        }
        // a start in the middle of everything, and what operators ask
        try (App app = start()) {
            publish(app);
            await().atMost(LONG).until(() -> Observer.HANDLED.size() == EVENTS + 2 * PUBLISHED);
            Subscriptions subscriptions = app.get(Subscriptions.class);
            await().atMost(LONG)
                    .until(() -> subscriptions.status().stream()
                            .allMatch(status -> status.lag() == 0 && status.held() == 0));
            assertThat(subscriptions.report().topics()).hasSize(1);
            assertThat(subscriptions.explain("large").sentence()).isNotEmpty();
        }

        assertThat(sequentiallyRead() - before)
                .as("rows of topic, inbox and held events that were read by scanning their tables")
                .isLessThan(EVENTS / 10);
    }

    private App start() {
        return App.over(db)
                .beans(Observer.class)
                .with("postevent.application", "large_" + db.name())
                .with("postevent.subscriptions.defaults.backoff-first", "50ms")
                .start();
    }

    /** A topic, and what is held of it for a subscription of somebody else. Statistics are only what the test makes. */
    private void fill() {
        Schema schema = new Schema(db.dataSource(), Schema.Mode.CREATE);
        schema.prepareOutbox(List.of(new TopicName("orders")));
        schema.prepareInbox();
        db.execute(
                "alter table postevent.orders set (autovacuum_enabled = false)",
                "alter table postevent_inbox.messages set (autovacuum_enabled = false)",
                "alter table postevent_inbox.held_event set (autovacuum_enabled = false)",
                "insert into postevent.orders (id, source, type, subject, data) select i::text, 'urn:large', 'there.before',"
                        + " 's' || i % 1000, '\\x00' from generate_series(1, " + EVENTS + ") i",
                "insert into postevent_inbox.origin (topic, system, timeline, source_table) select 'orders',"
                        + " system_identifier::text, 1, 'postevent.orders'::regclass::oid::bigint from pg_control_system()",
                "insert into postevent_inbox.subscription (application, name, topic, lanes) values ('other', 'another', 'orders', 16)",
                "insert into postevent_inbox.held_event (application, subscription, idn, lane, ordering_key, state)"
                        + " select 'other', 'another', i, i % 16,"
                        + " 's' || i, 'parked' from generate_series(1, " + EVENTS + ") i");
    }

    /** Single events, some that fail once, rollbacks that leave gaps. */
    private static void publish(App app) throws Exception {
        EventPublisher orders = app.get(EventPublisher.class, Topic.Literal.of("orders"));
        for (int i = 0; i < PUBLISHED; i++) {
            String type = i % 50 == 7 ? "fails.once" : "published";
            String subject = "s" + i % 100;
            app.jta().transaction(() -> orders.publish(type, subject, null));
            if (i % 30 == 0) {
                app.jta().rolledBack(() -> orders.publishNow(type, subject, null));
            }
        }
    }

    /** As far as ended sessions have told the server. */
    private long sequentiallyRead() {
        await().atMost(LONG)
                .until(() -> db.number("select count(*) from pg_stat_activity where datname = current_database()"
                                + " and backend_type = 'client backend' and pid <> pg_backend_pid()")
                        == 0);
        return db.number("select sum(seq_tup_read) from pg_stat_user_tables"
                + " where relid in ('postevent.orders'::regclass, 'postevent_inbox.messages'::regclass,"
                + " 'postevent_inbox.held_event'::regclass)");
    }
}
