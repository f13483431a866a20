package dev.postevent.internal.processor;

import static dev.postevent.internal.processor.Parameters.seconds;
import static dev.postevent.internal.processor.Parameters.set;
import static dev.postevent.internal.processor.Parameters.shorts;

import dev.postevent.internal.jdbc.LocalTransaction;
import dev.postevent.internal.jdbc.ServerStart;
import dev.postevent.internal.jdbc.SqlState;
import dev.postevent.internal.processor.LaneStore.Acquired;
import dev.postevent.internal.processor.LaneStore.Calls;
import dev.postevent.internal.processor.LaneStore.Claim;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * SQL of the tables lane, lease and member: who has which lane of one subscription, and for how long.
 *
 * <p>Longer than most: half of it is statements, and which row each of them locks is only seen where they stand together.
 */
final class LeaseStore {

    // of a lane: as taken or as renewed, whichever is later
    static final String EXPIRES = """
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
            returning l.lane, l.epoch, l.cursor, l.moves, %s, free.owner,
                      l.called_idns, l.called_through, l.careful, l.careful_through
            """, EXPIRES, ServerStart.MICROS);
    // not in the statement that takes lanes: of a replay that is committed meanwhile it would see the lanes, whose rows
    // it locks, and not this
    private static final String BEGINS = """
            select begins, begins_after, begins_time from postevent_inbox.subscription where application = ? and name = ?
            """;
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
            """, ServerStart.MICROS);
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

    private final DataSource dataSource;
    private final String application;
    private final String node;
    private final String subscription;
    private final Lease lease;

    LeaseStore(DataSource dataSource, Member member, String subscription) {
        this.dataSource = dataSource;
        this.application = member.application().name();
        this.node = member.node();
        this.subscription = subscription;
        this.lease = member.lease();
    }

    /**
     * Takes lanes beside those we have.
     *
     * @param leftovers true: those a former life of this node left behind; false: those that nobody has
     */
    List<Acquired> acquire(Collection<Integer> ours, boolean leftovers, int max) throws SQLException {
        return LocalTransaction.each(dataSource, connection -> {
            List<Taken> taken = new ArrayList<>();
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
                        taken.add(new Taken(CursorStore.claim(row), row.getString(6), calls(row)));
                    }
                }
            }
            if (taken.isEmpty()) {
                return List.of();
            }
            Start start = start(connection);
            return taken.stream()
                    .map(one -> new Acquired(one.claim(), one.former(), one.calls(), start))
                    .toList();
        });
    }

    /** A lane that was taken, before it is known where the subscription begins. */
    private record Taken(Claim claim, @Nullable String former, Calls calls) {}

    private Start start(Connection connection) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement(BEGINS);
                ResultSet row = set(select, application, subscription).executeQuery()) {
            if (!row.next()) {
                throw new SQLException("the subscription " + subscription + " was removed while its lanes were taken");
            }
            return RegistrationStore.start(row, 1);
        }
    }

    private static Calls calls(ResultSet row) throws SQLException {
        java.sql.Array called = row.getArray(7);
        return new Calls(
                called == null ? Set.of() : Set.of((Long[]) called.getArray()),
                row.getLong(8),
                row.getInt(9),
                row.getLong(10));
    }

    List<Claim> renew(Map<Integer, Long> ours) throws SQLException {
        return LocalTransaction.each(dataSource, connection -> {
            join(connection);
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
                        renewed.add(CursorStore.claim(row));
                    }
                }
            }
            return renewed;
        });
    }

    /** What row security does not let a login update it passes over in silence, but not this. */
    private void join(Connection connection) throws SQLException {
        try (PreparedStatement join = connection.prepareStatement(JOIN)) {
            double seconds = seconds(lease.duration());
            set(join, application, subscription, node, seconds, seconds).executeUpdate();
        } catch (SQLException e) {
            if (!SqlState.INSUFFICIENT_PRIVILEGE.equals(e.getSQLState())) {
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

    boolean hasLanesBeside(Collection<Integer> lost) throws SQLException {
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

    void leave() throws SQLException {
        LocalTransaction.each(dataSource, connection -> {
            try (PreparedStatement delete = connection.prepareStatement(LEAVE)) {
                return set(delete, application, subscription, node, application, subscription, node)
                        .executeUpdate();
            }
        });
    }

    void release(int lane, long epoch, Calls calls, Set<Long> heldCalled) throws SQLException {
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
}
