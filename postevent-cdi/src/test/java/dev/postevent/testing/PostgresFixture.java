package dev.postevent.testing;

import dev.postevent.testing.build.FreePort;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.UUID;
import org.postgresql.ds.PGSimpleDataSource;
import org.testcontainers.postgresql.PostgreSQLContainer;

/**
 * A real PostgreSQL for tests.
 *
 * <p>The system property {@code test.postgres} says which: {@code embedded} (default: a fresh cluster on a free port, from Maven
 * artifacts), {@code testcontainers} (where Docker is) or the JDBC URL of a superuser on a cluster with {@code
 * wal_level=logical}, with user and password as parameters. Tests that stop or reconfigure a cluster take an embedded one of
 * their own in any case.
 */
public final class PostgresFixture implements AutoCloseable {
    private static final String EMBEDDED = "embedded";
    private static PostgresFixture shared;

    private final EmbeddedPostgres embedded;
    private final String adminUrl;

    private PostgresFixture(EmbeddedPostgres embedded, String adminUrl) {
        this.embedded = embedded;
        this.adminUrl = adminUrl;
    }

    /** The cluster all tests of this JVM share; it ends with the JVM. */
    public static synchronized PostgresFixture shared() {
        if (shared == null) {
            String where = System.getProperty("test.postgres", EMBEDDED);
            shared = switch (where) {
                case EMBEDDED -> own();
                case "testcontainers" -> contained();
                default -> new PostgresFixture(null, where);
            };
            Runtime.getRuntime().addShutdownHook(new Thread(shared::close));
        }
        return shared;
    }

    /** A cluster in a container, which ends with the JVM. */
    private static PostgresFixture contained() {
        PostgreSQLContainer container = new PostgreSQLContainer("postgres:17");
        container.setCommand(
                "postgres",
                "-c",
                "wal_level=logical",
                "-c",
                "max_prepared_transactions=50",
                "-c",
                "max_replication_slots=100",
                "-c",
                "max_wal_senders=100",
                "-c",
                "max_connections=400");
        container.start();
        return new PostgresFixture(
                null,
                "jdbc:postgresql://" + container.getHost() + ":" + container.getMappedPort(5432) + "/postgres?user="
                        + container.getUsername() + "&password=" + container.getPassword());
    }

    /** An embedded cluster of the caller's own, to stop, kill and reconfigure. */
    public static PostgresFixture own(String... settings) {
        try {
            EmbeddedPostgres.Builder builder = EmbeddedPostgres.builder()
                    .setPort(FreePort.find())
                    .setServerConfig("wal_level", "logical")
                    .setServerConfig("max_prepared_transactions", "50")
                    .setServerConfig("max_replication_slots", "100")
                    .setServerConfig("max_wal_senders", "100")
                    .setServerConfig("max_connections", "400")
                    .setServerConfig("synchronous_commit", "on");
            for (int i = 0; i < settings.length; i += 2) {
                builder.setServerConfig(settings[i], settings[i + 1]);
            }
            EmbeddedPostgres embedded = builder.start();
            return new PostgresFixture(
                    embedded,
                    "jdbc:postgresql://127.0.0.1:" + embedded.getPort() + "/postgres?user=postgres&password=x");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A new empty database. */
    public Db newDatabase() {
        String name = "t_" + UUID.randomUUID().toString().replace("-", "").substring(0, 16);
        execute("create database " + name);
        String url = adminUrl.replaceFirst("(//[^/]+/)[^?]*", "$1" + name);
        PGSimpleDataSource parsed = new PGSimpleDataSource();
        parsed.setUrl(url);
        return new Db(
                "jdbc:postgresql://" + parsed.getServerNames()[0] + ":" + parsed.getPortNumbers()[0] + "/" + name,
                parsed.getUser(),
                parsed.getPassword(),
                name);
    }

    /** Runs a statement as superuser in the database {@code postgres}. */
    public void execute(String sql) {
        try (Connection connection = DriverManager.getConnection(adminUrl);
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        } catch (SQLException e) {
            throw new IllegalStateException(sql, e);
        }
    }

    /** The embedded cluster's port. */
    public int port() {
        return embedded.getPort();
    }

    /** The embedded cluster's data directory, for {@code pg_ctl} and the process id in {@code postmaster.pid}. */
    public java.nio.file.Path dataDirectory() {
        try (Connection connection = DriverManager.getConnection(adminUrl);
                Statement statement = connection.createStatement();
                java.sql.ResultSet row = statement.executeQuery("show data_directory")) {
            row.next();
            return java.nio.file.Path.of(row.getString(1));
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        if (embedded != null) {
            try {
                embedded.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** One database. */
    public record Db(String jdbcUrl, String user, String password, String name) {

        /** A plain data source: each connection new, auto-commit. */
        public PGSimpleDataSource dataSource() {
            PGSimpleDataSource source = new PGSimpleDataSource();
            source.setUrl(jdbcUrl);
            source.setUser(user);
            source.setPassword(password);
            return source;
        }

        /** Runs statements, each in a transaction of its own. */
        public void execute(String... statements) {
            try (Connection connection = dataSource().getConnection();
                    Statement statement = connection.createStatement()) {
                for (String sql : statements) {
                    statement.execute(sql);
                }
            } catch (SQLException e) {
                throw new IllegalStateException(String.join("; ", statements), e);
            }
        }

        /** First column of the first row as text; null if there is none. */
        public String text(String sql) {
            try (Connection connection = dataSource().getConnection();
                    Statement statement = connection.createStatement();
                    java.sql.ResultSet row = statement.executeQuery(sql)) {
                return row.next() ? row.getString(1) : null;
            } catch (SQLException e) {
                throw new IllegalStateException(sql, e);
            }
        }

        /** First column of the first row as a number. */
        public long number(String sql) {
            return Long.parseLong(text(sql));
        }
    }
}
