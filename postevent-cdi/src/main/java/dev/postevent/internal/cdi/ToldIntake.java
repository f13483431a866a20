package dev.postevent.internal.cdi;

import dev.postevent.internal.feed.VisibleFirst;
import dev.postevent.internal.flight.Flight;
import dev.postevent.internal.flow.VisibilityCondition;
import dev.postevent.internal.telemetry.Telemetry;
import dev.postevent.spi.Feed;
import dev.postevent.spi.LogEntry;
import dev.postevent.spi.TopicName;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** Where the entries of a feed go, and who is told of what was stored. */
final class ToldIntake implements VisibleFirst.Storing {
    private final String feed;
    private final Feed.Listener intake;
    private final Telemetry telemetry;

    ToldIntake(String feed, Feed.Listener intake, Telemetry telemetry) {
        this.feed = feed;
        this.intake = intake;
        this.telemetry = telemetry;
    }

    @Override
    public void onBatch(Map<TopicName, List<LogEntry>> batch) {
        Flight.HandOver flight = Flight.handOver();
        long began = System.nanoTime();
        intake.onBatch(batch);
        tell(batch, flight, began);
    }

    /** One that cannot store so takes the batch otherwise. */
    @Override
    public boolean onBatchIf(Map<TopicName, List<LogEntry>> batch, VisibilityCondition condition) {
        Flight.HandOver flight = Flight.handOver();
        long began = System.nanoTime();
        boolean taken = intake instanceof VisibleFirst.Storing storing && storing.onBatchIf(batch, condition);
        if (taken) {
            tell(batch, flight, began);
        }
        return taken;
    }

    private void tell(Map<TopicName, List<LogEntry>> batch, Flight.HandOver flight, long began) {
        flight.ended(feed, batch);
        if (telemetry.isOn()) {
            Duration took = Duration.ofNanos(System.nanoTime() - began);
            batch.forEach((topic, entries) -> telemetry.received(topic, entries, took));
        }
    }

    @Override
    public void onDoubt(String reason) {
        intake.onDoubt(reason);
    }
}
