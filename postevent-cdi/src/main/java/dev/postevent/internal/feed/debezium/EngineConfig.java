package dev.postevent.internal.feed.debezium;

import dev.postevent.spi.TopicName;
import io.debezium.connector.postgresql.PostgresConnector;
import java.util.Collection;
import java.util.Properties;
import java.util.stream.Collectors;

/**
 * Debezium's configuration. Class names come from the classes themselves: in the released JAR they are relocated.
 *
 * <p>Debezium logs all of it at INFO; what ends in {@code password} it masks, so the password has to stand under such a name.
 */
final class EngineConfig {
    private static final String DATABASE = "database.";
    private static final int ENGINE_MANAGEMENT_MILLIS = 30_000;

    private EngineConfig() {}

    /**
     * The configuration of one start.
     *
     * @param streamName {@code application_name} of the replication connection
     * @param prefix different at each start, in each application and on each node: it names MBeans, and two of one name clash
     * @param tolerant pass over a row that Debezium itself cannot decode, instead of ending there
     */
    static Properties of(
            DebeziumFeedSettings settings,
            Collection<TopicName> topics,
            FeedTarget target,
            String database,
            String streamName,
            String prefix,
            boolean tolerant) {
        Properties config = new Properties();
        config.setProperty("name", prefix);
        config.setProperty("topic.prefix", prefix);
        config.setProperty(
                "connector.class",
                (DirectConnections.hasOurSockets(target) ? StreamConnector.class : PostgresConnector.class).getName());
        config.setProperty("offset.storage", MemoryOffsets.class.getName());
        // acknowledge after each batch, not now and then
        config.setProperty("offset.flush.interval.ms", "0");

        // the connection is made by our own class from the URL; these are for messages and for the name of the
        // partition
        config.setProperty(DATABASE + "hostname", "see-url");
        config.setProperty(DATABASE + "port", "5432");
        config.setProperty(DATABASE + "dbname", database);
        config.setProperty(DATABASE + "user", target.user() == null ? "see-url" : target.user());
        config.setProperty(DATABASE + "connection.factory.class", DirectConnections.class.getName());
        DirectConnections.describe(target, streamName, prefix, settings.silenceMax(), DATABASE, config);

        config.setProperty("plugin.name", "pgoutput");
        config.setProperty("slot.name", settings.slot());
        config.setProperty("slot.drop.on.stop", "false");
        config.setProperty("publication.name", settings.publication());
        config.setProperty("publication.autocreate.mode", "disabled");
        config.setProperty("snapshot.mode", "no_data");
        config.setProperty("schema.include.list", "postevent");
        config.setProperty(
                "table.include.list",
                topics.stream().map(topic -> "postevent\\." + topic.value()).collect(Collectors.joining(",")));
        // a column that somebody added may hold what Debezium cannot convert
        config.setProperty(
                "column.include.list", "postevent\\.[a-z0-9_]+\\.(" + String.join("|", RowDecoder.COLUMNS) + ")");
        config.setProperty("skipped.operations", "u,d,t");
        config.setProperty("tombstones.on.delete", "false");
        config.setProperty("binary.handling.mode", "bytes");
        config.setProperty("provide.transaction.metadata", "false");

        // the driver's own keep-alive flushing lost data: only what was handed over is acknowledged
        config.setProperty("lsn.flush.mode", "connector");
        config.setProperty("lsn.flush.timeout.ms", "10000");
        config.setProperty(
                "status.update.interval.ms", Long.toString(settings.silenceMax().toMillis() / 4));
        config.setProperty(
                "heartbeat.interval.ms", Long.toString(settings.heartbeat().toMillis()));
        config.setProperty(
                "poll.interval.ms",
                Long.toString(settings.queue().pollInterval().toMillis()));
        config.setProperty("max.batch.size", Integer.toString(settings.queue().batchMax()));
        config.setProperty("max.queue.size", Integer.toString(settings.queue().rowsMax()));
        config.setProperty(
                "max.queue.size.in.bytes", Long.toString(settings.queue().bytesMax()));

        // a value that was not understood must not become a null nobody asked for; the whole row is left to the range
        // read
        config.setProperty("event.converting.failure.handling.mode", "fail");
        config.setProperty("event.processing.failure.handling.mode", tolerant ? "warn" : "fail");

        // restarts are the supervisor's
        config.setProperty("errors.max.retries", "0");
        config.setProperty("retriable.restart.connector.wait.ms", "1000");
        config.setProperty("slot.max.retries", "0");
        config.setProperty("slot.retry.delay.ms", "1000");
        config.setProperty("connection.validation.timeout.ms", "15000");
        config.setProperty("task.management.timeout.ms", Integer.toString(ENGINE_MANAGEMENT_MILLIS));
        config.setProperty("record.processing.threads", "1");
        return config;
    }
}
