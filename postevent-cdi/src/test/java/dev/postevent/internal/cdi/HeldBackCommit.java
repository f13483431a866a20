package dev.postevent.internal.cdi;

import static org.awaitility.Awaitility.await;

import dev.postevent.testing.PostgresFixture;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * A commit whose WAL is out, and which nobody sees yet: it waits for a synchronous standby that there is not. Only this one waits, all
 * others of the database do not ask for the standby.
 */
public final class HeldBackCommit implements AutoCloseable {
    private static final Duration LONG = Duration.ofMinutes(4);

    private final PostgresFixture cluster;
    private final PostgresFixture.Db db;
    private final CompletableFuture<Void> committed;

    /** Run in a new database, before anybody connects who is not to wait. */
    public static void prepare(PostgresFixture.Db db) {
        db.execute("alter database " + db.name() + " set synchronous_commit = 'local'");
    }

    /** Runs {@code statements} and returns once the last of them waits for the standby. */
    public HeldBackCommit(PostgresFixture cluster, PostgresFixture.Db db, String... statements) {
        this.cluster = cluster;
        this.db = db;
        cluster.execute("alter system set synchronous_standby_names = 'nobody'");
        cluster.execute("select pg_reload_conf()");
        await().atMost(LONG)
                .until(() -> db.text("show synchronous_standby_names").equals("nobody"));
        committed = CompletableFuture.runAsync(() -> {
            try (Connection connection = db.dataSource().getConnection();
                    Statement statement = connection.createStatement()) {
                statement.execute("set synchronous_commit = 'on'");
                for (String sql : statements) {
                    statement.execute(sql);
                }
            } catch (SQLException e) {
                throw new IllegalStateException(e);
            }
        });
        await().atMost(LONG).until(() -> waits() || committed.isCompletedExceptionally());
    }

    /** True while it waits. */
    public boolean waits() {
        return db.number("select count(*) from pg_stat_activity where wait_event = 'SyncRep' and datname = '"
                        + db.name() + "'")
                > 0;
    }

    /** Lets it end, and waits for that. */
    public void release() throws Exception {
        cluster.execute("alter system reset synchronous_standby_names");
        cluster.execute("select pg_reload_conf()");
        committed.get(LONG.toSeconds(), TimeUnit.SECONDS);
    }

    @Override
    public void close() throws Exception {
        release();
    }
}
