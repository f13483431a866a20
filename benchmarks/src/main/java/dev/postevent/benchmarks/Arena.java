package dev.postevent.benchmarks;

import dev.postevent.internal.schema.Schema;
import dev.postevent.spi.TopicName;
import dev.postevent.testing.PostgresFixture;
import dev.postevent.testing.ServerProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.sql.CallableStatement;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;

/** The fresh cluster all contenders of one scenario run on, and what is the same for all of them. */
final class Arena implements AutoCloseable {
    static final TopicName ORDERS = new TopicName("orders");
    /** Subjects of generated rows. */
    static final int SUBJECTS = 1_000;

    /** For inserts that are nobody's events, into a table like a topic's. */
    static final String BARE_TABLE = "create table public.bare (like postevent.orders including all)";

    private static final String FILL = """
            create or replace procedure public.fill(first bigint, number bigint, per integer, size integer, subjects integer)
            language plpgsql as $$
            declare
                payload bytea := decode(repeat(md5('postevent'), size / 16 + 1), 'hex');
                done bigint := 0;
            begin
                payload := substr(payload, 1, size);
                while done < number loop
                    insert into postevent.orders (id, source, type, subject, datacontenttype, data, time)
                    select (first + done + g)::text, 'urn:benchmark', 'order.placed', 's' || ((first + done + g) % subjects),
                           'application/octet-stream', payload, clock_timestamp()
                      from generate_series(0, least(per, number - done) - 1) g;
                    done := done + per;
                    commit;
                end loop;
            end $$
            """;

    private final PostgresFixture cluster;
    private final long pid;

    Arena() throws IOException {
        // as a server is: fsync on (the embedded default is off), and no checkpoint in the middle of a run of one
        // contender
        cluster = PostgresFixture.own(
                "fsync",
                "on",
                "shared_buffers",
                "512MB",
                "max_wal_size",
                "8GB",
                "min_wal_size",
                "2GB",
                "checkpoint_timeout",
                "30min",
                "shared_preload_libraries",
                "pg_stat_statements",
                "pg_stat_statements.track",
                "top");
        pid = Long.parseLong(Files.readAllLines(cluster.dataDirectory().resolve("postmaster.pid"))
                .get(0)
                .strip());
    }

    long pid() {
        return pid;
    }

    Meter meter() {
        return new Meter(pid);
    }

    /** A database with the topic's table and nothing in it. */
    PostgresFixture.Db database() {
        PostgresFixture.Db db = cluster.newDatabase();
        new Schema(db.dataSource(), Schema.Mode.CREATE).prepareOutbox(List.of(ORDERS));
        db.execute(FILL);
        return db;
    }

    /** A database with nothing in it. */
    PostgresFixture.Db emptyDatabase() {
        return cluster.newDatabase();
    }

    /** Removes it, so that what it still does (autovacuum) is not in somebody else's figures. */
    void drop(PostgresFixture.Db db) {
        cluster.execute("select pg_drop_replication_slot(slot_name) from pg_replication_slots where database = '"
                + db.name() + "' and not active");
        cluster.execute("drop database " + db.name() + " with (force)");
    }

    /** As a superuser, in no database in particular. */
    void execute(String sql) {
        cluster.execute(sql);
    }

    /** Writes what is dirty now, and not in the middle of the next run. */
    void settle() {
        cluster.execute("checkpoint");
    }

    /**
     * Rows of the topic whose ids are numbers, first on, {@code per} of them in each transaction; subjects take turns.
     *
     * @param durable false: without waiting for the disk at each commit
     */
    void fill(PostgresFixture.Db db, long first, long number, int per, int dataBytes, int subjects, boolean durable) {
        try (Connection connection = db.dataSource().getConnection();
                Statement set = connection.createStatement();
                CallableStatement fill = connection.prepareCall("call public.fill(?, ?, ?, ?, ?)")) {
            set.execute("set synchronous_commit = " + (durable ? "on" : "off"));
            fill.setLong(1, first);
            fill.setLong(2, number);
            fill.setInt(3, per);
            fill.setInt(4, dataBytes);
            fill.setInt(5, subjects);
            fill.execute();
        } catch (SQLException e) {
            throw new IllegalStateException("filling " + db, e);
        }
    }

    /** Holds up the stream of an application: what is committed from now on becomes a backlog. */
    Stopped stopStream(PostgresFixture.Db db, String slot) {
        long walsender = db.number("select active_pid from pg_replication_slots where slot_name = '" + slot + "'");
        ServerProcess.signal(walsender, "STOP");
        return () -> ServerProcess.signal(walsender, "CONT");
    }

    /** A stream that is held up. */
    interface Stopped {
        /** Lets it flow. */
        void release();
    }

    @Override
    public void close() {
        cluster.close();
    }
}
