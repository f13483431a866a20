package dev.postevent.internal.feed;

import dev.postevent.internal.flow.VisibilityCondition;
import dev.postevent.spi.LogEntry;
import dev.postevent.spi.TopicName;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;

/**
 * Which tables and sequences the topics' names stand for, as seen at one instant, and where the WAL ended then.
 *
 * <p>A slot outlives the tables it brings rows of: a table that was dropped and made anew, or emptied and its numbers begun again, has
 * other events at the same positions. A row that was inserted after {@link #walEnd} is of these tables if they are still the ones the
 * names stand for when somebody can see it; of an earlier row only the table itself can tell.
 *
 * <p>Reads the catalogue, for which no privilege is needed. Names are checked, so SQL may be built from them.
 */
public final class TopicTableStore {
    private static final String SEQUENCES = """
            select n.oid::bigint as namespace, c.relname, s.oid::bigint as sequence
              from pg_catalog.pg_namespace n
              left join pg_catalog.pg_class c on c.relnamespace = n.oid and c.relname = any (?)
              left join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attname = 'idn'
              left join pg_catalog.pg_depend d on d.refobjid = c.oid and d.refobjsubid = a.attnum and d.deptype in ('a', 'i')
                   and d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
                   and d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
              left join pg_catalog.pg_class s on s.oid = d.objid and s.relkind = 'S'
             where n.nspname = 'postevent'
            """;

    // a sequence that begins anew has another file
    private static final String ONE = """
            (select c.oid from pg_catalog.pg_class c where c.relname = '${topic}' and c.relnamespace = ${namespace}),
            pg_catalog.pg_relation_filenode(${sequence})""";

    private static final String WAL_END = "select (pg_catalog.pg_current_wal_insert_lsn() - '0/0')::bigint";

    private static final String ROWS = "select idn, kind, id, source from ${table} where idn = any (?)";

    private final String expression;
    private final String seen;
    private final long walEnd;

    private TopicTableStore(String expression, String seen, long walEnd) {
        this.expression = expression;
        this.seen = seen;
        this.walEnd = walEnd;
    }

    /** Looks now. In this order: a row from after the end of the WAL was inserted after the tables were looked at. */
    public static TopicTableStore seenBy(Connection connection, Collection<TopicName> topics) throws SQLException {
        String expression = expression(connection, topics);
        try (Statement statement = connection.createStatement()) {
            String seen = text(statement, "select " + expression);
            try (ResultSet row = statement.executeQuery(WAL_END)) {
                row.next();
                return new TopicTableStore(expression, seen, row.getLong(1));
            }
        }
    }

    private static String expression(Connection connection, Collection<TopicName> topics) throws SQLException {
        String namespace = "null";
        Map<String, String> sequences = new HashMap<>();
        try (PreparedStatement select = connection.prepareStatement(SEQUENCES)) {
            select.setArray(
                    1,
                    connection.createArrayOf(
                            "text", topics.stream().map(TopicName::value).toArray()));
            try (ResultSet row = select.executeQuery()) {
                while (row.next()) {
                    namespace = row.getString("namespace");
                    if (row.getString("sequence") != null) {
                        sequences.put(row.getString("relname"), row.getString("sequence"));
                    }
                }
            }
        }
        String known = namespace;
        return topics.stream()
                .map(topic -> ONE.replace("${topic}", topic.value())
                        .replace("${namespace}", known)
                        .replace("${sequence}", sequences.getOrDefault(topic.value(), "null")))
                // an array, because a function takes a hundred arguments at most
                .collect(Collectors.joining(", ", "pg_catalog.array_to_string(array[", "], ' ', '-')"));
    }

    /** SQL that tells which they are; cheap, because a batch waits for it. */
    String expression() {
        return expression;
    }

    /** That {@code transactions}, all 64 bits of each, are visible and the tables still these. */
    VisibilityCondition condition(Collection<Long> transactions) {
        return new VisibilityCondition(List.copyOf(transactions), expression, seen);
    }

    /** The WAL written by then ends before this place. */
    public long walEnd() {
        return walEnd;
    }

    /**
     * Checks what the {@link #expression} gave later.
     *
     * @throws FeedFault if it is another table, or sequence, by now
     */
    void mustBe(String now) {
        if (!Objects.equals(seen, now)) {
            throw new FeedFault(
                    FeedFault.TABLES,
                    "a topic's table was made anew, or its positions were begun again (tables and sequences were "
                            + seen
                            + ", are " + now + "); the stream begins again, and what it would have brought is read from"
                            + " the tables");
        }
    }

    /** As {@link #mustBe(String)}, asked now. */
    public void mustBeAt(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            mustBe(text(statement, "select " + expression));
        }
    }

    private static String text(Statement statement, String sql) throws SQLException {
        try (ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getString(1);
        }
    }

    /** What stands at {@code positions} of the topic's table now, as far as it has an identity: kind, id and source. */
    static Map<Long, LogEntry> rows(Connection connection, TopicName topic, Collection<Long> positions)
            throws SQLException {
        Map<Long, LogEntry> rows = new HashMap<>();
        try (PreparedStatement select = connection.prepareStatement(ROWS.replace("${table}", topic.table()))) {
            select.setArray(1, connection.createArrayOf("bigint", positions.toArray()));
            try (ResultSet row = select.executeQuery()) {
                while (row.next()) {
                    rows.put(
                            row.getLong(1),
                            LogEntry.at(row.getLong(1))
                                    .kind(row.getString(2).charAt(0))
                                    .id(row.getString(3))
                                    .source(row.getString(4))
                                    .type("")
                                    .build());
                }
            }
        }
        return rows;
    }
}
