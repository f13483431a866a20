package dev.postevent.benchmarks;

import dev.postevent.grpc.v1.Entry;
import dev.postevent.grpc.wire.Wire;
import dev.postevent.spi.LogEntry;
import io.cloudevents.CloudEvent;
import io.cloudevents.core.builder.CloudEventBuilder;
import java.net.URI;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** A CloudEvent to columns and back, and columns to the wire and back. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class EntryBenchmark {
    /** Extension attributes. */
    @Param({"0", "3"})
    public int extensions;

    private CloudEvent event = new Events(1_024).event(1, "c-17");
    private LogEntry entry = LogEntry.of(1, event);
    private Entry message = Wire.encode(entry);

    /** The event in all its shapes. */
    @Setup(Level.Trial)
    public void make() {
        CloudEventBuilder builder = CloudEventBuilder.v1(event)
                .withTime(OffsetDateTime.of(2026, 1, 2, 3, 4, 5, 6_000, ZoneOffset.UTC))
                .withDataSchema(URI.create("urn:schema"));
        for (int i = 0; i < extensions; i++) {
            builder.withExtension("extension" + i, "value" + i);
        }
        event = builder.build();
        entry = LogEntry.of(1, event);
        message = Wire.encode(entry);
    }

    /** Publishing. */
    @Benchmark
    public LogEntry eventToColumns() {
        return LogEntry.of(1, event);
    }

    /** Handling. */
    @Benchmark
    public CloudEvent columnsToEvent() {
        return entry.toCloudEvent();
    }

    /** Serving. */
    @Benchmark
    public Entry columnsToWire() {
        return Wire.encode(entry);
    }

    /** Consuming remotely. */
    @Benchmark
    public LogEntry wireToColumns() {
        return Wire.decode(message);
    }

    /** The inbox. */
    @Benchmark
    public int slot() {
        return entry.slot();
    }
}
