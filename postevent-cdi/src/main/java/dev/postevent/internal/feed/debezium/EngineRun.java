package dev.postevent.internal.feed.debezium;

import dev.postevent.internal.feed.Causes;
import dev.postevent.internal.feed.FeedFault;
import dev.postevent.internal.feed.VisibleFirst;
import dev.postevent.internal.threads.Threads;
import io.debezium.embedded.Connect;
import io.debezium.embedded.async.ConvertingAsyncEngineBuilderFactory;
import io.debezium.engine.DebeziumEngine;
import io.debezium.engine.RecordChangeEvent;
import io.debezium.engine.format.ChangeEventFormat;
import io.debezium.engine.spi.OffsetCommitPolicy;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.connect.source.SourceRecord;
import org.jspecify.annotations.Nullable;

/**
 * One life of one engine, on a thread of its own: makes the slot if it is missing, then streams until it is stopped or breaks.
 *
 * <p>Both steps may block for as long as the server likes, so both can be broken off from another thread. Any end that nobody asked
 * for is a failure, also one that the engine calls normal: a server that ends "hung" tasks produces just that.
 */
final class EngineRun {
    private static final Logger LOG = System.getLogger("dev.postevent.feed");
    private static final Duration CLOSE_RETRY = Duration.ofMillis(50);

    private final Threads threads;
    private final Properties config;
    private final BatchHandler handler;
    private final VisibleFirst visible;
    private final long walEnd;
    private final CountDownLatch ended = new CountDownLatch(1);
    /** Written by whoever stops it, which is the feed's thread; read by the engine's. */
    private volatile boolean stopping;

    // written by the engine's threads, and before they begin; read by the feed's
    private volatile boolean creatingSlot;
    private volatile @Nullable Statement create;
    private volatile @Nullable DebeziumEngine<RecordChangeEvent<SourceRecord>> engine;
    private volatile @Nullable Throwable failure;

    /** Of the feed's thread. */
    private @Nullable Thread thread;

    EngineRun(Threads threads, Properties config, BatchHandler handler, VisibleFirst visible, long walEnd) {
        this.threads = threads;
        this.config = config;
        this.handler = handler;
        this.visible = visible;
        this.walEnd = walEnd;
    }

    /**
     * Starts; returns at once.
     *
     * @param slots used to make the slot first; null if it is there
     */
    void start(FeedTarget target, String controlName, @Nullable SlotStore slots) {
        creatingSlot = slots != null;
        thread = threads.start("feed-engine", () -> live(target, controlName, slots));
    }

    /** True while the slot is being made, which waits for transactions of others. */
    boolean creatingSlot() {
        return creatingSlot;
    }

    /** Waits for the end; true if it came. */
    boolean awaitEnd(Duration limit) throws InterruptedException {
        return ended.await(limit.toNanos(), TimeUnit.NANOSECONDS);
    }

    /** Why it ended. */
    FeedFault fault() {
        Throwable cause = failure;
        if (cause instanceof FeedFault fault) {
            return fault;
        }
        return new FeedFault(
                FeedFault.ENGINE_ENDED,
                cause == null
                        ? "the Debezium engine ended although nobody stopped it"
                        : "the Debezium engine ended: " + Causes.describe(cause),
                cause);
    }

    /**
     * Stops, from whatever it is doing.
     *
     * @return false if it did not end within {@code limit}: it hands over nothing any more, but its backend may hold the slot
     */
    boolean stop(Duration limit) throws InterruptedException {
        stopping = true;
        visible.end();
        Thread running = thread;
        if (running == null) {
            return true;
        }
        cancelCreate();
        try {
            // close blocks for as long as a batch is under way
            threads.start("feed-close", this::close);
        } catch (IllegalStateException e) {
            // the server gives no threads any more: then here
            close();
        }
        if (awaitEnd(limit)) {
            return true;
        }
        running.interrupt();
        return awaitEnd(Duration.ofMillis(500));
    }

    private void live(FeedTarget target, String controlName, @Nullable SlotStore slots) {
        try {
            if (slots != null) {
                createSlot(target, controlName, slots);
            }
            creatingSlot = false;
            if (!stopping) {
                stream();
            }
        } catch (Throwable t) {
            // also an Error: the supervisor has to learn of it, or the feed would be dead without a word
            failure = t;
        } finally {
            ended.countDown();
        }
    }

    private void createSlot(FeedTarget target, String controlName, SlotStore slots) {
        // this waits for the longest transaction there is
        try (Connection connection = DirectConnections.replication(target, controlName);
                Statement statement = connection.createStatement()) {
            create = statement;
            if (!stopping) {
                slots.create(statement);
            }
        } catch (SQLException e) {
            throw new FeedFault(
                    FeedFault.SLOT_CREATE,
                    "the replication slot could not be made: " + Causes.describe(e)
                            + (Causes.isRefused(e) ? ". Give the role REPLICATION: alter role ... replication" : ""),
                    e);
        } finally {
            create = null;
        }
    }

    private void stream() {
        DebeziumEngine<RecordChangeEvent<SourceRecord>> built = build();
        engine = built;
        if (!stopping) {
            built.run();
        }
    }

    private DebeziumEngine<RecordChangeEvent<SourceRecord>> build() {
        ClassLoader ours = EngineRun.class.getClassLoader();
        Thread current = Thread.currentThread();
        ClassLoader before = current.getContextClassLoader();
        // Kafka looks for the classes in its configuration through the thread; the engine itself is told
        current.setContextClassLoader(ours);
        try {
            return new ConvertingAsyncEngineBuilderFactory()
                    .builder(ChangeEventFormat.of(Connect.class))
                    .using(config)
                    .using(ours)
                    .using(OffsetCommitPolicy.always())
                    .using((success, message, error) -> failure = error == null ? failure : error)
                    .notifying(handler.consumer(visible, walEnd, () -> stopping))
                    .build();
        } finally {
            current.setContextClassLoader(before);
        }
    }

    private void cancelCreate() {
        Statement statement = create;
        if (statement != null) {
            try {
                statement.cancel();
            } catch (SQLException e) {
                LOG.log(Level.DEBUG, "the making of the slot could not be cancelled; its backend ends by itself", e);
            }
        }
    }

    /** An engine that is just starting its task refuses to close: ask again until it takes it. */
    private void close() {
        try {
            do {
                DebeziumEngine<RecordChangeEvent<SourceRecord>> running = engine;
                if (running != null && closed(running)) {
                    return;
                }
            } while (!awaitEnd(CLOSE_RETRY));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static boolean closed(DebeziumEngine<?> running) {
        try {
            running.close();
            return true;
        } catch (IllegalStateException e) {
            return false;
        } catch (IOException e) {
            LOG.log(Level.WARNING, "closing the Debezium engine failed", e);
            return true;
        }
    }
}
