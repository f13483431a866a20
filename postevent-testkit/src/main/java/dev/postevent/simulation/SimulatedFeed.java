package dev.postevent.simulation;

import dev.postevent.internal.feed.Snapshot;
import dev.postevent.internal.feed.VisibleFirst;
import dev.postevent.internal.flow.VisibilityCondition;
import dev.postevent.spi.LogEntry;
import dev.postevent.spi.TopicName;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A slot of the source's WAL, and the one node it streams to; everything the port allows a feed to do wrong. */
final class SimulatedFeed {
    private final World world;
    private final List<Process> standing = new ArrayList<>();
    private @Nullable Process to;
    private int stream;
    private boolean delivering;
    private int confirmed;
    private int sent;
    private @Nullable Gate gate;

    /** What stands behind one stream: the real one, on one thread at a time. */
    private final class Gate implements VisibleFirst.Storing, VisibleFirst.Snapshots {
        final Process process;
        final VisibleFirst visible;
        private final int table = world.source.table();
        private final int walEnd = world.source.wal().size();
        private boolean busy;

        Gate(Process process, List<VisibleFirst.Waiting> left) {
            this.process = process;
            this.visible = new VisibleFirst(
                    this,
                    this,
                    this::later,
                    nanos -> world.sleep(process, process.trueNanos(nanos)),
                    process::nanoTime,
                    1 + world.random.nextInt(6),
                    1 << 20,
                    left);
        }

        @Override
        public Snapshot take() {
            return asked("snapshot", () -> {
                if (world.source.table() != table) {
                    throw new IllegalStateException("the table is another one");
                }
                return world.source.snapshot(world.scenario.mutant() != Mutant.VISIBLE_UNASKED);
            });
        }

        @Override
        public VisibilityCondition condition(Collection<Long> transactions) {
            return new VisibilityCondition(List.copyOf(transactions), "the table", String.valueOf(table));
        }

        @Override
        public void notNeeded() {
            world.note("stored what is visible", process.number(), 0);
        }

        @Override
        public Map<Long, LogEntry> rows(TopicName topic, Collection<Long> positions) {
            // elsewhere nothing comes of what happens in between
            return world.scenario.has(Fault.TABLE_REMADE) ? asked("rows", () -> rows(positions)) : rows(positions);
        }

        private Map<Long, LogEntry> rows(Collection<Long> positions) {
            Map<Long, LogEntry> rows = new HashMap<>();
            for (long position : positions) {
                LogEntry row = world.source.visibleAt(position);
                if (row != null) {
                    rows.put(position, row);
                }
            }
            return rows;
        }

        private <T> T asked(String what, Supplier<T> answer) {
            process.lockCatchUp();
            try {
                world.turn(process, what);
                if (world.strikes(Fault.STATEMENT, 100)) {
                    throw new IllegalStateException("connection lost before it was asked: " + what);
                }
                return answer.get();
            } finally {
                process.unlockCatchUp();
            }
        }

        private void later(Duration wait, Runnable task) {
            World.Event unused =
                    world.after(process.trueNanos(wait.toNanos()), process, World.Kind.CATCH_UP, "visible now?", () -> {
                        if (busy) {
                            later(wait, task);
                        } else {
                            alone(task);
                        }
                    });
        }

        void alone(Runnable task) {
            busy = true;
            try {
                task.run();
            } finally {
                busy = false;
            }
        }

        @Override
        public void onBatch(Map<TopicName, List<LogEntry>> batch) {
            batch.forEach((topic, entries) -> {
                mustBeVisible(entries);
                process.arrived(entries);
            });
        }

        @Override
        public boolean onBatchIf(Map<TopicName, List<LogEntry>> batch, VisibilityCondition condition) {
            List<LogEntry> entries = batch.get(Cluster.TOPIC);
            boolean taken = process.arrivedNext(entries, condition);
            if (taken) {
                mustBeVisible(entries);
            }
            return taken;
        }

        private void mustBeVisible(List<LogEntry> entries) {
            for (LogEntry entry : entries) {
                if (!world.source.isVisible(entry.position())) {
                    throw world.broken(
                            "G13: the feed hands on position " + entry.position() + ", which no query shows yet");
                }
            }
        }

        @Override
        public void onDoubt(String reason) {
            world.note(reason, process.number(), 0);
            process.doubt();
        }

        boolean isRecent(LogEntry entry) {
            return world.scenario.mutant() == Mutant.TABLE_UNASKED || world.source.place(entry) >= walEnd;
        }

        boolean holdsBack(LogEntry entry) {
            return visible.waiting().stream().anyMatch(one -> one.transaction() == world.source.writer(entry));
        }
    }

    SimulatedFeed(World world) {
        this.world = world;
    }

    boolean streamsTo(Process process) {
        return to == process;
    }

    /** A node stands by. */
    void offer(Process process) {
        standing.add(process);
        connectLater();
    }

    void gone(Process process) {
        standing.remove(process);
        if (to == process) {
            breakOff();
        }
    }

    void breakOff() {
        to = null;
        stream++;
        delivering = false;
        connectLater();
    }

    /** The slot is gone: a new one begins at the end of the WAL. */
    void loseSlot() {
        world.note("slot lost", confirmed, world.source.wal().size());
        confirmed = world.source.wal().size();
        breakOff();
    }

    /** What was acknowledged last was not written down: it comes again. */
    void forgetAcknowledged() {
        confirmed = Math.max(0, confirmed - world.random.nextInt(20));
    }

    private void connectLater() {
        World.Event unused = world.after(
                20 * World.MILLIS + world.random.nextLong(300 * World.MILLIS),
                null,
                World.Kind.WORLD,
                "connect",
                this::connect);
    }

    private void connect() {
        if (to != null || standing.isEmpty()) {
            return;
        }
        Process process = standing.get(world.random.nextInt(standing.size()));
        to = process;
        stream++;
        sent = confirmed;
        delivering = false;
        Gate before = gate;
        if (before != null) {
            before.visible.end();
        }
        Gate now =
                new Gate(process, before != null && before.process == process ? before.visible.waiting() : List.of());
        gate = now;
        now.visible.begin();
        int ours = stream;
        World.Event unused = world.after(1, process, World.Kind.CATCH_UP, "connected", () -> {
            if (ours == stream) {
                process.doubt();
                wake();
            }
        });
    }

    /** There is something in the WAL. */
    void wake() {
        Process process = to;
        if (process == null || delivering || sent >= world.source.wal().size()) {
            return;
        }
        delivering = true;
        deliverAfter(process, world.random.nextInt(4) == 0 ? world.random.nextInt(30_000_000) : 500_000);
    }

    private void deliverAfter(Process process, long nanos) {
        int ours = stream;
        World.Event unused = world.after(nanos, process, World.Kind.CATCH_UP, "feed", () -> deliver(process, ours));
    }

    private void deliver(Process process, int ours) {
        Gate through = gate;
        if (ours != stream || through == null) {
            return;
        }
        List<LogEntry> wal = world.source.wal();
        int end = Math.min(wal.size(), sent + 1 + world.random.nextInt(8));
        List<LogEntry> batch = new ArrayList<>(wal.subList(sent, end));
        int begun = confirmed;
        if (world.strikes(Fault.FEED_TWICE, 6) && sent > 0) {
            batch.addAll(wal.subList(Math.max(0, sent - 3), sent));
            batch.add(batch.get(0));
        }
        if (world.strikes(Fault.FEED_LOSS, 8)) {
            batch.remove(world.random.nextInt(batch.size()));
        }
        if (world.strikes(Fault.FEED_ORDER, 4)) {
            for (int i = batch.size() - 1; i > 0; i--) {
                Collections.swap(batch, i, world.random.nextInt(i + 1));
            }
        }
        boolean taken = true;
        try {
            if (!batch.isEmpty()) {
                List<VisibleFirst.Arrival> arrivals = new ArrayList<>();
                for (LogEntry entry : batch) {
                    arrivals.add(new VisibleFirst.Arrival(
                            Cluster.TOPIC,
                            entry.position(),
                            entry,
                            world.source.writer(entry),
                            through.isRecent(entry)));
                }
                through.alone(() -> through.visible.hand(arrivals));
                if (!through.visible.waiting().isEmpty()) {
                    world.note("set aside", through.visible.waiting().size(), 0);
                }
            }
        } catch (RuntimeException e) {
            taken = false;
            world.note("refused", batch.size(), 0);
        }
        if (taken && process.status().fault() == null) {
            for (LogEntry entry : batch) {
                if (world.source.has(entry) && !through.holdsBack(entry) && !world.inbox.has(entry.position())) {
                    throw world.broken(
                            "the feed may acknowledge position " + entry.position() + ", which is not in the inbox");
                }
            }
        }
        if (ours != stream) {
            return;
        }
        if (taken) {
            sent = end;
            confirmed = Math.max(begun, end);
            delivering = false;
            wake();
        } else {
            sent = confirmed;
            deliverAfter(process, 50 * World.MILLIS);
        }
    }
}
