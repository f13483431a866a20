package dev.postevent.simulation;

import dev.postevent.internal.catchup.CatchUp;
import dev.postevent.internal.catchup.CatchUpSettings;
import dev.postevent.internal.catchup.Surroundings;
import dev.postevent.internal.eventlog.SimulatedEventLog;
import dev.postevent.internal.flow.Released;
import dev.postevent.internal.flow.VisibilityCondition;
import dev.postevent.internal.processor.SimulatedSubscription;
import dev.postevent.internal.processor.SubscriptionSpec;
import dev.postevent.spi.EventLog;
import dev.postevent.spi.LogEntry;
import dev.postevent.spi.TopicName;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One life of a node: the real stages, wired as the application wires them. */
@SuppressWarnings("JavaLangClash") // nothing in the simulation has a process of the system
public final class Process {
    private static final CatchUpSettings SETTINGS =
            new CatchUpSettings(Duration.ofMillis(50), 25, 1 << 20, Duration.ofSeconds(5), Duration.ofHours(1));
    private static final Duration SETTLE_WAIT = Duration.ofMillis(60);

    private final World world;
    private final String name;
    private final int number;
    private final Tasks work;
    private final Tasks flow;
    final Jta jta;
    private final CatchUp catchUp;
    private final List<SimulatedSubscription> subscriptions = new ArrayList<>();

    private boolean alive = true;
    private boolean frozen;
    private boolean started;
    private boolean stopping;
    private int catchUpLocks;

    // the clock: nanoseconds of the node are clockAt + (now - clockSince) * rate / 100
    private long clockAt;
    private long clockSince;
    private int rate = 100;

    Process(World world, String name, int number) {
        this.world = world;
        this.name = name;
        this.number = number;
        this.work = new Tasks(world, this, World.Kind.WORK, "work");
        this.flow = new Tasks(world, this, World.Kind.CATCH_UP, "catch-up");
        this.jta = new Jta(world, this);
        this.clockSince = world.now();
        // the origin of nanoTime is anything, also in the future
        this.clockAt = world.random.nextLong(-1_000_000_000_000_000L, 1_000_000_000_000_000L);
        if (world.faulty(Fault.NODE_CLOCK)) {
            rate = 80 + world.random.nextInt(41);
        }
        EventLog log = world.scenario
                .mutant()
                .log(
                        world,
                        new SimulatedEventLog(
                                () -> world.scenario.mutant().table(world, this, world.source.session(this)),
                                SETTLE_WAIT,
                                this::nanoTime,
                                millis -> world.sleep(this, millis * World.MILLIS)));
        for (SubscriptionSpec spec : world.cluster.specs(this)) {
            subscriptions.add(new SimulatedSubscription(
                    spec,
                    Duration.ofMillis(Cluster.LEASE_MILLIS),
                    new SimulatedSubscription.Tables(world, this, world.inbox.lanes, world.scenario.mutant()),
                    world.inbox.entries(this),
                    topic -> world.scenario
                            .mutant()
                            .settledNow(
                                    log, world.inbox.entries(this).mark(topic).mark()),
                    new SimulatedSubscription.Server(jta, jta, work, this::nanoTime, world.random)));
        }
        this.catchUp = new CatchUp(
                Cluster.TOPIC,
                log,
                world.scenario.mutant().store(world, this, world.inbox.store(this)),
                new ToSubscriptions(),
                SETTINGS,
                new Surroundings(flow, flow, this::nanoTime, world.random, notice -> {}));
    }

    public String name() {
        return name;
    }

    public int number() {
        return number;
    }

    long nanoTime() {
        return clockAt + (world.now() - clockSince) / 100 * rate;
    }

    /** How long {@code nanos} of the node's clock really are. */
    long trueNanos(long nanos) {
        return nanos / rate * 100;
    }

    boolean isAlive() {
        return alive;
    }

    boolean isStarted() {
        return started && alive && !stopping;
    }

    boolean isFrozen() {
        return frozen;
    }

    void checkAlive() {
        if (!alive) {
            throw new ProcessDied();
        }
    }

    void checkUnlocked(String what) {
        for (SimulatedSubscription one : subscriptions) {
            if (one.isLockedByMe()) {
                throw world.broken("the database is asked (" + what + ") while a subscription's lock is held");
            }
        }
    }

    void lockCatchUp() {
        catchUpLocks++;
    }

    void unlockCatchUp() {
        catchUpLocks--;
    }

    boolean catchUpIsLocked() {
        return catchUpLocks > 0;
    }

    void changeRate(int percent) {
        clockAt = nanoTime();
        clockSince = world.now();
        rate = percent;
        world.note("clock rate", number, percent);
    }

    /** The transaction of the task under way. */
    public @Nullable Transaction transaction() {
        return jta.current();
    }

    void freeze() {
        frozen = true;
        if (world.faulty(Fault.NODE_CLOCK) && world.random.nextBoolean()) {
            clockAt = nanoTime();
            clockSince = Long.MIN_VALUE;
        }
    }

    void thaw() {
        frozen = false;
        if (clockSince == Long.MIN_VALUE) {
            clockSince = world.now();
        }
    }

    /** kill -9. */
    void die() {
        world.note("dies", number, 0);
        alive = false;
        world.inbox.diedWith(this);
        world.feed.gone(this);
        world.cluster.gone(this);
    }

    /** As {@code Stages.start}: may fail and is called again. */
    void start() {
        try {
            for (SimulatedSubscription one : subscriptions) {
                one.start();
            }
        } catch (SQLException | RuntimeException e) {
            checkAlive();
            World.Event unused = world.after(200 * World.MILLIS, this, World.Kind.LIFE, "start again", this::start);
            return;
        }
        catchUp.start();
        started = true;
        world.feed.offer(this);
        var unused = flow.scheduleWithFixedDelay(
                () -> {
                    if (!world.feed.streamsTo(this)) {
                        catchUp.follow();
                    }
                },
                250,
                250,
                java.util.concurrent.TimeUnit.MILLISECONDS);
    }

    /** As {@code Stages.stop}, begun; what is under way ends by itself. */
    void stop() {
        stopping = true;
        subscriptions.forEach(SimulatedSubscription::stopWork);
        world.feed.gone(this);
        catchUp.stop();
        World.Event unused = world.after(World.MILLIS, this, World.Kind.LIFE, "give back", this::giveBack);
    }

    private void giveBack() {
        if (work.isBusy() || flow.isBusy()) {
            World.Event unused = world.after(10 * World.MILLIS, this, World.Kind.LIFE, "give back", this::giveBack);
            return;
        }
        work.shutdown();
        flow.shutdown();
        subscriptions.forEach(SimulatedSubscription::giveBack);
        alive = false;
        world.cluster.gone(this);
    }

    void arrived(List<LogEntry> entries) {
        catchUp.arrived(entries);
        String fault = catchUp.status().fault();
        if (fault != null && fault.startsWith("PSTEV33001")) {
            throw world.broken(name + " stands still without a reason: " + fault);
        }
    }

    boolean arrivedNext(List<LogEntry> entries, VisibilityCondition condition) {
        return catchUp.arrivedNext(entries, condition);
    }

    void doubt() {
        catchUp.doubt();
    }

    void refresh(int subscription) {
        subscriptions.get(subscription).refresh();
    }

    CatchUp.Status status() {
        return catchUp.status();
    }

    List<@Nullable String> troubles() {
        List<@Nullable String> troubles = new ArrayList<>();
        subscriptions.forEach(one -> troubles.add(one.trouble()));
        return troubles;
    }

    /** What catch-up tells goes to the subscriptions. */
    private final class ToSubscriptions implements Released {
        @Override
        public void released(TopicName topic, long after, @Nullable List<LogEntry> entries, long through) {
            checkAlive();
            if (through > world.inbox.mark()) {
                throw world.broken("I5: node " + name + " lets through " + through
                        + ", but the mark in the database is " + world.inbox.mark());
            }
            subscriptions.forEach(one -> one.released(after, entries, through));
        }

        @Override
        public void setBack(TopicName topic, long through) {
            checkAlive();
            world.note("set back", number, through);
            subscriptions.forEach(one -> one.setBack(through));
        }
    }
}
