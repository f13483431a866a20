package dev.postevent.internal.processor;

import dev.postevent.spi.LogEntry;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** A lane: entries are offered, handed out in batches, and done; with so many of other subjects held beside. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class LaneBenchmark {
    private static final int ENTRIES = 10_000;

    /** Held subjects, each with one event, parked. */
    @Param({"0", "1000"})
    public int held;

    private final List<LogEntry> entries = new ArrayList<>();
    private final List<HeldEvents.Loaded> parked = new ArrayList<>();

    /** What is offered. */
    @Setup(Level.Trial)
    public void fill() {
        for (long position = 1; position <= ENTRIES; position++) {
            entries.add(LogEntry.at(position + held)
                    .kind('e')
                    .id(Long.toString(position))
                    .source("urn:benchmark")
                    .type("t")
                    .subject("s" + position % 100)
                    .build());
        }
        for (int i = 1; i <= held; i++) {
            parked.add(new HeldEvents.Loaded(i, "parked" + i, Due.never()));
        }
    }

    /** Per entry. */
    @Benchmark
    @OperationsPerInvocation(ENTRIES)
    public long offeredAndDone() {
        Lane lane = new Lane(0, held, 100, SubscriptionSpec.OnFailure.HOLD, LaneStore.Calls.NONE);
        lane.reloadHeld(parked);
        for (LogEntry entry : entries) {
            lane.offer(entry);
        }
        while (lane.next(0) instanceof LaneWork.Batch batch) {
            lane.done(batch.entries().get(batch.entries().size() - 1).position());
        }
        return lane.cursor();
    }
}
