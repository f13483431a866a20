package dev.postevent.internal.cdi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.postevent.Delivery;
import dev.postevent.EventPublisher;
import dev.postevent.Resources;
import dev.postevent.Subscription;
import dev.postevent.Subscriptions;
import dev.postevent.Topic;
import dev.postevent.testing.App;
import dev.postevent.testing.EffectChecker;
import dev.postevent.testing.EffectTable;
import dev.postevent.testing.PostgresFixture;
import dev.postevent.testing.build.Seeded;
import io.cloudevents.CloudEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** The promises about delivery, with concurrent publishers that roll back, dawdle and prepare. */
@Seeded
class DeliveryIT {
    /** A check counts all effects. */
    private static final Duration CHECK_EVERY = Duration.ofMillis(500);

    private static final Duration LONG = Duration.ofMinutes(8);

    /** Events published before the first and the later subscription begin. */
    private static final int HISTORY = Integer.getInteger("test.history", 30_000);

    /** Writes what it handles: of a long history, one subscription's effects are enough. */
    @ApplicationScoped
    public static class Early {
        @Inject
        Resources resources;

        @Subscription("one")
        void one(@Observes @Topic("orders") CloudEvent event, Delivery delivery) throws SQLException {
            EffectTable.write(resources, "one", event, delivery);
        }
    }

    /** With a second subscription from the beginning. */
    @ApplicationScoped
    public static class Effects extends Early {
        @Subscription("two")
        void two(@Observes @Topic("orders") CloudEvent event, Delivery delivery) throws SQLException {
            EffectTable.write(resources, "two", event, delivery);
        }
    }

    /** A second application on the same inbox would be the same application: a later subscription is a further observer. */
    @ApplicationScoped
    public static class Late extends Early {
        @Subscription("late")
        void late(@Observes @Topic("orders") CloudEvent event, Delivery delivery) throws SQLException {
            EffectTable.write(resources, "late", event, delivery);
        }
    }

    /**
     * Publishes one event and counts it in the same transaction: the counter's row gives the subject's commit order by another
     * way than postevent's own locks.
     */
    private static void publish(App app, String subject, boolean commit, Runnable dawdle) throws Exception {
        EventPublisher orders = app.get(EventPublisher.class, Topic.Literal.of("orders"));
        JtaWork work = () -> {
            long number;
            try (Connection connection = app.jta().local().getConnection();
                    PreparedStatement count = connection.prepareStatement(
                            "insert into counter as c (subject, n) values (?, 1) on conflict (subject) do update set n = c.n + 1"
                                    + " returning n")) {
                count.setString(1, subject);
                try (ResultSet row = count.executeQuery()) {
                    row.next();
                    number = row.getLong(1);
                }
            }
            orders.publish("order.placed", subject, new byte[] {(byte) number});
            dawdle.run();
        };
        if (commit) {
            app.jta().transaction(work::run);
        } else {
            app.jta().rolledBack(work::run);
        }
    }

    private interface JtaWork {
        void run() throws Exception;
    }

    private static PostgresFixture.Db database() {
        PostgresFixture.Db db = PostgresFixture.shared().newDatabase();
        db.execute(EffectTable.DDL, "create table counter (subject text primary key, n bigint not null)");
        return db;
    }

    private static void pause(long millis) {
        try {
            // a publisher that dawdles is the fault under test, not a way to wait for something
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void g2g3g4g6ConcurrentPublishersThatRollBackDawdleAndPrepare() throws Exception {
        PostgresFixture.Db db = database();
        try (App app = App.over(db).beans(Effects.class).start()) {
            ExecutorService publishers = Executors.newFixedThreadPool(16);
            List<Future<?>> all = new ArrayList<>();
            AtomicLong committed = new AtomicLong();
            for (int publisher = 0; publisher < 16; publisher++) {
                Random random = new Random(publisher);
                int own = publisher;
                all.add(publishers.submit(() -> {
                    for (int i = 0; i < 120; i++) {
                        // one subject that everybody wants, many that few do
                        String subject = random.nextInt(4) == 0 ? "hot" : "s-" + random.nextInt(1_000);
                        boolean commit = random.nextInt(5) > 0;
                        long dawdle = i == 60 && own < 4 ? 2_000 : random.nextInt(40) == 0 ? 100 : 0;
                        publish(app, subject, commit, () -> pause(dawdle));
                        if (commit) {
                            committed.incrementAndGet();
                        }
                    }
                    return null;
                }));
            }
            prepared(db, "prepared-1", true);
            prepared(db, "prepared-2", false);
            for (Future<?> one : all) {
                one.get();
            }
            publishers.shutdown();
            long expected = committed.get() + 1;
            assertThat(db.number("select count(*) from postevent.orders where kind = 'e'"))
                    .isEqualTo(expected);
            EffectChecker checker = new EffectChecker(db, "orders", "effect");
            await().atMost(LONG).until(() -> checker.effects("one") >= expected && checker.effects("two") >= expected);
            checker.assertExactlyOnceInOrder("one");
            checker.assertExactlyOnceInOrder("two");
            checker.assertPositionsAreInCommitOrder("subject <> 'prepared'");
            Subscriptions subscriptions = app.get(Subscriptions.class);
            await().atMost(LONG)
                    .until(() -> subscriptions.report().topics().get(0).mark().orElse(-1)
                            == db.number("select max(idn) from postevent.orders"));
            // below the mark everything is there: rows or voids, in the outbox and in the inbox
            assertThat(db.number("select max(idn) - count(*) from postevent.orders"))
                    .isZero();
            if (System.getProperty("test.inbox", "copy").equals("copy")) {
                assertThat(db.number(
                                "select count(*) from postevent.orders o full join postevent_inbox.messages m on m.idn = o.idn"
                                        + " where o.id is distinct from m.id or o.kind is distinct from m.kind"))
                        .isZero();
            }
            assertThat(subscriptions.report().faults()).isEmpty();
        }
    }

    /** A transaction that is prepared, and resolved a second later. */
    private static void prepared(PostgresFixture.Db db, String name, boolean commit) throws SQLException {
        String gid = name + db.name();
        try (Connection connection = db.dataSource().getConnection()) {
            connection.setAutoCommit(false);
            connection
                    .createStatement()
                    .execute("insert into postevent.orders (id, source, type, subject) values ('" + name
                            + "', 'urn:test', 't', 'prepared')");
            connection.createStatement().execute("prepare transaction '" + gid + "'");
            connection.commit();
        }
        pause(1_000);
        db.execute((commit ? "commit" : "rollback") + " prepared '" + gid + "'");
    }

    @Test
    void g2g3g4HoldWhereTheDatabaseDefaultsToRepeatableRead() throws Exception {
        PostgresFixture.Db db = database();
        db.execute("alter database " + db.name() + " set default_transaction_isolation = 'repeatable read'");
        try (App app = App.over(db).beans(Effects.class).start()) {
            ExecutorService publishers = Executors.newFixedThreadPool(4);
            List<Future<?>> all = new ArrayList<>();
            for (int publisher = 0; publisher < 4; publisher++) {
                String subject = "s-" + publisher;
                all.add(publishers.submit(() -> {
                    for (int i = 0; i < 100; i++) {
                        publish(app, subject, i % 5 > 0, () -> {});
                    }
                    return null;
                }));
            }
            for (Future<?> one : all) {
                one.get();
            }
            publishers.shutdown();
            EffectChecker checker = new EffectChecker(db, "orders", "effect");
            await().atMost(LONG).until(() -> checker.effects("one") >= 320 && checker.effects("two") >= 320);
            checker.assertExactlyOnceInOrder("one");
            checker.assertExactlyOnceInOrder("two");
            checker.assertPositionsAreInCommitOrder("true");
        }
    }

    @Test
    void g5ANewSubscriptionGetsTheWholeHistoryWhilePublishersGoOn() throws Exception {
        PostgresFixture.Db db = database();
        String application = "history_" + db.name();
        try (App app = App.over(db)
                .beans(Early.class)
                .with("postevent.application", application)
                .start()) {
            publish(app, "s-1", true, () -> {});
            db.execute(
                    "insert into postevent.orders (id, source, type, subject, data) select 'h-' || g, 'urn:test', 'old', 's-' || g % 500,"
                            + " convert_to('{\"n\":' || g || '}', 'UTF8') from generate_series(1, " + HISTORY + ") g");
            EffectChecker checker = new EffectChecker(db, "orders", "effect");
            await().pollInterval(CHECK_EVERY).atMost(LONG).until(() -> checker.effects("one") >= HISTORY + 1);
        }
        AtomicBoolean goOn = new AtomicBoolean(true);
        try (App app = App.over(db)
                .beans(Late.class)
                .with("postevent.application", application)
                .start()) {
            ExecutorService publisher = Executors.newSingleThreadExecutor();
            Future<Integer> live = publisher.submit(() -> {
                int published = 0;
                while (goOn.get()) {
                    publish(app, "s-" + published % 20, true, () -> {});
                    published++;
                }
                return published;
            });
            EffectChecker checker = new EffectChecker(db, "orders", "effect");
            await().pollInterval(CHECK_EVERY).atMost(LONG).until(() -> checker.effects("late") >= HISTORY + 1);
            goOn.set(false);
            long expected = HISTORY + 1L + live.get();
            publisher.shutdown();
            await().pollInterval(CHECK_EVERY)
                    .atMost(LONG)
                    .until(() -> checker.effects("late") >= expected && checker.effects("one") >= expected);
            for (String subscription : List.of("one", "late")) {
                checker.assertExactlyOnceInOrder(subscription);
            }
        }
    }
}
