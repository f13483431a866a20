package dev.postevent.simulation;

import dev.postevent.internal.processor.GiveUp;
import dev.postevent.internal.processor.LaneTables;
import dev.postevent.internal.processor.Start;
import dev.postevent.internal.processor.SubscriptionSpec;
import dev.postevent.internal.threads.Backoff;
import dev.postevent.spi.TopicName;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** The nodes of the application, whoever operates it, and what befalls it between the statements. */
final class Cluster {
    static final TopicName TOPIC = new TopicName("orders");
    static final long LEASE_MILLIS = 2_000;
    private static final Backoff BACKOFF = new Backoff(Duration.ofMillis(20), 2, Duration.ofMillis(500));

    private final World world;
    private final @Nullable Process[] nodes;
    private final GiveUp giveUp;
    private final long bufferMaxBytes;
    private final int heldMax;
    private final Observers observers;
    private int lives;

    Cluster(World world) {
        this.world = world;
        this.nodes = new Process[world.scenario.actors().nodes()];
        int few = 1 + world.random.nextInt(4);
        boolean byTime = new SplittableRandom(world.scenario.seed() + 7).nextInt(3) == 0;
        this.giveUp = byTime
                ? new GiveUp(GiveUp.UNLIMITED, Duration.ofMillis(World.GIVE_UP_AFTER_MILLIS), few)
                : new GiveUp(few, null, few);
        this.bufferMaxBytes = world.random.nextInt(3) == 0 ? 1_500 : 1 << 20;
        this.heldMax = world.random.nextInt(6) == 0 ? 1 + world.random.nextInt(6) : 1_000;
        this.observers = new Observers(world);
    }

    Observers observers() {
        return observers;
    }

    List<SubscriptionSpec> specs(Process process) {
        List<SubscriptionSpec> specs = new ArrayList<>();
        for (int i = 0; i < world.scenario.work().subscriptions(); i++) {
            specs.add(new SubscriptionSpec(
                    name(i),
                    TOPIC,
                    world.user == null && world.scenario.beginsNow(i) ? Start.NOW : Start.BEGINNING,
                    world.scenario.work().lanes(),
                    new SubscriptionSpec.Retry(
                            giveUp,
                            BACKOFF,
                            blocks(i) ? SubscriptionSpec.OnFailure.BLOCK : SubscriptionSpec.OnFailure.HOLD),
                    new SubscriptionSpec.Limits(
                            4, world.scenario.work().batchMax(), heldMax, bufferMaxBytes, Duration.ofSeconds(1)),
                    true,
                    observers.handler(process, i)));
        }
        return specs;
    }

    GiveUp giveUp() {
        return giveUp;
    }

    /** The longest wait after an attempt, in milliseconds. */
    static long waitMost(int attempt) {
        return (long) Math.min(
                (double) BACKOFF.cap().toMillis(),
                (double) BACKOFF.first().toMillis() * Math.pow(BACKOFF.factor(), attempt - 1));
    }

    /** False if held events may use up their limit, and then stop everything until somebody comes. */
    boolean holdsOnlySubjects() {
        return heldMax >= 1_000;
    }

    static String name(int subscription) {
        return "sub" + subscription;
    }

    static int number(String name) {
        return Integer.parseInt(name.substring("sub".length()));
    }

    boolean blocks(int subscription) {
        return subscription == 0 && world.scenario.work().blockOnFailure();
    }

    void begin() {
        for (int i = 0; i < nodes.length; i++) {
            bootAfter(i, world.random.nextLong(100 * World.MILLIS));
        }
        chaosLater();
        if (world.scenario.has(Fault.INBOX_LOSES)) {
            flushLater();
        }
        if (world.scenario.has(Fault.TABLE_REMADE)) {
            World.Event unused = world.after(
                    world.random.nextLong(6_000 * World.MILLIS), null, World.Kind.WORLD, "table remade", this::remake);
        }
    }

    private void remake() {
        if (!world.faulty(Fault.TABLE_REMADE)) {
            return;
        }
        for (Process node : nodes) {
            if (node != null) {
                node.die();
            }
        }
        world.source.remake();
        world.feed.forgetAcknowledged();
        world.inbox.clear();
        world.judgedVoid.clear();
        world.checker.clear();
        observers.clear();
    }

    private void flushLater() {
        World.Event unused =
                world.after(world.random.nextLong(600 * World.MILLIS), null, World.Kind.WORLD, "flush inbox", () -> {
                    world.inbox.flush();
                    flushLater();
                });
    }

    private void bootAfter(int node, long nanos) {
        World.Event unused = world.after(nanos, null, World.Kind.WORLD, "boot", () -> {
            Process process =
                    new Process(world, "node" + (world.scenario.has(Fault.TWINS) && node == 1 ? 0 : node), ++lives);
            nodes[node] = process;
            World.Event unusedStart = world.after(1, process, World.Kind.LIFE, "start", process::start);
        });
    }

    void gone(Process process) {
        for (int i = 0; i < nodes.length; i++) {
            if (nodes[i] == process) {
                nodes[i] = null;
                bootAfter(i, 20 * World.MILLIS + world.random.nextLong(2_500 * World.MILLIS));
            }
        }
    }

    List<Process> started() {
        List<Process> started = new ArrayList<>();
        for (Process node : nodes) {
            if (node != null && node.isStarted()) {
                started.add(node);
            }
        }
        return started;
    }

    boolean allStarted() {
        return started().size() == nodes.length;
    }

    private @Nullable Process anyStarted() {
        List<Process> started = started();
        return started.isEmpty() ? null : started.get(world.random.nextInt(started.size()));
    }

    private void chaosLater() {
        World.Event unused =
                world.after(world.random.nextLong(800 * World.MILLIS), null, World.Kind.WORLD, "chaos", () -> {
                    chaos();
                    chaosLater();
                });
    }

    private void chaos() {
        Fault fault = Fault.AT_ANY_TIME.get(world.random.nextInt(Fault.AT_ANY_TIME.size()));
        if (!world.faulty(fault)) {
            return;
        }
        Process process = anyStarted();
        switch (fault) {
            case CRASH -> {
                if (process != null) {
                    process.die();
                }
            }
            case RESTART -> {
                if (process != null) {
                    World.Event unused = world.after(1, process, World.Kind.LIFE, "stop", process::stop);
                }
            }
            case INBOX_DOWN -> {
                world.note("inbox away", 0, 0);
                world.inbox.goDown(world.random.nextLong(1_500 * World.MILLIS));
            }
            case INBOX_LOSES -> world.inbox.loseUnflushed(world.random.nextLong(500 * World.MILLIS));
            case SOURCE_RESTART -> world.source.restart();
            case NODE_CLOCK -> {
                if (process != null && !process.isFrozen()) {
                    process.changeRate(70 + world.random.nextInt(80));
                }
            }
            case DATABASE_CLOCK -> {
                world.note("database clock jumps", 0, 0);
                world.inbox.jumpAhead(world.random.nextLong(2 * LEASE_MILLIS) * World.MILLIS);
            }
            case FEED_BREAK -> {
                if (world.random.nextBoolean()) {
                    world.feed.loseSlot();
                } else {
                    world.feed.breakOff();
                }
            }
            case OPERATORS -> operate();
            default -> {
                // the others happen elsewhere
            }
        }
    }

    private void operate() {
        LaneTables lanes = world.inbox.lanes;
        int subscription = world.random.nextInt(world.scenario.work().subscriptions());
        String name = name(subscription);
        Process process = anyStarted();
        if (process == null) {
            return;
        }
        switch (world.random.nextInt(4)) {
            case 0 -> {
                world.note("operator pauses", subscription, 0);
                lanes.pause(name, true);
                World.Event unused = world.after(
                        world.random.nextLong(1_500 * World.MILLIS),
                        null,
                        World.Kind.WORLD,
                        "operator resumes",
                        () -> lanes.pause(name, false));
            }
            case 1 -> retryParked(subscription);
            case 2 -> {
                List<Long> heads = lanes.heads(name);
                if (!heads.isEmpty()) {
                    long position = heads.get(world.random.nextInt(heads.size()));
                    if (lanes.skip(name, position)) {
                        world.note("operator skips", subscription, position);
                        world.checker.skipped(subscription, position);
                    }
                }
            }
            default -> {
                // only looks
            }
        }
        process.refresh(subscription);
    }

    /** Gives every parked event new attempts. */
    void retryParked(int subscription) {
        for (long position : world.inbox.lanes.parked(name(subscription))) {
            if (world.inbox.lanes.retry(name(subscription), position)) {
                world.note("operator retries", subscription, position);
            }
        }
        Process process = anyStarted();
        if (process != null) {
            process.refresh(subscription);
        }
    }

    /** An operator gives up what the user's observer has refused so often. */
    void skipRefused(int subscription, int refusals) {
        UserCode user = world.user;
        if (user == null) {
            return;
        }
        String name = name(subscription);
        for (long position : world.inbox.lanes.heads(name)) {
            if (user.refusals(subscription, position) >= refusals && world.inbox.lanes.skip(name, position)) {
                world.note("operator skips", subscription, position);
                world.checker.skipped(subscription, position);
                Process process = anyStarted();
                if (process != null) {
                    process.refresh(subscription);
                }
            }
        }
    }

    void calm() {
        for (int i = 0; i < world.scenario.work().subscriptions(); i++) {
            world.inbox.lanes.pause(name(i), false);
        }
    }
}
