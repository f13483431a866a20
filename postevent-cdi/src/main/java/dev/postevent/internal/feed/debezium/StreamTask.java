package dev.postevent.internal.feed.debezium;

import dev.postevent.internal.feed.SnapshotStore;
import io.debezium.config.CommonConnectorConfig;
import io.debezium.config.Configuration;
import io.debezium.connector.common.CdcSourceTaskContext;
import io.debezium.connector.postgresql.PostgresConnectorConfig;
import io.debezium.connector.postgresql.PostgresConnectorTask;
import io.debezium.connector.postgresql.PostgresOffsetContext;
import io.debezium.connector.postgresql.PostgresPartition;
import io.debezium.connector.postgresql.PostgresSchema;
import io.debezium.connector.postgresql.connection.PostgresConnection;
import io.debezium.connector.postgresql.connection.ReplicationConnection;
import io.debezium.pipeline.ChangeEventSourceCoordinator;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import org.apache.kafka.connect.source.SourceRecord;
import org.jspecify.annotations.Nullable;

/**
 * Debezium's task, with a {@link StreamQueue} where it has timers: its queue hands out what it holds only when a time has passed, spins
 * for the last millisecond of it, and its stream sleeps as long whenever it has read everything. Made by Debezium, by name.
 */
public final class StreamTask extends PostgresConnectorTask {
    /** Records that are no messages of the stream, as heartbeats, for which the queue has room beside what the stream may hold. */
    private static final int SLACK = 1_024;

    private @Nullable StreamQueue streamQueue;
    private int batchMax;
    private String name = "";
    private List<SourceRecord> rest = List.of();
    private StreamQueue.@Nullable Mark taken;

    /** Called by Debezium. */
    public StreamTask() {}

    @Override
    public CdcSourceTaskContext<PostgresConnectorConfig> preStart(Configuration config) {
        // for the stream, which sleeps after some waits in vain
        return super.preStart(
                config.edit().with(CommonConnectorConfig.POLL_INTERVAL_MS, 1).build());
    }

    @Override
    public ChangeEventSourceCoordinator<PostgresPartition, PostgresOffsetContext> start(Configuration config) {
        int queueMax = config.getInteger(CommonConnectorConfig.MAX_QUEUE_SIZE);
        batchMax = config.getInteger(CommonConnectorConfig.MAX_BATCH_SIZE);
        name = config.getString(CommonConnectorConfig.TOPIC_PREFIX);
        rest = List.of();
        taken = null;
        streamQueue = new StreamQueue(
                queueMax,
                config.getLong(CommonConnectorConfig.MAX_QUEUE_SIZE_IN_BYTES),
                Duration.ofMillis(config.getLong(CommonConnectorConfig.POLL_INTERVAL_MS)));
        // a queue that gives out everything it has and never waits, which 0 ms would, spinning: the bounds are the
        // stream queue's
        return super.start(config.edit()
                .with(CommonConnectorConfig.POLL_INTERVAL_MS, -1)
                .with(CommonConnectorConfig.MAX_QUEUE_SIZE, queueMax + SLACK)
                .with(CommonConnectorConfig.MAX_BATCH_SIZE, queueMax + SLACK)
                .with(CommonConnectorConfig.MAX_QUEUE_SIZE_IN_BYTES, 0)
                .build());
    }

    @Override
    protected ReplicationConnection buildReplicationConnection(
            PostgresConnection jdbcConnection, PostgresSchema schema, PostgresConnectorConfig connectorConfig)
            throws SQLException {
        return new StreamConnection(
                super.buildReplicationConnection(jdbcConnection, schema, connectorConfig),
                started(),
                SnapshotStore.of(name),
                name);
    }

    /** The next batch. What was given out before has been handed over: the engine does one batch after the other. */
    @Override
    public List<SourceRecord> doPoll() throws InterruptedException {
        if (rest.isEmpty()) {
            StreamQueue queue = started();
            if (taken != null) {
                queue.handled(taken);
            }
            taken = queue.awaitBatch(StreamConnection.PATIENCE);
            rest = super.doPoll();
        }
        List<SourceRecord> batch = rest.subList(0, Math.min(batchMax, rest.size()));
        rest = rest.subList(batch.size(), rest.size());
        return batch;
    }

    private StreamQueue started() {
        StreamQueue queue = streamQueue;
        if (queue == null) {
            throw new IllegalStateException("the task was not started");
        }
        return queue;
    }
}
