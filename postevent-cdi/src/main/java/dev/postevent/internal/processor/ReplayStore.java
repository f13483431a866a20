package dev.postevent.internal.processor;

import static dev.postevent.internal.processor.Parameters.set;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;

/**
 * SQL that lets a subscription begin anew, in one transaction over its rows in subscription, lane and held_event.
 *
 * <p>Every lane gets another epoch and no owner: whatever a node has under way in it fails at its fence and rolls back, and whoever takes
 * the lane next begins at the cursor that is set here. Cursors are set back and never forward: what lies between a cursor and a place
 * above it is passed over as a new subscription passes what is before its start.
 */
final class ReplayStore {
    private static final String LOCK_LANES = """
            select lane from postevent_inbox.lane where application = ? and subscription = ? order by lane for update
            """;
    private static final String BEGIN_AT = """
            update postevent_inbox.subscription set begins = ?, begins_after = ?, begins_time = null
             where application = ? and name = ?
            """;
    // called_through: what was in the inbox then may have been handed to an observer
    private static final String SET_BACK = """
            update postevent_inbox.lane
               set cursor = least(cursor, ?), owner = null, expires = null, epoch = epoch + 1, moves = moves + 1, deaths = 0,
                   trying_idn = null, trying_epoch = null, trying_life = null,
                   called_idns = null, called_through = greatest(called_through, ?), careful = 0, careful_through = 0
             where application = ? and subscription = ?
            """;
    // of each key the lowest ones stay, so nothing that stays loses the one it is behind
    private static final String DROP_HELD = """
            delete from postevent_inbox.held_event where application = ? and subscription = ? and idn > ?
            returning idn, ordering_key, state = 'parked'
            """;
    private static final String HELD_ABOVE = """
            select pg_catalog.count(*) from postevent_inbox.held_event where application = ? and subscription = ? and idn > ?
            """;

    private final String application;
    private final SubscriptionLockStore lock;

    ReplayStore(Member member) {
        this.application = member.application().name();
        this.lock = new SubscriptionLockStore(member);
    }

    /**
     * Lets the subscription begin at {@code start}, whose place is known.
     *
     * @param start a place that is known; a time was turned into a position before
     * @param cursor lanes that are further begin from here
     * @param mark of the topic
     * @param dropAbove what is held above this is not held any more
     * @param parked gets those of them that were parked
     * @return false, and nothing is changed, if the subscription is not registered
     */
    boolean replay(
            Connection connection,
            String subscription,
            Start start,
            long cursor,
            long mark,
            long dropAbove,
            List<WasParked> parked)
            throws SQLException {
        // before the lanes: two replays, or a replay and a registration, come one after the other
        if (!lock.take(connection, subscription)) {
            return false;
        }
        try (PreparedStatement select = connection.prepareStatement(LOCK_LANES);
                ResultSet row = set(select, application, subscription).executeQuery()) {
            while (row.next()) {
                row.getInt(1);
            }
        }
        try (PreparedStatement update = connection.prepareStatement(BEGIN_AT)) {
            set(update, start.kind().stored(), start.after(), application, subscription)
                    .executeUpdate();
        }
        try (PreparedStatement update = connection.prepareStatement(SET_BACK)) {
            set(update, cursor, mark, application, subscription).executeUpdate();
        }
        try (PreparedStatement delete = connection.prepareStatement(DROP_HELD);
                ResultSet row =
                        set(delete, application, subscription, dropAbove).executeQuery()) {
            while (row.next()) {
                if (row.getBoolean(3)) {
                    parked.add(new WasParked(row.getLong(1), Optional.ofNullable(row.getString(2))));
                }
            }
        }
        return true;
    }

    /** How many events are held above a position. */
    long heldAbove(Connection connection, String subscription, long position) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement(HELD_ABOVE);
                ResultSet row = set(select, application, subscription, position).executeQuery()) {
            row.next();
            return row.getLong(1);
        }
    }
}
