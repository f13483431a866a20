package dev.postevent.internal.processor;

import dev.postevent.internal.jdbc.Transient;
import dev.postevent.spi.LogEntry;
import java.sql.SQLException;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One subscription on this node: begins, learns what operators and other nodes changed, and ends. Who does what: {@link LaneLeases} takes
 * lanes, {@link ReadAhead} offers them what is in the inbox, {@link LaneTurns} runs them, {@link LaneReturns} gives them back; all
 * over {@link OwnedLanes}, whose monitor is the only one.
 */
final class SubscriptionWorker {
    /** Where it is told that a subscription has not begun. */
    private static final String START = "start";

    private static final String LEASE = "lease";

    private final SubscriptionSpec spec;
    private final LaneStore store;
    private final Registration registration;
    private final OwnedLanes lanes = new OwnedLanes();
    private final CallsUnderWay calls;
    private final Troubles troubles;
    private final ReadAhead readAhead;
    private final HeldBudget budget;
    private final LaneReload reload;
    private final LaneReturns returns;
    private final LaneTurns turns;
    private final LaneLeases leases;
    private final IdleCursors idle;
    private final Background leasing;
    private final Background refreshing;
    private final Background beginning;

    // all below under the monitor of the lanes
    private boolean started;
    private long pollsBegun;
    /** The last one that was begun of those that were answered. */
    private long pollTaken;
    /** Polls that were begun until then may know nothing of it. */
    private long registeredAt;

    SubscriptionWorker(
            SubscriptionSpec spec, Lease lease, Ports ports, Transactions transactions, Surroundings surroundings) {
        NodeClock clock = surroundings.clock();
        this.spec = spec;
        this.store = ports.store();
        this.calls = new CallsUnderWay(spec, clock);
        this.registration = new Registration(spec, store, ports.present());
        this.troubles = new Troubles(spec.name(), lanes, clock);
        this.readAhead = new ReadAhead(spec, ports.source(), lanes, troubles, surroundings.workPool(), this::schedule);
        this.budget = new HeldBudget(spec, store, lanes, troubles);
        this.reload = new LaneReload(spec, ports, lanes, readAhead, clock);
        this.returns = new LaneReturns(
                store, lanes, readAhead, new Background(surroundings.workPool(), "give lanes", troubles));
        LaneRunner runner =
                new LaneRunner(spec, ports, new HandlerTransactions(spec, transactions, calls), lanes, surroundings);
        this.turns = new LaneTurns(lanes, readAhead, budget, runner, reload, returns, troubles, surroundings);
        this.leases = new LaneLeases(spec, lease, store, lanes, readAhead, reload, turns, clock);
        this.idle = new IdleCursors(
                store, lanes, readAhead, turns, new Background(surroundings.workPool(), "idle lanes", troubles));
        this.leasing = new Background(surroundings.workPool(), LEASE, troubles);
        this.refreshing = new Background(surroundings.workPool(), LEASE, troubles);
        // on a thread of its own, which has no lane to run yet
        this.beginning = new Background(surroundings.lanePool(), "begin", troubles);
    }

    private void schedule(OwnedLane one) {
        turns.schedule(one);
    }

    SubscriptionSpec spec() {
        return spec;
    }

    /** True if the calling thread has the monitor. */
    boolean isLockedByMe() {
        return lanes.isHeld();
    }

    /**
     * Registers the subscription and takes its lanes; does nothing if it did so before. Not called by two threads at once.
     *
     * <p>Where it is new and begins now, the source has to be asked, which may take its time: then it is registered beside this, or by a
     * later poll, and holds up no other one.
     */
    void start() throws SQLException {
        if (lanes.get(() -> started || lanes.isStopping())) {
            return;
        }
        Optional<LaneStore.Registered> there = registration.registerUnasked();
        if (there.isPresent()) {
            take(there.get());
            pollAndLease();
        }
        lanes.run(() -> {
            started = true;
        });
        if (there.isEmpty()) {
            registerBeside();
        }
    }

    private void registerBeside() {
        boolean registered = lanes.get(() -> {
            if (lanes.isRegistered()) {
                return true;
            }
            // whatever the last answer was stays until the next one
            troubles.waitsUnlessKnown(
                    START,
                    "it is new and begins now, and has not begun yet: its source is being asked where topic "
                            + spec.topic() + " is");
            return false;
        });
        if (!registered) {
            beginning.request(() -> {
                if (tryToRegister()) {
                    leasing.request(this::pollAndLease);
                }
            });
        }
    }

    /** Without the lock: a database that does not answer must not hold up a stop. */
    private boolean tryToRegister() throws SQLException {
        try {
            take(registration.register());
            troubles.well(START);
            return true;
        } catch (Registration.NotBegunException e) {
            troubles.met(START, String.valueOf(e.getMessage()), false);
            return false;
        }
    }

    private void take(LaneStore.Registered registered) {
        lanes.run(() -> {
            lanes.registered(registered.lanes());
            registeredAt = pollsBegun;
            lanes.pause(registered.paused());
            readAhead.beginsAt(registered.start());
        });
    }

    private void pollAndLease() throws SQLException {
        long number = nextPoll();
        lease(number, store.poll().orElse(null));
    }

    /** The number of a poll that begins now; what it sees counts unless a later one is answered before. */
    long nextPoll() {
        return lanes.get(() -> ++pollsBegun);
    }

    /**
     * What operators and other nodes may have changed. Returns at once.
     *
     * @param number see {@link #nextPoll}
     * @param poll null: the subscription is not registered
     */
    void polled(long number, LaneStore.@Nullable Poll poll) {
        calls.tellSlow();
        // one that was begun before this was registered knows nothing of it
        if (lanes.get(() -> isAtWork() && number > pollTaken)) {
            leasing.request(() -> lease(number, poll));
            idle.request();
        }
    }

    /** What operators and other nodes changed is not known. */
    void pollFailed(Exception e) {
        if (lanes.get(this::isAtWork)) {
            troubles.met(LEASE, Failures.describe(e), Transient.isAway(e));
        }
    }

    private boolean isAtWork() {
        return started && !lanes.isStopping();
    }

    /** What a poll leads to. */
    private enum Answer {
        NOTHING,
        REGISTER,
        REGISTER_ANEW,
        LEASE
    }

    private Answer answer(long number, boolean seen) {
        if (lanes.isStopping()) {
            return Answer.NOTHING;
        }
        if (!lanes.isRegistered()) {
            return Answer.REGISTER;
        }
        if (seen) {
            return Answer.LEASE;
        }
        return number <= registeredAt ? Answer.NOTHING : Answer.REGISTER_ANEW;
    }

    /** Renews our leases, evens out the lanes between the nodes, and learns what operators and other nodes changed. */
    private void lease(long number, LaneStore.@Nullable Poll poll) throws SQLException {
        switch (lanes.get(() -> answer(number, poll != null))) {
            case NOTHING -> {}
            case REGISTER -> registerBeside();
            case REGISTER_ANEW -> {
                // registered, and lost with what the database had not made durable
                take(registration.register());
                throw new SQLException("the subscription " + spec.name() + " was not registered any more");
            }
            case LEASE -> round(number, Objects.requireNonNull(poll));
        }
    }

    private void round(long number, LaneStore.Poll poll) throws SQLException {
        boolean renewed = leases.renewAndShare(poll);
        returns.request();
        long durableMark = renewed ? readAhead.durableMark() : 0;
        budget.countElsewhere(renewed || poll.others() > 0);
        lanes.run(() -> {
            forgetTroublesOfOthers();
            reload.tellBegunAgain();
            leases.completed();
            if (number > pollTaken) {
                pollTaken = number;
                lanes.pause(poll.paused());
            }
            readAhead.markIs(durableMark);
            for (OwnedLane one : lanes.all()) {
                // operators may have changed what is held
                one.reload |= renewed && one.lane.heldCount() > 0;
                if (one.reload || !readAhead.isIdle(one) || one.lane.heldCount() > 0) {
                    turns.schedule(one);
                }
            }
            readAhead.request();
        });
    }

    /** What hindered lanes that are another node's now, and reading where nothing is left to read. */
    private void forgetTroublesOfOthers() {
        troubles.forgetLanesOfOthers();
        if (lanes.isEmpty() || readAhead.isDone()) {
            troubles.well(ReadAhead.PLACE);
        }
        if (lanes.isEmpty()) {
            troubles.well(HeldBudget.PLACE);
        }
    }

    /** The mark moved. Returns at once. */
    void released(long after, @Nullable List<LogEntry> entries, long through) {
        lanes.run(() -> readAhead.released(after, entries, through));
    }

    /**
     * The inbox has less than it had: its database lost commits, or is another one. What was handed out, and how far every lane is,
     * counts no longer. Returns at once.
     */
    void setBack(long through) {
        lanes.run(() -> readAhead.setBack(through));
    }

    /** Something was changed in the database by an operator: poll at once. */
    void refresh() {
        lanes.run(() -> lanes.all().forEach(turns::reload));
        refreshing.request(this::pollAndLease);
    }

    /**
     * An operator on this node stopped it, or let it go on, and the database has that. From here on nothing more is handed out, or
     * something is again; a poll that was begun before knows nothing of it.
     */
    void paused(boolean byOperator) {
        lanes.run(() -> {
            pollTaken = nextPoll();
            lanes.pause(byOperator);
        });
        refresh();
    }

    /** The cursors as this node knows them, over those of the database. */
    long[] cursors(List<Long> stored) {
        return lanes.get(() -> idle.over(stored));
    }

    @Nullable
    String trouble() {
        return lanes.get(() -> troubles.text().or(reload::twin)).orElse(null);
    }

    /** True if it has not begun. */
    boolean hasNotBegun() {
        return lanes.get(() -> troubles.isAt(START));
    }

    /** True if it holds as many events as it may. */
    boolean isFull() {
        return lanes.get(() -> troubles.isAt(HeldBudget.PLACE));
    }

    /** What its observer is at, on this node. */
    CallsUnderWay calls() {
        return calls;
    }

    int lanesOwned() {
        return lanes.get(lanes::count);
    }

    LaneMoves laneMoves() {
        return lanes.get(lanes::moves);
    }

    /** Where it begins. */
    Start begins() {
        return lanes.get(readAhead::start);
    }

    boolean isPaused() {
        return lanes.get(lanes::isPaused);
    }

    /** No new work from now on. */
    void stopWork() {
        lanes.run(lanes::stop);
    }

    /** Gives back the lanes, once nothing runs any more. Where this fails they are free when their lease ends. */
    void giveBack() throws SQLException {
        returns.giveBackAll();
    }
}
