package dev.postevent.internal.jdbc;

import dev.postevent.internal.flow.EventSearch.Found;
import dev.postevent.internal.flow.EventSearch.Page;
import dev.postevent.internal.flow.EventSearch.Stretch;
import dev.postevent.internal.flow.EventSearch.Wanted;
import dev.postevent.spi.LogEntry;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * Reads events for who looks for some of them, from the end of a topic on back. Here because two stages that do not know each other ask:
 * the event log its tables, and the inbox its messages, whose columns are the same.
 *
 * <p>Each statement reads at most {@link #ROWS_MAX} entries of the primary key, and of what it finds nothing that may be stored out of
 * line, whatever is looked for and however large the table is.
 */
public final class EventSearchStore {
    /** Rows that one search looks at. */
    static final int ROWS_MAX = 20_000;

    /** Of attributes, in one page; the event that passes it is the last. */
    private static final long BYTES_MAX = 8 << 20;

    /** Sources of a topic that are looked through for an id. */
    private static final int SOURCES_MAX = 200;

    private static final int TIMEOUT_SECONDS = 10;

    private static final String MATCHES = """
            t.kind = 'e'
              and (?::text is null or t.id = ?) and (?::text is null or t.source = ?)
              and (?::text is null or t.subject = ?) and (?::text is null or t.type = ?)
              and (?::timestamptz is null or t.time > ?::timestamptz) and (?::timestamptz is null or t.time <= ?::timestamptz)
            """;

    // what is shown of a row in a list: nothing of it is read that may be stored out of line but texts somebody shows
    private static final String SHOWN = """
            t.idn, t.kind, t.id, t.source, t.type, t.datacontenttype, t.subject, t.time,
            coalesce(pg_catalog.octet_length(t.data), -1) as data_bytes,
            pg_catalog.octet_length(t.id)::bigint + pg_catalog.octet_length(t.source) + pg_catalog.octet_length(t.type)
              + coalesce(pg_catalog.octet_length(t.datacontenttype), 0) + coalesce(pg_catalog.octet_length(t.subject), 0) as size
            """;

    // one statement, so one snapshot: what is looked at, and what was found there, belong together. "looked": its limit
    // keeps conditions out of it, so the bound is of rows that are read. One more than is asked for tells whether there
    // are more
    private static final String FIND = """
            with looked as materialized (
                select pg_catalog.min(l.idn) as low, pg_catalog.count(*) as rows
                  from (select t.idn from ${entries} and t.idn >= ? and t.idn < ? order by t.idn desc limit ?) l)
            select k.low, k.rows, f.found, f.bytes_before, f.idn, f.kind, f.id, f.source, f.type, f.datacontenttype, f.subject,
                   f.time, f.data_bytes
              from looked k
              left join lateral (
                   select o.*, pg_catalog.count(*) over () as found,
                          pg_catalog.sum(o.size) over (order by o.idn desc rows between unbounded preceding and current row)
                              - o.size as bytes_before
                     from (select ${shown} from ${entries} and t.idn >= k.low and t.idn < ? and ${matches}
                            order by t.idn desc limit ?) o) f on true
             order by f.idn desc
            """.replace("${shown}", SHOWN.strip()).replace("${matches}", MATCHES.strip());

    // the index is of source and id: from one source it goes to the next, and looks for the id in each. A topic has few
    // sources; of one that has many "complete" is false, and all of it is looked through
    private static final String FIND_ID = """
            with recursive sources(source, number) as (
                (select t.source, 1 from ${entries} order by t.source limit 1)
                union all
                select n.source, s.number + 1
                  from sources s
                 cross join lateral (select t.source from ${entries} and t.source > s.source order by t.source limit 1) n
                 where s.number <= ${most})
            select c.complete, f.found, f.bytes_before, f.idn, f.kind, f.id, f.source, f.type, f.datacontenttype, f.subject,
                   f.time, f.data_bytes
              from (select coalesce(pg_catalog.max(s.number), 0) <= ${most} as complete from sources s) c
              left join lateral (
                   select o.*, pg_catalog.count(*) over () as found,
                          pg_catalog.sum(o.size) over (order by o.idn desc rows between unbounded preceding and current row)
                              - o.size as bytes_before
                     from (select ${shown} from sources s cross join lateral (
                                  select * from ${entries} and t.source = s.source and t.id = ? offset 0) t
                            where t.idn >= ? and t.idn < ? and ${matches}
                            order by t.idn desc limit ?) o) f on c.complete
             order by f.idn desc
            """.replace("${shown}", SHOWN.strip())
            .replace("${matches}", MATCHES.strip())
            .replace("${most}", Integer.toString(SOURCES_MAX));

    // an event that is larger than a topic takes is of before that was refused: nobody can show it
    private static final String AT = """
            select t.idn, t.kind, t.id, t.source, t.type, t.datacontenttype, t.subject, t.time,
                   coalesce(pg_catalog.octet_length(t.data), -1), t.dataschema, t.traceparent, t.extensions,
                   case when pg_catalog.octet_length(t.data) <= ${most} then t.data end
              from ${entries} and t.idn = ? and t.kind = 'e'
            """.replace("${most}", Integer.toString(LogEntry.SIZE_MAX_BYTES));

    /** What comes after FROM, up to conditions, with the table as {@code t}. */
    private final String entries;

    private EventSearchStore(String entries) {
        this.entries = entries;
    }

    /**
     * Over a table.
     *
     * @param table as it is named in a statement
     * @param condition on its rows, which are {@code t}; without parameters, and of text that is ours or checked
     */
    public static EventSearchStore over(String table, String condition) {
        return new EventSearchStore(table + " t where " + condition);
    }

    private String sql(String template) {
        return template.replace("${entries}", entries);
    }

    /** See {@link dev.postevent.internal.flow.EventSearch#find}. */
    public Page find(Connection connection, Wanted wanted, Stretch in) throws SQLException {
        int rowsMax = wanted.isAny() ? 2 * in.limit() : ROWS_MAX;
        try (PreparedStatement select = prepare(connection, sql(FIND))) {
            select.setLong(1, in.first());
            select.setLong(2, in.before());
            select.setInt(3, rowsMax);
            select.setLong(4, in.before());
            select.setInt(matches(select, 5, wanted), in.limit() + 1);
            try (ResultSet row = select.executeQuery()) {
                row.next(); // there is one even if nothing is found
                OptionalLong further =
                        row.getLong(2) < rowsMax ? OptionalLong.empty() : OptionalLong.of(row.getLong(1));
                return page(row, 3, in.limit(), further);
            }
        }
    }

    /**
     * The same for an id, where an index of source and id leads to it.
     *
     * @return null if the topic has too many sources to do that
     */
    public @Nullable Page findId(Connection connection, String id, Wanted wanted, Stretch in) throws SQLException {
        try (PreparedStatement select = prepare(connection, sql(FIND_ID))) {
            select.setString(1, id);
            select.setLong(2, in.first());
            select.setLong(3, in.before());
            select.setInt(matches(select, 4, wanted), in.limit() + 1);
            try (ResultSet row = select.executeQuery()) {
                row.next(); // as above
                return row.getBoolean(1) ? page(row, 2, in.limit(), OptionalLong.empty()) : null;
            }
        }
    }

    /** See {@link dev.postevent.internal.flow.EventSearch#at}. */
    public @Nullable Found at(Connection connection, long position) throws SQLException {
        try (PreparedStatement select = prepare(connection, sql(AT))) {
            select.setLong(1, position);
            try (ResultSet row = select.executeQuery()) {
                return row.next()
                        ? new Found(
                                shown(row, 1)
                                        .dataschema(row.getString(10))
                                        .traceparent(row.getString(11))
                                        .extensions(row.getString(12))
                                        .data(row.getBytes(13))
                                        .build(),
                                row.getLong(9))
                        : null;
            }
        }
    }

    private static PreparedStatement prepare(Connection connection, String sql) throws SQLException {
        PreparedStatement statement = connection.prepareStatement(sql);
        try {
            statement.setQueryTimeout(TIMEOUT_SECONDS);
            return statement;
        } catch (SQLException e) {
            statement.close();
            throw e;
        }
    }

    /** Returns the index after them. */
    private static int matches(PreparedStatement select, int first, Wanted wanted) throws SQLException {
        int index = first;
        for (String value : new @Nullable String[] {
            wanted.id(), wanted.source(), wanted.subject(), wanted.type(), text(wanted.after()), text(wanted.until())
        }) {
            for (int times = 0; times < 2; times++) {
                if (value == null) {
                    select.setNull(index++, Types.VARCHAR);
                } else {
                    select.setString(index++, value);
                }
            }
        }
        return index;
    }

    private static @Nullable String text(@Nullable Instant time) {
        return time == null ? null : time.toString();
    }

    /**
     * The rows from the one it is at on.
     *
     * @param column of the first of what was found: how many, the bytes before it, the event
     * @param further where to go on if all of it is on this page
     */
    private static Page page(ResultSet row, int column, int limit, OptionalLong further) throws SQLException {
        long found = row.getLong(column);
        List<Found> events = new ArrayList<>();
        if (found > 0) {
            do {
                events.add(new Found(shown(row, column + 2).build(), row.getLong(column + 10)));
            } while (row.next() && events.size() < limit && row.getLong(column + 1) < BYTES_MAX);
        }
        return new Page(
                events,
                events.size() < found
                        ? OptionalLong.of(events.get(events.size() - 1).entry().position())
                        : further);
    }

    private static LogEntry.Builder shown(ResultSet row, int column) throws SQLException {
        return LogEntry.at(row.getLong(column))
                .kind(row.getString(column + 1).charAt(0))
                .id(row.getString(column + 2))
                .source(row.getString(column + 3))
                .type(row.getString(column + 4))
                .datacontenttype(row.getString(column + 5))
                .subject(row.getString(column + 6))
                .time(row.getObject(column + 7, OffsetDateTime.class));
    }
}
