package dev.postevent.internal.processor;

import static dev.postevent.internal.processor.Parameters.set;

import dev.postevent.internal.jdbc.LocalTransaction;
import dev.postevent.internal.jdbc.ServerStart;
import dev.postevent.internal.processor.LaneStore.Claim;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Function;
import javax.sql.DataSource;

/** SQL of the table lane: how far the lanes of one subscription are, and what is being tried there. */
final class CursorStore {
    private static final String SERVER_START = ServerStart.MICROS;

    private static final String ADVANCE = String.format(Locale.ROOT, """
            with free as (
                select l.lane
                  from unnest(?::smallint[], ?::bigint[], ?::bigint[], ?::bigint[], ?::bigint[])
                       as a(lane, epoch, cursor, moves, server_start)
                  join postevent_inbox.lane l on l.application = ? and l.subscription = ? and l.lane = a.lane
                   and l.owner = ? and l.epoch = a.epoch and l.cursor = a.cursor and l.moves = a.moves and a.server_start = %s
                   for no key update of l skip locked)
            update postevent_inbox.lane l set cursor = ?, moves = l.moves + 1
              from free where l.application = ? and l.subscription = ? and l.lane = free.lane
            returning l.lane
            """, SERVER_START);
    // the fence: whoever believes anything else than what is stored changes no row here and must roll back. Owner and
    // epoch: the lane is another node's. Cursor and moves: an answer to a commit was lost, or the database lost
    // commits. The server's start: lost commits may be made up for by other events
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
            SERVER_START,
            LocalTransaction.GUARD,
            LocalTransaction.NO_WAIT,
            LocalTransaction.NO_LONGER_LIMITED);
    // FOR NO KEY UPDATE waits for a commit under way: what is held is read after it
    private static final String STORED =
            String.format(Locale.ROOT, """
            select l.lane, l.epoch, l.cursor, l.moves, %s, %s from postevent_inbox.lane l, %s
             where l.application = ? and l.subscription = ? and l.lane = ? and l.owner = ? and l.epoch = ?
               for no key update of l
            """, SERVER_START, LocalTransaction.GUARD, LocalTransaction.LIMITED);
    // the epoch of an owner before us: it did not come back from the call. If the server died, too, nobody knows whose
    // fault that was
    private static final String TRYING =
            String.format(Locale.ROOT, """
            update postevent_inbox.lane
               set deaths = case when trying_idn is distinct from ? then 0
                                 when trying_epoch <> epoch and trying_life = %s then deaths + 1
                                 else deaths end,
                   trying_idn = ?, trying_epoch = epoch, trying_life = %s
              from %s
             where application = ? and subscription = ? and lane = ? and owner = ? and epoch = ? returning deaths
            """, SERVER_START, SERVER_START, LocalTransaction.LIMITED);
    private static final String NOT_TRYING = String.format(Locale.ROOT, """
            update postevent_inbox.lane set trying_epoch = null from %s
             where application = ? and subscription = ? and lane = ? and owner = ? and epoch = ?
            """, LocalTransaction.LIMITED);

    private final DataSource dataSource;
    private final String application;
    private final String node;
    private final String subscription;
    // whoever takes a lane over waits for it no longer than for the lease
    private final String idleLimit;

    CursorStore(DataSource dataSource, Member member, String subscription) {
        this.dataSource = dataSource;
        this.application = member.application().name();
        this.node = member.node();
        this.subscription = subscription;
        this.idleLimit = member.lease().idleLimit();
    }

    /** Of lane, epoch, cursor, moves, start of the server. */
    static Claim claim(ResultSet row) throws SQLException {
        return new Claim(row.getInt(1), row.getLong(2), row.getLong(3), row.getLong(4), row.getLong(5));
    }

    List<Integer> advance(List<Claim> claims, long cursor) throws SQLException {
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
                        longs(connection, claims, Claim::serverStart),
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

    /** Moves the cursor of a lane; false if the claim does not hold. */
    boolean moveCursor(Connection connection, Claim claim, long cursor, boolean synchronousCommit) throws SQLException {
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
                    claim.serverStart(),
                    idleLimit,
                    !synchronousCommit);
            try (ResultSet row = update.executeQuery()) {
                return row.next();
            }
        }
    }

    /** What is stored of a lane, whose row stays locked; empty if it is not ours. */
    Optional<Claim> stored(Connection connection, int lane, long epoch) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement(STORED);
                ResultSet row = set(select, idleLimit, application, subscription, lane, node, epoch)
                        .executeQuery()) {
            return row.next() ? Optional.of(claim(row)) : Optional.empty();
        }
    }

    /** See {@link LaneStore#trying}; empty if the lane is not ours. */
    OptionalInt trying(int lane, long epoch, long position) throws SQLException {
        return LocalTransaction.each(dataSource, connection -> {
            try (PreparedStatement update = connection.prepareStatement(TRYING);
                    ResultSet row = set(update, position, position, application, subscription, lane, node, epoch)
                            .executeQuery()) {
                return row.next() ? OptionalInt.of(row.getInt(1)) : OptionalInt.empty();
            }
        });
    }

    void notTrying(int lane, long epoch) throws SQLException {
        LocalTransaction.each(dataSource, connection -> {
            try (PreparedStatement update = connection.prepareStatement(NOT_TRYING)) {
                return set(update, application, subscription, lane, node, epoch).executeUpdate();
            }
        });
    }
}
