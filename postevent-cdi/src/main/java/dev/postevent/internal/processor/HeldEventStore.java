package dev.postevent.internal.processor;

import static dev.postevent.internal.processor.Parameters.millis;
import static dev.postevent.internal.processor.Parameters.seconds;
import static dev.postevent.internal.processor.Parameters.set;
import static dev.postevent.internal.processor.Parameters.with;

import dev.postevent.internal.jdbc.LocalTransaction;
import dev.postevent.internal.jdbc.ServerStart;
import dev.postevent.internal.processor.LaneStore.Again;
import dev.postevent.internal.processor.LaneStore.Failure;
import dev.postevent.internal.processor.LaneStore.Fate;
import dev.postevent.internal.processor.LaneStore.Held;
import dev.postevent.spi.LogEntry;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * SQL of the table held_event, for one subscription: what failed, and what waits behind it.
 *
 * <p>Longer than most: a third of it is statements, and which row each of them locks is only seen where they stand together.
 */
final class HeldEventStore {
    private static final String SERVER_START = ServerStart.MICROS;

    // held already: then the cursor is past it, and the fence says so
    private static final String HOLD_ROWS = """
            insert into postevent_inbox.held_event
                (application, subscription, idn, lane, ordering_key, type, called, state, attempts,
                 waits_from, next_attempt_at, first_failed_at, counted_from, cause)
            select ?, ?, h.idn, ?, h.ordering_key, h.type, h.called, ?, ?,
                   t.now, case when ? then t.now + pg_catalog.make_interval(secs => ?) end,
                   case when ? then t.now end, case when ? then t.now + pg_catalog.make_interval(secs => ?) end, ?
              from unnest(?::bigint[], ?::text[], ?::text[], ?::boolean[]) as h(idn, ordering_key, type, called),
                   (select pg_catalog.clock_timestamp() as now) t
            on conflict (application, subscription, idn) do nothing
            """;
    private static final String HOLD = HOLD_ROWS + " returning " + LocalTransaction.GUARD;
    private static final String HOLD_FAILED = AttemptStore.keeping(HOLD_ROWS
            + " returning application, subscription, idn, greatest(attempts, 1) as number, " + LocalTransaction.GUARD);
    private static final String LOAD_HELD = """
            select idn, ordering_key, state,
                   coalesce(extract(epoch from next_attempt_at - greatest(pg_catalog.clock_timestamp(), waits_from)) * 1000, 0)
              from postevent_inbox.held_event
             where application = ? and subscription = ? and lane = ? order by idn limit ?
            """;
    private static final String HELD_COUNT = """
            select pg_catalog.count(*) from (select 1 from postevent_inbox.held_event
                                   where application = ? and subscription = ? limit ?) h
            """;
    // next_attempt_at is when this try begins, from here on. What has passed since it was due, or since one began that
    // was lost, moves counted_from: nobody tried the event in that time, unless others of its lane were, one after the
    // other. So does what a clock that went back takes away: when it was due it had been failing for next_attempt_at -
    // counted_from, and that is so still. A former build's retry leaves lost as it was
    private static final String TRYING_HELD =
            String.format(Locale.ROOT, """
            with before as (
                select h.idn, h.trying_epoch <> l.epoch as left_by_another,
                       coalesce(h.trying_epoch <> l.epoch and h.trying_life = %s, false) as lost,
                       pg_catalog.clock_timestamp() as now
                  from postevent_inbox.held_event h, postevent_inbox.lane l
                 where h.application = ? and h.subscription = ? and h.idn = ?
                   and l.application = h.application and l.subscription = h.subscription and l.lane = ?)
            update postevent_inbox.held_event h
               set state = 'waiting', trying_epoch = l.epoch, trying_life = %s, waits_from = b.now, next_attempt_at = b.now,
                   called = h.called or coalesce(b.left_by_another, false),
                   attempts = h.attempts + case when b.lost then 1 else 0 end,
                   lost = least(h.lost, h.attempts) + case when b.lost then 1 else 0 end,
                   first_failed_at = case when b.lost and h.attempts = 0 then b.now else h.first_failed_at end,
                   counted_from = case when h.attempts = 0 then case when b.lost then b.now end
                                       else least(b.now, coalesce(h.counted_from, h.first_failed_at, b.now)
                                                         + greatest(least(b.now - h.next_attempt_at, interval '0'),
                                                                    b.now - h.next_attempt_at
                                                                    - pg_catalog.make_interval(secs => ?))) end,
                   cause = case when b.lost then ? else h.cause end
              from postevent_inbox.lane l, before b, %s
             where h.application = ? and h.subscription = ? and h.idn = b.idn and h.state <> 'parked'
               and l.application = h.application and l.subscription = h.subscription and l.lane = ? and l.owner = ? and l.epoch = ?
            returning h.attempts, h.lost, h.called,
                      case when h.attempts = 0 then 0 else extract(epoch from b.now - h.counted_from) * 1000 end, b.lost
            """, SERVER_START, SERVER_START, LocalTransaction.LIMITED);
    // once: where the answer to it was lost, an operator may have retried meanwhile what was parked. next_attempt_at,
    // as it was: when the try began. counting: when it would be due without what does not count of its wait
    private static final String ATTEMPT_FAILED = String.format(Locale.ROOT, """
            update postevent_inbox.held_event h
               set state = ?, attempts = h.attempts + ?, called = h.called or ?, trying_epoch = null,
                   waits_from = t.now, next_attempt_at = case when ? then t.again end,
                   first_failed_at = case when h.attempts > 0 then h.first_failed_at when ? then t.now end,
                   counted_from = case when h.attempts = 0 and not ? then null
                                       when h.attempts = 0
                                       then t.now + greatest(t.counting - coalesce(h.next_attempt_at, t.now), interval '0')
                                       else h.counted_from + (t.counting - coalesce(h.next_attempt_at, t.now)) end,
                   cause = coalesce(?, h.cause)
              from postevent_inbox.lane l,
                   (select c.now, c.now + d.delay as again, c.now + d.delay - d.counts as counting
                      from (select pg_catalog.clock_timestamp() as now) c,
                           (select pg_catalog.make_interval(secs => ?) as delay,
                                   pg_catalog.make_interval(secs => ?) as counts) d) t,
                   %s
             where h.application = ? and h.subscription = ? and h.idn = ? and h.trying_epoch = l.epoch
               and l.application = h.application and l.subscription = h.subscription and l.lane = ? and l.owner = ? and l.epoch = ?
            """, LocalTransaction.LIMITED);
    // one that does not count has the number of the next one that does
    private static final String ATTEMPT_FAILED_AND_KEPT = AttemptStore.keeping(
            ATTEMPT_FAILED + " returning h.application, h.subscription, h.idn, h.attempts + ?::integer as number");
    private static final String DELETE_HELD = String.format(
            Locale.ROOT, """
            delete from postevent_inbox.held_event using %s where application = ? and subscription = ? and idn = ?
            returning lane, ordering_key, %s, %s
            """, LocalTransaction.LIMITED, LocalTransaction.GUARD, LocalTransaction.NO_LONGER_LIMITED);
    /** Of an UPDATE: all attempts and the whole time are before it, and the first one is due. */
    static final String BEGINS_ANEW = """
            state = 'waiting', attempts = 0, lost = 0,
                   first_failed_at = null, counted_from = null,
                   waits_from = pg_catalog.clock_timestamp(), next_attempt_at = pg_catalog.clock_timestamp()
            """.strip();

    private static final String PROMOTE = "update postevent_inbox.held_event set " + BEGINS_ANEW + """

             where application = ? and subscription = ? and state = 'behind'
               and idn = (select pg_catalog.min(idn) from postevent_inbox.held_event
                           where application = ? and subscription = ? and lane = ?
                             and pg_catalog.hashtext(ordering_key) = pg_catalog.hashtext(?) and ordering_key = ?)
            """;
    private static final String RETRY =
            String.format(Locale.ROOT, """
            update postevent_inbox.held_event set %s
              from %s
             where application = ? and subscription = ? and idn = ? and state = 'parked' returning %s
            """, BEGINS_ANEW, LocalTransaction.LIMITED, LocalTransaction.GUARD);
    private static final String STATE_OF =
            "select state from postevent_inbox.held_event where application = ? and subscription = ? and idn = ?";
    private static final String HEAD_OF_SUBJECT = """
            select state from postevent_inbox.held_event
             where application = ? and subscription = ? and lane = ?
               and pg_catalog.hashtext(ordering_key) = pg_catalog.hashtext(?) and ordering_key = ? and idn <= ?
             order by idn limit 1
            """;
    private static final String HEAD_OF_EVENT = """
            select coalesce((select f.state from postevent_inbox.held_event f
                              where f.application = h.application and f.subscription = h.subscription and f.lane = h.lane
                                and pg_catalog.hashtext(f.ordering_key) = pg_catalog.hashtext(h.ordering_key)
                                and f.ordering_key = h.ordering_key and f.idn <= h.idn
                              order by f.idn limit 1), h.state)
              from postevent_inbox.held_event h where h.application = ? and h.subscription = ? and h.idn = ?
            """;
    private static final String DELETE_HEAD =
            String.format(Locale.ROOT, """
            delete from postevent_inbox.held_event using %s
             where application = ? and subscription = ? and idn = ? and state <> 'behind'
            returning lane, ordering_key, state = 'parked', %s
            """, LocalTransaction.LIMITED, LocalTransaction.GUARD);

    private final DataSource dataSource;
    private final String application;
    private final String node;
    private final String subscription;
    private final AttemptStore kept;
    // whoever takes a lane over waits for it no longer than for the lease
    private final String idleLimit;

    HeldEventStore(DataSource dataSource, Member member, String subscription) {
        this.dataSource = dataSource;
        this.application = member.application().name();
        this.node = member.node();
        this.subscription = subscription;
        this.kept = new AttemptStore(dataSource, member, subscription);
        this.idleLimit = member.lease().idleLimit();
    }

    /** What came of a change that an operator asked for; anything but {@link #DONE} is the state of the event, which did not allow it. */
    enum Change {
        DONE,
        NOT_HELD,
        BEHIND,
        WAITING,
        PARKED
    }

    /** Puts events behind a held one; {@code called}: those of them for which the observer was called. */
    void holdBehind(Connection connection, int lane, List<LogEntry> entries, Set<Long> called) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement(HOLD)) {
            set(insert, rows(connection, lane, entries, called, Row.BEHIND, 0, null))
                    .execute();
        }
    }

    /** Puts an event that failed aside; see {@link LaneStore#holdFailed}. */
    void holdFailed(Connection connection, int lane, LogEntry entry, int attempts, Fate fate, Failure failure)
            throws SQLException {
        Set<Long> called = Set.of(entry.position());
        try (PreparedStatement insert = connection.prepareStatement(HOLD_FAILED)) {
            set(
                            insert,
                            kept.with(
                                    rows(
                                            connection,
                                            lane,
                                            List.of(entry),
                                            called,
                                            Row.of(fate),
                                            attempts,
                                            failure.cause()),
                                    failure))
                    .execute();
        }
    }

    /**
     * What a row says of when its event is tried.
     *
     * @param waits it is tried {@code delay} from now
     * @param counts see {@link Again}
     */
    private record Row(String state, boolean waits, Duration delay, Duration counts) {
        static final Row BEHIND = new Row("behind", false, Duration.ZERO, Duration.ZERO);

        static Row of(Fate fate) {
            return fate instanceof Again again
                    ? new Row("waiting", true, again.delay(), again.counts())
                    : new Row("parked", false, Duration.ZERO, Duration.ZERO);
        }
    }

    private @Nullable Object[] rows(
            Connection connection,
            int lane,
            List<LogEntry> entries,
            Set<Long> called,
            Row row,
            int attempts,
            @Nullable String cause)
            throws SQLException {
        return new @Nullable Object[] {
            application,
            subscription,
            lane,
            row.state(),
            attempts,
            row.waits(),
            seconds(row.delay()),
            attempts > 0,
            attempts > 0,
            seconds(row.delay().minus(row.counts())),
            cause,
            connection.createArrayOf(
                    "int8", entries.stream().map(LogEntry::position).toArray(Long[]::new)),
            connection.createArrayOf(
                    "text", entries.stream().map(LogEntry::subject).toArray(String[]::new)),
            connection.createArrayOf(
                    "text", entries.stream().map(LogEntry::type).toArray(String[]::new)),
            connection.createArrayOf(
                    "bool",
                    entries.stream()
                            .map(entry -> called.contains(entry.position()))
                            .toArray(Boolean[]::new)),
            idleLimit
        };
    }

    int count(int most) throws SQLException {
        return LocalTransaction.each(dataSource, connection -> {
            try (PreparedStatement select = connection.prepareStatement(HELD_COUNT);
                    ResultSet row = set(select, application, subscription, most).executeQuery()) {
                row.next();
                return row.getInt(1);
            }
        });
    }

    /** See {@link LaneStore#loadHeld}. */
    List<HeldEvents.Loaded> load(Connection connection, int lane, long now, int most) throws SQLException {
        List<HeldEvents.Loaded> rows = new ArrayList<>();
        try (PreparedStatement select = connection.prepareStatement(LOAD_HELD);
                ResultSet row =
                        set(select, application, subscription, lane, most).executeQuery()) {
            while (row.next()) {
                boolean parked = row.getString(3).equals("parked");
                Due due = parked ? Due.never() : Due.at(now + Math.max(0, Math.round(row.getDouble(4))));
                rows.add(new HeldEvents.Loaded(row.getLong(1), row.getString(2), due));
            }
        }
        return rows;
    }

    /** See {@link LaneStore#tryingHeld}. */
    Optional<Held> trying(int lane, long epoch, long position, Duration queued, String lost) throws SQLException {
        return LocalTransaction.each(dataSource, connection -> {
            try (PreparedStatement update = connection.prepareStatement(TRYING_HELD);
                    ResultSet row = set(
                                    update,
                                    application,
                                    subscription,
                                    position,
                                    lane,
                                    seconds(queued),
                                    lost,
                                    application,
                                    subscription,
                                    lane,
                                    node,
                                    epoch)
                            .executeQuery()) {
                if (!row.next()) {
                    return Optional.empty();
                }
                Held held = new Held(row.getInt(1), row.getInt(2), row.getBoolean(3), millis(row.getDouble(4)));
                if (row.getBoolean(5)) {
                    kept.keep(connection, position, held.attempts(), Failure.said(lost));
                }
                return Optional.of(held);
            }
        });
    }

    /** See {@link LaneStore#attemptFailed}. */
    boolean attemptFailed(
            int lane, long epoch, long position, Fate fate, HeldEvent.Judged judged, @Nullable Failure failure)
            throws SQLException {
        Row row = Row.of(fate);
        return failure == null
                ? update(ATTEMPT_FAILED, ended(lane, epoch, position, row, judged, null))
                : AttemptStore.written(failure, written -> {
                    @Nullable Object[] values = ended(lane, epoch, position, row, judged, written.cause());
                    return judged.isCalled()
                            ? update(
                                    ATTEMPT_FAILED_AND_KEPT,
                                    kept.with(with(values, judged.isCounted() ? 0 : 1), written))
                            : update(ATTEMPT_FAILED, values);
                });
    }

    private boolean update(String sql, @Nullable Object[] values) throws SQLException {
        return LocalTransaction.each(dataSource, connection -> {
            try (PreparedStatement update = connection.prepareStatement(sql)) {
                return set(update, values).executeUpdate() == 1;
            }
        });
    }

    private @Nullable Object[] ended(
            int lane, long epoch, long position, Row row, HeldEvent.Judged judged, @Nullable String cause) {
        return new @Nullable Object[] {
            row.state(),
            judged.isCounted() ? 1 : 0,
            judged.isCalled(),
            row.waits(),
            judged.isCounted(),
            judged.isCounted(),
            cause,
            seconds(row.delay()),
            seconds(row.counts()),
            application,
            subscription,
            position,
            lane,
            node,
            epoch
        };
    }

    /** Takes a handled event out of the held ones and lets the next of its key follow; false if it is not there any more. */
    boolean deleteHandled(Connection connection, long position) throws SQLException {
        return delete(connection, DELETE_HELD, position, row -> {});
    }

    /** What else is read of a row. */
    private interface More {
        void read(ResultSet row) throws SQLException;
    }

    private boolean delete(Connection connection, String sql, long position, More more) throws SQLException {
        try (PreparedStatement delete = connection.prepareStatement(sql);
                ResultSet row = set(delete, application, subscription, position, idleLimit)
                        .executeQuery()) {
            if (!row.next()) {
                return false;
            }
            String key = row.getString(2);
            more.read(row);
            if (key != null) {
                promote(connection, row.getInt(1), key);
            }
            return true;
        }
    }

    /** What was behind an event that is not held any more follows, if it is the first of its key now. */
    void promote(Connection connection, int lane, String key) throws SQLException {
        try (PreparedStatement promote = connection.prepareStatement(PROMOTE)) {
            set(promote, application, subscription, application, subscription, lane, key, key)
                    .executeUpdate();
        }
    }

    /** Gives a parked event new attempts, in the transaction of the connection. */
    Change retry(Connection connection, long position) throws SQLException {
        try (PreparedStatement update = connection.prepareStatement(RETRY);
                ResultSet row = set(update, application, subscription, position, idleLimit)
                        .executeQuery()) {
            if (row.next()) {
                return Change.DONE;
            }
        }
        return stateOf(connection, position);
    }

    /** Gives up a parked or waiting event, in the transaction of the connection; {@code parked} gets it if it was that. */
    Change skip(Connection connection, long position, List<WasParked> parked) throws SQLException {
        boolean deleted = delete(connection, DELETE_HEAD, position, row -> {
            if (row.getBoolean(3)) {
                parked.add(new WasParked(position, Optional.ofNullable(row.getString(2))));
            }
        });
        return deleted ? Change.DONE : stateOf(connection, position);
    }

    /** The state of the first held event of a subject at or below a position; {@link Change#NOT_HELD}: none is. */
    Change headOfSubject(int lane, String subject, long position) throws SQLException {
        return LocalTransaction.each(dataSource, connection -> {
            try (PreparedStatement select = connection.prepareStatement(HEAD_OF_SUBJECT);
                    ResultSet row = set(select, application, subscription, lane, subject, subject, position)
                            .executeQuery()) {
                return state(row, position);
            }
        });
    }

    /** The state of the first held event of the subject that a held event is of; {@link Change#NOT_HELD}: it is not held itself. */
    Change headOfEvent(long position) throws SQLException {
        return LocalTransaction.each(dataSource, connection -> {
            try (PreparedStatement select = connection.prepareStatement(HEAD_OF_EVENT);
                    ResultSet row =
                            set(select, application, subscription, position).executeQuery()) {
                return state(row, position);
            }
        });
    }

    private Change stateOf(Connection connection, long position) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement(STATE_OF);
                ResultSet row = set(select, application, subscription, position).executeQuery()) {
            return state(row, position);
        }
    }

    private Change state(ResultSet row, long position) throws SQLException {
        if (!row.next()) {
            return Change.NOT_HELD;
        }
        String state = row.getString(1);
        for (Change change : Change.values()) {
            if (change.name().equalsIgnoreCase(state)) {
                return change;
            }
        }
        throw new SQLException("the event at position " + position + " of " + subscription + " is held in the state '"
                + state + "', which this release does not know");
    }
}
