package dev.postevent.simulation;

import dev.postevent.spi.LogEntry;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
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
        if (ours != stream) {
            return;
        }
        List<LogEntry> wal = world.source.wal();
        int through = Math.min(wal.size(), sent + 1 + world.random.nextInt(8));
        List<LogEntry> batch = new ArrayList<>(wal.subList(sent, through));
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
                process.arrived(batch);
            }
        } catch (RuntimeException e) {
            taken = false;
            world.note("refused", batch.size(), 0);
        }
        if (taken && process.status().fault() == null) {
            for (LogEntry entry : batch) {
                if (!world.inbox.has(entry.position())) {
                    throw world.broken(
                            "the feed may acknowledge position " + entry.position() + ", which is not in the inbox");
                }
            }
        }
        if (ours != stream) {
            return;
        }
        if (taken) {
            sent = through;
            confirmed = Math.max(begun, through);
            delivering = false;
            wake();
        } else {
            sent = confirmed;
            deliverAfter(process, 50 * World.MILLIS);
        }
    }
}
