package dev.postevent.internal.processor;

import dev.postevent.Subscriptions;
import dev.postevent.internal.worker.LocalTransaction;
import dev.postevent.internal.worker.OwnThread;
import dev.postevent.internal.worker.ServerLife;
import dev.postevent.spi.LogEntry;
import dev.postevent.spi.TopicName;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * SQL of the tables subscription, lane, lease, held_event and member: of the rows of one application, whose name begins each key.
 *
 * <p>Longer than most: a third of it is statements, and which row each of them locks is only seen where they stand together.
 */
final class ProcessorStore implements LaneStore {
    private static final String LOOK = """
            select s.name, s.paused, m.others, m.before
              from postevent_inbox.subscription s
             cross join lateral (select pg_catalog.count(*) as others, pg_catalog.count(*) filter (where o.node < ?) as before
                                   from postevent_inbox.member o
                                  where o.application = s.application and o.subscription = s.name
                                    and o.node <> ? and o.expires > pg_catalog.clock_timestamp()) m
             where s.application = ? and s.name = any (?)
            """;

    private static final String LIFE = ServerLife.SINCE;
    private static final String INSUFFICIENT_PRIVILEGE = "42501";

    // of a lane: as taken or as renewed, whichever is later
    private static final String EXPIRES = """
            greatest(l.expires, (select e.expires from postevent_inbox.lease e
                                  where e.application = l.application and e.subscription = l.subscription
                                    and e.lane = l.lane and e.epoch = l.epoch))
            """;
    // skip locked: a lane whose cursor is just being committed, or hangs in a prepared transaction, is not taken over
    // now. l.expires: who waited for another one to take the lane sees what that wrote into this row, and not the lease
    private static final String ACQUIRE = String.format(Locale.ROOT, """
            with free as (
                select l.lane, l.owner from postevent_inbox.lane l
                 where l.application = ? and l.subscription = ? and l.lane <> all (?)
                   and case when ? then l.owner = ? else l.owner is null or %s < pg_catalog.clock_timestamp() end
                 order by l.lane limit ? for no key update of l skip locked)
            update postevent_inbox.lane l
               set owner = ?, epoch = l.epoch + 1, expires = pg_catalog.clock_timestamp() + pg_catalog.make_interval(secs => ?)
              from free where l.application = ? and l.subscription = ? and l.lane = free.lane
            returning l.lane, l.epoch, l.cursor, l.moves, %s, free.owner is not null,
                      l.called_idns, l.called_through, l.careful, l.careful_through
            """, EXPIRES, LIFE);
    // leaves the row of the cursor alone: a transaction of an observer may have begun before, and be bound to what it
    // saw then; and one that hangs, prepared, holds up nobody here
    private static final String RENEW = String.format(Locale.ROOT, """
            with ours as (
                select l.lane, l.epoch, l.cursor, l.moves
                  from unnest(?::smallint[], ?::bigint[]) as o(lane, epoch)
                  join postevent_inbox.lane l on l.application = ? and l.subscription = ? and l.lane = o.lane
                   and l.owner = ? and l.epoch = o.epoch),
            renewed as (
                insert into postevent_inbox.lease as e (application, subscription, lane, epoch, expires)
                select ?, ?, ours.lane, ours.epoch, pg_catalog.clock_timestamp() + pg_catalog.make_interval(secs => ?)
                  from ours order by ours.lane
                on conflict (application, subscription, lane) do update set epoch = excluded.epoch, expires = excluded.expires
                 where e.epoch <= excluded.epoch)
            select lane, epoch, cursor, moves, %s from ours
            """, LIFE);
    private static final String JOIN = """
            insert into postevent_inbox.member (application, subscription, node, expires, lease)
            values (?, ?, ?, pg_catalog.clock_timestamp() + pg_catalog.make_interval(secs => ?), pg_catalog.make_interval(secs => ?))
            on conflict (application, subscription, node) do update set expires = excluded.expires, lease = excluded.lease
            """;

    // what would last longer than the lease of its node was written before the database's clock went back. From here
    // on it lasts for a lease; who lives renews it meanwhile. Skip locked, as for renewing
    private static final String CUT_MEMBERS = """
            with far as (
                select node from postevent_inbox.member
                 where application = ? and subscription = ? and expires > pg_catalog.clock_timestamp() + lease + interval '1 second'
                   for no key update skip locked)
            update postevent_inbox.member m set expires = pg_catalog.clock_timestamp() + m.lease
              from far where m.application = ? and m.subscription = ? and m.node = far.node
            """;
    private static final String CUT = """
            with far as (
                select c.lane, coalesce(m.lease, interval '10 minutes') as lease from postevent_inbox.${table} c
                  join postevent_inbox.lane l
                    on l.application = c.application and l.subscription = c.subscription and l.lane = c.lane
                  left join postevent_inbox.member m
                    on m.application = l.application and m.subscription = l.subscription and m.node = l.owner
                 where c.application = ? and c.subscription = ?
                   and c.expires > pg_catalog.clock_timestamp() + coalesce(m.lease, interval '10 minutes') + interval '1 second'
                   for no key update of c skip locked)
            update postevent_inbox.${table} c set expires = pg_catalog.clock_timestamp() + far.lease
              from far where c.application = ? and c.subscription = ? and c.lane = far.lane
            """;
    private static final String CUT_LANES = CUT.replace("${table}", "lane");
    private static final String CUT_LEASES = CUT.replace("${table}", "lease");
    private static final String OWNED_BY_NAME = """
            select exists (select 1 from postevent_inbox.lane
                            where application = ? and subscription = ? and owner = ? and lane = any (?))
            """;
    // and who reads directly has not just begun: from now on only other memberships say that it lives
    private static final String LEAVE = """
            with gone as (
                delete from postevent_inbox.member
                 where application = ? and subscription = ?
                   and (node = ? or expires < pg_catalog.clock_timestamp() - interval '1 day'))
            update postevent_inbox.direct_reader d set since = '-infinity'
              from postevent_inbox.subscription s
             where s.application = ? and s.name = ?
               and d.application = s.application and d.topic = s.topic and d.node = ?
            """;
    // what is under way with a lane ends before it is given back, even if that could not be written down. Skip locked:
    // an operator is at it, and a death too many is counted; or the lane is in doubt, and free when its lease has ended
    // and somebody has decided
    private static final String RELEASE = """
            with ended as (
                select h.idn from postevent_inbox.held_event h
                 where h.application = ? and h.subscription = ? and h.lane = ? and h.trying_epoch = ?
                   for no key update skip locked),
            end_of as (
                update postevent_inbox.held_event h set trying_epoch = null, called = h.called or h.idn = any (?)
                  from ended where h.application = ? and h.subscription = ? and h.idn = ended.idn),
            free as (
                select l.lane from postevent_inbox.lane l
                 where l.application = ? and l.subscription = ? and l.lane = ? and l.owner = ? and l.epoch = ?
                   for no key update skip locked)
            update postevent_inbox.lane l
               set owner = null, expires = null, trying_epoch = null,
                   called_idns = ?, called_through = ?, careful = ?, careful_through = ?
              from free where l.application = ? and l.subscription = ? and l.lane = free.lane
            """;
    private static final String ADVANCE = String.format(Locale.ROOT, """
            with free as (
                select l.lane
                  from unnest(?::smallint[], ?::bigint[], ?::bigint[], ?::bigint[], ?::bigint[])
                       as a(lane, epoch, cursor, moves, life)
                  join postevent_inbox.lane l on l.application = ? and l.subscription = ? and l.lane = a.lane
                   and l.owner = ? and l.epoch = a.epoch and l.cursor = a.cursor and l.moves = a.moves and a.life = %s
                   for no key update of l skip locked)
            update postevent_inbox.lane l set cursor = ?, moves = l.moves + 1
              from free where l.application = ? and l.subscription = ? and l.lane = free.lane
            returning l.lane
            """, LIFE);
    // the fence: whoever believes anything else than what is stored changes no row here and must roll back. Owner and
    // epoch: the
    // lane is another node's. Cursor and moves: an answer to a commit was lost, or the database lost commits. Life: the
    // latter
    // may be made up for by other events
    private static final String MOVE_CURSOR = String.format(
            Locale.ROOT,
            """
            update postevent_inbox.lane
               set cursor = ?, moves = moves + 1
              from %s
             where application = ? and subscription = ? and lane = ?
               and owner = ? and epoch = ? and cursor = ? and moves = ? and ? = %s
            returning %s, %s, %s
            """,
            LocalTransaction.LIMITED,
            LIFE,
            LocalTransaction.GUARD,
            LocalTransaction.NO_WAIT,
            LocalTransaction.NO_LONGER_LIMITED);
    // FOR NO KEY UPDATE waits for a commit under way: what is held is read after it
    private static final String STORED =
            String.format(Locale.ROOT, """
            select l.lane, l.epoch, l.cursor, l.moves, %s, %s from postevent_inbox.lane l, %s
             where l.application = ? and l.subscription = ? and l.lane = ? and l.owner = ? and l.epoch = ?
               for no key update of l
            """, LIFE, LocalTransaction.GUARD, LocalTransaction.LIMITED);
    // the epoch of an owner before us: it did not come back from the call. If the server died, too, nobody knows whose
    // fault that was
    private static final String TRYING = String.format(Locale.ROOT, """
            update postevent_inbox.lane
               set deaths = case when trying_idn is distinct from ? then 0
                                 when trying_epoch <> epoch and trying_life = %s then deaths + 1
                                 else deaths end,
                   trying_idn = ?, trying_epoch = epoch, trying_life = %s
              from %s
             where application = ? and subscription = ? and lane = ? and owner = ? and epoch = ? returning deaths
            """, LIFE, LIFE, LocalTransaction.LIMITED);
    private static final String NOT_TRYING = String.format(Locale.ROOT, """
            update postevent_inbox.lane set trying_epoch = null from %s
             where application = ? and subscription = ? and lane = ? and owner = ? and epoch = ?
            """, LocalTransaction.LIMITED);
    // held already: then the cursor is past it, and the fence says so
    private static final String HOLD = String.format(Locale.ROOT, """
            insert into postevent_inbox.held_event
                (application, subscription, idn, lane, ordering_key, called, state, attempts,
                 waits_from, next_attempt_at, first_failed_at, counted_from, cause)
            select ?, ?, h.idn, ?, h.ordering_key, h.called, ?, ?,
                   t.now, case when ? then t.now + pg_catalog.make_interval(secs => ?) end,
                   case when ? then t.now end, case when ? then t.now + pg_catalog.make_interval(secs => ?) end, ?
              from unnest(?::bigint[], ?::text[], ?::boolean[]) as h(idn, ordering_key, called),
                   (select pg_catalog.clock_timestamp() as now) t
            on conflict (application, subscription, idn) do nothing returning %s
            """, LocalTransaction.GUARD);
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
    private static final String TRYING_HELD = String.format(Locale.ROOT, """
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
                      case when h.attempts = 0 then 0 else extract(epoch from b.now - h.counted_from) * 1000 end
            """, LIFE, LIFE, LocalTransaction.LIMITED);
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
    private static final String DELETE_HELD = String.format(
            Locale.ROOT, """
            delete from postevent_inbox.held_event using %s where application = ? and subscription = ? and idn = ?
            returning lane, ordering_key, %s, %s
            """, LocalTransaction.LIMITED, LocalTransaction.GUARD, LocalTransaction.NO_LONGER_LIMITED);
    private static final String PROMOTE = """
            update postevent_inbox.held_event set state = 'waiting', attempts = 0, lost = 0,
                   first_failed_at = null, counted_from = null,
                   waits_from = pg_catalog.clock_timestamp(), next_attempt_at = pg_catalog.clock_timestamp()
             where application = ? and subscription = ? and state = 'behind'
               and idn = (select pg_catalog.min(idn) from postevent_inbox.held_event
                           where application = ? and subscription = ? and lane = ?
                             and pg_catalog.hashtext(ordering_key) = pg_catalog.hashtext(?) and ordering_key = ?)
            """;
    private static final String RETRY =
            String.format(Locale.ROOT, """
            update postevent_inbox.held_event set state = 'waiting', attempts = 0, lost = 0,
                   first_failed_at = null, counted_from = null,
                   waits_from = pg_catalog.clock_timestamp(), next_attempt_at = pg_catalog.clock_timestamp()
              from %s
             where application = ? and subscription = ? and idn = ? and state = 'parked' returning %s
            """, LocalTransaction.LIMITED, LocalTransaction.GUARD);
    private static final String STATE_OF =
            "select state from postevent_inbox.held_event where application = ? and subscription = ? and idn = ?";
    private static final String DELETE_HEAD =
            String.format(Locale.ROOT, """
            delete from postevent_inbox.held_event using %s
             where application = ? and subscription = ? and idn = ? and state <> 'behind'
            returning lane, ordering_key, %s
            """, LocalTransaction.LIMITED, LocalTransaction.GUARD);
    private static final String PAUSE =
            "update postevent_inbox.subscription set paused = ? where application = ? and name = ?";
    private static final String CURSORS = "select l.cursor, case when " + EXPIRES
            + " > pg_catalog.clock_timestamp() then l.owner end from postevent_inbox.lane l"
            + " where l.application = ? and l.subscription = ? order by l.lane";
    private static final String HELD_COUNTS =
            "select state, pg_catalog.count(*), coalesce(extract(epoch from pg_catalog.clock_timestamp()"
                    + " - pg_catalog.min(first_failed_at) filter (where attempts > 0)) * 1000, 0)"
                    + " from postevent_inbox.held_event where application = ? and subscription = ? group by state";
    private static final String HELD_LIST = """
            select idn, ordering_key, state, attempts, next_attempt_at, case when attempts > 0 then first_failed_at end,
                   case when attempts > 0 and state = 'waiting' then counted_from end, cause
              from postevent_inbox.held_event where application = ? and subscription = ? order by idn limit ?
            """;

    private final DataSource dataSource;
    private final RegistrationStore registration;
    private final String application;
    private final String node;
    private final Lease lease;
    // whoever takes a lane over waits for it no longer than for the lease
    private final String idleLimit;

    ProcessorStore(DataSource dataSource, Application application, String node, Lease lease) {
        this.dataSource = dataSource;
        this.registration = new RegistrationStore(application);
        this.application = application.name();
        this.node = node;
        this.lease = lease;
        this.idleLimit = Long.toString(lease.duration().toMillis());
    }

    @Override
    public Optional<Registered> register(String name, TopicName topic, int lanes, Start start) throws SQLException {
        return LocalTransaction.run(
                dataSource, connection -> registration.register(connection, name, topic, lanes, start));
    }

    @Override
    public List<Acquired> acquire(String subscription, Collection<Integer> ours, int max) throws SQLException {
        return acquire(subscription, ours, false, max);
    }

    @Override
    public List<Acquired> acquireLeftovers(String subscription, Collection<Integer> ours) throws SQLException {
        return acquire(subscription, ours, true, Integer.MAX_VALUE);
    }

    private List<Acquired> acquire(String subscription, Collection<Integer> ours, boolean leftovers, int max)
            throws SQLException {
        return LocalTransaction.each(dataSource, connection -> {
            List<Acquired> acquired = new ArrayList<>();
            try (PreparedStatement update = connection.prepareStatement(ACQUIRE)) {
                set(
                        update,
                        application,
                        subscription,
                        connection.createArrayOf("int2", shorts(ours)),
                        leftovers,
                        node,
                        max,
                        node,
                        seconds(lease.duration()),
                        application,
                        subscription);
                try (ResultSet row = update.executeQuery()) {
                    while (row.next()) {
                        acquired.add(new Acquired(claim(row), row.getBoolean(6), calls(row)));
                    }
                }
            }
            return acquired;
        });
    }

    /** Of lane, epoch, cursor, moves, life. */
    private static Claim claim(ResultSet row) throws SQLException {
        return new Claim(row.getInt(1), row.getLong(2), row.getLong(3), row.getLong(4), row.getLong(5));
    }

    private static Calls calls(ResultSet row) throws SQLException {
        java.sql.Array called = row.getArray(7);
        return new Calls(
                called == null ? Set.of() : Set.of((Long[]) called.getArray()),
                row.getLong(8),
                row.getInt(9),
                row.getLong(10));
    }

    private static Short[] shorts(Collection<Integer> numbers) {
        return numbers.stream().map(Integer::shortValue).toArray(Short[]::new);
    }

    private static double seconds(Duration duration) {
        return (double) duration.toMillis() / 1000.0;
    }

    @Override
    public List<Claim> renew(String subscription, Map<Integer, Long> ours) throws SQLException {
        return LocalTransaction.each(dataSource, connection -> {
            join(connection, subscription);
            for (String cut : List.of(CUT_MEMBERS, CUT_LANES, CUT_LEASES)) {
                try (PreparedStatement update = connection.prepareStatement(cut)) {
                    set(update, application, subscription, application, subscription)
                            .executeUpdate();
                }
            }
            List<Claim> renewed = new ArrayList<>();
            try (PreparedStatement update = connection.prepareStatement(RENEW)) {
                set(
                        update,
                        connection.createArrayOf("int2", shorts(ours.keySet())),
                        connection.createArrayOf("int8", ours.values().toArray(Long[]::new)),
                        application,
                        subscription,
                        node,
                        application,
                        subscription,
                        seconds(lease.duration()));
                try (ResultSet row = update.executeQuery()) {
                    while (row.next()) {
                        renewed.add(claim(row));
                    }
                }
            }
            return renewed;
        });
    }

    /** What row security does not let a login update it passes over in silence, but not this. */
    private void join(Connection connection, String subscription) throws SQLException {
        try (PreparedStatement join = connection.prepareStatement(JOIN)) {
            double seconds = seconds(lease.duration());
            set(join, application, subscription, node, seconds, seconds).executeUpdate();
        } catch (SQLException e) {
            if (!INSUFFICIENT_PRIVILEGE.equals(e.getSQLState())) {
                throw e;
            }
            throw new SQLException(
                    "this login may not change the rows of application " + application + " (" + e.getMessage()
                            + "). If the application is another login's now, or its role is gone, the owner of the tables"
                            + " has to put this login in its place (postevent_inbox.application, see docs/operations.md),"
                            + " or grants are missing: run roles.sql again",
                    e.getSQLState(),
                    e);
        }
    }

    @Override
    public boolean hasLanesBeside(String subscription, Collection<Integer> lost) throws SQLException {
        return LocalTransaction.each(dataSource, connection -> {
            try (PreparedStatement select = connection.prepareStatement(OWNED_BY_NAME);
                    ResultSet row = set(
                                    select,
                                    application,
                                    subscription,
                                    node,
                                    connection.createArrayOf("int2", shorts(lost)))
                            .executeQuery()) {
                row.next();
                return row.getBoolean(1);
            }
        });
    }

    @Override
    public Map<String, Look> look(Collection<String> subscriptions) throws SQLException {
        return LocalTransaction.each(dataSource, connection -> {
            Map<String, Look> looks = new HashMap<>();
            try (PreparedStatement select = connection.prepareStatement(LOOK);
                    ResultSet row = set(
                                    select,
                                    node,
                                    node,
                                    application,
                                    connection.createArrayOf("text", subscriptions.toArray(String[]::new)))
                            .executeQuery()) {
                while (row.next()) {
                    looks.put(row.getString(1), new Look(row.getBoolean(2), row.getInt(3), row.getInt(4)));
                }
            }
            return looks;
        });
    }

    @Override
    public void leave(String subscription) throws SQLException {
        LocalTransaction.each(dataSource, connection -> {
            try (PreparedStatement delete = connection.prepareStatement(LEAVE)) {
                return set(delete, application, subscription, node, application, subscription, node)
                        .executeUpdate();
            }
        });
    }

    @Override
    public void release(String subscription, int lane, long epoch, Calls calls, Set<Long> heldCalled)
            throws SQLException {
        LocalTransaction.each(dataSource, connection -> {
            try (PreparedStatement update = connection.prepareStatement(RELEASE)) {
                return set(
                                update,
                                application,
                                subscription,
                                lane,
                                epoch,
                                connection.createArrayOf("int8", heldCalled.toArray(Long[]::new)),
                                application,
                                subscription,
                                application,
                                subscription,
                                lane,
                                node,
                                epoch,
                                connection.createArrayOf("int8", calls.called().toArray(Long[]::new)),
                                calls.againThrough(),
                                calls.careful(),
                                calls.carefulThrough(),
                                application,
                                subscription)
                        .executeUpdate();
            }
        });
    }

    @Override
    public List<Integer> advance(String subscription, List<Claim> claims, long cursor) throws SQLException {
        return LocalTransaction.each(dataSource, connection -> {
            List<Integer> moved = new ArrayList<>();
            try (PreparedStatement update = connection.prepareStatement(ADVANCE)) {
                set(
                        update,
                        connection.createArrayOf(
                                "int2",
                                claims.stream().map(a -> (short) a.lane()).toArray(Short[]::new)),
                        longs(connection, claims, Claim::epoch),
                        longs(connection, claims, Claim::cursor),
                        longs(connection, claims, Claim::moves),
                        longs(connection, claims, Claim::life),
                        application,
                        subscription,
                        node,
                        cursor,
                        application,
                        subscription);
                try (ResultSet row = update.executeQuery()) {
                    while (row.next()) {
                        moved.add(row.getInt(1));
                    }
                }
            }
            return moved;
        });
    }

    private static java.sql.Array longs(Connection connection, List<Claim> claims, Function<Claim, Long> of)
            throws SQLException {
        return connection.createArrayOf("int8", claims.stream().map(of).toArray(Long[]::new));
    }

    @Override
    public Effect effect(boolean synchronousCommit) throws SQLException {
        return new ConnectionEffect(dataSource.getConnection(), synchronousCommit);
    }

    /** The connection of the transaction of the calling thread. */
    private final class ConnectionEffect implements Effect {
        private final Connection connection;

        private final boolean synchronousCommit;

        private ConnectionEffect(Connection connection, boolean synchronousCommit) {
            this.connection = connection;
            this.synchronousCommit = synchronousCommit;
        }

        @Override
        public void holdBehind(String subscription, int lane, List<LogEntry> entries, Set<Long> called)
                throws SQLException {
            hold(connection, subscription, lane, entries, called, "behind", 0, null, null);
        }

        @Override
        public boolean moveCursor(String subscription, Claim claim, long cursor) throws SQLException {
            return ProcessorStore.this.moveCursor(connection, subscription, claim, cursor, synchronousCommit);
        }

        @Override
        public boolean deleteHeld(String subscription, long position) throws SQLException {
            return delete(connection, DELETE_HELD, subscription, position);
        }

        @Override
        public boolean fence(String subscription, Claim claim) throws SQLException {
            return ProcessorStore.this.moveCursor(connection, subscription, claim, claim.cursor(), synchronousCommit);
        }

        @Override
        public void close() throws SQLException {
            connection.close();
        }
    }

    private boolean moveCursor(
            Connection connection, String subscription, Claim claim, long cursor, boolean synchronousCommit)
            throws SQLException {
        try (PreparedStatement update = connection.prepareStatement(MOVE_CURSOR)) {
            set(
                    update,
                    cursor,
                    application,
                    subscription,
                    claim.lane(),
                    node,
                    claim.epoch(),
                    claim.cursor(),
                    claim.moves(),
                    claim.life(),
                    idleLimit,
                    !synchronousCommit);
            try (ResultSet row = update.executeQuery()) {
                return row.next();
            }
        }
    }

    @Override
    public @Nullable Stored stored(String subscription, int lane, long epoch, long now, int most) throws SQLException {
        try {
            return LocalTransaction.<Optional<Stored>>run(
                            dataSource, connection -> stored(connection, subscription, lane, epoch, now, most))
                    .orElse(null);
        } catch (SQLException e) {
            if (Failures.isLocked(e)) {
                throw new SQLException(
                        "lane " + lane + " is locked by a transaction that does not end; a prepared one"
                                + " (pg_prepared_xacts) waits for its transaction manager, or for a person",
                        e.getSQLState(),
                        e);
            }
            throw e;
        }
    }

    private Optional<Stored> stored(
            Connection connection, String subscription, int lane, long epoch, long now, int most) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement(STORED);
                ResultSet row = set(select, idleLimit, application, subscription, lane, node, epoch)
                        .executeQuery()) {
            return row.next()
                    ? Optional.of(new Stored(claim(row), loadHeld(connection, subscription, lane, now, most)))
                    : Optional.empty();
        }
    }

    @Override
    public int trying(String subscription, int lane, long epoch, long position) throws SQLException {
        return LocalTransaction.each(dataSource, connection -> {
            try (PreparedStatement update = connection.prepareStatement(TRYING);
                    ResultSet row = set(update, position, position, application, subscription, lane, node, epoch)
                            .executeQuery()) {
                return row.next() ? row.getInt(1) : -1;
            }
        });
    }

    @Override
    public void notTrying(String subscription, int lane, long epoch) throws SQLException {
        LocalTransaction.each(dataSource, connection -> {
            try (PreparedStatement update = connection.prepareStatement(NOT_TRYING)) {
                return set(update, application, subscription, lane, node, epoch).executeUpdate();
            }
        });
    }

    /** With a description of a failure, which is made of texts of others. */
    private interface Written {
        boolean with(@Nullable String cause) throws SQLException;
    }

    /** A cause this database cannot store, in its encoding for one, must not keep what failed from being written down. */
    private static boolean written(@Nullable String cause, Written statement) throws SQLException {
        try {
            return statement.with(cause);
        } catch (SQLException e) {
            String state = String.valueOf(e.getSQLState());
            if (cause == null || !(state.startsWith("22") || state.startsWith("54"))) {
                throw e;
            }
            return statement.with(cause.replaceAll("[^\\x20-\\x7e]", "?"));
        }
    }

    @Override
    public boolean holdFailed(
            String subscription, Claim claim, LogEntry entry, int attempts, @Nullable Again again, String cause)
            throws SQLException {
        try {
            return written(
                    cause,
                    text -> LocalTransaction.run(dataSource, connection -> {
                        // first, so that whoever holds an event has the lane
                        if (!moveCursor(connection, subscription, claim, entry.position(), true)) {
                            throw new LaneLostException();
                        }
                        hold(
                                connection,
                                subscription,
                                claim.lane(),
                                List.of(entry),
                                Set.of(entry.position()),
                                again == null ? "parked" : "waiting",
                                attempts,
                                again,
                                text);
                        return true;
                    }));
        } catch (LaneLostException e) {
            return false;
        }
    }

    private void hold(
            Connection connection,
            String subscription,
            int lane,
            List<LogEntry> entries,
            Set<Long> called,
            String state,
            int attempts,
            @Nullable Again again,
            @Nullable String cause)
            throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement(HOLD)) {
            set(
                    insert,
                    application,
                    subscription,
                    lane,
                    state,
                    attempts,
                    again != null,
                    again == null ? 0.0 : seconds(again.delay()),
                    attempts > 0,
                    attempts > 0,
                    again == null ? 0.0 : seconds(again.delay().minus(again.counts())),
                    cause,
                    connection.createArrayOf(
                            "int8", entries.stream().map(LogEntry::position).toArray(Long[]::new)),
                    connection.createArrayOf(
                            "text", entries.stream().map(LogEntry::subject).toArray(String[]::new)),
                    connection.createArrayOf(
                            "bool",
                            entries.stream()
                                    .map(entry -> called.contains(entry.position()))
                                    .toArray(Boolean[]::new)),
                    idleLimit);
            insert.execute();
        }
    }

    @Override
    public List<Lane.Loaded> loadHeld(String subscription, int lane, long now, int most) throws SQLException {
        return LocalTransaction.each(dataSource, connection -> loadHeld(connection, subscription, lane, now, most));
    }

    @Override
    public int heldCount(String subscription, int most) throws SQLException {
        return LocalTransaction.each(dataSource, connection -> {
            try (PreparedStatement select = connection.prepareStatement(HELD_COUNT);
                    ResultSet row = set(select, application, subscription, most).executeQuery()) {
                row.next();
                return row.getInt(1);
            }
        });
    }

    private List<Lane.Loaded> loadHeld(Connection connection, String subscription, int lane, long now, int most)
            throws SQLException {
        List<Lane.Loaded> rows = new ArrayList<>();
        try (PreparedStatement select = connection.prepareStatement(LOAD_HELD);
                ResultSet row =
                        set(select, application, subscription, lane, most).executeQuery()) {
            while (row.next()) {
                boolean parked = row.getString(3).equals("parked");
                long dueAt = parked ? Long.MAX_VALUE : now + Math.max(0, Math.round(row.getDouble(4)));
                rows.add(new Lane.Loaded(row.getLong(1), row.getString(2), dueAt));
            }
        }
        return rows;
    }

    @Override
    public @Nullable Held tryingHeld(
            String subscription, int lane, long epoch, long position, Duration queued, String lost)
            throws SQLException {
        return LocalTransaction.<Optional<Held>>each(dataSource, connection -> {
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
                        return row.next()
                                ? Optional.of(new Held(
                                        row.getInt(1), row.getInt(2), row.getBoolean(3), millis(row.getDouble(4))))
                                : Optional.empty();
                    }
                })
                .orElse(null);
    }

    @Override
    public boolean attemptFailed(
            String subscription,
            int lane,
            long epoch,
            long position,
            @Nullable Again again,
            boolean counted,
            boolean called,
            @Nullable String cause)
            throws SQLException {
        return written(
                cause,
                text -> LocalTransaction.each(dataSource, connection -> {
                    try (PreparedStatement update = connection.prepareStatement(ATTEMPT_FAILED)) {
                        return set(
                                                update,
                                                again == null ? "parked" : "waiting",
                                                counted ? 1 : 0,
                                                called,
                                                again != null,
                                                counted,
                                                counted,
                                                text,
                                                again == null ? 0.0 : seconds(again.delay()),
                                                again == null ? 0.0 : seconds(again.counts()),
                                                application,
                                                subscription,
                                                position,
                                                lane,
                                                node,
                                                epoch)
                                        .executeUpdate()
                                == 1;
                    }
                }));
    }

    /** Takes an event out of the held ones and lets the next of its key follow; false if it is not there any more. */
    private boolean delete(Connection connection, String sql, String subscription, long position) throws SQLException {
        try (PreparedStatement delete = connection.prepareStatement(sql);
                ResultSet row = set(delete, application, subscription, position, idleLimit)
                        .executeQuery()) {
            if (!row.next()) {
                return false;
            }
            String key = row.getString(2);
            if (key != null) {
                try (PreparedStatement promote = connection.prepareStatement(PROMOTE)) {
                    set(promote, application, subscription, application, subscription, row.getInt(1), key, key)
                            .executeUpdate();
                }
            }
            return true;
        }
    }

    /** Gives a parked event new attempts; empty if done, otherwise the state it is in ("" if it is not held). */
    Optional<String> retry(String subscription, long position) throws SQLException {
        return LocalTransaction.run(dataSource, connection -> {
            try (PreparedStatement update = connection.prepareStatement(RETRY);
                    ResultSet row = set(update, application, subscription, position, idleLimit)
                            .executeQuery()) {
                if (row.next()) {
                    return Optional.empty();
                }
            }
            return Optional.of(stateOf(connection, subscription, position));
        });
    }

    /** Gives up a parked or waiting event; empty if done, otherwise the state it is in ("" if it is not held). */
    Optional<String> skip(String subscription, long position) throws SQLException {
        return LocalTransaction.run(
                dataSource,
                connection -> delete(connection, DELETE_HEAD, subscription, position)
                        ? Optional.empty()
                        : Optional.of(stateOf(connection, subscription, position)));
    }

    private String stateOf(Connection connection, String subscription, long position) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement(STATE_OF);
                ResultSet row = set(select, application, subscription, position).executeQuery()) {
            return row.next() ? row.getString(1) : "";
        }
    }

    /** Returns false if the subscription is not registered. */
    boolean pause(String subscription, boolean paused) throws SQLException {
        return LocalTransaction.each(dataSource, connection -> {
            try (PreparedStatement update = connection.prepareStatement(PAUSE)) {
                return set(update, paused, application, subscription).executeUpdate() > 0;
            }
        });
    }

    /**
     * Where a subscription is.
     *
     * @param cursors by lane
     * @param owners how many lanes each node has; lanes without a living owner are not counted
     * @param held how many events are held, by state
     * @param failingFor how long ago the first attempt failed of one that waits for another; zero: of none has one
     */
    record Progress(List<Long> cursors, Map<String, Integer> owners, Map<String, Long> held, Duration failingFor) {}

    Progress progress(String subscription) throws SQLException {
        return LocalTransaction.each(dataSource, connection -> {
            List<Long> cursors = new ArrayList<>();
            Map<String, Integer> owners = new TreeMap<>();
            try (PreparedStatement select = connection.prepareStatement(CURSORS);
                    ResultSet row = set(select, application, subscription).executeQuery()) {
                while (row.next()) {
                    cursors.add(row.getLong(1));
                    String owner = row.getString(2);
                    if (owner != null) {
                        owners.merge(owner, 1, Integer::sum);
                    }
                }
            }
            Map<String, Long> held = new TreeMap<>();
            Duration failingFor = Duration.ZERO;
            try (PreparedStatement select = connection.prepareStatement(HELD_COUNTS);
                    ResultSet row = set(select, application, subscription).executeQuery()) {
                while (row.next()) {
                    held.put(row.getString(1), row.getLong(2));
                    if (row.getString(1).equals("waiting")) {
                        failingFor = millis(row.getDouble(3));
                    }
                }
            }
            return new Progress(cursors, owners, held, failingFor);
        });
    }

    /**
     * What is held, without the ids, which are not known here.
     *
     * @param giveUpAfter for how long an event may fail; null: no bound
     */
    List<ListedEvent> held(String subscription, int limit, @Nullable Duration giveUpAfter) throws SQLException {
        return LocalTransaction.each(dataSource, connection -> {
            List<ListedEvent> rows = new ArrayList<>();
            try (PreparedStatement select = connection.prepareStatement(HELD_LIST);
                    ResultSet row =
                            set(select, application, subscription, limit).executeQuery()) {
                while (row.next()) {
                    rows.add(new ListedEvent(
                            row.getLong(1),
                            Optional.empty(),
                            Optional.ofNullable(row.getString(2)),
                            Subscriptions.HeldEvent.State.valueOf(
                                    row.getString(3).toUpperCase(java.util.Locale.ROOT)),
                            row.getInt(4),
                            instant(row.getTimestamp(5)),
                            instant(row.getTimestamp(6)),
                            giveUpAfter == null
                                    ? Optional.empty()
                                    : instant(row.getTimestamp(7)).map(from -> from.plus(giveUpAfter)),
                            Optional.ofNullable(row.getString(8))));
                }
            }
            return rows;
        });
    }

    private static Duration millis(double millis) {
        return Duration.ofMillis(Math.max(0, Math.round(millis)));
    }

    private static Optional<Instant> instant(@Nullable Timestamp timestamp) {
        return Optional.ofNullable(timestamp).map(Timestamp::toInstant);
    }

    @Override
    public boolean reachable() {
        try {
            boolean valid = LocalTransaction.each(dataSource, connection -> connection.isValid(2));
            if (!valid) {
                OwnThread.retire("a connection was lost");
            }
            return valid;
        } catch (SQLException e) {
            // that is the answer
            return false;
        }
    }

    /** Sets all parameters, in their order. */
    static PreparedStatement set(PreparedStatement statement, @Nullable Object... values) throws SQLException {
        for (int i = 0; i < values.length; i++) {
            Object value = values[i];
            if (value instanceof java.sql.Array array) {
                statement.setArray(i + 1, array);
            } else if (value == null) {
                statement.setNull(i + 1, java.sql.Types.VARCHAR);
            } else {
                statement.setObject(i + 1, value);
            }
        }
        return statement;
    }
}
