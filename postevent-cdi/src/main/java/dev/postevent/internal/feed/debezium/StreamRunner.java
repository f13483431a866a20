package dev.postevent.internal.feed.debezium;

import dev.postevent.internal.feed.SnapshotStore;
import dev.postevent.internal.feed.TopicTableStore;
import dev.postevent.internal.feed.VisibleFirst;
import dev.postevent.spi.Feed.Listener;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.locks.LockSupport;

/** Runs one stream after another: puts together the engine and what it hands to, has it watched, and ends it. */
final class StreamRunner {
    private final FeedSetup setup;
    private final Surroundings surroundings;
    private final SlotStore slots;
    private final Listener listener;
    private final BatchHandler handler;
    private final FeedReport report;
    private final StreamWatch watch;
    private final EngineEnd end;
    private final VisibleLater later;

    // both of the feed's thread
    private long engines;
    /** What the last stream brought before it was visible. */
    private List<VisibleFirst.Waiting> left = List.of();

    StreamRunner(
            FeedSetup setup,
            Surroundings surroundings,
            SlotStore slots,
            Listener listener,
            BatchHandler handler,
            FeedReport report,
            StreamWatch watch,
            EngineEnd end) {
        this.setup = setup;
        this.surroundings = surroundings;
        this.slots = slots;
        this.listener = listener;
        this.handler = handler;
        this.report = report;
        this.watch = watch;
        this.end = end;
        this.later = new VisibleLater(surroundings.threads(), setup.settings().backoff(), surroundings.random());
    }

    /** Streams until told to stop, or to begin again without a fault. */
    void stream(Connection connection, String database, SlotRepair.Usable usable, Attempt attempt)
            throws SQLException, InterruptedException {
        OffsetDateTime began = slots.server(connection).now();
        String stream = prefix();
        Properties config = EngineConfig.of(
                setup.settings(),
                setup.topics(),
                attempt.target(),
                database,
                setup.name().stream(),
                stream,
                attempt.isTolerant());
        boolean missing = usable.slot() == null;
        handler.backlog().begin();
        TopicTableStore tables = TopicTableStore.seenBy(connection, setup.topics());
        // after the look: whoever takes what comes has looked at these tables, or looks first
        report.doubt("the stream begins");
        try (SnapshotStore snapshots = snapshots(stream, attempt.target(), tables)) {
            VisibleFirst visible = visible(snapshots);
            EngineRun engine = new EngineRun(surroundings.threads(), config, handler, visible, tables.walEnd());
            visible.begin();
            engine.start(attempt.target(), setup.name().control(), missing ? slots : null);
            try {
                watch.watch(
                        connection,
                        new StreamWatch.Running(engine, visible, tables, began, missing || usable.moved()),
                        attempt);
            } finally {
                attempt.endedAt(end.end(engine, connection, attempt.target(), began));
                left = visible.waiting();
            }
        }
    }

    private SnapshotStore snapshots(String stream, FeedTarget target, TopicTableStore tables) {
        return new SnapshotStore(
                stream,
                () -> DirectConnections.open(target, setup.name().control(), Map.of()),
                tables,
                surroundings.dataSource());
    }

    private VisibleFirst visible(SnapshotStore snapshots) {
        return new VisibleFirst(
                listener,
                snapshots,
                later,
                LockSupport::parkNanos,
                System::nanoTime,
                setup.settings().queue().rowsMax(),
                setup.settings().queue().bytesMax(),
                left);
    }

    private String prefix() {
        engines++;
        DebeziumFeedSettings settings = setup.settings();
        String node = settings.node().replaceAll("[^A-Za-z0-9_-]", "_");
        return "postevent." + settings.application() + "." + node + "."
                + Long.toHexString(surroundings.random().nextLong()) + "-" + engines;
    }
}
