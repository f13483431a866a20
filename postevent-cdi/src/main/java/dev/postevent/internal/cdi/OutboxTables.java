package dev.postevent.internal.cdi;

import dev.postevent.PosteventException;
import dev.postevent.internal.schema.Schema;
import dev.postevent.spi.TopicName;
import jakarta.transaction.Status;
import jakarta.transaction.TransactionSynchronizationRegistry;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import javax.sql.DataSource;

/**
 * The outbox and its topics in the database: prepared by the application's start, or by whoever publishes before that.
 *
 * <p>Whoever publishes before the start tries once: where that fails, what is there decides, as it does for everybody later.
 */
final class OutboxTables {
    private static final Logger LOG = System.getLogger("dev.postevent");

    private final Set<TopicName> topics;
    private final DataSource dataSource;
    private final Schema.Mode mode;
    private final TransactionSynchronizationRegistry registry;
    private final OutsideTransaction outside;
    private final Function<Set<TopicName>, List<String>> doubts;
    private volatile boolean prepared;
    /** Somebody has tried, in vain or not. */
    private volatile boolean tried;

    /**
     * For one application.
     *
     * @param doubts what is to be told, as sentences, where topics were there before and others are made now
     */
    OutboxTables(
            Set<TopicName> topics,
            DataSource dataSource,
            Schema.Mode mode,
            TransactionSynchronizationRegistry registry,
            OutsideTransaction outside,
            Function<Set<TopicName>, List<String>> doubts) {
        this.topics = Set.copyOf(topics);
        this.dataSource = dataSource;
        this.mode = mode;
        this.registry = registry;
        this.outside = outside;
        this.doubts = doubts;
    }

    /** Makes or checks them, if nobody has yet; on a thread without a JTA transaction. */
    void prepare() {
        if (prepared) {
            return;
        }
        try {
            if (!topics.isEmpty()) {
                new Schema(dataSource, mode)
                        .prepareOutbox(
                                topics, before -> doubts.apply(before).forEach(doubt -> LOG.log(Level.WARNING, doubt)));
            }
            prepared = true;
        } finally {
            tried = true;
        }
    }

    /**
     * To be called before an event is published: where postevent makes tables, they are there then. What somebody else makes is that
     * one's to make in time.
     */
    void prepareToPublish() {
        if (tried || mode != Schema.Mode.CREATE) {
            return;
        }
        int status = registry.getTransactionStatus();
        if (status == Status.STATUS_NO_TRANSACTION) {
            tryOnce();
        } else if (status == Status.STATUS_ACTIVE) {
            outside.run(this::tryUnlessInTransaction);
        }
        // any other: the outbox refuses the event
    }

    /** A container without the interceptors of JTA leaves us in it: then the start has to have come before. */
    private void tryUnlessInTransaction() {
        if (registry.getTransactionStatus() == Status.STATUS_NO_TRANSACTION) {
            tryOnce();
        }
    }

    /** By one thread, which takes a connection while the others, which may have all but one of the pool, wait. */
    private synchronized void tryOnce() {
        if (!tried) {
            try {
                prepare();
            } catch (PosteventException e) {
                // tables that are there serve as they are; the start says it as a fault, and the insert what is missing
                LOG.log(Level.DEBUG, "tables could not be prepared before the start", e);
            }
        }
    }
}
