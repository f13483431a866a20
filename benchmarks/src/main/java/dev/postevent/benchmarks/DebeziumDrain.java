package dev.postevent.benchmarks;

import dev.postevent.testing.PostgresFixture;
import io.debezium.connector.postgresql.PostgresConnector;
import io.debezium.embedded.Connect;
import io.debezium.embedded.async.ConvertingAsyncEngineBuilderFactory;
import io.debezium.engine.DebeziumEngine;
import io.debezium.engine.RecordChangeEvent;
import io.debezium.engine.format.ChangeEventFormat;
import java.time.Duration;
import java.util.List;
import java.util.Properties;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.source.SourceRecord;
import org.apache.kafka.connect.storage.MemoryOffsetBackingStore;
import org.jspecify.annotations.Nullable;
import org.postgresql.ds.PGSimpleDataSource;

/** Debezium embedded as its documentation has it, Connect format and batches: the limit of everything behind it. */
final class DebeziumDrain implements AutoCloseable {
    private final String name = "drain_" + UUID.randomUUID().toString().replace("-", "");
    private final PostgresFixture.Db db;
    private final int pollMillis;
    private final Consumer<List<Struct>> rows;
    private @Nullable DebeziumEngine<RecordChangeEvent<SourceRecord>> engine;
    private @Nullable Thread thread;
    private volatile @Nullable Throwable failure;

    /**
     * Makes slot and publication; what is committed from here on is drained.
     *
     * @param rows is called with the inserted rows of each batch
     */
    DebeziumDrain(PostgresFixture.Db db, int pollMillis, Consumer<List<Struct>> rows) {
        this.db = db;
        this.pollMillis = pollMillis;
        this.rows = rows;
        db.execute(
                "create publication " + name + " for table postevent.orders with (publish = 'insert')",
                "select pg_create_logical_replication_slot('" + name + "', 'pgoutput')");
    }

    void start() {
        PGSimpleDataSource source = db.dataSource();
        Properties config = new Properties();
        config.setProperty("name", name);
        config.setProperty("topic.prefix", name);
        config.setProperty("connector.class", PostgresConnector.class.getName());
        config.setProperty("offset.storage", MemoryOffsetBackingStore.class.getName());
        config.setProperty("offset.flush.interval.ms", "0");
        config.setProperty("database.hostname", source.getServerNames()[0]);
        config.setProperty("database.port", Integer.toString(source.getPortNumbers()[0]));
        config.setProperty("database.dbname", db.name());
        config.setProperty("database.user", db.user());
        config.setProperty("database.password", String.valueOf(db.password()));
        config.setProperty("plugin.name", "pgoutput");
        config.setProperty("slot.name", name);
        config.setProperty("publication.name", name);
        config.setProperty("publication.autocreate.mode", "disabled");
        config.setProperty("snapshot.mode", "no_data");
        config.setProperty("table.include.list", "postevent\\.orders");
        config.setProperty("skipped.operations", "u,d,t");
        config.setProperty("tombstones.on.delete", "false");
        config.setProperty("poll.interval.ms", Integer.toString(pollMillis));
        config.setProperty("max.batch.size", "2048");
        config.setProperty("max.queue.size", "8192");
        config.setProperty("record.processing.threads", "1");
        DebeziumEngine<RecordChangeEvent<SourceRecord>> built = new ConvertingAsyncEngineBuilderFactory()
                .builder(ChangeEventFormat.of(Connect.class))
                .using(config)
                .using((success, message, error) -> failure = error)
                .notifying((records, committer) -> {
                    List<Struct> batch = records.stream()
                            .map(event -> event.record().value())
                            .filter(Struct.class::isInstance)
                            .map(Struct.class::cast)
                            .filter(change -> change.schema().field("after") != null)
                            .map(change -> change.getStruct("after"))
                            .toList();
                    rows.accept(batch);
                    for (RecordChangeEvent<SourceRecord> record : records) {
                        committer.markProcessed(record);
                    }
                    committer.markBatchFinished();
                })
                .build();
        engine = built;
        Thread running = new Thread(built, "drain");
        running.start();
        thread = running;
    }

    /** Waits until its slot is in use. */
    void awaitStreaming() throws InterruptedException {
        long deadline = System.nanoTime() + Duration.ofMinutes(1).toNanos();
        while (!"t".equals(db.text("select active from pg_replication_slots where slot_name = '" + name + "'"))) {
            Throwable broken = failure;
            if (broken != null || System.nanoTime() > deadline) {
                throw new IllegalStateException("Debezium does not stream", broken);
            }
            TimeUnit.MILLISECONDS.sleep(20); // until it is there
        }
    }

    @Override
    public void close() throws Exception {
        DebeziumEngine<RecordChangeEvent<SourceRecord>> running = engine;
        Thread joined = thread;
        if (running != null && joined != null) {
            running.close();
            joined.join();
        }
        db.execute(
                "select pg_terminate_backend(active_pid) from pg_replication_slots where slot_name = '" + name
                        + "' and active",
                "select pg_drop_replication_slot('" + name + "')");
    }
}
