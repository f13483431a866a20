package dev.postevent.internal.inbox;

import dev.postevent.internal.flow.EntrySource.Ahead;
import dev.postevent.internal.flow.EntrySource.Place;
import dev.postevent.spi.LogEntry;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** SQL of how much of a topic lies before the cursors of lanes, and how old it is. */
final class BacklogStore {
    private static final String AHEAD = """
              from postevent_inbox.messages m
             where m.topic = p.topic and m.idn > p.lowest and m.idn <= p.through and m.kind = 'e'
               and m.idn > l.cursors[1 + m.slot % p.lanes]""";

    private static final String ALL_AHEAD = """
            select p.place, c.events, coalesce(f.seconds, 0)
              from unnest(?::int[], ?::text[], ?::bigint[], ?::bigint[], ?::text[], ?::int[], ?::bool[])
                   as p(place, topic, lowest, through, cursors, lanes, counted)
             cross join lateral (select p.cursors::bigint[] as cursors offset 0) l
             cross join lateral (select pg_catalog.count(*) as events
            ${ahead} and p.counted) c
              left join lateral (select extract(epoch from pg_catalog.clock_timestamp() - m.stored_at) as seconds
            ${ahead} order by m.idn limit 1) f on true
            """.replace("${ahead}", AHEAD.stripTrailing());

    // a topic's own table knows no slots: the lane of a row is worked out from what its key is made of
    private static final String KEYS =
            "select idn, subject from ${entries} and idn > ? and idn <= ? and kind = 'e' order by idn limit ?";

    private static final String EVENTS =
            "select pg_catalog.count(*) from ${entries} and idn > ? and idn <= ? and kind = 'e'";

    private static final String AGE =
            "select greatest(0, extract(epoch from pg_catalog.clock_timestamp() - time)) from ${entries} and idn = ?";

    private BacklogStore() {}

    /** See {@link Inbox#ahead}; of topics that are copied. */
    static List<Ahead> ahead(Connection connection, List<Place> places, long countedMax) throws SQLException {
        try (PreparedStatement select = EntryStore.prepare(connection, ALL_AHEAD)) {
            array(
                    select,
                    1,
                    connection,
                    "int4",
                    IntStream.range(0, places.size()).boxed());
            array(
                    select,
                    2,
                    connection,
                    "text",
                    places.stream().map(place -> place.topic().value()));
            array(select, 3, connection, "int8", places.stream().map(Place::lowest));
            array(select, 4, connection, "int8", places.stream().map(Place::through));
            // arrays of arrays would have to be of one length
            array(select, 5, connection, "text", places.stream().map(BacklogStore::cursors));
            array(
                    select,
                    6,
                    connection,
                    "int4",
                    places.stream().map(place -> place.cursors().size()));
            array(select, 7, connection, "bool", places.stream().map(place -> isCounted(place, countedMax)));
            @Nullable Ahead[] all = new @Nullable Ahead[places.size()];
            try (ResultSet row = select.executeQuery()) {
                while (row.next()) {
                    int at = row.getInt(1);
                    all[at] = ahead(places.get(at), countedMax, row.getLong(2), row.getDouble(3));
                }
            }
            return Arrays.asList(all).stream().map(Objects::requireNonNull).toList();
        }
    }

    private static String cursors(Place place) {
        return place.cursors().stream().map(String::valueOf).collect(Collectors.joining(",", "{", "}"));
    }

    private static void array(PreparedStatement select, int index, Connection connection, String type, Stream<?> values)
            throws SQLException {
        select.setArray(index, connection.createArrayOf(type, values.toArray()));
    }

    static boolean isCounted(Place place, long countedMax) {
        return place.through() - place.lowest() <= countedMax;
    }

    /** With what was counted, if it was. */
    static Ahead ahead(Place place, long countedMax, long counted, double oldestSeconds) {
        return isCounted(place, countedMax)
                ? new Ahead(counted, true, oldestSeconds)
                : new Ahead(share(place), false, oldestSeconds);
    }

    /** Positions before each lane, divided by the lanes: what is before all of them is each time one lane's. */
    private static long share(Place place) {
        double positions = 0;
        for (long cursor : place.cursors()) {
            positions += Math.max(0, place.through() - cursor);
        }
        return (long) Math.ceil(positions / place.cursors().size());
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
