package dev.postevent.internal.feed.debezium;

import static dev.postevent.internal.feed.debezium.FeedHarness.LONG;
import static dev.postevent.internal.feed.debezium.FeedHarness.ORDERS;
import static dev.postevent.internal.feed.debezium.FeedHarness.QUICK;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.postevent.internal.feed.debezium.FeedHarness.Node;
import dev.postevent.spi.Feed.State;
import dev.postevent.spi.LogEntry;
import dev.postevent.spi.TopicName;
import dev.postevent.testing.PostgresFixture;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.postgresql.Driver;
import org.postgresql.PGConnection;
import org.postgresql.replication.PGReplicationStream;

/** Who holds the slot, who waits for it, and what starting and stopping leave behind. */
class FeedNodesIT {
    private final FeedHarness harness = new FeedHarness(PostgresFixture.shared());

    @AfterEach
    void close() {
        harness.close();
    }

    /** A replication connection to the slot as anybody may make one. */
    private Connection holdSlot(String applicationName) throws SQLException {
        Properties properties = new Properties();
        properties.setProperty("user", harness.db.user());
        properties.setProperty("password", harness.db.password());
        properties.setProperty("replication", "database");
        properties.setProperty("preferQueryMode", "simple");
        properties.setProperty("assumeMinServerVersion", "15");
        properties.setProperty("ApplicationName", applicationName);
        Connection connection = new Driver().connect(harness.db.jdbcUrl(), properties);
        PGReplicationStream stream = connection
                .unwrap(PGConnection.class)
                .getReplicationAPI()
                .replicationStream()
                .logical()
                .withSlotName(harness.slot)
                .withSlotOption("proto_version", "1")
                .withSlotOption("publication_names", harness.slot)
                .start();
        assertThat(stream.isClosed()).isFalse();
        return connection;
    }

    @Test
    void theSecondNodeStandsByAndTakesOver() {
        Node first = harness.node("a").stream();
        Node second = harness.node("b").start();
        second.awaitState(State.STANDBY, "postevent " + harness.application + "/a");
        harness.publish(ORDERS, "e1");
        first.awaitOrder("e1");
        assertThat(second.orders).isEmpty();
        assertThat(second.doubts).isEmpty();

        first.close();

        second.awaitStreaming();
        assertThat(second.lastingDoubts())
                .containsExactly("the slot became free", "the stream begins", "connected to the slot " + harness.slot);
        harness.publish(ORDERS, "e2");
        second.awaitOrder("e2");
        assertThat(second.restarts()).isZero();
    }

    @Test
    void aStrangerOnTheSlotIsNamedNeverEndedAndEventsAreLookedForMeanwhile() throws SQLException {
        harness.node("a").stream().close();
        try (Connection stranger = holdSlot("somebody else")) {
            Node node = harness.node("a").start();
            node.awaitState(State.STANDBY, "somebody else");
            await().atMost(LONG).until(() -> node.doubts.size() >= 3);
            assertThat(node.doubts).allMatch(doubt -> doubt.contains("no node of this application"));
            assertThat(stranger.isClosed()).isFalse();
            assertThat(harness.db.number(
                            "select count(*) from pg_stat_activity where application_name = 'somebody else'"))
                    .isEqualTo(1);

            stranger.close();
            node.awaitStreaming();
            harness.publish(ORDERS, "e");
            node.awaitOrder("e");
        }
    }

    @Test
    void aSisterThatDoesNotMoveCausesDoubts() throws SQLException {
        harness.node("a").stream().close();
        try (Connection frozen = holdSlot("postevent " + harness.application + "/frozen 12ab")) {
            Node node = harness.node("a").start();
            node.awaitState(State.STANDBY, "/frozen");
            harness.publish(ORDERS, "unseen");

            node.awaitDoubt("does not move");
            assertThat(frozen.isClosed()).isFalse();
        }
    }

    @Test
    void aLeftoverOfThisNodesFormerLifeIsEnded() throws SQLException {
        harness.node("a").stream().close();
        try (Connection leftover = holdSlot("postevent " + harness.application + "/a 12ab")) {
            assertThat(leftover.isClosed()).isFalse();

            Node node = harness.node("a").stream();

            harness.publish(ORDERS, "e");
            node.awaitOrder("e");
        }
    }

    @Test
    void twoNodesOfOneNameDoNotEndEachOtherForEver() {
        Node older = harness.node("a").stream();
        Node younger = harness.node("a").start();

        List<Node> both = List.of(older, younger);
        await().atMost(LONG)
                .until(() -> !younger.doubts.isEmpty()
                        || older.doubts.stream().anyMatch(doubt -> doubt.startsWith("the feed is not streaming")));
        await().atMost(LONG).until(() -> states(both).equals(Map.of(State.STREAMING, 1L, State.STANDBY, 1L)));

        long restarts = older.restarts() + younger.restarts();
        Map<State, Long> settled = states(both);
        await().during(QUICK.staleGrace().multipliedBy(5))
                .atMost(LONG)
                .until(() -> states(both).equals(settled));
        assertThat(older.restarts() + younger.restarts()).isEqualTo(restarts);
        harness.publish(ORDERS, "e");
        await().atMost(LONG)
                .until(() -> older.ids().contains("e") != younger.ids().contains("e"));
    }

    @Test
    void slotAndPublicationOfAnotherApplicationAreNeverTouched() {
        String other = harness.slot + "_2";
        harness.db.execute(
                "create publication " + other + " for table postevent.orders",
                "select pg_create_logical_replication_slot('" + other + "', 'pgoutput')");
        String before =
                harness.db.text("select concat(restart_lsn, confirmed_flush_lsn, active) from pg_replication_slots"
                        + " where slot_name = '" + other + "'");
        try {
            Node node = harness.node("a").stream();
            harness.publish(ORDERS, "e");
            node.awaitOrder("e");
            harness.db.execute("drop publication " + harness.slot);
            harness.publish(ORDERS, "f");
            await().atMost(LONG).until(() -> node.restarts() > 0);
            node.awaitStreaming();
            node.close();

            assertThat(harness.db.text(
                            "select concat(restart_lsn, confirmed_flush_lsn, active) from pg_replication_slots"
                                    + " where slot_name = '" + other + "'"))
                    .isEqualTo(before);
            assertThat(harness.db.text(
                            "select concat(pubinsert, pubupdate, pubdelete) from pg_publication where pubname = '"
                                    + other + "'"))
                    .isEqualTo("ttt");
        } finally {
            harness.db.execute("select pg_drop_replication_slot('" + other + "')", "drop publication " + other);
        }
    }

    @Test
    void aSlotUnderOurNameThatIsNotOursStaysUntouched() {
        PostgresFixture.Db elsewhere = PostgresFixture.shared().newDatabase();
        elsewhere.execute("select pg_create_logical_replication_slot('" + harness.slot + "', 'pgoutput')");
        Node node = harness.node("a").start();

        node.awaitState(State.RETRYING, "of database " + elsewhere.name());
        await().atMost(LONG).until(() -> node.doubts.size() >= 2);
        assertThat(node.feed.status().detail()).contains("PSTEV32005", "stays untouched");
        assertThat(elsewhere.number("select count(*) from pg_replication_slots where slot_name = '" + harness.slot
                        + "' and database = current_database()"))
                .isEqualTo(1);
        elsewhere.execute("select pg_drop_replication_slot('" + harness.slot + "')");

        harness.db.execute("select pg_create_physical_replication_slot('" + harness.slot + "')");
        node.awaitState(State.RETRYING, "physical slot");
        harness.db.execute("select pg_drop_replication_slot('" + harness.slot + "')");

        node.awaitStreaming();
    }

    @Test
    void aRoleThatMayNotMakeThePublicationIsToldTheSqlThatSomebodyElseHasToRun() {
        String role = "r_" + harness.application;
        harness.db.execute(
                "create role " + role + " login password 'x'",
                "grant usage on schema postevent to " + role,
                "grant select on all tables in schema postevent to " + role);
        Node node = harness.node("a", harness.as(role), () -> new FeedTarget(harness.db.jdbcUrl(), role, "x"));
        node.start();
        try {
            node.awaitState(State.RETRYING, "PSTEV32004");
            String detail = node.feed.status().detail();
            String sql = detail.substring(detail.indexOf("has to run: ") + "has to run: ".length());
            assertThat(sql).startsWith("create publication");

            harness.db.execute(sql);

            node.awaitState(State.RETRYING, "PSTEV32006");
            assertThat(node.feed.status().detail()).contains("alter role ... replication");

            harness.db.execute("alter role " + role + " replication");

            node.awaitStreaming();
            harness.publish(ORDERS, "e");
            node.awaitOrder("e");
        } finally {
            node.close();
            harness.db.execute("drop owned by " + role, "drop role " + role);
        }
    }

    @Test
    void everythingCommittedComesHoweverOftenTheEngineIsKilled() throws Exception {
        Node node = harness.node("a").stream();
        Set<String> committed = new ConcurrentSkipListSet<>();
        CountDownLatch killed = new CountDownLatch(1);
        ExecutorService publishers = Executors.newFixedThreadPool(4);
        try {
            List<Future<?>> running = new ArrayList<>();
            for (int p = 0; p < 4; p++) {
                int publisher = p;
                running.add(publishers.submit(() -> {
                    publish(publisher, committed, killed);
                    return null;
                }));
            }
            for (int kill = 0; kill < 6; kill++) {
                int seen = node.doubts.size();
                harness.db.execute(
                        "select pg_terminate_backend(active_pid) from pg_replication_slots where slot_name = '"
                                + harness.slot + "' and active");
                node.awaitConnectedAgain(seen);
            }
            killed.countDown();
            for (Future<?> publisher : running) {
                publisher.get();
            }
        } finally {
            publishers.shutdownNow();
        }

        await().atMost(LONG).until(() -> node.ids().size() >= committed.size());
        assertThat(node.ids()).isEqualTo(committed);
        assertThat(committed).hasSizeGreaterThan(100);
        // commit order, once what was delivered again is left out
        List<Long> firstTimes = node.orders.stream()
                .filter(entry -> "p0".equals(entry.subject()))
                .map(LogEntry::position)
                .distinct()
                .collect(Collectors.toList());
        assertThat(firstTimes).isSorted();
    }

    private void publish(int publisher, Set<String> committed, CountDownLatch end) throws SQLException {
        Random random = new Random(publisher);
        try (Connection connection = harness.db.dataSource().getConnection();
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            for (int i = 0; i < 100 || end.getCount() > 0; i++) {
                String id = publisher + "-" + i;
                statement.execute("insert into postevent.orders(id, source, type, subject) values ('" + id
                        + "', 'urn:test', 't', 'p" + publisher + "')");
                if (random.nextInt(5) == 0) {
                    connection.rollback();
                } else {
                    connection.commit();
                    committed.add(id);
                }
            }
        }
    }

    @Test
    void theSlotMovesPastWhatOthersWrite() {
        Node node = harness.node("a").stream();
        harness.db.execute("create table junk (text text)");

        harness.db.execute("insert into junk select repeat('x', 1000) from generate_series(1, 20000)");

        await().atMost(LONG)
                .until(() ->
                        harness.db.number("select pg_wal_lsn_diff(pg_current_wal_lsn(), confirmed_flush_lsn)::bigint"
                                        + " from pg_replication_slots where slot_name = '" + harness.slot + "'")
                                < 1 << 20);
        assertThat(node.restarts()).isZero();
        assertThat(node.orders).isEmpty();
    }

    @Test
    void twentyStartsAndStopsLeaveOneSlotAndNoThread() {
        Set<Long> before = threads();
        for (int i = 0; i < 20; i++) {
            Node node = harness.node("a");
            if (i % 2 == 0) {
                node.stream();
            } else {
                node.start();
            }
            node.close();
            assertThat(node.feed.status().state()).isEqualTo(State.STOPPED);
            await().atMost(LONG).until(() -> harness.slots(true) == 0);
            await().atMost(LONG).until(() -> node.ofFeed().noneMatch(Thread::isAlive));
        }

        assertThat(harness.slots(false)).isLessThanOrEqualTo(1);
        await().atMost(LONG).until(() -> harness.backends() == 0);
        await().atMost(LONG)
                .untilAsserted(() -> assertThat(Thread.getAllStackTraces().keySet())
                        .filteredOn(thread -> !before.contains(thread.getId()))
                        .extracting(Thread::getName)
                        // pgjdbc's cleaner ends after 30 idle seconds
                        .noneMatch(name -> !name.contains("Cleaner")
                                && !name.contains("surefire")
                                && !name.contains("awaitility")));
    }

    private static Set<Long> threads() {
        return Thread.getAllStackTraces().keySet().stream().map(Thread::getId).collect(Collectors.toSet());
    }

    @Test
    void aServerThatEndsTheThreadLeavesNoSlotBehindAndAStatusThatSaysSo() {
        Node node = harness.node("a").stream();

        node.made.stream()
                .filter(thread -> thread.getName().equals("postevent-feed"))
                .forEach(Thread::interrupt);

        node.awaitState(State.STOPPED, "interrupted from outside");
        await().atMost(LONG).until(() -> harness.slots(true) == 0);
    }

    @Test
    void stopMayComeFirstTwiceAndDuringAnyPartOfTheStart() {
        Node never = harness.node("a");
        never.feed.stop(Duration.ofSeconds(1));
        never.start();
        assertThat(never.feed.status().state()).isEqualTo(State.STOPPED);
        assertThat(never.ofFeed()).isEmpty();

        for (int millis = 0; millis <= 1000; millis += 100) {
            Node node = harness.node("a").start();
            long until = System.nanoTime() + Duration.ofMillis(millis).toNanos();
            await().pollInterval(Duration.ofMillis(1)).atMost(LONG).until(() -> System.nanoTime() >= until);
            long began = System.nanoTime();
            node.feed.stop(Duration.ofSeconds(15));
            node.feed.stop(Duration.ofSeconds(15));
            assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(30));
            // what is left of them is the way out
            await().atMost(LONG).until(() -> node.ofFeed().noneMatch(Thread::isAlive));
            await().atMost(LONG).until(() -> harness.slots(true) == 0);
        }
    }

    @Test
    void stopIsBoundedAndFreesTheSlotAlsoWhileTheListenerHangs() {
        CountDownLatch release = new CountDownLatch(1);
        CountDownLatch hanging = new CountDownLatch(1);
        Node node = harness.node("a");
        node.hook = () -> {
            hanging.countDown();
            boolean interrupted = false;
            while (release.getCount() > 0) {
                try {
                    release.await();
                } catch (InterruptedException e) {
                    // as a driver does that waits for its socket
                    interrupted = true;
                }
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        };
        node.stream();
        harness.publish(ORDERS, "e");
        await().atMost(LONG).until(() -> hanging.getCount() == 0);
        try {
            long began = System.nanoTime();
            node.feed.stop(Duration.ofSeconds(3));
            assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(15));
            await().atMost(LONG).until(() -> harness.slots(true) == 0);

            Node next = harness.node("a").stream();
            next.awaitOrder("e");
        } finally {
            release.countDown();
        }
        await().atMost(LONG).until(() -> node.ofFeed().noneMatch(Thread::isAlive));
    }

    @Test
    void aTopicThatIsAddedLaterIsPublishedFromThenOn() {
        harness.node("a").stream().close();
        TopicName added = new TopicName("added");
        harness.topic(added);
        Node node = harness.node("a", Set.of(ORDERS, added));
        node.stream();

        harness.publish(added, "e");

        await().atMost(LONG)
                .until(() -> node.others.getOrDefault(added, List.of()).size() == 1);
        assertThat(harness.db.text("select string_agg(tablename, ',' order by tablename) from pg_publication_tables"
                        + " where pubname = '" + harness.slot + "'"))
                // another node may still have the third
                .isEqualTo("added,bills,orders");
    }

    @Test
    void statusHasTheMaskedTargetOnly() {
        assertThat(harness.target().toString()).doesNotContain("password");
        assertThat(new FeedTarget("jdbc:postgresql://h/d?password=secret", "u", "hidden").toString())
                .isEqualTo("jdbc:postgresql://h/d as u");
    }

    @Test
    void fiveNodesStartedAtOnceOfOneApplicationMakeOneStream() {
        List<Node> nodes = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            nodes.add(harness.node("n" + i).start());
        }
        await().atMost(LONG).until(() -> states(nodes).equals(Map.of(State.STREAMING, 1L, State.STANDBY, 4L)));
        assertThat(nodes).allMatch(node -> node.restarts() == 0);
        harness.publish(ORDERS, "e");
        await().atMost(LONG)
                .until(() -> nodes.stream().filter(n -> n.ids().contains("e")).count() == 1);
    }

    private static Map<State, Long> states(List<Node> nodes) {
        return nodes.stream().collect(Collectors.groupingBy(n -> n.feed.status().state(), Collectors.counting()));
    }
}
