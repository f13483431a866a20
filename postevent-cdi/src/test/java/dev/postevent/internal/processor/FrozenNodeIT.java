package dev.postevent.internal.processor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.postevent.internal.flow.InboxMark;
import dev.postevent.internal.inbox.Inbox;
import dev.postevent.internal.jdbc.LocalTransaction;
import dev.postevent.internal.processor.LaneStore.Acquired;
import dev.postevent.internal.schema.Schema;
import dev.postevent.spi.LogEntry;
import dev.postevent.spi.TopicName;
import dev.postevent.testing.PostgresFixture;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * A node that is frozen, or cut off, right before a commit. Its server does not know and keeps what it has locked, until the session has
 * been idle for too long: then others go on, and the node finds that it did nothing.
 */
class FrozenNodeIT {
    private static final TopicName ORDERS = new TopicName("orders");
    private static final Application SHOP = new Application("shop", true);
    private static final Lease LEASE = new Lease(Duration.ofSeconds(1));

    private final PostgresFixture.Db db = PostgresFixture.shared().newDatabase();
    private final CountDownLatch frozen = new CountDownLatch(1);
    private final CountDownLatch thaw = new CountDownLatch(1);
    private final ExecutorService nodes = Executors.newCachedThreadPool();

    @BeforeEach
    void tables() {
        new Schema(db.dataSource(), Schema.Mode.CREATE).prepareInbox();
    }

    @AfterEach
    void end() {
        thaw.countDown();
        nodes.shutdownNow();
    }

    /** Connections that hang where they are to commit. */
    private final class Freezing extends PGSimpleDataSource {
        private static final long serialVersionUID = 1L;

        Freezing() {
            setUrl(db.jdbcUrl());
            setUser(db.user());
            setPassword(db.password());
        }

        @Override
        public Connection getConnection() throws SQLException {
            Connection connection = super.getConnection();
            connection.setAutoCommit(false);
            return (Connection) Proxy.newProxyInstance(
                    FrozenNodeIT.class.getClassLoader(), new Class<?>[] {Connection.class}, (self, method, values) -> {
                        if (method.getName().equals("commit")) {
                            frozen.countDown();
                            thaw.await();
                        }
                        try {
                            return method.invoke(connection, values);
                        } catch (InvocationTargetException e) {
                            throw e.getCause();
                        }
                    });
        }
    }

    private void awaitFrozen() throws InterruptedException {
        assertThat(frozen.await(30, TimeUnit.SECONDS)).isTrue();
    }

    private void assertEndedByItsServer(Future<?> node) {
        thaw.countDown();
        ThrowingCallable outcome = () -> node.get(30, TimeUnit.SECONDS);
        assertThatThrownBy(outcome).hasStackTraceContaining("idle-in-transaction timeout");
    }

    private JdbcLaneStore shipping(String node) {
        return new JdbcLaneStore(db.dataSource(), new Member(SHOP, node, LEASE), "shipping");
    }

    @Test
    void itsLaneIsTakenOverAndItsEffectIsNot() throws Exception {
        JdbcLaneStore other = shipping("other");
        other.register(ORDERS, 1, Start.BEGINNING);
        Acquired lane = shipping("frozen").acquire(List.of(), 1).get(0);
        Freezing source = new Freezing();
        Future<?> node = nodes.submit(() -> {
            try (Connection held = source.getConnection()) {
                // as the processor does it, in the transaction of the connection
                JdbcLaneStore store = new JdbcLaneStore(
                        new PGSimpleDataSource() {
                            private static final long serialVersionUID = 1L;

                            @Override
                            public Connection getConnection() {
                                return held;
                            }
                        },
                        new Member(SHOP, "frozen", LEASE),
                        "shipping");
                assertThat(store.effect(true).moveCursor(lane.claim(), 7)).isTrue();
                held.commit();
            }
            return null;
        });
        awaitFrozen();

        Acquired taken = await().atMost(Duration.ofMinutes(4))
                .until(() -> other.acquire(List.of(), 1), lanes -> !lanes.isEmpty())
                .get(0);

        assertThat(taken.unclean()).isTrue();
        assertThat(taken.claim().cursor()).isZero();
        assertEndedByItsServer(node);
    }

    /** Otherwise a node that died while it waited, or lives, keeps all its lanes from the others as long as one is in doubt. */
    @Test
    void aLaneThatHangsInAPreparedTransactionHoldsUpNoOther() throws Exception {
        JdbcLaneStore store = shipping("node");
        store.register(ORDERS, 3, Start.BEGINNING);
        Map<Integer, Long> epochs = new TreeMap<>();
        store.acquire(List.of(), 3)
                .forEach(lane -> epochs.put(lane.claim().lane(), lane.claim().epoch()));
        db.execute(
                "begin",
                "update postevent_inbox.lane set cursor = 7 where lane = 1",
                "prepare transaction 'doubt_" + db.name() + "'");
        try {
            Future<List<LaneStore.Claim>> renewed = nodes.submit(() -> store.renew(epochs));

            assertThat(renewed.get(30, TimeUnit.SECONDS))
                    .extracting(LaneStore.Claim::lane)
                    .containsExactlyInAnyOrder(0, 1, 2);
            assertThat(db.number("select count(*) from postevent_inbox.lease e join postevent_inbox.lane l"
                            + " using (application, subscription, lane, epoch) where e.expires > l.expires"))
                    .isEqualTo(3);

            await().atMost(Duration.ofMinutes(4))
                    .until(() -> shipping("other").acquire(List.of(), 3).size() == 2);
        } finally {
            db.execute("rollback prepared 'doubt_" + db.name() + "'");
        }
    }

    /** An observer's transaction that cannot see what was committed meanwhile could not move the cursor otherwise. */
    @Test
    void whoeverRenewsLeavesTheRowOfTheCursorAlone() throws Exception {
        JdbcLaneStore store = shipping("node");
        store.register(ORDERS, 1, Start.BEGINNING);
        long epoch = store.acquire(List.of(), 1).get(0).claim().epoch();
        String row = "select xmin || ' ' || ctid from postevent_inbox.lane";
        String before = db.text(row);

        assertThat(store.renew(Map.of(0, epoch))).hasSize(1);

        assertThat(db.text(row)).isEqualTo(before);
        await().atMost(Duration.ofMinutes(4))
                .until(() -> shipping("other").acquire(List.of(), 1).size() == 1);
        assertThat(store.renew(Map.of(0, epoch))).isEmpty();
    }

    @Test
    void whatItsOperatorRetriesIsSkippedByAnother() throws Exception {
        HeldEventStore operator = new HeldEventStore(db.dataSource(), new Member(SHOP, "other", LEASE), "shipping");
        shipping("other").register(ORDERS, 1, Start.BEGINNING);
        db.execute("insert into postevent_inbox.held_event (application, subscription, idn, lane, state)"
                + " values ('shop', 'shipping', 1, 0, 'parked')");
        Freezing source = new Freezing();
        HeldEventStore frozen = new HeldEventStore(source, new Member(SHOP, "frozen", LEASE), "shipping");
        Future<?> node = nodes.submit(() -> LocalTransaction.run(source, connection -> frozen.retry(connection, 1)));
        awaitFrozen();

        Future<?> skipped = nodes.submit(() -> await().atMost(Duration.ofMinutes(4))
                .ignoreExceptions()
                .until(() -> LocalTransaction.run(
                                db.dataSource(), connection -> operator.skip(connection, 1, new ArrayList<>()))
                        == HeldEventStore.Change.DONE));

        skipped.get(40, TimeUnit.SECONDS);
        assertEndedByItsServer(node);
    }

    /** What follows on the mark is stored in one statement, and a node cannot freeze in it; what arrives out of turn is not. */
    @Test
    void whatItStoresInTheInboxIsStoredByAnother() throws Exception {
        Inbox healthy = new Inbox(db.dataSource());
        InboxMark start = healthy.mark(ORDERS);
        LogEntry first =
                LogEntry.at(1).kind('e').id("1").source("urn:test").type("t").build();
        LogEntry second =
                LogEntry.at(2).kind('e').id("2").source("urn:test").type("t").build();
        Future<?> node = nodes.submit(() -> new Inbox(new Freezing()).store(ORDERS, List.of(second), start, 0));
        awaitFrozen();

        assertThat(healthy.store(ORDERS, List.of(first, second), start, 2)).isTrue();

        assertThat(healthy.mark(ORDERS).mark()).isEqualTo(2);
        assertEndedByItsServer(node);
    }
}
