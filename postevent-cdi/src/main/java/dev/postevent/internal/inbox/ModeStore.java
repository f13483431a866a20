package dev.postevent.internal.inbox;

import dev.postevent.DivergedSourceException;
import dev.postevent.PosteventException;
import dev.postevent.spi.LogEntry;
import dev.postevent.spi.TopicName;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/**
 * SQL of the table direct_reader: how a topic that was copied comes to be read directly, and back.
 *
 * <p>Whoever reads directly says so before it becomes a member of a subscription, and while such a node lives nobody begins to copy:
 * the mark goes back to what was copied then, which would set back everybody who reads directly. Nodes that copy do not hold up one
 * that reads directly; they wait, and go on once it is gone.
 */
final class ModeStore {
    private static final String READS_DIRECTLY = """
            insert into postevent_inbox.direct_reader (application, topic, node) values (?, ?, ?)
            on conflict (application, topic, node) do update set since = pg_catalog.now()
            """;

    private static final String READS_NO_MORE =
            "delete from postevent_inbox.direct_reader where application in (?, '') and topic = ? and node = ?";

    // a node without a name of its own has another one after each start
    private static final String FORGET_OLD = """
            delete from postevent_inbox.direct_reader d
             where d.topic = ? and d.since < pg_catalog.now() - interval '1 day'
               and not exists (select from postevent_inbox.member n where n.application = d.application and n.node = d.node)
            """;

    // of all applications, as the mark is: and one that is nobody's may be any of them. A membership that lasts longer
    // than its lease was written before the database's clock went back. Who has just begun is no member yet
    private static final String READERS = """
            (select pg_catalog.string_agg(distinct pg_catalog.format('node %s of application ''%s''', r.node, r.application), ', ')
               from (select n.node, n.application
                       from postevent_inbox.direct_reader d
                       join postevent_inbox.subscription s on s.topic = d.topic and d.application in (s.application, '')
                       join postevent_inbox.member n
                         on n.application = s.application and n.subscription = s.name and n.node = d.node
                      where d.topic = m.topic and n.expires > pg_catalog.clock_timestamp()
                        and n.expires <= pg_catalog.clock_timestamp() + n.lease
                      union all
                     select d.node, d.application
                       from postevent_inbox.direct_reader d
                      where d.topic = m.topic
                        and d.since between pg_catalog.clock_timestamp() - interval '10 s' and pg_catalog.clock_timestamp()) r)
            """;

    // what is held is tried again from where it is read, and would not be there before it is copied
    private static final String HELD = """
            (select pg_catalog.string_agg(pg_catalog.format('%s of application ''%s''', s.name, s.application), ', ')
               from postevent_inbox.subscription s
              where s.topic = m.topic
                and (select pg_catalog.max(h.idn) from postevent_inbox.held_event h
                      where h.application = s.application and h.subscription = s.name) > m.copied)
            """;

    private static final String COPY = "update postevent_inbox.high_water_mark m set mark = copied, direct = false"
            + " where topic = ? and direct and " + READERS + " is null and " + HELD + " is null";

    private static final String HINDRANCE = "select coalesce(" + READERS + ", ''), coalesce(" + HELD
            + ", '') from postevent_inbox.high_water_mark m where topic = ? and direct";

    private static final String COPIED_THROUGH =
            "select direct, mark from postevent_inbox.high_water_mark where topic = ? for no key update";

    // above the last event that was copied all was void
    private static final String OTHER = """
            select idn, kind, id from ${table}
             where idn between greatest(?, ?) and ? and (kind, id, source) is distinct from ('e'::"char", ?::text, ?::text)
               and (idn = ? or kind = 'e') order by idn limit 1
            """;

    private static final String MISSING = "select not exists (select from ${table} where idn = ?)";

    private static final String READ_DIRECTLY_NOW =
            "update postevent_inbox.high_water_mark set copied = mark, direct = true where topic = ?";

    private static final String IN_THIS_TABLE =
            "update postevent_inbox.origin set source_table = '${table}'::regclass::oid::bigint where topic = ?";

    private ModeStore() {}

    /** From now on this node reads the topic where it is published; what was copied so far must be from there. In a transaction. */
    static void readDirectly(Connection connection, TopicName topic, String application, String node)
            throws SQLException {
        update(connection, FORGET_OLD, topic.value());
        update(connection, READS_DIRECTLY, application, topic.value(), node);
        long through = 0;
        try (PreparedStatement select = set(connection, COPIED_THROUGH, topic.value());
                ResultSet row = select.executeQuery()) {
            if (row.next()) {
                if (row.getBoolean(1)) {
                    return;
                }
                through = row.getLong(2);
            }
        }
        mustBeTheSame(connection, topic, through);
        update(connection, READ_DIRECTLY_NOW, topic.value());
        update(connection, IN_THIS_TABLE.replace("${table}", topic.table()), topic.value());
    }

    private static void mustBeTheSame(Connection connection, TopicName topic, long through) throws SQLException {
        LogEntry copied = EntryStore.lastCopied(connection, topic, through);
        long last = copied == null ? 0 : copied.position();
        String id = copied == null ? null : copied.id();
        String source = copied == null ? null : copied.source();
        long gone = EntryStore.gone(connection, topic);
        if (last > gone && isTrue(connection, MISSING.replace("${table}", topic.table()), last)) {
            throw anotherOne(topic, last, "nothing", "event " + id);
        }
        String sql = OTHER.replace("${table}", topic.table());
        try (PreparedStatement select = set(connection, sql, last, gone + 1, through, id, source, last);
                ResultSet row = select.executeQuery()) {
            if (row.next()) {
                String here = row.getLong(1) == last ? "event " + id : "void";
                throw anotherOne(
                        topic, row.getLong(1), (row.getString(2).equals("v") ? "" : "event ") + row.getString(3), here);
            }
        }
    }

    private static DivergedSourceException anotherOne(TopicName topic, long position, String there, String copied) {
        return new DivergedSourceException("topic " + topic + " is to be read directly, but its table has " + there
                + " at position " + position + ", where " + copied + " was received before: what subscriptions have"
                + " handled is of another source. Give the topic another name here and its observers subscriptions of"
                + " their own, or point it to the source it had");
    }

    /** From now on this node copies the topic. */
    static void copies(Connection connection, TopicName topic, String application, String node) throws SQLException {
        update(connection, READS_NO_MORE, application, topic.value(), node);
    }

    /**
     * Goes on with the copy where it was left, if the topic is read directly and nobody alive does so.
     *
     * @return false if it is not read directly
     * @throws PosteventException if that cannot be now
     */
    static boolean copyFromNowOn(Connection connection, InboxTable table) throws SQLException {
        String topic = table.topic().value();
        if (update(connection, COPY, topic) == 1) {
            return true;
        }
        try (PreparedStatement select = set(connection, HINDRANCE, topic);
                ResultSet row = select.executeQuery()) {
            if (!row.next()) {
                return false;
            }
            String readers = row.getString(1);
            String holders = row.getString(2);
            if (!readers.isEmpty() || holders.isEmpty()) {
                throw table.readDirectlyBy(readers);
            }
            throw new PosteventException(
                    "PSTEV33007",
                    "topic " + topic
                            + " was read directly so far, and cannot be copied into the inbox while"
                            + " subscriptions hold events of it (" + holders
                            + "). Set postevent.inbox.mode to direct again, handle, retry"
                            + " or skip what is held (Subscriptions.held), and change it then");
        }
    }

    private static boolean isTrue(Connection connection, String sql, Object value) throws SQLException {
        try (PreparedStatement select = set(connection, sql, value);
                ResultSet row = select.executeQuery()) {
            row.next();
            return row.getBoolean(1);
        }
    }

    private static int update(Connection connection, String sql, Object... values) throws SQLException {
        try (PreparedStatement update = set(connection, sql, values)) {
            return update.executeUpdate();
        }
    }

    private static PreparedStatement set(Connection connection, String sql, @Nullable Object... values)
            throws SQLException {
        PreparedStatement statement = EntryStore.prepare(connection, sql);
        try {
            for (int i = 0; i < values.length; i++) {
                statement.setObject(i + 1, values[i]);
            }
            return statement;
        } catch (SQLException e) {
            statement.close();
            throw e;
        }
    }
}
