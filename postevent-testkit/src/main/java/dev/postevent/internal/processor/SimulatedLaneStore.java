package dev.postevent.internal.processor;

import dev.postevent.internal.processor.LaneTables.HeldRow;
import dev.postevent.internal.processor.LaneTables.LaneRow;
import dev.postevent.internal.processor.LaneTables.Subscription;
import dev.postevent.simulation.Broken;
import dev.postevent.simulation.Process;
import dev.postevent.simulation.Transaction;
import dev.postevent.simulation.World;
import dev.postevent.spi.LogEntry;
import dev.postevent.spi.TopicName;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * {@link JdbcLaneStore} in memory, statement by statement. Who would wait for a row lock fails with 55P03 instead: the one who
 * has it cannot go on before.
 *
 * <p>Longer than most, because the port is: one method for each statement of a lane's life, over the same tables.
 */
class SimulatedLaneStore implements LaneStore, Polls.Source {
    private static final int CONFLICTS_MAX = 1;

    final World world;
    final LaneTables tables;
    final Process process;
    private final Lease lease;
    private final String subscription;

    SimulatedLaneStore(World world, LaneTables tables, Process process, Lease lease, String subscription) {
        this.world = world;
        this.tables = tables;
        this.process = process;
        this.lease = lease;
        this.subscription = subscription;
    }

    private interface Work<T extends @Nullable Object> {
        T run() throws SQLException;
    }

    /** A transaction of its own. */
    private <T extends @Nullable Object> T local(String what, Work<T> work) throws SQLException {
        world.statement(process, what);
        T result = work.run();
        world.committed(process, what);
        return result;
    }

    /** Its row may be among what the database lost. */
    Subscription of() throws SQLException {
        Subscription of = tables.subscriptions().get(subscription);
        if (of == null) {
            throw new Broken("violates foreign key constraint of subscription", "23503");
        }
        return of;
    }

    static void free(@Nullable Transaction lock, @Nullable Transaction ours) throws SQLException {
        if (lock != null && lock != ours) {
            throw new Broken("canceling statement due to lock timeout", "55P03");
        }
    }

    boolean isOurs(LaneRow row, long epoch) {
        return process.name().equals(row.owner) && row.epoch == epoch;
    }

    Claim claim(int lane, LaneRow row) {
        return new Claim(lane, row.epoch, row.cursor, row.moves, world.inboxServerStart());
    }

    /** What a change of how far a lane is asks for. */
    boolean holds(LaneRow row, Claim claim, long cursor) {
        return isOurs(row, claim.epoch())
                && row.cursor == claim.cursor()
                && row.moves == claim.moves()
                && claim.serverStart() == world.inboxServerStart();
    }

    @Override
    public Optional<Registered> register(TopicName topic, int lanes, Start start) throws SQLException {
        return local("register", () -> {
            Subscription of = tables.subscriptions().get(subscription);
            if (of == null && start.isOpen()) {
                return Optional.empty();
            }
            if (of == null) {
                of = new Subscription(topic.value(), lanes, start);
                tables.subscriptions().put(subscription, of);
                world.begins(subscription, start.after());
            }
            return Optional.of(new Registered(of.topic, of.lanes.length, of.paused, of.start));
        });
    }

    @Override
    public List<Acquired> acquire(Collection<Integer> ours, int max) throws SQLException {
        return local("acquire", () -> take(ours, false, max));
    }

    @Override
    public List<Acquired> acquireLeftovers(Collection<Integer> ours) throws SQLException {
        return local("acquire leftovers", () -> take(ours, true, Integer.MAX_VALUE));
    }

    boolean isFree(LaneRow row, boolean leftovers) {
        return leftovers ? process.name().equals(row.owner) : row.owner == null || row.expires < world.databaseTime();
    }

    long nextEpoch(LaneRow row) {
        return row.epoch + 1;
    }

    Calls calls(LaneRow row) {
        return row.calls;
    }

    private List<Acquired> take(Collection<Integer> ours, boolean leftovers, int max) throws SQLException {
        List<Acquired> acquired = new ArrayList<>();
        Subscription of = of();
        for (int lane = 0; lane < of.lanes.length && acquired.size() < max; lane++) {
            LaneRow row = of.lanes[lane];
            if (!ours.contains(lane) && row.locked == null && isFree(row, leftovers)) {
                String former = row.owner;
                row.owner = process.name();
                row.epoch = nextEpoch(row);
                row.acquired = world.now();
                row.expires = world.databaseTime() + lease.duration().toNanos();
                row.changed = tables.change();
                acquired.add(new Acquired(claim(lane, row), former, calls(row), of.start));
                if (former != null) {
                    world.ownerVanished();
                }
                world.note("acquired", lane, row.epoch);
            }
        }
        return acquired;
    }

    @Override
    public List<Claim> renew(Map<Integer, Long> ours) throws SQLException {
        return local("renew", () -> {
            Subscription of = of();
            List<Claim> stillOurs = new ArrayList<>();
            ours.forEach((lane, epoch) -> {
                LaneRow row = of.lanes[lane];
                if (isOurs(row, epoch)) {
                    // in a table of its own: locked or not
                    row.expires = world.databaseTime() + lease.duration().toNanos();
                    renewed(row);
                    stillOurs.add(claim(lane, row));
                }
            });
            of.members.put(
                    process.name(), world.databaseTime() + lease.duration().toNanos());
            return stillOurs;
        });
    }

    void renewed(LaneRow row) {
        // nothing of it changes
    }

    @Override
    public boolean hasLanesBeside(Collection<Integer> lost) throws SQLException {
        return local("lanes beside?", () -> {
            for (int lane : lost) {
                if (process.name().equals(of().lanes[lane].owner)) {
                    return true;
                }
            }
            return false;
        });
    }

    @Override
    public Map<String, Poll> poll(Collection<String> subscriptions) throws SQLException {
        return local("poll", () -> {
            Map<String, Poll> polls = new HashMap<>();
            for (String name : subscriptions) {
                Subscription of = tables.subscriptions().get(name);
                if (of != null) {
                    polls.put(name, poll(of));
                }
            }
            return polls;
        });
    }

    @Override
    public Optional<Poll> poll() throws SQLException {
        return Optional.ofNullable(poll(List.of(subscription)).get(subscription));
    }

    private Poll poll(Subscription of) {
        int others = 0;
        int before = 0;
        for (Map.Entry<String, Long> member : of.members.entrySet()) {
            if (!member.getKey().equals(process.name()) && member.getValue() > world.databaseTime()) {
                others++;
                before += member.getKey().compareTo(process.name()) < 0 ? 1 : 0;
            }
        }
        return new Poll(of.paused, others, before);
    }

    @Override
    public void leave() throws SQLException {
        local("leave", () -> {
            of().members.remove(process.name());
            return true;
        });
    }

    @Override
    public void release(int lane, long epoch, Calls calls, Set<Long> heldCalled) throws SQLException {
        local("release", () -> {
            LaneRow row = of().lanes[lane];
            if (isOurs(row, epoch) && row.locked == null) {
                row.owner = null;
                row.tryingEpoch = 0;
                row.calls = calls;
                row.changed = tables.change();
            }
            for (HeldRow held : of().held.values()) {
                if (held.lane == lane && held.tryingEpoch == epoch && held.locked == null) {
                    held.tryingEpoch = 0;
                    held.changed = tables.change();
                    held.called |= heldCalled.contains(held.position);
                }
            }
            return true;
        });
    }

    @Override
    public List<Integer> advance(List<Claim> claims, long cursor) throws SQLException {
        return local("advance", () -> {
            Subscription of = of();
            List<Integer> moved = new ArrayList<>();
            for (Claim one : claims) {
                LaneRow row = of.lanes[one.lane()];
                if (holds(row, one, cursor) && row.locked == null) {
                    moved.add(one.lane());
                }
            }
            for (int lane : moved) {
                of.lanes[lane].cursor = target(cursor);
                of.lanes[lane].moves++;
                of.lanes[lane].changed = tables.change();
            }
            return moved;
        });
    }

    long target(long cursor) {
        return cursor;
    }

    @Override
    public Optional<Stored> stored(int lane, long epoch, long now, int most) throws SQLException {
        world.statement(process, "stored?");
        LaneRow row = of().lanes[lane];
        if (!isOurs(row, epoch)) {
            return Optional.empty();
        }
        free(row.locked, null);
        Stored stored = new Stored(claim(lane, row), held(lane, now, most));
        world.committed(process, "stored?");
        return Optional.of(stored);
    }

    @Override
    public int trying(int lane, long epoch, long position) throws SQLException {
        OptionalInt deaths = local("trying", () -> {
            LaneRow row = of().lanes[lane];
            if (!isOurs(row, epoch)) {
                return OptionalInt.empty();
            }
            free(row.locked, null);
            if (row.trying != position) {
                row.deaths = 0;
            } else if (isLost(row.tryingEpoch, row.tryingLife, epoch)) {
                row.deaths++;
                world.saysLost(subscription, position, row.tryingProcess);
            }
            row.trying = position;
            row.tryingEpoch = epoch;
            row.tryingLife = world.inboxServerStart();
            row.tryingProcess = process;
            row.changed = tables.change();
            return OptionalInt.of(row.deaths);
        });
        return deaths.orElseThrow(LaneLostException::new);
    }

    int countedBefore() {
        return 0;
    }

    /** Of a try that was written down, if its owner did not come back from it. */
    boolean isLost(long triedEpoch, long triedLife, long epoch) {
        return triedEpoch != 0 && triedEpoch != epoch && triedLife == world.inboxServerStart();
    }

    @Override
    public void notTrying(int lane, long epoch) throws SQLException {
        local("not trying", () -> {
            LaneRow row = of().lanes[lane];
            if (isOurs(row, epoch)) {
                free(row.locked, null);
                row.tryingEpoch = 0;
                row.changed = tables.change();
            }
            return true;
        });
    }

    @Override
    public void holdFailed(Claim claim, LogEntry entry, int attempts, Fate fate, Failure failure) throws SQLException {
        String cause = failure.cause();
        boolean isHeld = local("hold failed", () -> {
            Subscription of = of();
            boolean fresh = isNew(of, entry.position(), null);
            int lane = claim.lane();
            LaneRow row = of.lanes[lane];
            if (!holds(row, claim, entry.position())) {
                return false;
            }
            free(row.locked, null);
            if (!fresh) {
                throw world.broken("an event is held, and the cursor is before it");
            }
            HeldRow held = new HeldRow(
                    entry.position(),
                    lane,
                    entry.subject(),
                    true,
                    state(fate),
                    attempts,
                    fate instanceof Again again
                            ? world.databaseTime() + again.delay().toNanos()
                            : 0);
            held.countedFrom = fate instanceof Again again && attempts > 0
                    ? world.databaseTime() + again.delay().minus(again.counts()).toNanos()
                    : 0;
            writeHeld(of, held);
            row.cursor = entry.position();
            row.moves++;
            row.changed = tables.change();
            boolean parked = fate instanceof Parked;
            if (parked && cause.contains(AttemptLog.LOST)) {
                world.parkedUntried(subscription, entry.position(), attempts, attempts);
            } else if (attempts > 0) {
                world.blamed(subscription, entry.position(), attempts, cause);
                world.judged(subscription, entry.position(), parked);
            }
            world.note(parked ? "parked" : "held", lane, entry.position());
            return true;
        });
        if (!isHeld) {
            throw new LaneLostException();
        }
    }

    private static String state(Fate fate) {
        return fate instanceof Parked ? "parked" : "waiting";
    }

    void writeHeld(Subscription of, HeldRow row) {
        row.changed = tables.change();
        of.held.put(row.position, row);
    }

    /** An insert with "on conflict do nothing" waits for another one under way, and leaves what is there. */
    boolean isNew(Subscription of, long position, @Nullable Transaction ours) throws SQLException {
        free(of.inserting.get(position), ours);
        return !of.held.containsKey(position);
    }

    @Override
    public List<HeldEvents.Loaded> loadHeld(int lane, long now, int most) throws SQLException {
        return local("load held", () -> held(lane, now, most));
    }

    @Override
    public int heldCount(int most) throws SQLException {
        return local("held count", () -> Math.min(most, of().held.size()));
    }

    private List<HeldEvents.Loaded> held(int lane, long now, int most) throws SQLException {
        List<HeldEvents.Loaded> rows = new ArrayList<>();
        for (HeldRow row : of().held.values()) {
            if (row.lane == lane && rows.size() < most) {
                long wait = Math.max(0, Math.round((double) (row.nextAttemptAt - world.databaseTime()) / 1e6));
                boolean waits = row.state.equals("waiting");
                Due due = row.state.equals("parked") ? Due.never() : Due.at(now + (waits ? wait : 0));
                rows.add(new HeldEvents.Loaded(row.position, row.key, due));
            }
        }
        return rows;
    }

    @Override
    public Optional<Held> tryingHeld(int lane, long epoch, long position, Duration queued, String lost)
            throws SQLException {
        return local("trying held", () -> {
            Subscription of = of();
            HeldRow row = of.held.get(position);
            if (row == null || row.state.equals("parked") || !isOurs(of.lanes[lane], epoch)) {
                return Optional.empty();
            }
            free(row.locked, null);
            row.state = "waiting";
            row.called |= row.tryingEpoch != 0 && row.tryingEpoch != epoch;
            long now = world.databaseTime();
            if (row.attempts > 0) {
                long late = late(row, now);
                row.countedFrom = Math.min(now, row.countedFrom + Math.max(Math.min(late, 0), late - queued.toNanos()));
            }
            row.nextAttemptAt = now;
            row.attempts += countedBefore();
            if (isLost(row.tryingEpoch, row.tryingLife, epoch)) {
                row.countedFrom = row.attempts == 0 ? now : row.countedFrom;
                row.attempts++;
                row.lost++;
                world.saysLost(subscription, position, row.tryingProcess);
            }
            world.tries(subscription, position, queued.toNanos(), world.now() - of.lanes[lane].acquired);
            row.tryingEpoch = epoch;
            row.tryingLife = world.inboxServerStart();
            row.tryingProcess = process;
            row.changed = tables.change();
            return Optional.of(trying(row, Duration.ofNanos(row.attempts == 0 ? 0 : now - row.countedFrom)));
        });
    }

    /** For how long nobody tried an event that was due, or that somebody was lost with; less than none if the clock went back. */
    long late(HeldRow row, long now) {
        return now - row.nextAttemptAt;
    }

    Held trying(HeldRow row, Duration failing) {
        return new Held(row.attempts, row.lost, row.called, failing);
    }

    @Override
    public boolean attemptFailed(
            int lane, long epoch, long position, Fate fate, HeldEvent.Judged judged, @Nullable Failure failure)
            throws SQLException {
        return local("attempt failed", () -> {
            Subscription of = of();
            HeldRow row = of.held.get(position);
            if (row == null || row.tryingEpoch != epoch || !isOurs(of.lanes[lane], epoch)) {
                return false;
            }
            free(row.locked, null);
            row.state = state(fate);
            if (fate instanceof Again again && (judged.isCounted() || row.attempts > 0)) {
                long due = world.databaseTime() + again.delay().toNanos();
                long uncounted = due - row.nextAttemptAt - again.counts().toNanos();
                row.countedFrom =
                        row.attempts == 0 ? world.databaseTime() + Math.max(0, uncounted) : row.countedFrom + uncounted;
            }
            row.attempts += judged.isCounted() ? 1 : 0;
            row.called |= judged.isCalled();
            row.tryingEpoch = 0;
            row.changed = tables.change();
            row.nextAttemptAt = fate instanceof Again again
                    ? world.databaseTime() + again.delay().toNanos()
                    : 0;
            if (judged.isCounted() && failure != null) {
                world.blamed(subscription, position, row.attempts, failure.cause());
                world.judged(subscription, position, fate instanceof Parked);
            } else if (fate instanceof Parked && failure == null) {
                world.parkedUntried(subscription, position, row.attempts, row.lost);
            }
            world.note(row.state, row.lane, position);
            return true;
        });
    }

    @Override
    public boolean reachable() {
        try {
            world.statement(process, "reachable?");
            return true;
        } catch (SQLException e) {
            return false;
        }
    }

    @Override
    public Effect effect(boolean synchronousCommit) throws SQLException {
        world.statement(process, "connection");
        Transaction transaction = process.transaction();
        if (transaction == null) {
            throw world.broken("the cursor is to be moved without a transaction");
        }
        return in(transaction);
    }

    InTransaction in(Transaction transaction) {
        return new InTransaction(transaction);
    }

    class InTransaction implements Effect {
        final Transaction transaction;

        InTransaction(Transaction transaction) {
            this.transaction = transaction;
        }

        private void statement(String what) throws SQLException {
            world.statement(process, what);
            if (transaction.isBroken()) {
                throw new Broken("this connection has been closed", "08003");
            }
            if (transaction.isAborted()) {
                throw aborted();
            }
        }

        SQLException aborted() {
            return new Broken("current transaction is aborted", "25P02");
        }

        @Override
        public void holdBehind(int lane, List<LogEntry> entries, Set<Long> called) throws SQLException {
            statement("hold behind");
            Subscription of = of();
            for (LogEntry entry : entries) {
                long position = entry.position();
                if (!isNew(of, position, transaction)) {
                    continue;
                }
                of.inserting.put(position, transaction);
                boolean before = called.contains(position);
                transaction.change(
                        () -> writeHeld(of, new HeldRow(position, lane, entry.subject(), before, "behind", 0, 0)));
                transaction.unlock(() -> of.inserting.remove(position));
                world.note("behind", lane, position);
            }
        }

        @Override
        public boolean moveCursor(Claim claim, long cursor) throws SQLException {
            statement("move cursor");
            LaneRow row = of().lanes[claim.lane()];
            unchanged(row, claim, cursor);
            if (!holds(row, claim, cursor)) {
                return false;
            }
            lock(row);
            set(row, cursor);
            return true;
        }

        void lock(LaneRow row) throws SQLException {
            free(row.locked, transaction);
            row.locked = transaction;
            transaction.unlock(() -> row.locked = null);
        }

        /**
         * Under REPEATABLE READ. A statement that its node has given up may still change the row of a lane that is as it was; who
         * changes it each time keeps its transactions from ever being committed.
         */
        private void unchanged(LaneRow row, Claim claim, long cursor) throws SQLException {
            if (!transaction.isBehind(row.changed)) {
                row.conflicts = 0;
                return;
            }
            row.conflicts = holds(row, claim, cursor) ? row.conflicts + 1 : 0;
            if (row.conflicts > CONFLICTS_MAX) {
                throw world.broken("G2: a transaction that lasts cannot be committed: the row of lane " + claim.lane()
                        + " was changed each time since it began, and the lane was not");
            }
            throw conflict();
        }

        private static SQLException conflict() {
            return new Broken("could not serialize access due to concurrent update", "40001");
        }

        void set(LaneRow row, long cursor) {
            transaction.change(() -> {
                row.cursor = cursor;
                row.moves++;
                row.changed = tables.change();
            });
        }

        @Override
        public boolean deleteHeld(long position) throws SQLException {
            statement("delete held");
            Subscription of = of();
            HeldRow row = of.held.get(position);
            if (row == null) {
                return false;
            }
            lock(row);
            HeldRow next = LaneTables.nextOfKey(of, row);
            if (next != null) {
                lock(next);
            }
            delete(of, row, next);
            return true;
        }

        void delete(Subscription of, HeldRow row, @Nullable HeldRow next) {
            transaction.change(() -> {
                of.held.remove(row.position);
                if (next != null) {
                    tables.promote(next);
                }
            });
        }

        private void lock(HeldRow row) throws SQLException {
            free(row.locked, transaction);
            if (transaction.isBehind(row.changed)) {
                throw conflict();
            }
            row.locked = transaction;
            transaction.unlock(() -> row.locked = null);
        }

        @Override
        public boolean fence(Claim claim) throws SQLException {
            statement("fence");
            LaneRow row = of().lanes[claim.lane()];
            unchanged(row, claim, claim.cursor());
            if (!holds(row, claim, claim.cursor())) {
                return false;
            }
            lock(row);
            transaction.change(() -> {
                row.moves++;
                row.changed = tables.change();
            });
            return true;
        }

        @Override
        public void close() {
            // belongs to the transaction
        }
    }
}
