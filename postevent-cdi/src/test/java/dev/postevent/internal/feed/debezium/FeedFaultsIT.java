package dev.postevent.internal.feed.debezium;

import static dev.postevent.internal.feed.debezium.FeedHarness.LONG;
import static dev.postevent.internal.feed.debezium.FeedHarness.ORDERS;
import static dev.postevent.internal.feed.debezium.FeedHarness.awaitQuietly;
import static dev.postevent.internal.feed.debezium.FeedHarness.many;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.postevent.internal.feed.debezium.FeedHarness.Node;
import dev.postevent.spi.Feed.State;
import dev.postevent.testing.LogLines;
import dev.postevent.testing.PostgresFixture;
import dev.postevent.testing.ServerProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.logging.Level;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Everything that can be taken away from under the feed is taken away; it comes back by itself and says what it missed. */
class FeedFaultsIT {
    private final FeedHarness harness = new FeedHarness(PostgresFixture.shared());

    @AfterEach
    void close() {
        harness.close();
    }

    private void flows(Node node, String id) {
        harness.publish(ORDERS, id);
        node.awaitOrder(id);
    }

    @Test
    void slotDroppedWhileStreamingIsMadeAnewAndCausesADoubt() {
        Node node = harness.node("a").stream();
        flows(node, "before");
        int doubts = node.doubts.size();

        await().atMost(LONG).ignoreExceptions().until(() -> {
            harness.db.execute(
                    "select pg_terminate_backend(active_pid) from pg_replication_slots where slot_name = '"
                            + harness.slot + "'",
                    "select pg_drop_replication_slot('" + harness.slot + "')");
            return true;
        });

        node.awaitConnectedAgain(doubts);
        flows(node, "after");
        assertThat(node.restarts()).isPositive();
        assertThat(harness.slots(true)).isEqualTo(1);
    }

    @Test
    void aRowThatTheEngineItselfCannotDecodeIsPassedOverAfterOneRestart() {
        Node node = harness.node("a").stream();
        flows(node, "before");

        harness.db.execute(
                "alter table postevent.orders alter column traceparent type timetz using null",
                "insert into postevent.orders(id, source, type, traceparent) values ('poison', 'urn:test', 't', '12:00:00+05:53:28')",
                "alter table postevent.orders alter column traceparent type text using null");

        flows(node, "after");
        node.awaitStreaming();
        assertThat(node.restarts()).isEqualTo(1);
        node.awaitDoubt("Error while processing event");
        assertThat(node.ids()).containsExactly("after", "before");
    }

    @Test
    void whatWasCommittedWhileTheFeedWasDownComesWhenItIsBack() {
        harness.node("a").stream().close();
        harness.publish(ORDERS, "meanwhile");

        Node node = harness.node("a").stream();

        node.awaitOrder("meanwhile");
    }

    @Test
    void aSlotThatIsFarBehindIsMovedToTheEndAndCausesADoubt() {
        harness.node("a").stream().close();
        harness.db.execute(many(FeedHarness.BEHIND_MAX * 2));

        Node node = harness.hasty("a").stream();

        flows(node, "after");
        assertThat(node.orders).hasSizeLessThan(FeedHarness.BEHIND_MAX);
        node.awaitDoubt("the stream began in the middle of the WAL");
    }

    @Test
    void aStreamThatFallsFarBehindBeginsAgainAtTheEnd() {
        Node node = harness.hasty("a").stream();
        flows(node, "before");
        int doubts = node.doubts.size();
        CountDownLatch slow = new CountDownLatch(1);
        node.hook = () -> awaitQuietly(slow);
        harness.publish(ORDERS, "held up");
        harness.db.execute(many(FeedHarness.BEHIND_MAX * 2));

        node.awaitDoubt("events behind");
        slow.countDown();
        node.awaitConnectedAgain(doubts);

        flows(node, "after");
        assertThat(node.orders).hasSizeLessThan(FeedHarness.BEHIND_MAX);
    }

    @Test
    void everyBackendOfTheEngineMayBeKilled() {
        Node node = harness.node("a").stream();
        for (String which : List.of("____", "____ engine", "____ control")) {
            flows(node, "before " + which);
            int doubts = node.doubts.size();

            assertThat(harness.db.number("select count(pg_terminate_backend(pid)) from pg_stat_activity"
                            + " where application_name like 'postevent " + harness.application + "/a " + which + "'"))
                    .isPositive();

            node.awaitConnectedAgain(doubts);
            flows(node, "after " + which);
        }
    }

    @Test
    void publicationDroppedWhileStreamingIsMadeAnewWithANewSlot() {
        Node node = harness.node("a").stream();
        flows(node, "before");
        int doubts = node.doubts.size();

        harness.db.execute("drop publication " + harness.slot);
        harness.publish(ORDERS, "undecodable");

        node.awaitConnectedAgain(doubts);
        flows(node, "after");
    }

    @Test
    void publicationThatIsNewerThanTheSlotMakesTheSlotAnew() {
        harness.node("a").stream().close();
        harness.db.execute("drop publication " + harness.slot);
        harness.publish(ORDERS, "undecodable");
        harness.db.execute("create publication " + harness.slot
                + " for table postevent.orders, postevent.bills with (publish = 'insert')");

        Node node = harness.node("a").start();

        AtomicInteger number = new AtomicInteger();
        await().atMost(LONG).until(() -> {
            harness.publish(ORDERS, "after " + number.incrementAndGet());
            return node.ids().stream().anyMatch(id -> id.startsWith("after"));
        });
    }

    @Test
    void publicationThatPublishesOtherThingsIsPutRight() {
        harness.db.execute("create publication " + harness.slot + " for table postevent.bills where (id <> 'b')");

        Node node = harness.node("a").stream();

        flows(node, "e");
        harness.publish(FeedHarness.BILLS, "b");
        await().atMost(LONG).until(() -> node.bills.size() == 1);
        assertThat(harness.db.text("select string_agg(tablename || coalesce(rowfilter, ''), ',' order by tablename)"
                        + " from pg_publication_tables where pubname = '" + harness.slot + "'"))
                .isEqualTo("bills,orders");
        assertThat(harness.db.text("select concat(pubinsert, pubupdate, pubdelete, pubtruncate) from pg_publication"
                        + " where pubname = '" + harness.slot + "'"))
                .isEqualTo("tfff");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "alter publication ${slot} drop table postevent.orders",
                "alter publication ${slot} set table postevent.bills, postevent.orders where (id <> 'missed')",
                "alter publication ${slot} set table postevent.bills, postevent.orders (idn, kind, id, source, type)",
                "alter publication ${slot} set (publish = 'update, delete')"
            })
    void aPublicationThatIsAlteredWhileItIsStreamedIsSaidAndPutRightWithinSeconds(String altered) {
        Node node = harness.node("a").stream();
        flows(node, "before");
        int doubts = node.doubts.size();

        harness.db.execute(altered.replace("${slot}", harness.slot));
        harness.publish(ORDERS, "missed");

        await().atMost(Duration.ofMinutes(4))
                .until(() ->
                        node.doubts.stream().anyMatch(doubt -> doubt.contains("somebody altered the publication")));
        node.awaitConnectedAgain(doubts);
        flows(node, "after");
        assertThat(harness.db.number(
                        "select count(*) from pg_publication_rel r join pg_publication p on p.oid = r.prpubid"
                                + " where p.pubname = '" + harness.slot
                                + "' and p.pubinsert and r.prqual is null and r.prattrs is null"))
                .isEqualTo(2);
    }

    @Test
    void aPartitionedTopicComesUnderItsOwnNameWhateverThePublicationIsSetTo() {
        harness.db.execute(
                "drop table postevent.orders",
                "create table postevent.orders (like postevent.bills including defaults, primary key (idn)) partition by range (idn)",
                "alter table postevent.orders alter idn add generated always as identity (cache 1)",
                "create table postevent.orders_1 partition of postevent.orders for values from (1) to (1000)",
                "create publication " + harness.slot
                        + " for table postevent.orders, postevent.bills with (publish = 'insert')");
        Node node = harness.node("a").stream();
        flows(node, "before");
        int doubts = node.doubts.size();

        harness.db.execute("alter publication " + harness.slot + " set (publish_via_partition_root = false)");

        node.awaitConnectedAgain(doubts);
        flows(node, "after");
    }

    @Test
    void aSlotThatSomebodyAdvancedCausesADoubt() {
        harness.node("a").stream().close();
        harness.publish(ORDERS, "skipped");
        harness.db.execute("select pg_replication_slot_advance('" + harness.slot + "', pg_current_wal_insert_lsn())");

        Node node = harness.node("a").stream();

        flows(node, "after");
        assertThat(node.ids()).containsExactly("after");
        node.awaitDoubt("connected to the slot " + harness.slot);
    }

    @Test
    void walThatTheServerCannotDecodeIsLeftBehindByASlotMadeAnew() {
        harness.node("a").stream().close();
        // a filter of then is applied to what was written then, whatever the publication is by now
        harness.db.execute("alter publication " + harness.slot
                + " set table postevent.bills, postevent.orders where (1 / (length(id) - 6) <> 7)");
        harness.publish(ORDERS, "poison");

        Node node = harness.node("a").start();

        node.awaitState(State.RETRYING, "division by zero");
        await().atMost(Duration.ofMinutes(4)).until(() -> {
            harness.publish(ORDERS, "after " + System.nanoTime());
            return node.ids().stream().anyMatch(id -> id.startsWith("after"));
        });
        node.awaitStreaming();
        assertThat(node.restarts()).isBetween(3L, 6L);
        assertThat(node.ids()).doesNotContain("poison");
        assertThat(node.doubts).anyMatch(doubt -> doubt.contains("PSTEV32009") && doubt.contains("division by zero"));
        node.awaitDoubt("connected to the slot " + harness.slot);
    }

    @Test
    void limitsOfTheDatabaseEndNeitherTheMakingOfASlotNorALargeTransaction() throws Exception {
        for (String limit : List.of("statement_timeout", "lock_timeout", "transaction_timeout")) {
            if (harness.db.number("select count(*) from pg_settings where name = '" + limit + "'") == 1) {
                harness.db.execute("alter database " + harness.db.name() + " set " + limit + " = '2s'");
            }
        }
        Node node;
        try (Connection writer = harness.db.dataSource().getConnection();
                Statement statement = writer.createStatement()) {
            statement.execute("set application_name = 'the slow one'");
            statement.execute(
                    "select set_config(name, '0', false) from pg_settings where name like '%_timeout' and context = 'user'");
            writer.setAutoCommit(false);
            statement.execute("insert into postevent.orders(id, source, type) values ('slow', 'urn:test', 't')");
            node = harness.node("a").start();
            node.awaitState(State.STARTING, "the slow one");
            awaitServerSeconds(3);
            writer.commit();
        }
        node.awaitStreaming();
        assertThat(node.restarts()).isZero();

        CountDownLatch slow = new CountDownLatch(1);
        node.hook = () -> awaitQuietly(slow);
        try (Connection writer = harness.db.dataSource().getConnection();
                Statement statement = writer.createStatement()) {
            statement.execute(
                    "select set_config(name, '0', false) from pg_settings where name like '%_timeout' and context = 'user'");
            statement.execute(many(50_000));
        }
        awaitServerSeconds(3);
        slow.countDown();
        await().atMost(LONG).until(() -> node.orders.size() >= 50_000);
        assertThat(node.restarts()).isZero();
    }

    @Test
    void anIdleLimitDoesNotEndTheConnectionThatTheEngineNeedsWhenATableIsAltered() {
        harness.db.execute(
                "alter database " + harness.db.name() + " set idle_session_timeout = '1s'",
                "alter database " + harness.db.name() + " set idle_in_transaction_session_timeout = '1s'");
        Node node = harness.node("a").stream();
        flows(node, "before");

        awaitServerSeconds(2);
        harness.db.execute("alter table postevent.orders add column extra integer");
        flows(node, "after");

        assertThat(node.restarts()).isZero();
    }

    /** Time has to pass, because it is a limit of time that is tried. */
    private void awaitServerSeconds(int seconds) {
        long from = harness.db.number("select extract(epoch from clock_timestamp())::bigint");
        await().atMost(LONG)
                .until(() ->
                        harness.db.number("select extract(epoch from clock_timestamp())::bigint") > from + seconds);
    }

    @Test
    void aListenerThatThrowsGetsTheBatchAgain() {
        Node node = harness.node("a").stream();
        flows(node, "before");
        node.refusals.addAll(
                List.of(new IllegalStateException("the inbox is away"), new IllegalStateException("still away")));

        flows(node, "refused");

        assertThat(node.refusals).isEmpty();
        assertThat(node.restarts()).isEqualTo(2);
        node.awaitDoubt("still away");
    }

    @Test
    void aTargetSupplierThatThrowsIsAskedAgain() {
        AtomicReference<FeedTarget> target = new AtomicReference<>();
        Node node = harness.node("a", () -> {
                    FeedTarget current = target.get();
                    if (current == null) {
                        throw new IllegalStateException("no credentials yet");
                    }
                    return current;
                })
                .start();
        node.awaitState(State.RETRYING, "no credentials yet");

        target.set(new FeedTarget(harness.db.jdbcUrl(), harness.db.user(), harness.db.password()));

        node.awaitStreaming();
    }

    @Test
    void aUrlThatLeadsElsewhereIsAFaultThatSaysSo() {
        PostgresFixture.Db other = PostgresFixture.shared().newDatabase();
        AtomicReference<FeedTarget> target = new AtomicReference<>(new FeedTarget("jdbc:mysql://x/y", "u", "secret"));
        Node node = harness.node("a", target::get).start();
        node.awaitState(State.RETRYING, "is not a PostgreSQL URL");

        target.set(new FeedTarget("jdbc:postgresql://127.0.0.1:1/x?password=secret", "u", null));
        node.awaitState(State.RETRYING, "127.0.0.1:1");
        assertThat(node.feed.status().detail()).doesNotContain("secret");
        target.set(new FeedTarget(other.jdbcUrl(), other.user(), other.password()));
        node.awaitState(State.RETRYING, "leads to another database than the data source");
        assertThat(node.doubts).hasSizeGreaterThanOrEqualTo(3);
        assertThat(harness.slots(false)).isZero();

        // parameters of the URL reach the driver
        target.set(new FeedTarget(
                harness.db.jdbcUrl() + "?sslmode=disable&user=" + harness.db.user() + "&password="
                        + harness.db.password(),
                null,
                null));
        node.awaitStreaming();
        flows(node, "e");
    }

    @Test
    void aUrlThatLeadsToAnotherDatabaseWithTheSameTablesIsAFaultToo() {
        try (FeedHarness other = new FeedHarness(PostgresFixture.shared())) {
            other.db.execute("create publication " + harness.slot
                    + " for table postevent.orders, postevent.bills with (publish = 'insert')");
            AtomicReference<FeedTarget> target =
                    new AtomicReference<>(new FeedTarget(other.db.jdbcUrl(), other.db.user(), other.db.password()));
            Node node = harness.node("a", target::get).start();

            await().atMost(Duration.ofMinutes(4))
                    .until(() -> node.feed.status().state() == State.RETRYING
                            && node.feed.status().detail().contains("leads to another database than the data source"));
            assertThat(harness.slots(false)).isZero();
            other.publish(ORDERS, "of others");

            target.set(new FeedTarget(harness.db.jdbcUrl(), harness.db.user(), harness.db.password()));
            node.awaitStreaming();
            flows(node, "e");
            assertThat(node.ids()).containsExactly("e");
        }
    }

    @Test
    void aMissingTableIsAFaultThatNamesIt() {
        harness.db.execute("drop table postevent.bills");
        Node node = harness.node("a").start();
        node.awaitState(State.RETRYING, "postevent.bills");
        assertThat(node.feed.status().detail()).contains("PSTEV32003");

        harness.topic(FeedHarness.BILLS);

        node.awaitStreaming();
        flows(node, "e");
    }

    @Test
    void anOpenTransactionThatHoldsUpANewSlotIsNamedAndEventsAreLookedForMeanwhile() throws SQLException {
        try (Connection writer = harness.db.dataSource().getConnection();
                Statement statement = writer.createStatement()) {
            writer.setAutoCommit(false);
            statement.execute("set application_name = 'the slow one'");
            statement.execute("insert into postevent.orders(id, source, type) values ('slow', 'urn:test', 't')");

            Node node = harness.node("a").start();
            node.awaitState(State.STARTING, "the slow one");
            await().atMost(LONG)
                    .until(() -> node.doubts.stream()
                                    .filter(d -> d.contains("the slow one"))
                                    .count()
                            > 1);

            writer.commit();
            node.awaitStreaming();
            flows(node, "e");
        }
    }

    @Test
    void wrongPasswordThenRightOneStreams() throws Exception {
        try (PostgresFixture own = PostgresFixture.own()) {
            FeedHarness protectedDatabase = new FeedHarness(own);
            own.execute("create role streamer login replication superuser password 'right'");
            Path hba = own.dataDirectory().resolve("pg_hba.conf");
            String trusting = Files.readString(hba);
            Files.writeString(
                    hba,
                    "host all streamer all scram-sha-256\nhost replication streamer all scram-sha-256\n" + trusting);
            own.execute("select pg_reload_conf()");
            AtomicReference<String> password = new AtomicReference<>("wrong");
            Node node = protectedDatabase.node(
                    "a", () -> new FeedTarget(protectedDatabase.db.jdbcUrl(), "streamer", password.get()));
            node.start();
            node.awaitState(State.RETRYING, "password authentication failed");
            assertThat(node.feed.status().detail()).contains("PSTEV32001").doesNotContain("wrong");
            await().atMost(LONG).until(() -> node.doubts.size() >= 3);

            password.set("right");
            node.awaitStreaming();
            protectedDatabase.publish(ORDERS, "e");
            node.awaitOrder("e");

            // rotated under way: the stream goes on, and a restart picks it up
            own.execute("alter role streamer password 'rotated'");
            protectedDatabase.db.execute(
                    "select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'postevent %'");
            node.awaitState(State.RETRYING, "password authentication failed");
            password.set("rotated");
            node.awaitStreaming();
            protectedDatabase.publish(ORDERS, "f");
            node.awaitOrder("f");
            protectedDatabase.close();
        }
    }

    @Test
    void aServerThatIsRestartedOrKilledIsWaitedFor() throws Exception {
        try (PostgresFixture own = PostgresFixture.own();
                LogLines lines = new LogLines("dev.postevent.feed", Level.WARNING)) {
            FeedHarness ours = new FeedHarness(own);
            Node node = ours.node("a").stream();
            ours.publish(ORDERS, "e0");
            node.awaitOrder("e0");
            ServerProcess server = new ServerProcess(own);

            server.stop("fast");
            node.awaitState(State.RETRYING, "cannot connect");
            int doubts = node.doubts.size();
            server.start();
            node.awaitConnectedAgain(doubts);
            ours.publish(ORDERS, "e1");
            node.awaitOrder("e1");
            assertThat(lines.with("the feed broke"))
                    .as("one line for a restart")
                    .hasSize(1);

            server.kill();
            node.awaitState(State.RETRYING, "");
            doubts = node.doubts.size();
            server.start();
            node.awaitConnectedAgain(doubts);
            ours.publish(ORDERS, "e2");
            node.awaitOrder("e2");
            ours.close();
        }
    }

    /** A backend that outlives its postmaster keeps the server from starting: the one that makes a slot must not be one. */
    @Test
    void aServerThatIsKilledWhileASlotIsMadeStartsAgain() throws Exception {
        // the WAL that a new slot waits for is not written before, if nobody asks for it
        try (PostgresFixture own = PostgresFixture.own("wal_writer_delay", "10s")) {
            FeedHarness ours = new FeedHarness(own);
            ServerProcess server = new ServerProcess(own);
            Node node = ours.node("a");
            try (Connection writer = ours.db.dataSource().getConnection();
                    Statement statement = writer.createStatement()) {
                writer.setAutoCommit(false);
                statement.execute("set application_name = 'the slow one'");
                statement.execute("insert into postevent.orders(id, source, type) values ('slow', 'urn:test', 't')");
                node.start();
                node.awaitState(State.STARTING, "the slow one");
                writer.rollback();
            }
            await().atMost(LONG).until(() -> ours.db.number("select count(*) from pg_locks where not granted") == 0);

            server.kill();
            server.start();
            node.awaitStreaming();
            ours.publish(ORDERS, "e");
            node.awaitOrder("e");
            ours.close();
        }
    }

    @Test
    void walThatTheServerRemovedMakesANewSlot() throws Exception {
        try (PostgresFixture own =
                PostgresFixture.own("max_slot_wal_keep_size", "1MB", "min_wal_size", "32MB", "max_wal_size", "32MB")) {
            FeedHarness ours = new FeedHarness(own);
            Node node = ours.node("a").stream();
            ours.publish(ORDERS, "before");
            node.awaitOrder("before");
            node.close();

            invalidate(ours);
            Node next = ours.node("a").stream();
            ours.publish(ORDERS, "after");
            next.awaitOrder("after");
            next.awaitDoubt("connected to the slot " + ours.slot);
            assertThat(next.feed.status().facts()).containsEntry("wal_status", "reserved");

            // and under a stream that stands still: the walsender is frozen, then ended by the server
            int pid = (int)
                    ours.db.number("select active_pid from pg_replication_slots where slot_name = '" + ours.slot + "'");
            int doubts = next.doubts.size();
            ServerProcess.signal(pid, "STOP");
            try {
                invalidate(ours);
            } finally {
                ServerProcess.signal(pid, "CONT");
            }
            next.awaitConnectedAgain(doubts);
            ours.publish(ORDERS, "again");
            next.awaitOrder("again");
            ours.close();
        }
    }

    private static void invalidate(FeedHarness ours) {
        ours.db.execute("create table if not exists junk (text text)");
        await().atMost(LONG).until(() -> {
            ours.db.execute(
                    "insert into junk select repeat('x', 1000) from generate_series(1, 40000)",
                    "select pg_switch_wal()");
            // the checkpoint waits for a frozen walsender to go: not with us
            try (Connection connection = ours.db.dataSource().getConnection();
                    Statement statement = connection.createStatement()) {
                statement.execute("set statement_timeout = '2s'");
                statement.execute("checkpoint");
            } catch (SQLException e) {
                assertThat(e.getSQLState()).isEqualTo("57014");
            }
            return "lost"
                            .equals(ours.db.text("select wal_status from pg_replication_slots where slot_name = '"
                                    + ours.slot + "'"))
                    || "unreserved"
                                    .equals(ours.db.text(
                                            "select wal_status from pg_replication_slots where slot_name = '"
                                                    + ours.slot + "'"))
                            && ours.slots(true) == 1;
        });
    }
}
