package dev.postevent.internal.inbox;

import dev.postevent.spi.LogEntry;
import dev.postevent.spi.TopicName;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.SortedMap;
import java.util.TreeMap;

/** SQL of how much of a topic lies before the cursors of lanes, and how old it is. */
final class BacklogStore {
    private static final String AHEAD = """
              from postevent_inbox.messages
             where topic = ? and idn > ? and idn <= ? and kind = 'e' and idn > (?::bigint[])[1 + slot % ?]
            """;

    private static final String BACKLOG = "select pg_catalog.count(*)" + AHEAD;

    private static final String OLDEST =
            "select extract(epoch from pg_catalog.clock_timestamp() - stored_at)" + AHEAD + " order by idn limit 1";

    // a topic's own table knows no slots: the lane of a row is worked out from what its key is made of
    private static final String KEYS =
            "select idn, subject from ${entries} and idn > ? and idn <= ? and kind = 'e' order by idn limit ?";

    private static final String EVENTS =
            "select pg_catalog.count(*) from ${entries} and idn > ? and idn <= ? and kind = 'e'";

    private static final String AGE =
            "select greatest(0, extract(epoch from pg_catalog.clock_timestamp() - time)) from ${entries} and idn = ?";

    private BacklogStore() {}

    static long backlog(Connection connection, TopicName topic, long[] cursors, long through) throws SQLException {
        try (PreparedStatement select = ahead(connection, BACKLOG, topic, cursors, through);
                ResultSet row = select.executeQuery()) {
            row.next();
            return row.getLong(1);
        }
    }

    static double oldestSeconds(Connection connection, TopicName topic, long[] cursors, long through)
            throws SQLException {
        try (PreparedStatement select = ahead(connection, OLDEST, topic, cursors, through);
                ResultSet row = select.executeQuery()) {
            return row.next() ? row.getDouble(1) : 0;
        }
    }

    /** Asks about what is above the cursors of its lanes. */
    private static PreparedStatement ahead(
            Connection connection, String sql, TopicName topic, long[] cursors, long through) throws SQLException {
        long lowest = Long.MAX_VALUE;
        Long[] boxed = new Long[cursors.length];
        for (int lane = 0; lane < cursors.length; lane++) {
            boxed[lane] = cursors[lane];
            lowest = Math.min(lowest, cursors[lane]);
        }
        PreparedStatement select = EntryStore.prepare(connection, sql);
        try {
            select.setString(1, topic.value());
            select.setLong(2, lowest);
            select.setLong(3, through);
            select.setArray(4, connection.createArrayOf("int8", boxed));
            select.setInt(5, cursors.length);
            return select;
        } catch (SQLException e) {
            select.close();
            throw e;
        }
    }

    /** Slots of the keys of events, by position; the first {@code rowsMax}. */
    static SortedMap<Long, Integer> slots(
            Connection connection, InboxTable table, long after, long through, int rowsMax) throws SQLException {
        try (PreparedStatement select = EntryStore.prepare(connection, table.sql(KEYS))) {
            select.setString(1, table.topic().value());
            select.setLong(2, after);
            select.setLong(3, through);
            select.setInt(4, rowsMax);
            SortedMap<Long, Integer> slots = new TreeMap<>();
            try (ResultSet rows = select.executeQuery()) {
                while (rows.next()) {
                    slots.put(rows.getLong(1), LogEntry.slot(rows.getLong(1), rows.getString(2)));
                }
            }
            return slots;
        }
    }

    static long events(Connection connection, InboxTable table, long after, long through) throws SQLException {
        try (PreparedStatement select = EntryStore.prepare(connection, table.sql(EVENTS))) {
            select.setString(1, table.topic().value());
            select.setLong(2, after);
            select.setLong(3, through);
            try (ResultSet row = select.executeQuery()) {
                row.next();
                return row.getLong(1);
            }
        }
    }

    /** Seconds since the time of the event at a position; 0 if it has none. */
    static double age(Connection connection, InboxTable table, long position) throws SQLException {
        try (PreparedStatement select = EntryStore.prepare(connection, table.sql(AGE))) {
            select.setString(1, table.topic().value());
            select.setLong(2, position);
            try (ResultSet row = select.executeQuery()) {
                return row.next() ? row.getDouble(1) : 0;
            }
        }
    }
}
