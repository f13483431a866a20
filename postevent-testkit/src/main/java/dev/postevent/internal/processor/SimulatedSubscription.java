package dev.postevent.internal.processor;

import dev.postevent.internal.flow.EntrySource;
import dev.postevent.simulation.Mutant;
import dev.postevent.simulation.Process;
import dev.postevent.simulation.World;
import dev.postevent.spi.LogEntry;
import jakarta.transaction.TransactionSynchronizationRegistry;
import jakarta.transaction.UserTransaction;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** The real worker of a subscription, over simulated tables. */
public final class SimulatedSubscription {
    private final SubscriptionWorker worker;
    private final Polls polls;

    /** Whose tables they are, and what is wrong with the statements over them. */
    public record Tables(World world, Process process, LaneTables lanes, Mutant mutant) {}

    /** What the server of a node gives; {@code tasks}: every pool, and the timer. */
    public record Server(
            UserTransaction transaction,
            TransactionSynchronizationRegistry registry,
            ScheduledExecutorService tasks,
            LongSupplier nanoTime,
            RandomGenerator random) {}

    public SimulatedSubscription(
            SubscriptionSpec spec, Duration lease, Tables tables, EntrySource source, Present present, Server server) {
        Lease length = new Lease(lease);
        SimulatedLaneStore store =
                LaneMutants.of(tables.mutant(), tables.world(), tables.lanes(), tables.process(), length, spec.name());
        this.worker = new SubscriptionWorker(
                spec,
                length,
                new Ports(store, source, present, notice -> {}),
                new Transactions(server.transaction(), server.registry()),
                new Surroundings(
                        server.tasks(),
                        server.tasks(),
                        server.tasks(),
                        new NodeClock(server.nanoTime()),
                        server.random()));
        this.polls =
                new Polls(new TreeMap<>(Map.of(spec.name(), worker)), store, length, server.tasks(), server.tasks());
    }

    public void start() throws SQLException {
        worker.start();
        polls.start();
    }

    public void released(long after, @Nullable List<LogEntry> entries, long through) {
        worker.released(after, entries, through);
    }

    public void setBack(long through) {
        worker.setBack(through);
    }

    public void refresh() {
        worker.refresh();
    }

    public void stopWork() {
        polls.stop();
        worker.stopWork();
    }

    public void giveBack() {
        try {
            worker.giveBack();
        } catch (SQLException e) {
            // what the database did not take is free when the lease ends
            return;
        }
    }

    public @Nullable String trouble() {
        return worker.trouble();
    }

    /** True if the task under way holds the lock of the worker, and others of this node could not go on. */
    public boolean isLockedByMe() {
        return worker.isLockedByMe();
    }
}
