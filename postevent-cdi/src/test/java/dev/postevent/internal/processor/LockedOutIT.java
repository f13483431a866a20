package dev.postevent.internal.processor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.postevent.internal.jdbc.LocalTransaction;
import dev.postevent.spi.LogEntry;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** What is locked by somebody else: rows of the application, and lanes in doubt. */
class LockedOutIT extends ProcessorStage {

    /** One lane, and no event may fail once. */
    private static SubscriptionSpec slowToRetry(SubscriptionSpec.Handler handler) {
        return new SpecBuilder("stock", handler)
                .lanes(1)
                .concurrency(1)
                .giveUp(new GiveUp(1, null))
                .backoff(Duration.ofSeconds(2))
                .build();
    }

    @Test
    void aRowLockedBySomebodyElseHoldsUpTheSubjectThatNeedsItOnly() throws Exception {
        db.execute("create table stock (id bigint primary key)", "insert into stock values (3)");
        Set<Integer> attempts = ConcurrentHashMap.newKeySet();
        try (Connection other = db.dataSource().getConnection();
                Statement locks = other.createStatement()) {
            other.setAutoCommit(false);
            locks.execute("select 1 from stock for update");
            Node node = new Node("a", LONG).start(slowToRetry(writing("stock", failing((event, attempt, again) -> {
                attempts.add(attempt);
                try (Connection connection = jta.local().getConnection();
                        Statement statement = connection.createStatement()) {
                    statement.execute("select 1 from stock where id = " + event.position() + " for update nowait");
                }
            }))));
            storeAndTell(node, 20, 20);
            awaitEffects("stock", 19);
            assertThat(status(node, "stock").waiting()).isEqualTo(1);
            assertThat(node.processor.views().held("stock", 1).get(0).attempts())
                    .isZero();
            other.rollback();
            awaitEffects("stock", 20);
        }
        assertOnceAndInOrder("stock", 20);
        assertThat(attempts).containsExactly(1);
    }

    /** As an effect that was prepared and not decided locks them; {@code work} may undo that. */
    private void inDoubt(String rows, Work work) throws Exception {
        String gid = "doubt_" + db.name();
        db.execute("begin", rows, "prepare transaction '" + gid + "'");
        try {
            work.run();
        } finally {
            db.execute("rollback prepared '" + gid + "'");
        }
    }

    private interface Work {
        void run() throws Exception;
    }

    private static String locked(int lane) {
        return "update postevent_inbox.lane set careful = careful where lane = " + lane;
    }

    @Test
    void aLaneInDoubtTakesNoThreadFromTheOthersAndIsNamed() throws Exception {
        Map<Long, Integer> calls = new ConcurrentHashMap<>();
        Node node = new Node("a", LONG)
                .start(spec("doubt", 2, 1, 3, writing("doubt", failing((event, attempt, again) -> {
                    calls.merge(event.position(), 1, Integer::sum);
                }))));
        inDoubt(locked(0), () -> {
            List<LogEntry> entries = store(40, 0);
            long others =
                    entries.stream().filter(entry -> entry.slot() % 2 == 1).count();
            node.processor.released(ORDERS, 0, entries, 40);
            await().atMost(Duration.ofSeconds(25)).until(() -> effects("doubt") == others);
            await().atMost(LONG)
                    .until(() -> node.processor.troubles().toString().contains("lane 0 is locked"));
        });
        awaitEffects("doubt", 40);
        assertOnceAndInOrder("doubt", 40);
        assertThat(status(node, "doubt").held()).isZero();
        // once in vain, and not again before somebody has decided
        assertThat(calls.values()).allMatch(times -> times <= 2);
    }

    @Test
    void aLaneInDoubtKeepsNoOtherFromBeingGivenBack() throws Exception {
        Node node = new Node("a", LONG).start(spec("given", 3, 1, 3, failing((event, attempt, again) -> {})));
        ExecutorService thread = Executors.newSingleThreadExecutor();
        try {
            inDoubt(locked(0), () -> {
                thread.submit(node::close).get(60, TimeUnit.SECONDS);
                assertThat(db.text("select string_agg(lane || coalesce(owner, ''), ' ' order by lane)"
                                + " from postevent_inbox.lane"))
                        .isEqualTo("0a 1 2");
                assertThat(db.number("select count(*) from postevent_inbox.member"))
                        .isZero();
            });
        } finally {
            thread.shutdownNow();
        }
    }

    @Test
    void nothingWaitsLongForWhatIsInDoubtAndTheLimitIsForOurStatementsOnly() throws Exception {
        Member member = new Member(SHOP, "a", new Lease(LONG));
        JdbcLaneStore store = new JdbcLaneStore(db.dataSource(), member, "limited");
        HeldEventStore operator = new HeldEventStore(db.dataSource(), member, "limited");
        store.register(ORDERS, 2, Start.BEGINNING);
        List<LaneStore.Claim> lanes = store.acquire(List.of(), 2).stream()
                .map(LaneStore.Acquired::claim)
                .toList();
        long epoch = lanes.get(0).epoch();
        db.execute(
                "insert into postevent_inbox.held_event (application, subscription, idn, lane, state, trying_epoch) values"
                        + " ('shop', 'limited', 1, 0, 'parked', " + epoch
                        + "), ('shop', 'limited', 2, 1, 'parked', null)");
        String rows = "with held as (update postevent_inbox.held_event set cause = '' where idn = 1) " + locked(0);
        inDoubt(rows, () -> {
            assertLocked(() -> store.stored(0, epoch, 0, 10));
            assertLocked(() -> store.trying(0, epoch, 1));
            assertLocked(() -> store.notTrying(0, epoch));
            assertLocked(() -> store.attemptFailed(
                    0, epoch, 1, new LaneStore.Parked(), HeldEvent.Judged.COUNTED, LaneStore.Failure.said("cause")));
            assertLocked(() -> LocalTransaction.run(db.dataSource(), connection -> operator.retry(connection, 1)));
            assertLocked(() -> LocalTransaction.run(
                    db.dataSource(), connection -> operator.skip(connection, 1, new ArrayList<>())));
            assertLocked(() -> jta.transaction(() -> new JdbcLaneStore(jta.local(), member, "limited")
                    .effect(true)
                    .moveCursor(lanes.get(0), 7)));
            assertLocked(() -> jta.transaction(() -> new JdbcLaneStore(jta.local(), member, "limited")
                    .effect(true)
                    .deleteHeld(1)));
            assertThat(store.advance(lanes, 5)).containsExactly(1);
            store.release(0, epoch, LaneStore.Calls.NONE, Set.of());
        });
        // an observer's own limit is there again for what comes at the commit
        LaneStore.Claim moved =
                new LaneStore.Claim(1, lanes.get(1).epoch(), 5, 1, lanes.get(1).serverStart());
        String after = jta.transaction(() -> {
            try (Connection connection = jta.local().getConnection();
                    Statement statement = connection.createStatement()) {
                statement.execute("set local lock_timeout = '77s'");
                JdbcLaneStore ours = new JdbcLaneStore(jta.local(), member, "limited");
                assertThat(ours.effect(true).deleteHeld(2)).isTrue();
                assertThat(ours.effect(true).moveCursor(moved, 7)).isTrue();
                try (ResultSet row = statement.executeQuery("show lock_timeout")) {
                    row.next();
                    return row.getString(1);
                }
            }
        });
        assertThat(after).isEqualTo("77s");
    }

    private static void assertLocked(ThrowingCallable statement) {
        assertThatThrownBy(statement)
                .isInstanceOfSatisfying(
                        SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("55P03"));
    }
}
