package dev.postevent.testing;

import dev.postevent.internal.schema.Schema;
import dev.postevent.spi.LogEntry;
import dev.postevent.spi.Origin;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;

/** The contract over a real database, whatever the adapter. */
public abstract class DatabaseEventLogContract extends EventLogContract {
    private static final String INSERT =
            "insert into postevent.orders (id, source, type, datacontenttype, dataschema, subject, data, time,"
                    + " traceparent, extensions) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?::jsonb)";

    protected final PostgresFixture.Db db = PostgresFixture.shared().newDatabase();

    @Override
    protected final Publishers publishers() {
        new Schema(db.dataSource(), Schema.Mode.CREATE).prepareOutbox(List.of(TOPIC));
        return new Table(db);
    }

    private record Table(PostgresFixture.Db db) implements Publishers {
        @Override
        public Origin origin() {
            return Origin.of(
                    db.text("select system_identifier from pg_control_system()"),
                    db.number("select timeline_id from pg_control_checkpoint()"),
                    db.number("select 'postevent.orders'::regclass::oid::bigint"));
        }

        @Override
        public void publish(List<LogEntry> entries) throws SQLException {
            try (Connection connection = begin()) {
                insert(connection, entries);
                connection.commit();
            }
        }

        @Override
        public void rollBack(LogEntry entry) throws SQLException {
            try (Connection connection = begin()) {
                insert(connection, List.of(entry));
                connection.rollback();
            }
        }

        @Override
        public AutoCloseable holdOpen(LogEntry entry, String holder) throws SQLException {
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

        @Override
        public void remove(long through) {
            db.execute(
                    "update postevent_internal.settled set gone = " + through + " where topic = 'orders'",
                    "delete from postevent.orders where idn <= " + through);
        }

        private Connection begin() throws SQLException {
            Connection connection = db.dataSource().getConnection();
            connection.setAutoCommit(false);
            return connection;
        }

        private static void insert(Connection connection, List<LogEntry> entries) throws SQLException {
            try (PreparedStatement insert = connection.prepareStatement(INSERT)) {
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
}
