package dev.postevent.internal.outbox;

import dev.postevent.PosteventException;
import dev.postevent.spi.LogEntry;
import dev.postevent.spi.TopicName;
import jakarta.transaction.Status;
import jakarta.transaction.Synchronization;
import jakarta.transaction.TransactionSynchronizationRegistry;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * What one JTA transaction has published and not yet written; an interposed synchronization writes it right before the commit.
 *
 * <p>Used by the thread of the transaction, except {@link #afterCompletion}, which a transaction manager may call from another
 * one (a timeout): it only closes the connection.
 *
 * <p>The connection is taken at the first publish and kept until the events are written: on Payara a connection that is first
 * taken within beforeCompletion is outside the transaction, and its rows survive a rollback.
 */
final class TransactionBatch implements Synchronization {
    private static final Logger LOG = System.getLogger("dev.postevent.outbox");

    private final OutboxStore store;
    private final DataSource dataSource;
    private final TransactionSynchronizationRegistry registry;
    private final SortedMap<TopicName, List<LogEntry>> pending = new TreeMap<>();
    private final AtomicReference<@Nullable Connection> connection = new AtomicReference<>();
    private boolean registered;

    TransactionBatch(OutboxStore store, DataSource dataSource, TransactionSynchronizationRegistry registry) {
        this.store = store;
        this.dataSource = dataSource;
        this.registry = registry;
    }

    /** Keeps {@code entries} until the transaction is about to commit. */
    void add(TopicName topic, List<LogEntry> entries) {
        connection();
        if (!registered) {
            try {
                registry.registerInterposedSynchronization(this);
            } catch (IllegalStateException e) {
                close(); // nobody will call afterCompletion
                throw e;
            }
            registered = true;
        }
        pending.computeIfAbsent(topic, name -> new ArrayList<>()).addAll(entries);
    }

    /**
     * Writes {@code entries} now, behind what is pending for the topic, so that the order of publishing stays. Keeps the
     * connection only if something else is pending: on Payara a non-XA connection does not survive an inner transaction.
     *
     * @return the positions of {@code entries}, in their order
     */
    List<Long> write(TopicName topic, List<LogEntry> entries) {
        List<LogEntry> all = new ArrayList<>(pending.getOrDefault(topic, List.of()));
        all.addAll(entries);
        List<Long> positions;
        try {
            positions = insert(connection(), topic, all);
        } catch (PosteventException e) {
            closeAfter(e);
            throw e;
        }
        pending.remove(topic);
        if (pending.isEmpty()) {
            close();
        }
        return positions.subList(all.size() - entries.size(), all.size());
    }

    @Override
    public void beforeCompletion() {
        registered = false; // whoever publishes in a later beforeCompletion registers the batch again
        if (registry.getTransactionStatus() == Status.STATUS_MARKED_ROLLBACK) {
            pending.clear(); // one server calls beforeCompletion all the same
        }
        try {
            for (Map.Entry<TopicName, List<LogEntry>> topic : pending.entrySet()) {
                insert(connection(), topic.getKey(), topic.getValue());
            }
        } catch (PosteventException e) {
            closeAfter(e);
            throw e;
        }
        pending.clear();
        close();
    }

    @Override
    public void afterCompletion(int status) {
        try {
            close();
        } catch (PosteventException e) {
            // the transaction is over, its result stands whatever became of the connection
            LOG.log(Level.WARNING, "after the end of a transaction", e);
        }
    }

    /** A statement that failed has ended the database's transaction: whatever the caller does, it cannot commit any more. */
    private List<Long> insert(Connection open, TopicName topic, List<LogEntry> entries) {
        try {
            return store.insert(open, topic, entries);
        } catch (PosteventException e) {
            try {
                registry.setRollbackOnly();
            } catch (IllegalStateException ended) {
                e.addSuppressed(ended);
            }
            throw e;
        }
    }

    private Connection connection() {
        Connection open = connection.get();
        if (open != null) {
            return open;
        }
        try {
            open = dataSource.getConnection();
            connection.set(open);
            OutboxStore.checkInTransaction(open);
            return open;
        } catch (PosteventException e) {
            closeAfter(e);
            throw e;
        } catch (SQLException e) {
            PosteventException failure = new PosteventException(
                    "PSTEV31027",
                    "publishing: no connection from the data source within the transaction (SQLSTATE " + e.getSQLState()
                            + ": " + e.getMessage()
                            + "). Is the pool exhausted, or is another data source that is not XA"
                            + " part of the same transaction?",
                    e);
            closeAfter(failure);
            throw failure;
        }
    }

    private void closeAfter(PosteventException failure) {
        try {
            close();
        } catch (PosteventException e) {
            failure.addSuppressed(e);
        }
    }

    private void close() {
        Connection open = connection.getAndSet(null);
        if (open == null) {
            return;
        }
        try {
            open.close();
        } catch (SQLException e) {
            throw new PosteventException(
                    "PSTEV31028",
                    "publishing: giving back the connection failed (SQLSTATE " + e.getSQLState() + ": " + e.getMessage()
                            + ")",
                    e);
        }
    }
}
