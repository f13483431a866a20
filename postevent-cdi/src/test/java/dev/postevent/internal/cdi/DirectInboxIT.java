package dev.postevent.internal.cdi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.postevent.Delivery;
import dev.postevent.EventPublisher;
import dev.postevent.Operator;
import dev.postevent.Resources;
import dev.postevent.Subscription;
import dev.postevent.Subscriptions;
import dev.postevent.Subscriptions.HeldEvent.State;
import dev.postevent.Topic;
import dev.postevent.testing.App;
import dev.postevent.testing.EffectChecker;
import dev.postevent.testing.EffectTable;
import dev.postevent.testing.PostgresFixture;
import io.cloudevents.CloudEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Events that are read where they were published, and the ways there and back. */
class DirectInboxIT {
    private static final Duration LONG = Duration.ofMinutes(4);
    private static final Operator BY = Operator.of("test", "because");
    private static final String THIRTY = "insert into postevent.orders (id, source, type, subject)"
            + " select 'new ' || g, 'urn:test', 't', 's' from generate_series(1, 30) g";

    /** Fails for the subject "bad". */
    @ApplicationScoped
    public static class First {
        @Inject
        Resources resources;

        @Subscription("first")
        void first(@Observes @Topic("orders") CloudEvent event, Delivery delivery) throws SQLException {
            if ("bad".equals(event.getSubject())) {
                throw new IllegalStateException("bad");
            }
            EffectTable.write(resources, "first", event, delivery);
        }
    }

    /** Comes later. */
    @ApplicationScoped
    public static class Later {
        @Inject
        Resources resources;

        @Subscription("later")
        void later(@Observes @Topic("orders") CloudEvent event, Delivery delivery) throws SQLException {
            EffectTable.write(resources, "later", event, delivery);
        }
    }

    private final PostgresFixture.Db db = PostgresFixture.shared().newDatabase();
    private final EffectChecker checker = new EffectChecker(db, "orders", "effect");

    @BeforeEach
    void table() {
        db.execute(EffectTable.DDL);
    }

    private App.Builder app(String mode, Class<?>... beans) {
        return App.over(db)
                .with("postevent.application", "direct_" + db.name())
                .with("postevent.inbox.mode", mode)
                .with("postevent.subscriptions.defaults.attempts-max", "1")
                .beans(beans);
    }

    private static void publish(App app, int count, String subject) throws Exception {
        EventPublisher orders = app.get(EventPublisher.class, Topic.Literal.of("orders"));
        for (int i = 0; i < count; i++) {
            int number = i;
            app.jta().transaction(() -> orders.publish("t", subject + number % 7, new byte[] {1}));
        }
    }

    private void awaitEffects(String subscription, long count) {
        await().atMost(LONG).until(() -> checker.effects(subscription) >= count);
        checker.assertExactlyOnceInOrder(subscription);
    }

    private long copied() {
        return db.number("select count(*) from postevent_inbox.messages");
    }

    @Test
    void nothingIsCopiedAndSubscriptionsThatComeLaterHaveTheWholeHistory() throws Exception {
        try (App app = app("direct", First.class).start()) {
            publish(app, 100, "s");
            awaitEffects("first", 100);
            // a gap that is sealed
            db.execute("select nextval('postevent.orders_idn_seq')");
            publish(app, 10, "s");
            awaitEffects("first", 110);
            assertThat(app.get(Subscriptions.class).report().faults()).isEmpty();
        }
        try (App app = app("direct", First.class, Later.class).start()) {
            awaitEffects("later", 110);
            assertThat(copied()).isZero();
            assertThat(app.get(Subscriptions.class).status())
                    .allSatisfy(status -> assertThat(status.lag()).isZero());
        }
    }

    @Test
    void whatIsHeldIsListedRetriedAndSkipped() throws Exception {
        try (App app = app("direct", First.class).start()) {
            EventPublisher orders = app.get(EventPublisher.class, Topic.Literal.of("orders"));
            app.jta().transaction(() -> orders.publish("t", "bad", new byte[] {1}));
            app.jta().transaction(() -> orders.publish("t", "bad", new byte[] {2}));
            Subscriptions subscriptions = app.get(Subscriptions.class);
            await().atMost(LONG).until(() -> subscriptions.held("first", 10).size() == 2);
            assertThat(subscriptions.held("first", 10))
                    .extracting(Subscriptions.HeldEvent::state)
                    .containsExactly(State.PARKED, State.BEHIND);
            assertThat(subscriptions.held("first", 10))
                    .extracting(held -> held.eventId().orElseThrow())
                    .containsExactly(
                            db.text("select id from postevent.orders where idn = 1"),
                            db.text("select id from postevent.orders where idn = 2"));
            db.execute("update postevent.orders set subject = 'good'");
            subscriptions.retry("first", 1, BY);
            await().atMost(LONG).until(() -> subscriptions.held("first", 10).isEmpty());
            awaitEffects("first", 2);
        }
    }

    @Test
    void theLagIsCountedOverAllLanes() throws Exception {
        try (App app = app("direct", First.class).start()) {
            publish(app, 20, "s");
            awaitEffects("first", 20);
            app.get(Subscriptions.class).pause("first", BY);
            publish(app, 70, "s");
            await().atMost(LONG)
                    .until(() -> app.get(Subscriptions.class).status().get(0).lag() == 70);
            assertThat(app.get(Subscriptions.class).status().get(0).lagTime())
                    .isBetween(Duration.ZERO, Duration.ofSeconds(60));
            app.get(Subscriptions.class).resume("first", BY);
            awaitEffects("first", 90);
            await().atMost(LONG)
                    .until(() -> app.get(Subscriptions.class).status().get(0).lag() == 0);
        }
    }

    @Test
    void fromCopyToDirectAndBackNothingIsLostForAnybody() throws Exception {
        try (App app = app("copy", First.class).start()) {
            publish(app, 30, "s");
            awaitEffects("first", 30);
        }
        try (App app = app("direct", First.class).start()) {
            publish(app, 30, "s");
            awaitEffects("first", 60);
            assertThat(copied()).isEqualTo(30);
        }
        try (App app = app("copy", First.class, Later.class).start()) {
            publish(app, 30, "s");
            awaitEffects("first", 90);
            awaitEffects("later", 90);
            assertThat(copied()).isEqualTo(90);
            assertThat(app.get(Subscriptions.class).report().faults()).isEmpty();
        }
    }

    @Test
    void backToCopyOnlyWhereNothingIsHeld() throws Exception {
        try (App app = app("direct", First.class).start()) {
            EventPublisher orders = app.get(EventPublisher.class, Topic.Literal.of("orders"));
            app.jta().transaction(() -> orders.publish("t", "bad", new byte[] {1}));
            await().atMost(LONG)
                    .until(() -> app.get(Subscriptions.class).held("first", 10).size() == 1);
        }
        try (App app = app("copy", First.class).start()) {
            await().atMost(LONG)
                    .until(() -> app.get(Subscriptions.class)
                            .report()
                            .faults()
                            .toString()
                            .contains("PSTEV33007"));
        }
        try (App app = app("direct", First.class).start()) {
            app.get(Subscriptions.class).skip("first", 1, BY);
        }
        try (App app = app("copy", First.class).start()) {
            publish(app, 3, "s");
            await().atMost(LONG).until(() -> checker.effects("first") == 3);
        }
    }

    @Test
    void aNodeThatCopiesBesideOneThatDoesNotIsAFault() throws Exception {
        try (App copying =
                app("copy", First.class).with("postevent.node", "node1").start()) {
            publish(copying, 5, "s");
            awaitEffects("first", 5);
            try (App direct =
                    app("direct", First.class).with("postevent.node", "node2").start()) {
                db.execute("update postevent_inbox.high_water_mark set direct = true");
                publish(direct, 5, "s");
                await().atMost(LONG)
                        .until(() -> copying.get(Subscriptions.class)
                                .report()
                                .toString()
                                .contains("PSTEV33006"));
            }
        }
    }

    @Test
    void anEventThatWasRemovedBeforeItWasHandledIsNotPassed() throws Exception {
        try (App app = app("direct", First.class).start()) {
            publish(app, 10, "s");
            awaitEffects("first", 10);
            app.get(Subscriptions.class).pause("first", BY);
            publish(app, 5, "s");
            await().atMost(LONG)
                    .until(() -> app.get(Subscriptions.class).status().get(0).lag() == 5);
        }
        db.execute("delete from postevent.orders where idn = 12");
        try (App app = app("direct", First.class).start()) {
            app.get(Subscriptions.class).resume("first", BY);
            await().atMost(LONG)
                    .until(() -> app.get(Subscriptions.class)
                            .report()
                            .toString()
                            .contains("PSTEV33008: topic orders: position 12 is not in its table"));
            assertThat(checker.effects("first")).isLessThanOrEqualTo(11);
            db.execute("insert into postevent.orders (idn, kind, id, source, type) overriding system value"
                    + " values (12, 'v', 'void-12', 'urn:postevent:void', 'postevent.void')");
            awaitEffects("first", 14);
        }
    }

    @Test
    void whatCannotBeReadDirectlyIsFoundAtDeployment() {
        PostgresFixture.Db other = PostgresFixture.shared().newDatabase();
        assertThatThrownBy(() -> app("direct", First.class).inbox(other).start())
                .hasStackTraceContaining("postevent.inbox.mode is 'direct', but postevent.inbox.datasource is another");
        assertThatThrownBy(() -> app("near", First.class).start())
                .hasStackTraceContaining("postevent.inbox.mode is 'near', expected one of: copy, direct");
    }

    @Test
    void oneTopicMayBeOtherwise() throws Exception {
        try (App app = app("copy", First.class)
                .with("postevent.topics.orders.inbox.mode", "direct")
                .start()) {
            publish(app, 10, "s");
            awaitEffects("first", 10);
            assertThat(copied()).isZero();
            assertThat(List.of(db.text("select direct from postevent_inbox.high_water_mark")))
                    .containsExactly("t");
        }
    }

    private static String report(App app) {
        return app.get(Subscriptions.class).report().toString();
    }

    @Test
    void fromDirectToCopyByARollingUpdate() throws Exception {
        try (App first = app("copy", First.class).start()) {
            publish(first, 10, "s");
            awaitEffects("first", 10);
        }
        try (App copying = startedBesideOneThatReadsDirectly("direct_" + db.name(), "new")) {
            await().atMost(LONG)
                    .until(() -> db.text("select direct || ' ' || mark from postevent_inbox.high_water_mark")
                            .equals("false 50"));
            publish(copying, 10, "s");
            awaitEffects("first", 60);
            assertThat(copied()).isEqualTo(60);
            assertThat(copying.get(Subscriptions.class).report().faults()).isEmpty();
        }
    }

    /** The mark is for all of them. */
    @Test
    void aNodeOfAnotherApplicationWaitsForTheOneThatReadsDirectlyWhateverItsName() throws Exception {
        try (App first = app("copy", First.class).start()) {
            publish(first, 10, "s");
            awaitEffects("first", 10);
        }
        try (App copying = startedBesideOneThatReadsDirectly("other_" + db.name(), "old")) {
            await().atMost(LONG)
                    .until(() -> db.text("select direct || ' ' || mark from postevent_inbox.high_water_mark")
                            .equals("false 50"));
            assertThat(copying.get(Subscriptions.class).report().faults()).isEmpty();
        }
    }

    /** When it returns, the other one has ended. */
    private App startedBesideOneThatReadsDirectly(String application, String node) throws Exception {
        App copying = null;
        try (App old = app("direct", First.class).with("postevent.node", "old").start()) {
            publish(old, 20, "s");
            awaitEffects("first", 30);
            copying = app("copy", First.class)
                    .with("postevent.application", application)
                    .with("postevent.node", node)
                    .start();
            App waiting = copying;
            await().atMost(LONG)
                    .untilAsserted(() -> assertThat(report(waiting))
                            .contains("PSTEV33006", "node old of application 'direct_" + db.name() + "'"));
            publish(copying, 20, "s");
            awaitEffects("first", 50);
            assertThat(db.number("select mark from postevent_inbox.high_water_mark"))
                    .as("nobody has set it back")
                    .isEqualTo(50);
            assertThat(report(old)).doesNotContain("PSTEV33");
            return copying;
        } catch (Exception | Error e) {
            if (copying != null) {
                copying.close();
            }
            throw e;
        }
    }

    @Test
    void aNodeThatCopiesGoesOnByItselfOnceNoneIsLeftThatDoesNot() throws Exception {
        try (App copying =
                app("copy", First.class).with("postevent.node", "node1").start()) {
            publish(copying, 5, "s");
            awaitEffects("first", 5);
            try (App direct =
                    app("direct", First.class).with("postevent.node", "node2").start()) {
                assertThat(report(direct)).doesNotContain("PSTEV33");
                publish(direct, 5, "s");
                await().atMost(LONG).until(() -> report(copying).contains("PSTEV33006"));
            }
            publish(copying, 5, "s");
            awaitEffects("first", 15);
            await().atMost(LONG)
                    .untilAsserted(() -> assertThat(
                                    copying.get(Subscriptions.class).report().faults())
                            .isEmpty());
            assertThat(copied()).isEqualTo(15);
        }
    }

    @Test
    void whoHasJustBegunToReadDirectlyCountsBeforeItIsAMember() throws Exception {
        try (App copying = app("copy", First.class).start()) {
            publish(copying, 5, "s");
            awaitEffects("first", 5);
        }
        db.execute(
                "update postevent_inbox.high_water_mark set direct = true, copied = mark",
                "insert into postevent_inbox.direct_reader (application, topic, node) values ('other', 'orders', 'fresh')");
        try (App copying = app("copy", First.class).start()) {
            await().atMost(LONG)
                    .untilAsserted(() ->
                            assertThat(report(copying)).contains("PSTEV33006", "node fresh of application 'other'"));
            db.execute("update postevent_inbox.direct_reader set since = now() - interval '11 s'");
            publish(copying, 5, "s");
            awaitEffects("first", 10);
            assertThat(copied()).isEqualTo(10);
        }
    }

    private void emptied(String how, boolean whileRunning) throws Exception {
        try (App app = app("direct", First.class).start()) {
            publish(app, 20, "s");
            awaitEffects("first", 20);
            if (whileRunning) {
                db.execute("begin; " + how + "; " + THIRTY + "; commit");
                awaitMadeAnew(app);
            }
        }
        if (!whileRunning) {
            db.execute("begin; " + how + "; " + THIRTY + "; commit");
        }
        try (App app = app("direct", First.class).start()) {
            awaitMadeAnew(app);
        }
        assertThat(checker.effects("first")).as("of the rows before").isEqualTo(20);
    }

    private static void awaitMadeAnew(App app) {
        await().atMost(LONG)
                .untilAsserted(() -> assertThat(
                                app.get(Subscriptions.class).report().faults().toString())
                        .contains("PSTEV33001", "orders", "emptied"));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aTableThatWasEmptiedWithItsNumbersBegunAgainIsAnotherOne(boolean whileRunning) throws Exception {
        emptied("truncate postevent.orders restart identity", whileRunning);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aTableWhoseRowsWereDeletedAndSequenceSetBackIsAnotherOne(boolean whileRunning) throws Exception {
        emptied("delete from postevent.orders; select setval('postevent.orders_idn_seq', 1, false)", whileRunning);
    }

    @Test
    void aTableThatWasMadeAnewIsAnotherOrigin() throws Exception {
        try (App app = app("direct", First.class).start()) {
            publish(app, 20, "s");
            awaitEffects("first", 20);
        }
        db.execute(
                "drop table postevent.orders",
                "delete from postevent_internal.schema_version where part = 'topic:orders'",
                "delete from postevent_internal.settled");
        try (App app = app("direct", First.class).start()) {
            publish(app, 30, "s");
            await().atMost(LONG)
                    .untilAsserted(() -> assertThat(app.get(Subscriptions.class)
                                    .report()
                                    .faults()
                                    .toString())
                            .contains("PSTEV33001", "orders", "made anew"));
            assertThat(checker.effects("first")).as("of the other table").isEqualTo(20);
        }
        // whoever knows that it is the same may say so
        db.execute("delete from postevent_inbox.origin");
        try (App app = app("direct", First.class).start()) {
            await().atMost(LONG).until(() -> checker.effects("first") == 30);
            assertThat(app.get(Subscriptions.class).report().faults()).isEmpty();
        }
    }
}
