package dev.postevent.server;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * A real PostgreSQL as a child process, from Maven artifacts, on a free port of the loopback interface; runs as root, too.
 *
 * <p>It is set up the way postevent needs a server: {@code wal_level=logical} for the feed, {@code max_prepared_transactions} for
 * XA, and {@code synchronous_commit=on}, because an event that was handed out must not be taken back by a crash.
 */
public final class PostgresCluster implements AutoCloseable {
    /** Kept, or its level would be forgotten with it. */
    private static final Logger EMBEDDED_LOG = Logger.getLogger("io.zonky.test.db.postgres");

    private static final Duration START_LIMIT = Duration.ofMinutes(1);
    private static final Duration STOP_LIMIT = Duration.ofSeconds(20);
    private static final String SUPERUSER = "postgres";

    private final EmbeddedPostgres embedded;
    private final @Nullable Passwords passwords;

    private PostgresCluster(EmbeddedPostgres embedded, @Nullable Passwords passwords) {
        this.embedded = embedded;
        this.passwords = passwords;
    }

    /** A cluster whose data goes away with it; for tests: whoever is on this machine may do anything in it. */
    public static PostgresCluster temporary() {
        return new PostgresCluster(start(builder()), null);
    }

    /**
     * A cluster whose data stays in {@code directory}: a later start finds it again. Nobody gets in without a password; they are random,
     * in files beside the directory ({@code <directory>.passwords}).
     *
     * <p>A server that still runs on that directory, left behind by a harness that was killed, is stopped first. One that was made when
     * every user of the machine was trusted is given passwords: it is restarted as soon as its superuser has one.
     */
    public static PostgresCluster at(Path directory) {
        Path absolute = directory.toAbsolutePath();
        stopLeftover(absolute);
        HostBasedAccess access = new HostBasedAccess(absolute);
        Passwords passwords = Passwords.in(absolute.resolveSibling(absolute.getFileName() + ".passwords"));
        boolean trusts = access.trusts();
        if (Files.exists(absolute.resolve("postgresql.conf")) && !trusts && !Files.exists(passwords.file(SUPERUSER))) {
            throw new IllegalStateException("PostgreSQL in " + absolute + " demands the passwords that were in "
                    + passwords.file(SUPERUSER) + ": put them back, or delete the data");
        }
        PostgresCluster cluster = new PostgresCluster(start(kept(absolute, passwords)), passwords);
        if (trusts) {
            try {
                // the rules last: a run that is killed in between finds that users are trusted, and does it all again
                cluster.setPassword(SUPERUSER);
                access.demandPasswords();
                cluster.restart(true);
            } catch (RuntimeException e) {
                cluster.close();
                throw e;
            }
        }
        return cluster;
    }

    /** Makes the database and its owner where they are missing: REPLICATION, but no superuser; in a temporary cluster its password is its name. */
    public Database database(String name) {
        if (!name.matches("[a-z][a-z0-9_]{0,40}")) {
            throw new IllegalArgumentException("not a plain database name: " + name);
        }
        try (Connection connection = embedded.getPostgresDatabase().getConnection();
                Statement statement = connection.createStatement()) {
            if (!exists(statement, "select 1 from pg_roles where rolname = '" + name + "'")) {
                statement.execute("create role " + name + " login replication");
            }
            setPassword(name);
            if (!exists(statement, "select 1 from pg_database where datname = '" + name + "'")) {
                statement.execute("create database " + name + " owner " + name);
            }
        } catch (SQLException e) {
            throw new IllegalStateException("making database " + name, e);
        }
        return new Database("localhost", embedded.getPort(), name, name, password(name));
    }

    /** A database of this cluster, which is there, for the superuser. */
    public Database asSuperuser(Database database) {
        return database.as(SUPERUSER, password(SUPERUSER));
    }

    /** Where a role's password is; only of a cluster whose data stays. */
    Path passwordFile(String role) {
        if (passwords == null) {
            throw new IllegalStateException("a temporary cluster has no password files");
        }
        return passwords.file(role);
    }

    private String password(String role) {
        return passwords == null ? role : passwords.of(role);
    }

    /** The server keeps a hash of it only. */
    private void setPassword(String role) {
        try (Connection connection = embedded.getPostgresDatabase().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("set password_encryption = 'scram-sha-256'");
            statement.execute(
                    "alter role " + role + " password '" + password(role).replace("'", "''") + "'");
        } catch (SQLException e) {
            throw new IllegalStateException("setting the password of " + role, e);
        }
    }

    /** The port it listens on. */
    public int port() {
        return embedded.getPort();
    }

    /**
     * Restarts the server, on the same port; returns when it answers.
     *
     * @param inOrder true: with a shutdown that cuts connections; false: as after a crash
     */
    public void restart(boolean inOrder) {
        Path data = dataDirectory();
        ProcessHandle server =
                postmaster(data).orElseThrow(() -> new IllegalStateException("no PostgreSQL runs on " + data));
        Path binaries = Path.of(server.info().command().orElseThrow()).resolveSibling("pg_ctl");
        List<String> command = new ArrayList<>();
        if (System.getProperty("user.name").equals("root")) {
            // as it was started: the server refuses to run as root, also in name only
            command.addAll(List.of("unshare", "-U"));
        }
        command.addAll(List.of(binaries.toString(), "restart", "-w", "-D", data.toString()));
        command.addAll(List.of("-m", inOrder ? "fast" : "immediate"));
        command.addAll(List.of("-l", data.resolve("restart.log").toString()));
        try {
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(data.resolve("restart.out").toFile())
                    .start();
            if (!process.waitFor(START_LIMIT.toMillis(), TimeUnit.MILLISECONDS) || process.exitValue() != 0) {
                throw new IllegalStateException(
                        "PostgreSQL on " + data + " did not restart; see restart.out and restart.log");
            }
        } catch (IOException e) {
            throw new UncheckedIOException("restarting PostgreSQL on " + data, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while restarting PostgreSQL on " + data, e);
        }
    }

    private Path dataDirectory() {
        try (Connection connection = embedded.getPostgresDatabase().getConnection();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("show data_directory")) {
            if (!row.next()) {
                throw new IllegalStateException("PostgreSQL does not tell its data directory");
            }
            return Path.of(row.getString(1));
        } catch (SQLException e) {
            throw new IllegalStateException("asking for the data directory", e);
        }
    }

    /** Stops the server; open connections are cut. */
    @Override
    public void close() {
        try {
            embedded.close();
        } catch (IOException e) {
            throw new UncheckedIOException("stopping PostgreSQL on port " + embedded.getPort(), e);
        }
    }

    private static EmbeddedPostgres.Builder builder() {
        EMBEDDED_LOG.setLevel(Level.WARNING);
        return EmbeddedPostgres.builder()
                .setServerConfig("wal_level", "logical")
                .setServerConfig("max_prepared_transactions", "50")
                .setServerConfig("max_connections", "300")
                .setServerConfig("max_replication_slots", "50")
                .setServerConfig("max_wal_senders", "50")
                .setServerConfig("synchronous_commit", "on")
                .setPGStartupWait(START_LIMIT);
    }

    private static EmbeddedPostgres.Builder kept(Path directory, Passwords passwords) {
        EmbeddedPostgres.Builder builder = builder()
                .setDataDirectory(directory.toFile())
                .setCleanDataDirectory(false)
                // no hook: whoever keeps data stops the server in an order of his own, when nobody writes any more
                .setRegisterShutdownHook(false)
                // not in the machine's temporary directory, where somebody else may have put programs of the same name
                .setOverrideWorkingDirectory(
                        directory.resolveSibling("postgres-programs").toFile())
                .setConnectConfig("password", passwords.of(SUPERUSER));
        // options of initdb that are not about locales go the same way; they come behind its "-A trust" and win
        return builder.setLocaleConfig("auth", "scram-sha-256")
                .setLocaleConfig("pwfile", passwords.file(SUPERUSER).toString());
    }

    private static EmbeddedPostgres start(EmbeddedPostgres.Builder builder) {
        try {
            return builder.start();
        } catch (IOException e) {
            throw new UncheckedIOException("starting PostgreSQL", e);
        }
    }

    private static boolean exists(Statement statement, String sql) throws SQLException {
        try (ResultSet row = statement.executeQuery(sql)) {
            return row.next();
        }
    }

    private static void stopLeftover(Path directory) {
        Optional<ProcessHandle> leftover = postmaster(directory);
        if (leftover.isEmpty()) {
            return;
        }
        long pid = leftover.get().pid();
        try {
            // SIGINT is PostgreSQL's fast shutdown; SIGTERM, which is all a ProcessHandle can send, waits for clients
            int result = new ProcessBuilder("kill", "-INT", Long.toString(pid))
                    .inheritIO()
                    .start()
                    .waitFor();
            if (result != 0) {
                throw new IllegalStateException(
                        "PostgreSQL " + pid + " runs on " + directory + " and cannot be stopped");
            }
            leftover.get().onExit().get(STOP_LIMIT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (IOException e) {
            throw new UncheckedIOException("stopping PostgreSQL " + pid, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while stopping PostgreSQL " + pid, e);
        } catch (ExecutionException | TimeoutException e) {
            throw new IllegalStateException("PostgreSQL " + pid + " on " + directory + " did not stop", e);
        }
    }

    private static Optional<ProcessHandle> postmaster(Path directory) {
        Path pidFile = directory.resolve("postmaster.pid");
        try {
            if (!Files.exists(pidFile)) {
                return Optional.empty();
            }
            List<String> lines = Files.readAllLines(pidFile);
            return ProcessHandle.of(Long.parseLong(lines.get(0).strip()))
                    // process ids are used again: it is ours only if it was started on this directory
                    .filter(process -> List.of(process.info().arguments().orElse(new String[0]))
                            .contains(directory.toString()));
        } catch (IOException e) {
            throw new UncheckedIOException("reading " + pidFile, e);
        }
    }
}
