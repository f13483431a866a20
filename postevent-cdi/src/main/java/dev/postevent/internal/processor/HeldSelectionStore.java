package dev.postevent.internal.processor;

import static dev.postevent.internal.processor.Parameters.set;
import static dev.postevent.internal.processor.Parameters.with;

import dev.postevent.HeldFilter;
import dev.postevent.Subscriptions;
import dev.postevent.internal.jdbc.LocalTransaction;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** SQL of the table held_event for operators who mean many: what a filter selects, in position order. */
final class HeldSelectionStore {
    // by_key serves a subject; all else goes through what the subscription holds, in order of the key
    private static final String SELECTED = """
            application = ? and subscription = ? and idn > ? and idn <= ? and state = any (?)
              and (?::text is null or pg_catalog.hashtext(ordering_key) = pg_catalog.hashtext(?) and ordering_key = ?)
              and (?::text is null or type = ?)
              and (?::text is null or pg_catalog.strpos(pg_catalog.lower(cause), pg_catalog.lower(?)) > 0)
              and (?::timestamptz is null or attempts > 0 and first_failed_at < ?::timestamptz)
            """;
    private static final String COUNT = "select pg_catalog.count(*) from postevent_inbox.held_event where " + SELECTED;
    private static final String POSITIONS =
            "select idn from postevent_inbox.held_event where " + SELECTED + " order by idn limit ?";
    // skip locked: what is being handled, or changed by another operator, at this moment
    private static final String RETRY =
            String.format(Locale.ROOT, """
            with chosen as (
                select idn from postevent_inbox.held_event where %s and state = 'parked'
                 order by idn limit ? for no key update skip locked)
            update postevent_inbox.held_event h set %s
              from chosen where h.application = ? and h.subscription = ? and h.idn = chosen.idn
            returning h.idn, h.lane, h.ordering_key, false, %s
            """, SELECTED, HeldEventStore.BEGINS_ANEW, LocalTransaction.GUARD);
    private static final String SKIP = String.format(Locale.ROOT, """
            with chosen as (
                select idn from postevent_inbox.held_event where %s order by idn limit ? for update skip locked)
            delete from postevent_inbox.held_event h using chosen
             where h.application = ? and h.subscription = ? and h.idn = chosen.idn
            returning h.idn, h.lane, h.ordering_key, h.state = 'parked', %s
            """, SELECTED, LocalTransaction.GUARD);

    private static final String HELD_LIST = """
            select idn, ordering_key, state, attempts, next_attempt_at, case when attempts > 0 then first_failed_at end,
                   case when attempts > 0 and state = 'waiting' then counted_from end, cause, type
              from postevent_inbox.held_event
             where application = ? and subscription = ? and idn = any (?) order by idn
            """;

    private final DataSource dataSource;
    private final String application;
    private final String subscription;
    private final HeldEventStore one;
    // whoever takes a lane over waits for it no longer than for the lease
    private final String idleLimit;

    HeldSelectionStore(DataSource dataSource, Member member, String subscription, HeldEventStore one) {
        this.dataSource = dataSource;
        this.application = member.application().name();
        this.subscription = subscription;
        this.one = one;
        this.idleLimit = member.lease().idleLimit();
    }

    /**
     * What was changed of a selection.
     *
     * @param last the highest position that was; everything selected at or below it is changed
     * @param parked those that were parked and are not held any more
     */
    record Part(int changed, long last, List<WasParked> parked) {}

    long count(HeldFilter filter) throws SQLException {
        return LocalTransaction.each(dataSource, connection -> {
            try (PreparedStatement select = connection.prepareStatement(COUNT);
                    ResultSet row = set(select, selected(connection, filter, 0)).executeQuery()) {
                row.next();
                return row.getLong(1);
            }
        });
    }

    /** The first ones above {@code after}. */
    List<Long> positions(HeldFilter filter, long after, int limit) throws SQLException {
        return LocalTransaction.each(dataSource, connection -> {
            List<Long> positions = new ArrayList<>();
            try (PreparedStatement select = connection.prepareStatement(POSITIONS);
                    ResultSet row = set(select, with(selected(connection, filter, after), limit))
                            .executeQuery()) {
                while (row.next()) {
                    positions.add(row.getLong(1));
                }
            }
            return positions;
        });
    }

    /**
     * What is held, without the ids, which are not known here.
     *
     * @param positions of those that are listed, as far as they are held
     * @param giveUpAfter for how long an event may fail; null: no bound
     */
    List<ListedEvent> list(List<Long> positions, @Nullable Duration giveUpAfter) throws SQLException {
        return LocalTransaction.each(dataSource, connection -> {
            List<ListedEvent> rows = new ArrayList<>();
            try (PreparedStatement select = connection.prepareStatement(HELD_LIST);
                    ResultSet row = set(
                                    select,
                                    application,
                                    subscription,
                                    connection.createArrayOf("int8", positions.toArray(Long[]::new)))
                            .executeQuery()) {
                while (row.next()) {
                    rows.add(new ListedEvent(
                            row.getLong(1),
                            Optional.empty(),
                            Optional.ofNullable(row.getString(2)),
                            Optional.ofNullable(row.getString(9)),
                            Subscriptions.HeldEvent.State.valueOf(
                                    row.getString(3).toUpperCase(Locale.ROOT)),
                            new ListedEvent.Tries(
                                    row.getInt(4),
                                    instant(row.getTimestamp(5)),
                                    instant(row.getTimestamp(6)),
                                    giveUpAfter == null
                                            ? Optional.empty()
                                            : instant(row.getTimestamp(7)).map(from -> from.plus(giveUpAfter)),
                                    Optional.ofNullable(row.getString(8)))));
                }
            }
            return rows;
        });
    }

    private static Optional<Instant> instant(@Nullable Timestamp timestamp) {
        return Optional.ofNullable(timestamp).map(Timestamp::toInstant);
    }

    /** Gives the next parked ones above {@code after} new attempts. */
    Part retry(Connection connection, HeldFilter filter, long after, int limit) throws SQLException {
        return change(connection, RETRY, filter, after, limit, new LinkedHashSet<>());
    }

    /** Gives the next ones above {@code after} up; what stood behind them follows. */
    Part skip(Connection connection, HeldFilter filter, long after, int limit) throws SQLException {
        Set<Key> keys = new LinkedHashSet<>();
        Part part = change(connection, SKIP, filter, after, limit, keys);
        for (Key key : keys) {
            one.promote(connection, key.lane(), key.orderingKey());
        }
        return part;
    }

    private record Key(int lane, String orderingKey) {}

    private Part change(
            Connection connection, String statement, HeldFilter filter, long after, int limit, Set<Key> keys)
            throws SQLException {
        int changed = 0;
        long last = after;
        List<WasParked> parked = new ArrayList<>();
        try (PreparedStatement change = connection.prepareStatement(statement);
                ResultSet row = set(
                                change,
                                with(selected(connection, filter, after), limit, application, subscription, idleLimit))
                        .executeQuery()) {
            while (row.next()) {
                changed++;
                last = Math.max(last, row.getLong(1));
                String key = row.getString(3);
                if (key != null) {
                    keys.add(new Key(row.getInt(2), key));
                }
                if (row.getBoolean(4)) {
                    parked.add(new WasParked(row.getLong(1), Optional.ofNullable(key)));
                }
            }
        }
        return new Part(changed, last, parked);
    }

    private @Nullable Object[] selected(Connection connection, HeldFilter filter, long after) throws SQLException {
        String subject = filter.subject().orElse(null);
        String type = filter.type().orElse(null);
        String cause = filter.causeContaining().orElse(null);
        String before = filter.failedBefore().map(Instant::toString).orElse(null);
        return new @Nullable Object[] {
            application,
            subscription,
            Math.max(after, filter.firstPosition() - 1),
            filter.lastPosition().orElse(Long.MAX_VALUE),
            connection.createArrayOf(
                    "text",
                    filter.states().stream()
                            .map(state -> state.name().toLowerCase(Locale.ROOT))
                            .toArray(String[]::new)),
            subject,
            subject,
            subject,
            type,
            type,
            cause,
            cause,
            before,
            before
        };
    }
}
