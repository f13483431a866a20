package dev.postevent.internal.outbox;

import dev.postevent.spi.LogEntry;
import dev.postevent.spi.TopicName;
import java.sql.Connection;
import java.util.List;

/** For tests of other rooms: inserts as a publisher does, in the transaction of a connection of the test's. */
public final class Inserts {
    private Inserts() {}

    public static void insert(Connection connection, TopicName topic, List<LogEntry> entries) {
        insert(connection, topic, entries, 5_000);
    }

    public static void insert(Connection connection, TopicName topic, List<LogEntry> entries, long lockTimeoutMillis) {
        List<Long> unused = new OutboxStore(lockTimeoutMillis).insert(connection, topic, entries);
    }
}
