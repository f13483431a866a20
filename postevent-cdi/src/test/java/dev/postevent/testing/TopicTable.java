package dev.postevent.testing;

import dev.postevent.internal.schema.Schema;
import dev.postevent.spi.LogEntry;
import dev.postevent.spi.Origin;
import dev.postevent.spi.TopicName;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;

/** The table of a topic in a database, and what publishers and retention do to it. Modules with contract tests make its publishers of it. */
public class TopicTable {
    private final PostgresFixture.Db db;
    private final TopicName topic;

    /** The table of {@code topic}, which is there. */
    public TopicTable(PostgresFixture.Db db, TopicName topic) {
        this.db = db;
        this.topic = topic;
    }

    /** Makes the table of {@code topic}, as an application does. */
    public static void make(PostgresFixture.Db db, TopicName topic) {
        new Schema(db.dataSource(), Schema.Mode.CREATE).prepareOutbox(List.of(topic));
    }

    /** Which table, of which database system. */
    public final Origin origin() {
        return Origin.of(
                db.text("select system_identifier from pg_control_system()"),
                db.number("select timeline_id from pg_control_checkpoint()"),
                db.number("select '" + topic.table() + "'::regclass::oid::bigint"));
    }

    /** Inserts entries in one transaction. */
    public final void publish(List<LogEntry> entries) throws SQLException {
        try (Connection connection = begin()) {
            insert(connection, entries);
            connection.commit();
        }
    }

    /** Inserts an entry and rolls back. */
    public final void rollBack(LogEntry entry) throws SQLException {
        try (Connection connection = begin()) {
            insert(connection, List.of(entry));
            connection.rollback();
        }
    }

    /** Inserts an entry in a transaction that is open until the answer is closed, which commits it. */
    public final AutoCloseable holdOpen(LogEntry entry, String holder) throws SQLException {
        Connection connection = begin();
        try (Statement statement = connection.createStatement()) {
            statement.execute("set application_name = '" + holder + "'");
            insert(connection, List.of(entry));
        }
        return () -> {
            connection.commit();
            connection.close();
        };
    }

    /** Deletes everything at or below a position, as retention does. */
    public final void remove(long through) {
        db.execute(
                "update postevent_internal.settled set gone = " + through + " where topic = '" + topic + "'",
                "delete from " + topic.table() + " where idn <= " + through);
    }

    private Connection begin() throws SQLException {
        Connection connection = db.dataSource().getConnection();
        connection.setAutoCommit(false);
        return connection;
    }

    private void insert(Connection connection, List<LogEntry> entries) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement("insert into " + topic.table()
                + " (id, source, type, datacontenttype, dataschema, subject, data, time, traceparent, extensions)"
                + " values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?::jsonb)")) {
            for (LogEntry entry : entries) {
                insert.setString(1, entry.id());
                insert.setString(2, entry.source());
                insert.setString(3, entry.type());
                insert.setString(4, entry.datacontenttype());
                insert.setString(5, entry.dataschema());
                insert.setString(6, entry.subject());
                insert.setBytes(7, entry.data());
                insert.setObject(8, entry.time());
                insert.setString(9, entry.traceparent());
                insert.setString(10, entry.extensions());
                insert.addBatch();
            }
            insert.executeBatch();
        }
    }
}
