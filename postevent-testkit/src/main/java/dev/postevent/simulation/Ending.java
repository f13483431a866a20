package dev.postevent.simulation;

import dev.postevent.internal.catchup.CatchUp;
import dev.postevent.spi.LogEntry;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Faults are off: everything has to arrive, and what cannot has to be named. */
final class Ending {
    /** I8: everything arrives within so much time; a lease, the longest back-offs and some polls. */
    private static final long LIMIT_MILLIS = 60_000;

    private static final int CHECK_EVERY = 25;

    /** What an observer itself has said so often will not be handled an operator skips. */
    private static final int REFUSALS_MAX = 6;

    private final World world;

    Ending(World world) {
        this.world = world;
    }

    void play() {
        world.faultsOff();
        world.cluster.calm();
        if (world.scenario.seed() % 4 == 0) {
            world.source.hold(true);
            await(this::notNamed);
            world.source.hold(false);
        }
        world.source.close();
        if (world.cluster.holdsOnlySubjects()) {
            await(this::notArrivedButForParked);
        }
        world.cluster.observers().heal();
        await(() -> {
            for (int i = 0; i < world.scenario.work().subscriptions(); i++) {
                world.cluster.skipRefused(i, REFUSALS_MAX);
                if (!world.inbox.lanes.parked(Cluster.name(i)).isEmpty()) {
                    world.cluster.retryParked(i);
                }
            }
            return notArrivedAtAll();
        });
        world.note("all arrived", world.source.head(), world.inbox.mark());
    }

    private void await(Supplier<@Nullable String> missing) {
        long until = world.now() + LIMIT_MILLIS * World.MILLIS;
        long done = world.checker.done();
        String left;
        while ((left = missing.get()) != null) {
            if (world.user != null && world.checker.done() != done) {
                // an observer may say how long it wants to wait, with each event of a subject after the other
                done = world.checker.done();
                until = world.now() + LIMIT_MILLIS * World.MILLIS;
            }
            if (world.now() > until) {
                throw world.broken(left + " " + LIMIT_MILLIS + " ms after the last fault");
            }
            for (int i = 0; i < CHECK_EVERY; i++) {
                world.step();
            }
        }
    }

    /** I11: while a gap is held open, every node says by whom. */
    private @Nullable String notNamed() {
        if (!world.cluster.allStarted()) {
            return "I8: not all nodes are started";
        }
        long mark = world.inbox.mark();
        long next = mark + 1;
        if (!world.source.isQuiet()) {
            return "the simulated publishers have not ended";
        }
        if (mark >= world.source.head()) {
            return null;
        }
        // nobody can tell whose number it is: it may be of any of them, and open even if it was rolled back
        List<String> holders = List.copyOf(world.source.names(tx -> true));
        if (holders.isEmpty()) {
            return "I8: nobody holds position " + next + ", and the mark stands at " + mark;
        }
        for (Process process : world.cluster.started()) {
            String blocker = process.status().blocker();
            if (blocker == null || holders.stream().noneMatch(blocker::contains)) {
                return "I11: position " + next + " is held open by " + holders + ", and " + process.name() + " names "
                        + blocker;
            }
        }
        return null;
    }

    private @Nullable String notArrived() {
        if (!world.source.isQuiet()) {
            return "the simulated publishers have not ended";
        }
        if (!world.cluster.allStarted()) {
            return "I8: not all nodes are started";
        }
        for (int i = 0; i < world.scenario.work().subscriptions(); i++) {
            if (!world.inbox.lanes.isRegistered(Cluster.name(i))) {
                return "I8: subscription " + i + " is not registered; " + troubles();
            }
        }
        if (world.inbox.mark() != world.source.head()) {
            return "I8: the mark is " + world.inbox.mark() + ", the source ends at " + world.source.head() + "; "
                    + statuses();
        }
        return null;
    }

    /** I8, I9: everything is handled, but for subjects with a parked event, and lanes that block by their user's choice. */
    private @Nullable String notArrivedButForParked() {
        String left = notArrived();
        for (int i = 0; left == null && i < world.scenario.work().subscriptions(); i++) {
            int subscription = i;
            boolean blocks = world.cluster.blocks(i);
            Set<String> subjects = new HashSet<>();
            Set<Long> single = new HashSet<>();
            Set<Integer> lanes = new HashSet<>();
            for (long position :
                    blocks ? world.inbox.lanes.heads(Cluster.name(i)) : world.inbox.lanes.parked(Cluster.name(i))) {
                LogEntry parked = world.source.committedAt(position);
                if (parked == null) {
                    return "I2: position " + position + " is held, and was never committed";
                }
                single.add(position);
                lanes.add(parked.slot() % world.scenario.work().lanes());
                if (parked.subject() != null) {
                    subjects.add(parked.subject());
                }
            }
            LogEntry missing = world.checker.missing(
                    i,
                    entry -> single.contains(entry.position())
                            || (entry.subject() != null && subjects.contains(entry.subject()))
                            || (blocks
                                    && lanes.contains(
                                            entry.slot() % world.scenario.work().lanes())));
            if (missing != null) {
                left = notHandled(subscription, missing);
            }
        }
        return left;
    }

    private @Nullable String notArrivedAtAll() {
        String left = notArrived();
        for (int i = 0; left == null && i < world.scenario.work().subscriptions(); i++) {
            LogEntry missing = world.checker.missing(i, entry -> false);
            if (missing != null) {
                left = notHandled(i, missing);
            } else if (world.inbox.lanes.heldCount(Cluster.name(i)) > 0) {
                left = "I8: subscription " + i + " still holds " + world.inbox.lanes.heads(Cluster.name(i))
                        + " though all is handled";
            } else {
                left = lag(i);
            }
            if (left == null) {
                left = notShared(i);
            }
        }
        return left;
    }

    private @Nullable String lag(int subscription) {
        List<Long> cursors = world.inbox.lanes.cursors(Cluster.name(subscription));
        for (LogEntry entry : world.checker.events()) {
            int lane = entry.slot() % world.scenario.work().lanes();
            if (entry.position() > cursors.get(lane)) {
                return "I8: the cursor of lane " + lane + " of subscription " + subscription + " stands at "
                        + cursors.get(lane) + ", before position " + entry.position() + "; " + troubles();
            }
        }
        return null;
    }

    /** G8: every node has its share of the lanes. */
    private @Nullable String notShared(int subscription) {
        int nodes = world.scenario.actors().nodes();
        int lanes = world.scenario.work().lanes();
        if (world.scenario.has(Fault.TWINS)) {
            return null;
        }
        Map<String, Integer> owners = world.inbox.lanes.owners(Cluster.name(subscription));
        for (Process process : world.cluster.started()) {
            int has = owners.getOrDefault(process.name(), 0);
            if (has < lanes / nodes || has > (lanes + nodes - 1) / nodes) {
                return "G8: of " + lanes + " lanes the " + nodes + " nodes have " + owners;
            }
        }
        return null;
    }

    private String notHandled(int subscription, LogEntry missing) {
        return "I1/I8: subscription " + subscription + " has not handled position " + missing.position()
                + " of subject " + missing.subject() + ", lane "
                + missing.slot() % world.scenario.work().lanes() + "; "
                + world.inbox.lanes.describe(Cluster.name(subscription)) + troubles();
    }

    private String troubles() {
        List<String> all = new ArrayList<>();
        for (Process process : world.cluster.started()) {
            all.add(process.name() + " " + process.troubles());
        }
        return all.toString();
    }

    private String statuses() {
        List<String> all = new ArrayList<>();
        for (Process process : world.cluster.started()) {
            CatchUp.Status status = process.status();
            all.add(process.name() + " " + status);
        }
        return all.toString();
    }
}
