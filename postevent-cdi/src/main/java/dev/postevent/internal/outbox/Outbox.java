package dev.postevent.internal.outbox;

import dev.postevent.NoTransactionException;
import dev.postevent.NotFoundException;
import dev.postevent.PosteventException;
import dev.postevent.Publication;
import dev.postevent.internal.jdbc.Transient;
import dev.postevent.spi.TopicName;
import io.cloudevents.CloudEvent;
import jakarta.transaction.Status;
import jakarta.transaction.SystemException;
import jakarta.transaction.TransactionSynchronizationRegistry;
import jakarta.transaction.UserTransaction;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.ExecutorService;
import javax.sql.DataSource;

/**
 * Publishes events as part of the calling thread's JTA transaction: they exist if and only if it commits.
 *
 * <p>A call first checks everything (topic, every event, state of the transaction), then takes all events or none. What is
 * refused so leaves the caller's transaction as it was; a failure of the database marks it for rollback. Safe for use by many
 * threads.
 */
public final class Outbox {
    private static final System.Logger LOG = System.getLogger("dev.postevent.outbox");

    private final OutboxSettings settings;
    private final EventRules rules;
    private final SubjectLocks locks;
    private final OutboxStore store;
    private final DataSource dataSource;
    private final TransactionSynchronizationRegistry registry;
    private final UserTransaction userTransaction;
    private final SortedSet<TopicName> topics;
    private volatile Sent sent = Sent.NOBODY;
    private final Object batchKey = new Object();
    private final Object sentKey = new Object();

    /**
     * Makes the publisher; takes no connection yet.
     *
     * @param dataSource takes part in JTA transactions
     * @param topics all there are; others are refused
     */
    public Outbox(
            OutboxSettings settings,
            DataSource dataSource,
            TransactionSynchronizationRegistry registry,
            UserTransaction userTransaction,
            Collection<TopicName> topics) {
        this.settings = settings;
        this.rules = new EventRules(settings.sizeMaxBytes());
        this.locks = new SubjectLocks(dataSource);
        this.store = new OutboxStore(settings.lockTimeoutMillis(), locks);
        this.dataSource = dataSource;
        this.registry = registry;
        this.userTransaction = userTransaction;
        this.topics = new TreeSet<>(topics);
    }

    /** From here on who waits in vain for others that publish to a subject is told who they are; asked on threads of {@code pool}. */
    public void nameHolders(ExecutorService pool) {
        locks.askOn(pool);
    }

    /** From here on {@code sent} is told what was committed. */
    public void countBy(Sent sent) {
        this.sent = sent;
    }

    /**
     * Publishes {@code events}, in this order, when the transaction commits (or writes them now, if so configured). A rollback to a
     * savepoint does not take them back, written or not.
     *
     * @throws dev.postevent.InvalidEventException if one of them breaks a rule; none is published then
     * @throws NoTransactionException if there is no transaction they could be part of
     */
    public List<Publication> publish(TopicName topic, List<? extends CloudEvent> events) {
        List<Published> taken = check(topic, events);
        if (taken.isEmpty()) {
            return List.of();
        }
        if (hasTransaction(topic)) {
            if (settings.when() == OutboxSettings.When.NOW) {
                write(topic, taken);
            } else {
                batch().add(topic, taken);
                count(topic, taken.size());
            }
        } else {
            inOwnTransaction(topic, () -> write(topic, taken));
        }
        return List.copyOf(taken);
    }

    /**
     * Writes {@code event} now, after everything published before it in this transaction to this topic.
     *
     * @throws dev.postevent.InvalidEventException as {@link #publish}
     * @throws NoTransactionException as {@link #publish}
     */
    public Publication publishNow(TopicName topic, CloudEvent event) {
        return publishAllNow(topic, Collections.singletonList(event)).get(0);
    }

    /**
     * Writes {@code events} now, as {@link #publishNow} does with one; the locks of all their subjects are taken first, in one
     * order for everybody, so two such calls cannot deadlock.
     *
     * @return in the order of the events, which is that of their positions
     */
    public List<Publication> publishAllNow(TopicName topic, List<? extends CloudEvent> events) {
        List<Published> taken = check(topic, events);
        if (taken.isEmpty()) {
            return List.of();
        }
        if (hasTransaction(topic)) {
            write(topic, taken);
        } else {
            inOwnTransaction(topic, () -> write(topic, taken));
        }
        return List.copyOf(taken);
    }

    private void write(TopicName topic, List<Published> taken) {
        batch().write(topic, taken);
        count(topic, taken.size());
    }

    /** Counted is what is committed, so the transaction is asked how it ends. Where that is refused, the events are published all the same. */
    private void count(TopicName topic, int events) {
        Sent counting = sent;
        if (!counting.isCounted()) {
            return;
        }
        try {
            counted(counting).add(topic, events);
        } catch (RuntimeException e) {
            LOG.log(Level.DEBUG, "events for " + topic + " are published, and not counted", e);
        }
    }

    private SentEvents counted(Sent counting) {
        if (registry.getResource(sentKey) instanceof SentEvents there) {
            return there;
        }
        SentEvents made = new SentEvents(counting);
        registry.registerInterposedSynchronization(made);
        registry.putResource(sentKey, made);
        return made;
    }

    private List<Published> check(TopicName topic, List<? extends CloudEvent> events) {
        if (!topics.contains(topic)) {
            throw new NotFoundException(
                    "PSTEV31001",
                    "publishing to " + topic + ": there is no such topic here, known are " + topics
                            + ". Name it in postevent.topics.names, or, where that key is not set, with @Topic at an injection"
                            + " point");
        }
        List<Published> taken = new ArrayList<>(events.size());
        for (CloudEvent event : events) {
            String which = events.size() == 1
                    ? "the event for " + topic
                    : "event " + (taken.size() + 1) + " of " + events.size() + " for " + topic;
            taken.add(new Published(topic, rules.check(event, which)));
        }
        return taken;
    }

    /** False if there is none and each call may have its own. */
    private boolean hasTransaction(TopicName topic) {
        int status = registry.getTransactionStatus();
        if (status == Status.STATUS_ACTIVE) {
            return true;
        }
        if (status == Status.STATUS_NO_TRANSACTION) {
            if (settings.withoutTransaction() == OutboxSettings.WithoutTransaction.OWN) {
                return false;
            }
            throw new NoTransactionException(
                    "PSTEV31002",
                    "publishing to " + topic + ": there is no transaction. Call from a @Transactional method or between"
                            + " UserTransaction.begin and commit, or set postevent.publish.without-transaction=own");
        }
        if (status == Status.STATUS_MARKED_ROLLBACK) {
            throw new NoTransactionException(
                    "PSTEV31003",
                    "publishing to " + topic + ": the transaction is marked for rollback, so the event could never"
                            + " exist. Look for what marked it, or publish in a transaction of its own");
        }
        throw new NoTransactionException(
                "PSTEV31004",
                "publishing to " + topic + ": the transaction is ending (jakarta.transaction.Status " + status
                        + "). Publish before it does, at the latest in beforeCompletion, or after it in a transaction of"
                        + " its own: @Transactional(REQUIRES_NEW), also in an observer of AFTER_SUCCESS");
    }

    private TransactionBatch batch() {
        if (registry.getResource(batchKey) instanceof TransactionBatch batch) {
            return batch;
        }
        TransactionBatch batch = new TransactionBatch(store, dataSource, registry, settings.pendingMaxBytes());
        registry.putResource(batchKey, batch);
        return batch;
    }

    private void inOwnTransaction(TopicName topic, Runnable work) {
        OwnTransaction step = OwnTransaction.BEGIN;
        try {
            userTransaction.begin();
            step = OwnTransaction.WORK;
            work.run();
            step = OwnTransaction.COMMIT;
            userTransaction.commit();
        } catch (PosteventException e) {
            rollbackAfter(e, step);
            throw e;
        } catch (Exception e) {
            PosteventException failure = failed(topic, step, e);
            rollbackAfter(failure, step);
            throw failure;
        }
    }

    /** Of a commit nobody can tell whether the same would succeed: run again, it may publish a second time. */
    private static PosteventException failed(TopicName topic, OwnTransaction step, Exception e) {
        String text =
                "publishing to " + topic + " in a transaction of its own: " + step.failed + " (" + e + ")" + step.todo;
        return step == OwnTransaction.COMMIT
                ? new PosteventException("PSTEV31030", text, e)
                : Transient.exception("PSTEV31036", text, e);
    }

    /** How far a transaction came that is begun for one call. */
    private enum OwnTransaction {
        BEGIN("it could not be begun", ". Nothing was published: see the cause and publish again"),
        WORK("it could not be used", ". Nothing was published: see the cause and publish again"),
        COMMIT(
                "its commit failed",
                ". If the answer was lost, what was published may be there all the same: look, or publish again with the"
                        + " same source and id, of which there is never a second one (PSTEV31021)");

        private final String failed;
        private final String todo;

        OwnTransaction(String failed, String todo) {
            this.failed = failed;
            this.todo = todo;
        }
    }

    private void rollbackAfter(PosteventException failure, OwnTransaction step) {
        if (step != OwnTransaction.WORK) {
            return;
        }
        try {
            userTransaction.rollback();
        } catch (SystemException | RuntimeException e) {
            failure.addSuppressed(e);
        }
    }
}
