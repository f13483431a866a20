package dev.postevent.internal.eventlog;

import static dev.postevent.internal.eventlog.Events.ORDERS;
import static dev.postevent.internal.eventlog.Events.event;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.postevent.PosteventException;
import dev.postevent.internal.outbox.Inserts;
import dev.postevent.internal.schema.Schema;
import dev.postevent.spi.LogEntry;
import dev.postevent.spi.Range;
import dev.postevent.testing.PostgresFixture;
import dev.postevent.testing.StandbyServer;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Condition C6: a proof is made on the primary, on one connection. Servers of this test's own, to crash and to copy. */
final class SettleServerIT {
    private PostgresFixture server;
    private PostgresFixture.Db db;

    @BeforeEach
    void open() {
        server = PostgresFixture.own();
        db = server.newDatabase();
        new Schema(db.dataSource(), Schema.Mode.CREATE).prepareOutbox(List.of(ORDERS));
    }

    @AfterEach
    void close() {
        server.close();
    }

    @Test
    void aCrashOfTheServerWithinAProofEndsTheProof() throws Exception {
        preparedFirstAndCommittedSecond();
        AtomicInteger crashes = new AtomicInteger();
        JdbcEventLog log = new JdbcEventLog(
                HookedDataSource.of(db.dataSource(), sql -> {
                    // between the first list of holders and what would be the second
                    if (sql.contains("array(select t.idn") && crashes.getAndIncrement() == 0) {
                        crash();
                    }
                }),
                Duration.ZERO);
        assertThatThrownBy(() -> log.read(ORDERS, 0, Long.MAX_VALUE, 10, 1_000))
                .isInstanceOf(PosteventException.class)
                .hasMessageContaining("PSTEV31040");
        assertThat(crashes).hasValue(1);
        Range undecided = log.read(ORDERS, 0, Long.MAX_VALUE, 10, 1_000);
        assertThat(undecided.settledThrough()).isZero();
        assertThat(undecided.blocker()).startsWith("prepared transaction 'p' since");
        db.execute("commit prepared 'p'");
        assertThat(log.read(ORDERS, 0, Long.MAX_VALUE, 10, 1_000).entries())
                .extracting(LogEntry::id)
                .containsExactly("first", "second");
    }

    @Test
    void aCrashOfTheServerBetweenTwoReadsEndsTheProof() throws Exception {
        preparedFirstAndCommittedSecond();
        List<String> seals = new ArrayList<>();
        JdbcEventLog log = new JdbcEventLog(
                HookedDataSource.of(db.dataSource(), sql -> {
                    if (sql.contains("postevent_internal.seal(")) {
                        seals.add(sql);
                    }
                }),
                Duration.ZERO);
        assertThat(log.read(ORDERS, 0, Long.MAX_VALUE, 10, 1_000).settledThrough())
                .isZero();
        crash();
        for (int read = 0; read < 3; read++) {
            Range undecided = log.read(ORDERS, 0, Long.MAX_VALUE, 10, 1_000);
            assertThat(undecided.settledThrough()).isZero();
            assertThat(undecided.blocker()).startsWith("prepared transaction 'p' since");
        }
        assertThat(seals).as("who held 1 goes by another name since the crash").isEmpty();
    }

    @Test
    void aProofContinuedAfterACrashWouldBeWrong() throws Exception {
        preparedFirstAndCommittedSecond();
        Set<String> before = holders();
        crash();
        Set<String> after = holders();
        assertThat(before).hasSize(1);
        assertThat(after)
                .as("the same transaction under another name")
                .hasSize(1)
                .doesNotContainAnyElementsOf(before);
        assertThat(db.text("select string_agg(idn::text, ' ') from postevent.orders"))
                .as("nobody of the first list is left, and position 1 would be void")
                .isEqualTo("2");
        db.execute("commit prepared 'p'");
        assertThat(db.text("select string_agg(idn::text, ' ' order by idn) from postevent.orders"))
                .isEqualTo("1 2");
    }

    @Test
    void aStandbyReadsButDecidesNothing(@TempDir Path directory) throws Exception {
        try (Connection open = db.dataSource().getConnection()) {
            open.setAutoCommit(false);
            insert(open, "first");
            try (Connection other = db.dataSource().getConnection()) {
                insert(other, "second");
            }
            try (StandbyServer standby = new StandbyServer(server, db, directory.resolve("standby"))) {
                PostgresFixture.Db copy = new PostgresFixture.Db(
                        db.jdbcUrl().replace(":" + server.port() + "/", ":" + standby.port() + "/"),
                        db.user(),
                        db.password(),
                        db.name());
                await().atMost(Duration.ofMinutes(4))
                        .ignoreExceptions()
                        .until(() -> copy.number("select count(*) from postevent.orders") == 1);
                assertThat(WrongSettler.PROBE_ONLY.read(copy.dataSource(), 0).settledThrough())
                        .as("a probe on a standby sees no holder")
                        .isEqualTo(2);
                JdbcEventLog log = new JdbcEventLog(copy.dataSource(), Duration.ZERO);
                Range range = log.read(ORDERS, 0, Long.MAX_VALUE, 10, 1_000);
                assertThat(range.settledThrough()).isZero();
                assertThat(range.blocker()).contains("standby");
                assertThat(range.entries()).extracting(LogEntry::id).containsExactly("second");
                open.commit();
                await().atMost(Duration.ofMinutes(4))
                        .until(() ->
                                log.read(ORDERS, 0, Long.MAX_VALUE, 10, 1_000).settledThrough() == 2);
                assertThat(log.origin(ORDERS))
                        .isEqualTo(new JdbcEventLog(db.dataSource(), Duration.ZERO).origin(ORDERS));
            }
        }
    }

    private void preparedFirstAndCommittedSecond() throws SQLException {
        try (Connection connection = db.dataSource().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("begin");
            insert(connection, "first");
            statement.execute("prepare transaction 'p'");
            insert(connection, "second");
        }
    }

    private Set<String> holders() throws SQLException {
        try (Connection connection = db.dataSource().getConnection()) {
            return SettleStore.holders(connection, ORDERS).transactions();
        }
    }

    /** Kills a backend: the server ends all others and recovers from its WAL. */
    private void crash() {
        try (Connection victim = db.dataSource().getConnection();
                Connection witness = db.dataSource().getConnection();
                Statement statement = victim.createStatement();
                ResultSet row = statement.executeQuery("select pg_backend_pid()")) {
            row.next();
            ProcessHandle.of(row.getLong(1)).orElseThrow().destroyForcibly();
            await().atMost(Duration.ofMinutes(4)).until(() -> !witness.isValid(5));
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
        await().atMost(Duration.ofMinutes(4)).ignoreExceptions().until(() -> db.number("select 1") == 1);
    }

    private static void insert(Connection connection, String id) {
        Inserts.insert(connection, ORDERS, List.of(LogEntry.of(0, event(id, null))));
    }
}
