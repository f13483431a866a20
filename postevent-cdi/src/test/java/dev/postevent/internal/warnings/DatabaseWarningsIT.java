package dev.postevent.internal.warnings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.postevent.Warning;
import dev.postevent.Warning.Kind;
import dev.postevent.Warning.Level;
import dev.postevent.internal.schema.Schema;
import dev.postevent.spi.TopicName;
import dev.postevent.testing.PostgresFixture;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.postgresql.ds.PGSimpleDataSource;

/** Each shortage made for real, on a server of its own that has little of everything. */
class DatabaseWarningsIT {
    private static final Duration LONG = Duration.ofMinutes(2);
    private static final String SLOT = "postevent_shop";
    private static final int CONNECTIONS = 30;
    private static final Limits AT_ONCE = new Limits(Duration.ZERO, Duration.ZERO, 1_000_000, Duration.ZERO, 1L << 40);

    private static PostgresFixture server;

    private final PostgresFixture.Db db = server.newDatabase();
    private final List<Connection> open = new ArrayList<>();

    @BeforeAll
    static void start() {
        server = PostgresFixture.own(
                "max_connections",
                Integer.toString(CONNECTIONS),
                "max_replication_slots",
                "2",
                "max_wal_senders",
                "2",
                "max_slot_wal_keep_size",
                "80MB",
                "wal_keep_size",
                "0",
                "min_wal_size",
                "32MB",
                "max_wal_size",
                "48MB",
                "checkpoint_timeout",
                "1h");
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @AfterEach
    void leaveNothing() throws Exception {
        for (Connection connection : open) {
            connection.close();
        }
        db.execute("select pg_drop_replication_slot(slot_name) from pg_replication_slots where not active");
    }

    private Statement session() throws Exception {
        Connection connection = db.dataSource().getConnection();
        open.add(connection);
        return connection.createStatement();
    }

    private List<Warning> warnings(DataSource source, Map<String, Integer> versions, String slot) {
        return new DatabaseWarnings(List.of(new Watched("jdbc/app", source, versions, slot)), AT_ONCE).all();
    }

    private List<Warning> warnings(String slot) {
        return warnings(db.dataSource(), Map.of(), slot);
    }

    private static Warning only(List<Warning> all, Kind kind) {
        assertThat(all).extracting(Warning::kind).containsExactly(kind);
        return all.get(0);
    }

    private static Warning among(List<Warning> all, Kind kind) {
        assertThat(all).extracting(Warning::kind).contains(kind);
        return all.stream().filter(one -> one.kind() == kind).findFirst().orElseThrow();
    }

    @Test
    void aQuietServerIsNotWarnedOf() {
        assertThat(warnings(null)).isEmpty();
        Warning missing = only(warnings(SLOT), Kind.SLOT_MISSING);
        assertThat(missing.fact()).contains(SLOT, db.name());
    }

    @Test
    void connectionsThatRunOut() throws Exception {
        for (int i = 0; i < CONNECTIONS - 4; i++) {
            session();
        }
        // those of the test before are on their way out yet
        await().atMost(LONG).untilAsserted(() -> {
            Warning warning = only(warnings(null), Kind.CONNECTIONS);
            assertThat(warning.level()).isEqualTo(Level.URGENT);
            assertThat(warning.fact()).contains("27 of the 27 connections");
        });
    }

    @Test
    void slotsThatAreAllTakenOneOfThemWithoutAReader() {
        db.execute(
                "select pg_create_logical_replication_slot('" + SLOT + "', 'pgoutput')",
                "select pg_create_physical_replication_slot('standby')");
        List<Warning> all = warnings(SLOT);
        assertThat(among(all, Kind.SLOTS).fact()).contains("all its 2 replication slots");
        assertThat(among(all, Kind.SLOT_INACTIVE).next()).contains("pg_drop_replication_slot('" + SLOT + "')");
    }

    @Test
    void walThatIsKeptUntilTheSlotIsGivenUp() {
        db.execute("select pg_create_logical_replication_slot('" + SLOT + "', 'pgoutput')");
        await().atMost(LONG).until(() -> {
            db.execute("select pg_logical_emit_message(false, 'some', 'more')", "select pg_switch_wal()");
            return warnings(SLOT).stream().anyMatch(one -> one.kind() == Kind.WAL_KEPT);
        });
        assertThat(among(warnings(SLOT), Kind.WAL_KEPT).fact()).contains(SLOT, "MiB", "given up");
        await().atMost(LONG).until(() -> {
            db.execute("select pg_logical_emit_message(false, 'some', 'more')", "select pg_switch_wal()", "checkpoint");
            return warnings(SLOT).stream().anyMatch(one -> one.kind() == Kind.SLOT_LOST);
        });
        assertThat(only(warnings(SLOT), Kind.SLOT_LOST).level()).isEqualTo(Level.URGENT);
    }

    @Test
    void aPreparedTransactionThatNobodyDecides() throws Exception {
        session().execute("begin; create table t (); prepare transaction 'lost''one'");
        try {
            Warning warning = among(warnings(null), Kind.PREPARED_TRANSACTION);
            assertThat(warning.fact()).contains("'lost''one'", db.name());
            assertThat(warning.next()).contains("rollback prepared 'lost''one'");
            assertThat(new DatabaseWarnings(List.of(new Watched("jdbc/app", db.dataSource(), Map.of(), null))).all())
                    .as("it is not old yet")
                    .isEmpty();
        } finally {
            db.execute("rollback prepared 'lost''one'");
        }
    }

    @Test
    void aSessionThatForgotItsTransaction() throws Exception {
        session().execute("set application_name = 'nightly'; begin; create table t ()");
        Warning warning = only(warnings(null), Kind.LONG_TRANSACTION);
        assertThat(warning.fact()).contains("nightly", "idle in transaction", "pid ", db.name());
    }

    @Test
    void aLoginThatMaySeeNothingOfOthersIsToldWhatItMay() throws Exception {
        db.execute("create role stranger_" + db.name() + " login");
        PGSimpleDataSource stranger = db.dataSource();
        stranger.setUser("stranger_" + db.name());
        new Schema(db.dataSource(), Schema.Mode.CREATE).prepareInbox();
        session().execute("begin; create table t ()");
        assertThat(warnings(stranger, Map.of("inbox", 999), null))
                .as("neither the age of a transaction nor our versions")
                .isEmpty();
        List<Warning> all = new DatabaseWarnings(
                        List.of(new Watched("jdbc/app", stranger, Map.of(), null)),
                        new Limits(Duration.ZERO, Duration.ZERO, -1, Duration.ZERO, 1))
                .all();
        assertThat(only(all, Kind.LONG_TRANSACTION).fact()).contains("transactions of the server");
    }

    @Test
    void tablesThatAnotherReleaseHasChanged() {
        TopicName orders = new TopicName("orders");
        new Schema(db.dataSource(), Schema.Mode.CREATE).prepareOutbox(List.of(orders));
        Map<String, Integer> known = Schema.outboxVersions(List.of(orders));
        assertThat(warnings(db.dataSource(), known, null)).isEmpty();
        db.execute("insert into postevent_internal.schema_version(part, version) values ('outbox', 999)");
        assertThat(only(warnings(db.dataSource(), known, null), Kind.SCHEMA_NEWER)
                        .fact())
                .contains("tables of outbox", "version 999", "made for " + known.get("outbox"));
        db.execute("delete from postevent_internal.schema_version where version in (999, " + known.get("outbox") + ")");
        assertThat(only(warnings(db.dataSource(), known, null), Kind.SCHEMA_OLDER)
                        .level())
                .isEqualTo(Level.URGENT);
    }

    @Test
    void twoDatabasesOfOneServerAreToldOnceOfWhatIsTheServers() throws Exception {
        for (int i = 0; i < CONNECTIONS - 4; i++) {
            session();
        }
        List<Watched> both = List.of(
                new Watched("jdbc/app", db.dataSource(), Map.of(), null),
                new Watched("jdbc/inbox", db.dataSource(), Map.of(), null));
        only(new DatabaseWarnings(both, AT_ONCE).all(), Kind.CONNECTIONS);
    }

    @Test
    void aDatabaseThatCannotBeAskedIsAWarningItself() {
        PGSimpleDataSource nowhere = db.dataSource();
        nowhere.setDatabaseName("nowhere");
        Warning warning = only(warnings(nowhere, Map.of(), null), Kind.NOT_ASKED);
        assertThat(warning.level()).isEqualTo(Level.URGENT);
        assertThat(warning.fact()).contains("jdbc/app", "3D000", "nowhere");
    }

    @Test
    void aServerThatCannotBeStreamedFrom() {
        try (PostgresFixture replica = PostgresFixture.own("wal_level", "replica")) {
            Watched watched = new Watched("jdbc/app", replica.newDatabase().dataSource(), Map.of(), SLOT);
            Warning warning = only(new DatabaseWarnings(List.of(watched)).all(), Kind.WAL_LEVEL);
            assertThat(warning.fact()).contains("'replica'");
        }
    }
}
