package dev.postevent.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.postevent.EventPublisher;
import dev.postevent.Topic;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Properties;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What the lines of {@code server-config/postgresql/pg_hba.conf} keep the login of a feed from, and what they do not. */
class ReplicationLoginIT {
    private static final Duration LONG = Duration.ofMinutes(4);
    private static final Path LINES =
            Path.of("..", "server-config", "src", "main", "resources", "postgresql", "pg_hba.conf");
    private static final String REFUSED = "28000";
    private static final String PASSWORD = "x";

    private static PostgresFixture cluster;
    private static PostgresFixture.Db db;
    private static PostgresFixture.Db another;
    private static LeastPrivilege logins;

    @BeforeAll
    static void holdItToItsDatabase() throws IOException {
        cluster = PostgresFixture.own();
        db = cluster.newDatabase();
        another = cluster.newDatabase();
        logins = new LeastPrivilege(db);
        logins.prepare("app_" + db.name());
        db.execute("create table public.secret (text text)", "insert into public.secret values ('s')");
        Path file = cluster.dataDirectory().resolve("pg_hba.conf");
        String lines = Files.readString(LINES)
                .replace("shop_feed", logins.feed())
                .replaceAll("\\bshop\\b", db.name())
                .replace("10.0.0.0/8", "127.0.0.1/32");
        Files.writeString(file, lines + Files.readString(file));
        assertThat(db.text("select string_agg(error, '; ') from pg_hba_file_rules"))
                .isNull();
        db.execute("select pg_reload_conf()");
        await().atMost(LONG).until(() -> isRefused(another.name(), ""));
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    @Test
    void operationsSaysTheseLines() throws IOException {
        List<String> lines = Files.readAllLines(LINES).stream()
                .filter(line -> !line.startsWith("#"))
                .toList();
        assertThat(lines).hasSizeGreaterThan(3);
        assertThat(Files.readString(Path.of("..", "docs", "operations.md")))
                .contains("    " + String.join("\n    ", lines) + "\n");
    }

    @Test
    void theFeedStreams() throws Exception {
        db.execute(EffectTable.DDL);
        try (App app = App.over(db)
                .with("postevent.application", "app_" + db.name())
                .with("postevent.feed.user", logins.feed())
                .beans(EffectWriter.class)
                .start()) {
            await().atMost(LONG)
                    .until(() -> db.number("select count(*) from pg_stat_replication where usename = '" + logins.feed()
                                    + "' and state = 'streaming'")
                            == 1);
            EventPublisher orders = app.get(EventPublisher.class, Topic.Literal.of("orders"));
            app.jta().transaction(() -> orders.publish("t", "s", new byte[] {1}));
            await().atMost(LONG).until(() -> db.number("select count(*) from effect") == 1);
        }
    }

    @Test
    void itGetsIntoNoOtherDatabase() {
        assertThat(isRefused(another.name(), "")).isTrue();
        assertThat(isRefused("postgres", "")).isTrue();
        assertThat(isRefused(another.name(), "database")).as("to stream it").isTrue();
        assertThat(isRefused(db.name(), "")).isFalse();
    }

    /** As pg_basebackup and standbys connect. */
    @Test
    void itGetsNoPhysicalReplicationConnection() {
        assertThat(isRefused(db.name(), "true")).isTrue();
    }

    /** Of the database it is let into it reads everything, with no grant: that no line of this file keeps it from. */
    @Test
    void whatIsLeftToItIsAllOfItsDatabase() throws SQLException {
        try (Connection connection = connect(db.name(), "");
                Statement statement = connection.createStatement()) {
            assertThatThrownBy(() -> statement.executeQuery("select * from public.secret"))
                    .isInstanceOf(SQLException.class);
            statement.execute("select pg_create_logical_replication_slot('spy', 'test_decoding', true)");
            db.execute("insert into public.secret values ('told')");
            try (var row = statement.executeQuery(
                    "select data from pg_logical_slot_get_changes('spy', null, null) where data like '%told%'")) {
                assertThat(row.next()).isTrue();
            }
        }
    }

    /** Whatever database they are of, and those of standbys: all that nobody uses at the moment. */
    @Test
    void whatIsLeftToItAreTheSlotsOfTheCluster() throws SQLException {
        another.execute("select pg_create_logical_replication_slot('another', 'pgoutput')");
        try (Connection connection = connect(db.name(), "");
                Statement statement = connection.createStatement()) {
            statement.execute("select pg_drop_replication_slot('another')");
        }
        assertThat(db.number("select count(*) from pg_replication_slots where slot_name = 'another'"))
                .isZero();
    }

    private static boolean isRefused(String database, String replication) {
        try (Connection connection = connect(database, replication)) {
            return connection.isClosed();
        } catch (SQLException e) {
            if (REFUSED.equals(e.getSQLState())) {
                return true;
            }
            throw new IllegalStateException(e);
        }
    }

    private static Connection connect(String database, String replication) throws SQLException {
        Properties properties = new Properties();
        properties.setProperty("user", logins.feed());
        properties.setProperty("password", PASSWORD);
        if (!replication.isEmpty()) {
            properties.setProperty("replication", replication);
            properties.setProperty("preferQueryMode", "simple");
            properties.setProperty("assumeMinServerVersion", "15");
        }
        return DriverManager.getConnection(db.jdbcUrl().replace(db.name(), database), properties);
    }
}
