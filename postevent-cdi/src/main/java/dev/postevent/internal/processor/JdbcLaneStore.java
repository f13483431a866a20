package dev.postevent.internal.processor;

import dev.postevent.internal.jdbc.LocalTransaction;
import dev.postevent.internal.threads.OwnThread;
import dev.postevent.spi.LogEntry;
import dev.postevent.spi.TopicName;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** The lanes of one subscription in the tables of its application: which of the stores of its tables does what, in which transaction. */
final class JdbcLaneStore implements LaneStore {
    private final DataSource dataSource;
    private final String subscription;
    private final RegistrationStore registration;
    private final SubscriptionStore subscriptions;
    private final LeaseStore leases;
    private final CursorStore cursors;
    private final HeldEventStore held;

    JdbcLaneStore(DataSource dataSource, Member member, String subscription) {
        this.dataSource = dataSource;
        this.subscription = subscription;
        this.registration = new RegistrationStore(member.application());
        this.subscriptions = new SubscriptionStore(dataSource, member);
        this.leases = new LeaseStore(dataSource, member, subscription);
        this.cursors = new CursorStore(dataSource, member, subscription);
        this.held = new HeldEventStore(dataSource, member, subscription);
    }

    @Override
    public Optional<Registered> register(TopicName topic, int lanes, Start start) throws SQLException {
        return LocalTransaction.run(
                dataSource, connection -> registration.register(connection, subscription, topic, lanes, start));
    }

    @Override
    public List<Acquired> acquire(Collection<Integer> ours, int max) throws SQLException {
        return leases.acquire(ours, false, max);
    }

    @Override
    public List<Acquired> acquireLeftovers(Collection<Integer> ours) throws SQLException {
        return leases.acquire(ours, true, Integer.MAX_VALUE);
    }

    @Override
    public List<Claim> renew(Map<Integer, Long> ours) throws SQLException {
        return leases.renew(ours);
    }

    @Override
    public boolean hasLanesBeside(Collection<Integer> lost) throws SQLException {
        return leases.hasLanesBeside(lost);
    }

    @Override
    public Optional<Poll> poll() throws SQLException {
        return Optional.ofNullable(subscriptions.poll(List.of(subscription)).get(subscription));
    }

    @Override
    public void leave() throws SQLException {
        leases.leave();
    }

    @Override
    public void release(int lane, long epoch, Calls calls, Set<Long> heldCalled) throws SQLException {
        leases.release(lane, epoch, calls, heldCalled);
    }

    @Override
    public List<Integer> advance(List<Claim> claims, long cursor) throws SQLException {
        return cursors.advance(claims, cursor);
    }

    @Override
    public Optional<Stored> stored(int lane, long epoch, long now, int most) throws SQLException {
        try {
            return LocalTransaction.run(dataSource, connection -> {
                Optional<Claim> claim = cursors.stored(connection, lane, epoch);
                return claim.isEmpty()
                        ? Optional.empty()
                        : Optional.of(new Stored(claim.get(), held.load(connection, lane, now, most)));
            });
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

    @Override
    public int trying(int lane, long epoch, long position) throws SQLException {
        return cursors.trying(lane, epoch, position).orElseThrow(LaneLostException::new);
    }

    @Override
    public void notTrying(int lane, long epoch) throws SQLException {
        cursors.notTrying(lane, epoch);
    }

    @Override
    public void holdFailed(Claim claim, LogEntry entry, int attempts, Fate fate, Failure failure) throws SQLException {
        boolean unused = AttemptStore.written(
                failure,
                written -> LocalTransaction.run(dataSource, connection -> {
                    // first, so that whoever holds an event has the lane
                    if (!cursors.moveCursor(connection, claim, entry.position(), true)) {
                        throw new LaneLostException();
                    }
                    held.holdFailed(connection, claim.lane(), entry, attempts, fate, written);
                    return true;
                }));
    }

    @Override
    public List<HeldEvents.Loaded> loadHeld(int lane, long now, int most) throws SQLException {
        return LocalTransaction.each(dataSource, connection -> held.load(connection, lane, now, most));
    }

    @Override
    public int heldCount(int most) throws SQLException {
        return held.count(most);
    }

    @Override
    public Optional<Held> tryingHeld(int lane, long epoch, long position, Duration queued, String lost)
            throws SQLException {
        return held.trying(lane, epoch, position, queued, lost);
    }

    @Override
    public boolean attemptFailed(
            int lane, long epoch, long position, Fate fate, HeldEvent.Judged judged, @Nullable Failure failure)
            throws SQLException {
        return held.attemptFailed(lane, epoch, position, fate, judged, failure);
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
        public void holdBehind(int lane, List<LogEntry> entries, Set<Long> called) throws SQLException {
            held.holdBehind(connection, lane, entries, called);
        }

        @Override
        public boolean moveCursor(Claim claim, long cursor) throws SQLException {
            return cursors.moveCursor(connection, claim, cursor, synchronousCommit);
        }

        @Override
        public boolean deleteHeld(long position) throws SQLException {
            return held.deleteHandled(connection, position);
        }

        @Override
        public boolean fence(Claim claim) throws SQLException {
            return cursors.moveCursor(connection, claim, claim.cursor(), synchronousCommit);
        }

        @Override
        public void close() throws SQLException {
            connection.close();
        }
    }
}
