package dev.postevent.simulation;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Time, chance and order of one run. One thread; every task of every node is an event of one queue.
 *
 * <p>A task runs to its end, but at each call of a port others get their turn in between: what is due of other nodes, publishers,
 * operators, and of the same node where no lock of its would be in the way. So statements of different tasks interleave as they
 * do in a database, to a depth of {@value #DEPTH_MAX}; time goes on meanwhile. At the same places nodes die ({@link
 * ProcessDied} unwinds the task; a dead process changes nothing any more) or stand still, and databases fail.
 *
 * <p>Longer than most: there is one order of everything, and one place that makes it.
 */
public final class World {
    static final long MILLIS = 1_000_000;
    /** How long an event may fail, in worlds where that is bounded. */
    public static final long GIVE_UP_AFTER_MILLIS = 200;

    private static final int DEPTH_MAX = 3;

    final Scenario scenario;
    final SplittableRandom random;
    final Checker checker;
    final Source source;
    final InboxDatabase inbox;
    final SimulatedFeed feed;
    final Cluster cluster;
    /** What a user brings; null: the worlds' own events and observers only. */
    final @Nullable UserCode user;
    /** What a mutant that does not seal believes. */
    final TreeSet<Long> judgedVoid = new TreeSet<>();
    /** Of a mutant that sees a holder one listing late. */
    final Set<String> listedBefore = new LinkedHashSet<>();

    private final PriorityQueue<Event> queue = new PriorityQueue<>();
    private final ArrayList<Frame> frames = new ArrayList<>();
    private final ArrayList<Event> stash = new ArrayList<>();
    private final @Nullable List<String> trace;
    private long hash = 17;
    private boolean ownersLost;
    private long sequence;
    private long now = 1_000 * MILLIS;
    private boolean faults = true;
    private int steps;
    private long calls;
    private @Nullable Violation violation;

    /** What an event belongs to, to tell what may run beside what. */
    enum Kind {
        WORLD,
        WORK,
        CATCH_UP,
        LIFE
    }

    /** Something that will happen. */
    static final class Event implements Comparable<Event> {
        final long at;
        final long sequence;
        final @Nullable Process process;
        final Kind kind;
        final String what;
        final Runnable run;
        boolean cancelled;

        Event(long at, long sequence, @Nullable Process process, Kind kind, String what, Runnable run) {
            this.at = at;
            this.sequence = sequence;
            this.process = process;
            this.kind = kind;
            this.what = what;
            this.run = run;
        }

        @Override
        public int compareTo(Event other) {
            return at != other.at ? Long.compare(at, other.at) : Long.compare(sequence, other.sequence);
        }
    }

    /** A task under way, which is what a thread is elsewhere. */
    static final class Frame {
        final Event event;

        @Nullable
        Transaction transaction;

        Frame(Event event) {
            this.event = event;
        }
    }

    World(Scenario scenario, boolean tracing) {
        this(scenario, tracing, null);
    }

    World(Scenario scenario, boolean tracing, @Nullable UserCode user) {
        this.scenario = scenario;
        this.user = user;
        this.random = new SplittableRandom(scenario.seed());
        this.trace = tracing ? new ArrayList<>() : null;
        this.checker = new Checker(this);
        this.source = new Source(this);
        this.inbox = new InboxDatabase(this);
        this.feed = new SimulatedFeed(this);
        this.cluster = new Cluster(this);
    }

    /** Plays the whole run. */
    Outcome run() {
        try {
            source.begin();
            cluster.begin();
            while (steps < scenario.steps() && violation == null) {
                step();
            }
            if (violation == null) {
                new Ending(this).play();
            }
        } catch (Violation e) {
            violation = violation == null ? e : violation;
        }
        return new Outcome(scenario, violation, hash, steps, calls, trace == null ? List.of() : trace);
    }

    /** How a run ended. */
    record Outcome(
            Scenario scenario, @Nullable Violation violation, long hash, int steps, long calls, List<String> trace) {}

    public long now() {
        return now;
    }

    public SplittableRandom random() {
        return random;
    }

    int steps() {
        return steps;
    }

    boolean faulty(Fault fault) {
        return faults && scenario.has(fault);
    }

    /** With the chance of one in {@code of}, while that fault is on. */
    boolean strikes(Fault fault, int of) {
        return faulty(fault) && random.nextInt(of) == 0;
    }

    void faultsOff() {
        faults = false;
    }

    boolean isBroken() {
        return violation != null;
    }

    void check() {
        if (violation != null) {
            throw violation;
        }
    }

    /** A promise is broken: the run ends here. */
    public Violation broken(String message) {
        Violation broken = new Violation(message);
        if (violation == null) {
            violation = broken;
            note("VIOLATION " + message, 0, 0);
        }
        return broken;
    }

    /** Goes into the trace and its hash. */
    public void note(String what, long first, long second) {
        hash = (hash ^ what.hashCode()) * 0x100000001B3L;
        hash = (hash ^ first) * 0x100000001B3L;
        hash = (hash ^ second) * 0x100000001B3L;
        hash = (hash ^ now) * 0x100000001B3L;
        if (trace != null) {
            trace.add(String.format(
                    "%6d %10.3f %s%s %s",
                    steps,
                    (double) now / MILLIS,
                    "  ".repeat(frames.size()),
                    what,
                    first == 0 && second == 0 ? "" : first + " " + second));
        }
    }

    Event after(long nanos, @Nullable Process process, Kind kind, String what, Runnable run) {
        Event event = new Event(now + Math.max(1, nanos), sequence++, process, kind, what, run);
        queue.add(event);
        return event;
    }

    void step() {
        Event next = poll(Long.MAX_VALUE);
        if (next == null) {
            throw broken("nothing will ever happen again");
        }
        execute(next);
    }

    private @Nullable Event poll(long latest) {
        Event found = null;
        while (true) {
            Event next = queue.peek();
            if (next == null || next.at > latest || stash.size() > 30) {
                break;
            }
            queue.poll();
            if (next.cancelled || (next.process != null && !next.process.isAlive())) {
                continue;
            }
            if (mayRun(next)) {
                found = next;
                break;
            }
            stash.add(next);
        }
        queue.addAll(stash);
        stash.clear();
        return found;
    }

    private boolean mayRun(Event event) {
        Process process = event.process;
        if (process == null) {
            return true;
        }
        return !process.isFrozen()
                && switch (event.kind) {
                    case WORLD, WORK -> true;
                    case CATCH_UP -> !process.catchUpIsLocked();
                    case LIFE -> !isUnderWay(process);
                };
    }

    private boolean isUnderWay(Process process) {
        for (Frame frame : frames) {
            if (frame.event.process == process) {
                return true;
            }
        }
        return false;
    }

    private void execute(Event event) {
        now = Math.max(now, event.at);
        steps++;
        note(event.what, event.process == null ? 0 : event.process.number(), event.process == null ? 0 : 1);
        Frame frame = new Frame(event);
        frames.add(frame);
        try {
            event.run.run();
        } catch (ProcessDied e) {
            // all of it that is left
        } catch (Violation e) {
            violation = violation == null ? e : violation;
        } catch (RuntimeException | Error e) {
            throw broken("a task threw " + e + " at " + (e.getStackTrace().length > 0 ? e.getStackTrace()[0] : ""));
        } finally {
            frames.remove(frames.size() - 1);
        }
        Transaction left = frame.transaction;
        if (left != null && left.isOpen() && violation == null) {
            if (left.process().isAlive()) {
                throw broken("a task ended with its transaction open");
            }
        }
        check();
    }

    Frame frame() {
        return frames.get(frames.size() - 1);
    }

    /** Lets others have their turn for {@code nanos}, as far as anything is due. */
    private void othersThrough(long latest, int most) {
        if (frames.size() > DEPTH_MAX) {
            return;
        }
        for (int i = 0; i < most; i++) {
            Event next = poll(latest);
            if (next == null) {
                return;
            }
            execute(next);
        }
    }

    /** The calling task sleeps. */
    void sleep(Process process, long nanos) {
        process.checkAlive();
        long until = now + nanos;
        othersThrough(until, 50);
        now = Math.max(now, until);
        process.checkAlive();
    }

    /** Before a call of a port: others may come first, the process may die or stand still. */
    void turn(Process process, String what) {
        check();
        process.checkAlive();
        process.checkUnlocked(what);
        calls++;
        now += 20_000 + random.nextInt(300_000);
        note(what, process.number(), 0);
        int luck = random.nextInt(1_000);
        if (luck < 80) {
            othersThrough(now + 20 * MILLIS, 1 + random.nextInt(4));
        } else if (luck < 84) {
            othersThrough(now + 2_000 * MILLIS, 1 + random.nextInt(30));
        } else if (luck < 87 && faulty(Fault.FREEZE) && frames.size() <= DEPTH_MAX) {
            freeze(process);
        } else if (luck < 90 && faulty(Fault.CRASH)) {
            process.die();
        }
        check();
        process.checkAlive();
    }

    private void freeze(Process process) {
        long until = now + random.nextLong(3 * Cluster.LEASE_MILLIS) * MILLIS;
        note("stands still", process.number(), until - now);
        process.freeze();
        othersThrough(until, 200);
        now = Math.max(now, until);
        process.thaw();
    }

    /** Before a statement of the inbox database. */
    public void statement(Process process, String what) throws SQLException {
        turn(process, what);
        inbox.checkUp();
        if (strikes(Fault.STATEMENT, 60)) {
            note("fails", process.number(), 0);
            throw new Broken("connection lost before " + what, transientState());
        }
    }

    /** After a transaction was committed: the answer may be lost, or who would have heard it. */
    public void committed(Process process, String what) throws SQLException {
        if (strikes(Fault.COMMIT_UNKNOWN, 60)) {
            note("answer lost", process.number(), 0);
            throw new Broken("connection lost at the commit of " + what, "08006");
        }
        if (strikes(Fault.CRASH, 400)) {
            process.die();
            process.checkAlive();
        }
    }

    String transientState() {
        return switch (random.nextInt(4)) {
            case 0 -> "08006";
            case 1 -> "57P01";
            case 2 -> "53300";
            default -> "55P03";
        };
    }

    /** A lane was taken from an owner that did not give it back: what it did with the lane's events nobody knows. */
    public void ownerVanished() {
        ownersLost = true;
    }

    boolean hasLostOwners() {
        return ownersLost || scenario.has(Fault.INBOX_LOSES);
    }

    /** Of one lane: an owner that stood still, or whose clock does, and the next one. */
    boolean mayHaveTwoOwners() {
        return scenario.has(Fault.FREEZE)
                || scenario.has(Fault.NODE_CLOCK)
                || scenario.has(Fault.DATABASE_CLOCK)
                || scenario.has(Fault.INBOX_LOSES)
                || scenario.has(Fault.TWINS);
    }

    /** An attempt counts as failed with the node that made it. */
    public void saysLost(String subscription, long position, @Nullable Process made) {
        cluster.observers().counts(Cluster.number(subscription), position);
        boolean mayBeCutOff = mayHaveTwoOwners() || scenario.has(Fault.INBOX_DOWN);
        if (made != null && made.isAlive() && !mayBeCutOff) {
            throw broken(
                    "I11: position " + position + ": its node is said to have died, and " + made.name() + " lives");
        }
    }

    /** A failed attempt is written down, the {@code attempts}th. */
    public void blamed(String subscription, long position, int attempts, String cause) {
        cluster.observers().blamed(Cluster.number(subscription), position, attempts, cause);
    }

    /**
     * A try of a held event begins.
     *
     * @param queued nanoseconds for which it is said to have waited for others of its lane
     * @param owned for how long its node has had the lane
     */
    public void tries(String subscription, long position, long queued, long owned) {
        if (queued > owned + MILLIS && !scenario.has(Fault.NODE_CLOCK)) {
            throw broken("I9: subscription " + Cluster.number(subscription) + ", position " + position
                    + ": is said to have waited for its turn for " + queued / MILLIS
                    + " ms, by a node that has had the lane for " + owned / MILLIS + " ms");
        }
        cluster.observers().tries(Cluster.number(subscription), position, queued);
    }

    /** It is written down that an attempt has failed, and that there is another one or not. */
    public void judged(String subscription, long position, boolean parked) {
        cluster.observers().judged(Cluster.number(subscription), position, parked);
    }

    /** An event is parked of which no attempt has just failed. */
    public void parkedUntried(String subscription, long position, int attempts, int lost) {
        if (lost < Math.min(cluster.giveUp().attemptsMax(), cluster.giveUp().lostMax())) {
            throw broken("I9: subscription " + Cluster.number(subscription) + ", position " + position
                    + ": parked unseen, after " + attempts + " attempts, " + lost + " of them lost");
        }
    }

    /** A subscription was registered that is given what is above {@code after}. */
    public void begins(String subscription, long after) {
        checker.begins(Cluster.number(subscription), after);
    }

    /** The mark in the inbox database. */
    public long mark() {
        return inbox.mark();
    }

    /** Of the server of the inbox database. */
    public long inboxServerStart() {
        return inbox.serverStart();
    }

    /** The clock of the inbox database. */
    public long databaseTime() {
        return inbox.time();
    }
}
