package dev.postevent.simulation;

import dev.postevent.spi.LogEntry;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Publishes transaction by transaction, statement by statement. */
final class Publisher {
    private static final int LOCK_TRIES_MAX = 60;

    private final World world;
    private final Source source;
    private final int number;
    private Source.@Nullable Tx tx;
    private final List<@Nullable String> left = new ArrayList<>();
    private final List<String> locksLeft = new ArrayList<>();
    private long position;
    private int waited;

    // numbers drawn ahead, which is against the rules, for a mutant
    private long cached;
    private long cachedThrough;

    Publisher(World world, Source source, int number) {
        this.world = world;
        this.source = source;
        this.number = number;
    }

    void begin() {
        later(world.random.nextInt(200) * World.MILLIS, this::open);
    }

    private void later(long nanos, Runnable step) {
        World.Event unused = world.after(nanos, null, World.Kind.WORLD, "publisher " + number, step);
    }

    private void soon(Runnable step) {
        later(world.random.nextInt(6) == 0 ? world.random.nextInt(30_000_000) : world.random.nextInt(1_000_000), step);
    }

    private void idle() {
        tx = null;
        left.clear();
        locksLeft.clear();
        later(
                world.random.nextInt(3) == 0
                        ? world.random.nextInt(5_000_000)
                        : world.random.nextLong(500 * World.MILLIS),
                this::open);
    }

    private void open() {
        if (source.isClosed()) {
            return;
        }
        if (source.isHeld()) {
            later(200 * World.MILLIS, this::open);
            return;
        }
        tx = source.open();
        waited = 0;
        TreeSet<String> locks = new TreeSet<>();
        int count = 1 + (world.random.nextInt(3) == 0 ? world.random.nextInt(4) : 0);
        for (int i = 0; i < count; i++) {
            boolean none = world.random.nextInt(8) == 0 && (world.user == null || !world.user.alwaysHasSubject());
            String subject = none
                    ? null
                    : "s" + world.random.nextInt(world.scenario.actors().subjects());
            left.add(subject);
            if (subject != null) {
                locks.add(subject);
            }
        }
        locksLeft.addAll(locks);
        soon(this::lock);
    }

    /** The transaction, or null (and the next one begins) if the server took it. */
    private Source.@Nullable Tx ours() {
        Source.Tx now = tx;
        if (now == null || now.over) {
            idle();
            return null;
        }
        return now;
    }

    private void lock() {
        Source.Tx now = ours();
        if (now == null) {
            return;
        }
        while (!locksLeft.isEmpty()) {
            if (!source.lock(now, locksLeft.get(0))) {
                if (++waited > LOCK_TRIES_MAX) {
                    source.rollback(now);
                    idle();
                    return;
                }
                later(20 * World.MILLIS, this::lock);
                return;
            }
            locksLeft.remove(0);
        }
        if (world.scenario.mutant() == Mutant.NUMBER_BEFORE_LOCK) {
            position = source.draw();
            later(world.random.nextLong(200 * World.MILLIS), () -> hold(true));
        } else {
            hold(false);
        }
    }

    private void hold(boolean drawn) {
        Source.Tx now = ours();
        if (now == null) {
            return;
        }
        source.holdTable(now);
        soon(drawn ? this::insert : this::draw);
    }

    private void draw() {
        Source.Tx now = ours();
        if (now == null) {
            return;
        }
        if (world.strikes(Fault.PUBLISHERS, 15)) {
            world.note("burns", source.draw(), 0);
        }
        position = next();
        if (world.strikes(Fault.PUBLISHERS, 12)) {
            later(world.random.nextLong(400 * World.MILLIS), this::insert); // a trigger that takes its time
        } else if (world.random.nextInt(3) == 0) {
            soon(this::insert);
        } else {
            insert();
        }
    }

    private long next() {
        if (world.scenario.mutant() != Mutant.CACHED_NUMBERS) {
            return source.draw();
        }
        if (cached >= cachedThrough) {
            cached = source.draw() - 1;
            cachedThrough = cached + 3;
            for (int i = 1; i < 3; i++) {
                long ahead = source.draw();
                cachedThrough = Math.max(cachedThrough, ahead);
            }
        }
        return ++cached;
    }

    private void insert() {
        Source.Tx now = ours();
        if (now == null) {
            return;
        }
        String subject = left.get(0);
        UserCode user = world.user;
        LogEntry entry = user != null
                ? user.event(position, source.nextId(), subject)
                : LogEntry.at(position)
                        .id("e" + source.nextId())
                        .source("/simulation")
                        .type(world.random.nextInt(12) == 0 ? "ignored" : "simulated")
                        .subject(subject)
                        .build();
        world.note("inserts", position, subject == null ? -1 : subject.hashCode());
        if (!source.insert(now, entry)) {
            throw world.broken("I10: a publisher's insert at position " + position + " was refused, a void is there");
        }
        left.remove(0);
        if (left.isEmpty()) {
            boolean open = world.strikes(Fault.PUBLISHERS, 6);
            later(open ? world.random.nextLong(3_000 * World.MILLIS) : world.random.nextInt(3_000_000), this::end);
        } else {
            soon(this::draw);
        }
    }

    private void end() {
        Source.Tx now = ours();
        if (now == null) {
            return;
        }
        if (source.isHeld()) {
            later(200 * World.MILLIS, this::end);
        } else if (world.strikes(Fault.PUBLISHERS, 6)) {
            world.note("rolls back", position, 0);
            source.rollback(now);
            idle();
        } else if (!now.prepared && world.strikes(Fault.PUBLISHERS, 8)) {
            world.note("prepares", position, 0);
            now.prepared = true;
            source.flush();
            later(world.random.nextLong(4_000 * World.MILLIS), this::end);
        } else {
            world.note("commits", position, 0);
            if (world.strikes(Fault.NOT_FLUSHED, 3)) {
                source.commitUnflushed(now);
                idle();
                return;
            }
            source.commit(now);
            later(
                    world.strikes(Fault.SHOWN_LATE, 8)
                            ? world.random.nextLong(3_000 * World.MILLIS)
                            : world.random.nextInt(5_000_000),
                    this::show);
        }
    }

    private void show() {
        Source.Tx now = ours();
        if (now != null) {
            source.show(now);
            idle();
        }
    }
}
