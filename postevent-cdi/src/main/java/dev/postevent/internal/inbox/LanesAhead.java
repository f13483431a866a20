package dev.postevent.internal.inbox;

import dev.postevent.internal.flow.EntrySource.Ahead;
import dev.postevent.internal.flow.EntrySource.Place;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.Map;
import java.util.OptionalLong;
import java.util.SortedMap;

/**
 * What of a topic's own table lies before the cursors of lanes. The database does not know which lane an event belongs to, so what is
 * between the first and the last cursor is looked at here; that is little, unless a lane stands still.
 */
final class LanesAhead {
    private static final int PAGE = 10_000;
    /** Events between the cursors that are looked at; those beyond count as not handled. */
    private static final int LOOKED_AT_MAX = 100_000;

    private final Connection connection;
    private final InboxTable table;
    private final long[] cursors;
    private final long through;
    private final long lowest;
    private final long highest;

    private LanesAhead(Connection connection, InboxTable table, Place place) {
        this.connection = connection;
        this.table = table;
        this.cursors = place.cursors().stream().mapToLong(Long::longValue).toArray();
        this.through = place.through();
        this.lowest = place.lowest();
        this.highest =
                Math.max(lowest, Math.min(through, Arrays.stream(cursors).max().orElse(through)));
    }

    /** See {@link Inbox#ahead}; of a topic that is read directly. */
    static Ahead of(Connection connection, InboxTable table, Place place, long countedMax) throws SQLException {
        LanesAhead ahead = new LanesAhead(connection, table, place);
        long counted = BacklogStore.isCounted(place, countedMax) ? ahead.count() : 0;
        OptionalLong first = ahead.first();
        double seconds = first.isEmpty() ? 0 : BacklogStore.age(connection, table, first.getAsLong());
        return BacklogStore.ahead(place, countedMax, counted, seconds);
    }

    private long count() throws SQLException {
        long count = 0;
        long after = lowest;
        for (int seen = 0; after < highest && seen < LOOKED_AT_MAX; seen += PAGE) {
            SortedMap<Long, Integer> slots = BacklogStore.slots(connection, table, after, highest, PAGE);
            count += slots.entrySet().stream().filter(this::isAhead).count();
            after = slots.size() < PAGE ? highest : slots.lastKey();
        }
        return count + BacklogStore.events(connection, table, after, through);
    }

    private boolean isAhead(Map.Entry<Long, Integer> event) {
        return event.getKey() > cursors[event.getValue() % cursors.length];
    }

    /** The first position, if there is one. */
    private OptionalLong first() throws SQLException {
        long after = lowest;
        for (int seen = 0; after < through && seen < LOOKED_AT_MAX; seen += PAGE) {
            SortedMap<Long, Integer> slots = BacklogStore.slots(connection, table, after, through, PAGE);
            for (Map.Entry<Long, Integer> event : slots.entrySet()) {
                if (isAhead(event)) {
                    return OptionalLong.of(event.getKey());
                }
            }
            after = slots.size() < PAGE ? through : slots.lastKey();
        }
        return after < through ? OptionalLong.of(after + 1) : OptionalLong.empty();
    }
}
