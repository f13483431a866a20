package dev.postevent.internal.outbox;

import dev.postevent.PosteventException;
import dev.postevent.TransientFailureException;
import dev.postevent.internal.jdbc.Transient;
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
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
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
 *
 * <p>What has to be written earlier, because something behind it is wanted now or because it has become too much to wait, is
 * looked for again before more is written and before the commit: a rollback to a savepoint may have taken it back, and it was
 * published for the commit. A statement is taken back whole or not at all, so its first position stands for all.
 */
final class TransactionBatch implements Synchronization {
    private static final Logger LOG = System.getLogger("dev.postevent.outbox");

    private final OutboxStore store;
    private final DataSource dataSource;
    private final TransactionSynchronizationRegistry registry;
    private final long pendingMaxBytes;
    private final SortedMap<TopicName, List<Published>> pending = new TreeMap<>();
    private final SortedMap<TopicName, List<Early>> early = new TreeMap<>();
    private long pendingBytes;
    private long keptBytes;
    private final AtomicReference<@Nullable Connection> connection = new AtomicReference<>();
    private boolean registered;

    /**
     * Entries written before the commit that were published for it.
     *
     * @param first position of the first of them
     * @param kept they, to be written anew; empty where that would be too much
     */
    private record Early(long first, int count, List<Published> kept) {}

    /** Makes an empty batch; beyond {@code pendingMaxBytes} nothing waits for the commit. */
    TransactionBatch(
            OutboxStore store,
            DataSource dataSource,
            TransactionSynchronizationRegistry registry,
            long pendingMaxBytes) {
        this.pendingMaxBytes = pendingMaxBytes;
        this.store = store;
        this.dataSource = dataSource;
        this.registry = registry;
    }

    /** Keeps {@code entries} until the transaction is about to commit. */
    void add(TopicName topic, List<Published> entries) {
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
        pendingBytes += bytes(entries);
        if (pendingBytes > pendingMaxBytes) {
            writePending();
        }
    }

    private static long bytes(List<Published> entries) {
        return entries.stream().mapToLong(one -> one.entry().weight()).sum();
    }

    private void writePending() {
        try {
            for (TopicName topic : List.copyOf(pending.keySet())) {
                List<Published> owed = owed(topic);
                List<Long> positions = insert(connection(), topic, owed);
                noPending(topic);
                wrote(topic, new Early(positions.get(0), owed.size(), List.of()));
            }
        } catch (PosteventException e) {
            closeAfter(e);
            throw e;
        }
    }

    private void noPending(TopicName topic) {
        List<Published> written = pending.remove(topic);
        pendingBytes -= written == null ? 0 : bytes(written);
    }

    private void wrote(TopicName topic, Early entries) {
        keptBytes += bytes(entries.kept());
        early.computeIfAbsent(topic, name -> new ArrayList<>()).add(entries);
    }

    /** What is to be written for the topic: what was taken back, then what was not written yet. */
    private List<Published> owed(TopicName topic) {
        List<Published> owed = new ArrayList<>();
        List<Early> before = early.getOrDefault(topic, List.of());
        if (!before.isEmpty()) {
            Set<Long> there = there(topic, before.stream().map(Early::first).toList());
            for (Early one : List.copyOf(before)) {
                if (!there.contains(one.first())) {
                    owed.addAll(kept(topic, one));
                    keptBytes -= bytes(one.kept());
                    before.remove(one);
                }
            }
        }
        owed.addAll(pending.getOrDefault(topic, List.of()));
        return owed;
    }

    private Set<Long> there(TopicName topic, List<Long> positions) {
        try {
            return store.there(connection(), topic, positions);
        } catch (PosteventException e) {
            rollbackAfter(e);
            throw e;
        }
    }

    private List<Published> kept(TopicName topic, Early gone) {
        if (gone.kept().isEmpty()) {
            PosteventException failure = new PosteventException(
                    "PSTEV31031",
                    "publishing to " + topic + ": " + gone.count() + " events that were published, from position "
                            + gone.first()
                            + " on, were taken back by a rollback to a savepoint, and are not at hand any"
                            + " more, because the transaction has more than " + pendingMaxBytes
                            + " bytes of events; it must roll back. Publish after the last rollback to a savepoint, or raise"
                            + " postevent.publish.pending-size-max");
            rollbackAfter(failure);
            throw failure;
        }
        return gone.kept();
    }

    /**
     * Writes {@code entries} now, which know their positions then, behind what is pending for the topic, so that the order of
     * publishing stays. Keeps the connection only if it is needed before the commit: on Payara a non-XA connection does not survive an
     * inner transaction.
     */
    void write(TopicName topic, List<Published> entries) {
        List<Published> owed;
        List<Long> positions;
        try {
            owed = owed(topic);
            List<Published> all = new ArrayList<>(owed);
            all.addAll(entries);
            positions = insert(connection(), topic, all);
        } catch (PosteventException e) {
            closeAfter(e);
            throw e;
        }
        noPending(topic);
        if (!owed.isEmpty()) {
            boolean fits = keptBytes + bytes(owed) <= pendingMaxBytes;
            wrote(topic, new Early(positions.get(0), owed.size(), fits ? owed : List.of()));
        }
        if (pending.isEmpty() && early.isEmpty()) {
            closeAfterWriting();
        }
    }

    /** Who hears that a call failed may make it again, in another transaction: this one must not commit what it wrote. */
    private void closeAfterWriting() {
        try {
            close();
        } catch (PosteventException e) {
            rollbackAfter(e);
            throw e;
        }
    }

    @Override
    public void beforeCompletion() {
        registered = false; // whoever publishes in a later beforeCompletion registers the batch again
        if (registry.getTransactionStatus() == Status.STATUS_MARKED_ROLLBACK) {
            forget(); // one server calls beforeCompletion all the same
        }
        SortedSet<TopicName> topics = new TreeSet<>(pending.keySet());
        topics.addAll(early.keySet());
        try {
            for (TopicName topic : topics) {
                List<Published> owed = owed(topic);
                if (!owed.isEmpty()) {
                    insert(connection(), topic, owed);
                }
            }
        } catch (PosteventException e) {
            closeAfter(e);
            throw e;
        }
        forget();
        close();
    }

    private void forget() {
        pending.clear();
        early.clear();
        pendingBytes = 0;
        keptBytes = 0;
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
    private List<Long> insert(Connection open, TopicName topic, List<Published> entries) {
        try {
            List<Long> positions = store.insert(
                    open, topic, entries.stream().map(Published::entry).toList());
            for (int i = 0; i < positions.size(); i++) {
                entries.get(i).wrote(positions.get(i));
            }
            return positions;
        } catch (PosteventException e) {
            rollbackAfter(e);
            throw e;
        }
    }

    private void rollbackAfter(PosteventException failure) {
        try {
            registry.setRollbackOnly();
        } catch (IllegalStateException ended) {
            failure.addSuppressed(ended);
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
            PosteventException failure = noConnection(e);
            closeAfter(failure);
            rollbackAfter(failure);
            throw failure;
        }
    }

    /** A pool that has none says so without a SQLSTATE, on several servers. */
    private static PosteventException noConnection(SQLException e) {
        String text =
                "publishing: no connection from the data source within the transaction (SQLSTATE " + e.getSQLState()
                        + ": " + e.getMessage()
                        + "). Is the pool exhausted, or is another data source that is not XA part of the same transaction?";
        return e.getSQLState() == null
                ? new TransientFailureException("PSTEV31027", text, e)
                : Transient.exception("PSTEV31027", text, e);
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
            throw Transient.exception(
                    "PSTEV31028",
                    "publishing: giving back the connection failed (SQLSTATE " + e.getSQLState() + ": " + e.getMessage()
                            + ")",
                    e);
        }
    }
}
