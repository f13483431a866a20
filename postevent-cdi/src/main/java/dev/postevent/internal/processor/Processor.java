package dev.postevent.internal.processor;

import dev.postevent.Notice;
import dev.postevent.internal.flow.EntrySource;
import dev.postevent.internal.flow.Released;
import dev.postevent.internal.threads.Threads;
import dev.postevent.spi.LogEntry;
import dev.postevent.spi.TopicName;
import java.lang.System.Logger.Level;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutorService;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** Runs the durable subscriptions of this node, and operates those of the application. */
public final class Processor implements Released {
    private static final System.Logger LOG = System.getLogger("dev.postevent.processor");

    private final NavigableMap<String, SubscriptionWorker> workers = new ConcurrentSkipListMap<>();
    private final Object starting = new Object();
    private final SubscriptionStore store;
    private final EntrySource source;
    private final Present present;
    private final Transactions transactions;
    private final Threads threads;
    private final RandomGenerator random;
    private final Lease lease;
    private final Consumer<? super Notice> notices;
    private final SubscriptionViews views;
    private final SubscriptionOperations operations;
    private final ProgressWaits waits;
    /** Under {@link #starting}. */
    private @Nullable ExecutorService workPool;
    /** Written under {@link #starting}, read by any thread. */
    private volatile @Nullable Polls polls;

    /**
     * Wires it.
     *
     * @param dataSource JTA data source of the inbox, which is also the one observers write through
     * @param present for subscriptions that begin now
     * @param member this node, and whose subscriptions it runs
     * @param notices takes what the application may react to; never waits and never fails
     */
    public Processor(
            DataSource dataSource,
            EntrySource source,
            Present present,
            Transactions transactions,
            Threads threads,
            RandomGenerator random,
            Member member,
            Consumer<? super Notice> notices) {
        this.lease = member.lease();
        this.store = new SubscriptionStore(dataSource, member);
        this.source = source;
        this.present = present;
        this.transactions = transactions;
        this.notices = notices;
        this.threads = threads;
        this.random = random;
        OperatorCalls calls = new OperatorCalls(workers, transactions.registry());
        OperationStore done = new OperationStore(dataSource, member);
        this.views = new SubscriptionViews(workers.values(), store, done, source, calls);
        this.operations = new SubscriptionOperations(dataSource, member, store, done, source, present, calls, notices);
        this.waits = new ProgressWaits(store, calls);
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
            Polls regular = new Polls(workers, store, lease, threads.timer(), work);
            polls = regular;
            regular.start();
        }
        for (SubscriptionSpec spec : specs) {
            SubscriptionWorker worker = workers.get(spec.name());
            if (worker == null) {
                worker = new SubscriptionWorker(
                        spec,
                        lease,
                        new Ports(store.lanes(spec.name()), source, present, notices),
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
                throw OperatorCalls.failed("start subscription " + spec.name(), e);
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

    /** No new batches from now on; those under way end by themselves. */
    public void stopWork() {
        Polls regular = polls;
        if (regular != null) {
            regular.stop();
        }
        waits.stop();
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

    /** How often lanes came to this node and went, by subscription. */
    public Map<String, LaneMoves> laneMoves() {
        Map<String, LaneMoves> moves = new TreeMap<>();
        all().forEach(worker -> moves.put(worker.spec().name(), worker.laneMoves()));
        return moves;
    }

    /** How the subscriptions are doing. */
    public SubscriptionViews views() {
        return views;
    }

    /** Changes them. */
    public SubscriptionOperations operations() {
        return operations;
    }

    /** Waits for them. */
    public ProgressWaits waits() {
        return waits;
    }
}
