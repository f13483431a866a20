package dev.postevent.internal.processor;

import dev.postevent.NotFoundException;
import dev.postevent.NotHeldException;
import dev.postevent.PosteventException;
import dev.postevent.Subscriptions;
import dev.postevent.internal.flow.EntrySource;
import dev.postevent.internal.flow.Released;
import dev.postevent.internal.jdbc.Passing;
import dev.postevent.internal.threads.Threads;
import dev.postevent.spi.LogEntry;
import dev.postevent.spi.TopicName;
import jakarta.transaction.Status;
import jakarta.transaction.TransactionSynchronizationRegistry;
import jakarta.transaction.UserTransaction;
import java.lang.System.Logger.Level;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutorService;
import java.util.random.RandomGenerator;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** Runs the durable subscriptions of this node, and operates those of the application. */
public final class Processor implements Released {
    private static final System.Logger LOG = System.getLogger("dev.postevent.processor");
    private static final long EXACT_LAG_MAX = 200_000;

    private final NavigableMap<String, SubscriptionWorker> workers = new ConcurrentSkipListMap<>();
    private final Object starting = new Object();
    private final SubscriptionStore store;
    private final EntrySource source;
    private final Present present;
    private final Transactions transactions;
    private final Threads threads;
    private final RandomGenerator random;
    private final Lease lease;
    /** Under {@link #starting}. */
    private @Nullable ExecutorService workPool;
    /** Written under {@link #starting}, read by any thread. */
    private volatile @Nullable Looks looks;

    /**
     * Wires it.
     *
     * @param dataSource JTA data source of the inbox, which is also the one observers write through
     * @param present for subscriptions that begin now
     * @param member this node, and whose subscriptions it runs
     */
    public Processor(
            DataSource dataSource,
            EntrySource source,
            Present present,
            UserTransaction transaction,
            TransactionSynchronizationRegistry registry,
            Threads threads,
            RandomGenerator random,
            Member member) {
        this.lease = member.lease();
        this.store = new SubscriptionStore(dataSource, member);
        this.source = source;
        this.present = present;
        this.transactions = new Transactions(transaction, registry);
        this.threads = threads;
        this.random = random;
    }

    /** Starts the subscriptions; throws where the database fails, and may then be called again with the same. */
    public void start(List<SubscriptionSpec> specs) {
        synchronized (starting) {
            startAll(specs);
        }
    }

    private void startAll(List<SubscriptionSpec> specs) {
        ExecutorService work = workPool;
        if (work == null) {
            work = threads.pool(Math.max(2, Math.min(8, specs.size())));
            workPool = work;
            Looks regular = new Looks(workers, store, lease, threads.timer(), work);
            looks = regular;
            regular.start();
        }
        for (SubscriptionSpec spec : specs) {
            SubscriptionWorker worker = workers.get(spec.name());
            if (worker == null) {
                worker = new SubscriptionWorker(
                        spec,
                        lease,
                        new Ports(store.lanes(spec.name()), source, present),
                        transactions,
                        new Surroundings(
                                threads.pool(spec.limits().concurrency()),
                                work,
                                threads.timer(),
                                new NodeClock(System::nanoTime),
                                random));
                workers.put(spec.name(), worker);
            }
            try {
                worker.start();
            } catch (SQLException e) {
                throw failed("start subscription " + spec.name(), e);
            }
        }
    }

    @Override
    public void released(TopicName topic, long after, @Nullable List<LogEntry> entries, long through) {
        for (SubscriptionWorker worker : all()) {
            if (worker.spec().topic().equals(topic)) {
                worker.released(after, entries, through);
            }
        }
    }

    @Override
    public void setBack(TopicName topic, long through) {
        for (SubscriptionWorker worker : all()) {
            if (worker.spec().topic().equals(topic)) {
                worker.setBack(through);
            }
        }
    }

    private List<SubscriptionWorker> all() {
        return new ArrayList<>(workers.values());
    }

    private SubscriptionWorker worker(String name) {
        SubscriptionWorker worker = workers.get(name);
        if (worker == null) {
            throw new NotFoundException(
                    "PSTEV34002",
                    "there is no subscription '" + name
                            + "' here (the name is that in @Subscription, not the method's); there" + " are: "
                            + workers.keySet());
        }
        return worker;
    }

    /** No new batches from now on; those under way end by themselves. */
    public void stopWork() {
        Looks regular = looks;
        if (regular != null) {
            regular.stop();
        }
        all().forEach(SubscriptionWorker::stopWork);
    }

    /** Gives the lanes back; only when nothing runs any more. A server that shuts down may have ended the data source before. */
    public void giveBack() {
        List<String> kept = new ArrayList<>();
        Exception cause = null;
        for (SubscriptionWorker worker : all()) {
            try {
                worker.giveBack();
            } catch (SQLException | RuntimeException e) {
                kept.add(worker.spec().name());
                cause = e;
            }
        }
        if (cause != null) {
            LOG.log(
                    Level.WARNING,
                    "the lanes of subscriptions " + kept + " could not be given back; nothing is lost, and other nodes"
                            + " take them when their lease of "
                            + lease.duration().toMillis() + " ms ends: "
                            + Failures.describe(cause));
        }
    }

    /** What hinders subscriptions on this node right now, each a sentence. */
    public List<String> troubles() {
        List<String> troubles = new ArrayList<>();
        for (SubscriptionWorker worker : all()) {
            String trouble = worker.trouble();
            if (trouble != null) {
                troubles.add("subscription " + worker.spec().name() + ": " + trouble);
            }
        }
        return troubles;
    }

    /** See {@link Subscriptions#status}. */
    public List<Subscriptions.Status> status() {
        List<Subscriptions.Status> all = new ArrayList<>();
        for (SubscriptionWorker worker : all()) {
            all.add(status(worker));
        }
        return all;
    }

    private Subscriptions.Status status(SubscriptionWorker worker) {
        SubscriptionSpec spec = worker.spec();
        SubscriptionStore.Progress progress =
                ask("read the progress of " + spec.name(), () -> store.progress(spec.name()));
        long[] cursors = worker.cursors(progress.cursors());
        long mark = source.mark(spec.topic()).mark();
        long handled = mark;
        for (long cursor : cursors) {
            handled = Math.min(handled, cursor);
        }
        // counting is bounded; the first one is found at once
        long lag = mark - handled > EXACT_LAG_MAX || mark == handled
                ? mark - handled
                : source.backlog(spec.topic(), cursors, mark);
        double seconds = lag == 0 ? 0 : source.oldestSeconds(spec.topic(), cursors, mark);
        return new SubscriptionStatus(
                spec.name(),
                spec.topic().value(),
                handled,
                lag,
                Duration.ofMillis(Math.round(seconds * 1_000)),
                progress.held().getOrDefault("waiting", 0L),
                progress.held().getOrDefault("behind", 0L),
                progress.held().getOrDefault("parked", 0L),
                worker.isPaused(),
                progress.failingFor(),
                progress.owners(),
                worker.begins().text());
    }

    /** See {@link Subscriptions#held}. */
    public List<Subscriptions.HeldEvent> held(String subscription, int limit) {
        if (limit < 1 || limit > 10_000) {
            throw new IllegalArgumentException("limit must be 1 to 10000, got " + limit);
        }
        SubscriptionWorker worker = worker(subscription);
        SubscriptionSpec spec = worker.spec();
        List<ListedEvent> held = ask(
                "list what " + subscription + " holds",
                () -> store.held(subscription).list(limit, spec.retry().giveUpAfter()));
        Map<Long, String> ids = source.ids(
                spec.topic(), held.stream().map(ListedEvent::position).toList());
        return held.stream()
                .<Subscriptions.HeldEvent>map(event -> event.withId(ids.get(event.position())))
                .toList();
    }

    /** See {@link Subscriptions#retry}. */
    public void retry(String subscription, long position) {
        SubscriptionWorker worker = worker(subscription);
        HeldEventStore.Change change = change(
                "retry position " + position + " of " + subscription,
                () -> store.held(subscription).retry(position));
        refuse("retry", subscription, position, change);
        worker.refresh();
    }

    /** See {@link Subscriptions#skip}. */
    public void skip(String subscription, long position) {
        SubscriptionWorker worker = worker(subscription);
        HeldEventStore.Change change = change(
                "skip position " + position + " of " + subscription,
                () -> store.held(subscription).skip(position));
        refuse("skip", subscription, position, change);
        worker.refresh();
    }

    private static void refuse(String what, String subscription, long position, HeldEventStore.Change change) {
        if (change != HeldEventStore.Change.DONE) {
            throw new NotHeldException(
                    "PSTEV34003",
                    "cannot " + what + " position " + position + " of subscription " + subscription + ": it is "
                            + InWords.state(change));
        }
    }

    /** See {@link Subscriptions#pause}. */
    public void pause(String subscription, boolean paused) {
        SubscriptionWorker worker = worker(subscription);
        boolean there = change((paused ? "pause " : "resume ") + subscription, () -> store.pause(subscription, paused));
        if (!there && paused) {
            throw new PosteventException(
                    "PSTEV34007",
                    "cannot pause subscription " + subscription
                            + ": it is not registered, so it has not begun, and would"
                            + " begin as if nobody had paused it; its health says what it waits for. Pause it once it has"
                            + " begun");
        }
        worker.paused(paused);
    }

    /** See {@link Subscriptions#explain}; {@code topicTrouble} is what hinders its topic. */
    public String explain(String subscription, @Nullable String topicTrouble) {
        SubscriptionWorker worker = worker(subscription);
        Subscriptions.Status status = status(worker);
        String begin = "Subscription " + subscription + " of topic " + status.topic() + " ";
        String trouble = worker.trouble();
        if (status.paused()) {
            return begin + "is paused by an operator at position " + status.handled() + ", "
                    + InWords.events(status.lag()) + " behind.";
        }
        if (trouble != null) {
            return begin + "stands at position " + status.handled() + ": " + trouble + ".";
        }
        if (worker.lanesOwned() == 0) {
            return begin + "has no lane on this node; lanes by node: " + status.owners()
                    + ", those of a node that died are" + " free when their lease ends.";
        }
        if (topicTrouble != null) {
            return begin + "has handled everything through position " + status.handled() + "; after that: "
                    + topicTrouble;
        }
        String held = InWords.held(status);
        return status.lag() == 0
                ? begin + "has handled everything there is, through position " + status.handled() + "." + held
                : begin + "is at work, " + InWords.events(status.lag()) + " behind." + held;
    }

    private interface Question<T> {
        T ask() throws SQLException;
    }

    /** A change is a transaction of its own: a connection of the caller's transaction does not commit for it. */
    private <T> T change(String what, Question<T> question) {
        int status = transactions.registry().getTransactionStatus();
        if (status == Status.STATUS_ACTIVE || status == Status.STATUS_MARKED_ROLLBACK) {
            throw new PosteventException(
                    "PSTEV34006",
                    "cannot " + what
                            + " in a transaction: it is there for all nodes when the call returns, and would not"
                            + " be rolled back. Call it outside of the transaction, for example from a method that is"
                            + " @Transactional(NOT_SUPPORTED)");
        }
        return ask(what, question);
    }

    private static <T> T ask(String what, Question<T> question) {
        try {
            return question.ask();
        } catch (SQLException e) {
            throw failed(what, e);
        }
    }

    private static PosteventException failed(String what, SQLException e) {
        return Passing.exception(
                "PSTEV34004",
                "the inbox database could not " + what + " (SQLSTATE " + e.getSQLState() + "): " + e.getMessage(),
                e);
    }
}
