package dev.postevent.internal.inbox;

import dev.postevent.spi.Origin;
import dev.postevent.spi.TopicName;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/** SQL of the table origin, and of how far subscriptions are with what came from there. */
final class OriginStore {
    private static final String ORIGIN =
            "select system, timeline, source_table from postevent_inbox.origin where topic = ?";

    // where there was none, somebody has said that what is there now is what was handled: nothing is held against it
    private static final String SAVE_ORIGIN = """
            with begun as (
                update postevent_inbox.high_water_mark set last_idn = null, last_id = null, last_source = null
                 where topic = ? and not exists (select from postevent_inbox.origin where topic = ?))
            insert into postevent_inbox.origin (topic, system, timeline, source_table) values (?, ?, ?, ?)
            on conflict (topic) do update
               set system = excluded.system, timeline = excluded.timeline, source_table = excluded.source_table,
                   seen_at = pg_catalog.now()
            """;

    // per subscription: each is a look at the end of an index
    private static final String HANDLED = """
            select coalesce(pg_catalog.max(greatest(
                       (select pg_catalog.max(l.cursor) from postevent_inbox.lane l
                         where l.application = s.application and l.subscription = s.name),
                       (select pg_catalog.max(h.idn) from postevent_inbox.held_event h
                         where h.application = s.application and h.subscription = s.name))), 0)
              from postevent_inbox.subscription s where s.topic = ?
            """;

    private static final String BEGUN = """
            select coalesce(pg_catalog.max(begins_after), 0) from postevent_inbox.subscription where topic = ? and begins = 'now'
            """;

    private OriginStore() {}

    /** The last position that a subscription of the topic has handled or holds, of whatever application; 0: none. */
    static long handled(Connection connection, TopicName topic) throws SQLException {
        return EntryStore.number(connection, HANDLED, topic);
    }

    /** The last position that was now for a subscription of the topic, of whatever application; 0: none. */
    static long begun(Connection connection, TopicName topic) throws SQLException {
        return EntryStore.number(connection, BEGUN, topic);
    }

    static @Nullable Origin origin(Connection connection, TopicName topic) throws SQLException {
        try (PreparedStatement select = EntryStore.prepare(connection, ORIGIN)) {
            select.setString(1, topic.value());
            try (ResultSet row = select.executeQuery()) {
                return row.next() ? Origin.of(row.getString(1), row.getLong(2), row.getLong(3)) : null;
            }
        }
    }

    static void saveOrigin(Connection connection, TopicName topic, Origin origin) throws SQLException {
        try (PreparedStatement save = EntryStore.prepare(connection, SAVE_ORIGIN)) {
            save.setString(1, topic.value());
            save.setString(2, topic.value());
            save.setString(3, topic.value());
            save.setString(4, origin.system());
            save.setLong(5, origin.timeline());
            save.setLong(6, origin.table());
            save.executeUpdate();
        }
    }
}
