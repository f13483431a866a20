package dev.postevent.internal.processor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.postevent.internal.flow.EntrySource;
import dev.postevent.internal.flow.InboxMark;
import dev.postevent.spi.LogEntry;
import dev.postevent.spi.TopicName;
import dev.postevent.testing.LogLines;
import jakarta.transaction.Status;
import jakarta.transaction.TransactionSynchronizationRegistry;
import jakarta.transaction.UserTransaction;
import java.lang.reflect.Proxy;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.logging.Level;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Real threads: lanes leave and come back thousands of times while events come in. A cursor is held against what was handled
 * whenever it is moved over what is not its lane's.
 */
class LaneMoveTest {
    private static final int LANES = 2;
    private static final long EVENTS = 60_000;
    private static final TopicName ORDERS = new TopicName("orders");

    private final Tables tables = new Tables();
    private final Set<Long> handled = ConcurrentHashMap.newKeySet();
    private final AtomicInteger missing = new AtomicInteger();
    private volatile int others;
    private volatile boolean paused;
    private volatile long mark;

    private static LogEntry entry(long position) {
        return LogEntry.at(position)
                .id("e" + position)
                .source("urn:test")
                .type("t")
                .build();
    }

    /** The rows of the lanes, each method a transaction. */
    private final class Tables implements LaneStore {
        private final long[] cursors = new long[LANES];
        private final long[] moves = new long[LANES];
        private final long[] epochs = new long[LANES];
        private final boolean[] taken = new boolean[LANES];
        private final List<String> passed = new CopyOnWriteArrayList<>();
        private int givenBack;
        /** The next reading of the last lane waits for it. */
        private volatile CountDownLatch reading = new CountDownLatch(0);

        /** Each lane has a held event that is due, and cannot be tried. */
        private volatile boolean away;

        private Claim claim(int lane) {
            return new Claim(lane, epochs[lane], cursors[lane], moves[lane], 1);
        }

        @Override
        public Optional<Registered> register(TopicName topic, int lanes, Start start) {
            return Optional.of(new Registered(topic.value(), lanes, false, start));
        }

        @Override
        public synchronized List<Acquired> acquire(Collection<Integer> ours, int max) {
            List<Acquired> acquired = new ArrayList<>();
            for (int lane = 0; lane < LANES && acquired.size() < max; lane++) {
                if (!taken[lane]) {
                    taken[lane] = true;
                    epochs[lane]++;
                    acquired.add(new Acquired(claim(lane), null, Calls.NONE, Start.BEGINNING));
                }
            }
            return acquired;
        }

        @Override
        public List<Acquired> acquireLeftovers(Collection<Integer> ours) {
            return List.of();
        }

        @Override
        public synchronized List<Claim> renew(Map<Integer, Long> ours) {
            return ours.keySet().stream().map(this::claim).toList();
        }

        @Override
        public boolean hasLanesBeside(Collection<Integer> lost) {
            return false;
        }

        @Override
        public Optional<Poll> poll() {
            return Optional.of(new Poll(paused, others, 0));
        }

        @Override
        public void leave() {
            // there is no other node
        }

        @Override
        public synchronized void release(int lane, long epoch, Calls calls, Set<Long> heldCalled) {
            taken[lane] &= epochs[lane] != epoch;
            givenBack++;
        }

        @Override
        public synchronized List<Integer> advance(List<Claim> claims, long cursor) {
            List<Integer> moved = new ArrayList<>();
            for (Claim one : claims) {
                int lane = one.lane();
                if (taken[lane] && claim(lane).equals(one)) {
                    for (long position = cursors[lane] + 1; position <= cursor; position++) {
                        if (entry(position).slot() % LANES == lane && !handled.contains(position)) {
                            passed.add("lane " + lane + " was moved from " + cursors[lane] + " to " + cursor + " over "
                                    + position + ", which nobody handled");
                        }
                    }
                    cursors[lane] = cursor;
                    moves[lane]++;
                    moved.add(lane);
                }
            }
            return moved;
        }

        @Override
        public Optional<Stored> stored(int lane, long epoch, long now, int most) {
            if (lane == LANES - 1) {
                awaitReading();
            }
            synchronized (this) {
                return Optional.of(new Stored(
                        claim(lane), away ? List.of(new HeldEvents.Loaded(1_000 + lane, null, Due.at(0))) : List.of()));
            }
        }

        private void awaitReading() {
            try {
                assertThat(reading.await(30, TimeUnit.SECONDS)).isTrue();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }

        /** As a crash does that takes commits back. */
        private synchronized void setBack() {
            Arrays.fill(cursors, 0);
        }

        @Override
        public int trying(int lane, long epoch, long position) {
            throw new UnsupportedOperationException("nobody dies");
        }

        @Override
        public void notTrying(int lane, long epoch) {
            throw new UnsupportedOperationException("nobody dies");
        }

        @Override
        public void holdFailed(Claim claim, LogEntry entry, int attempts, Fate fate, Failure failure) {
            throw new UnsupportedOperationException("nothing fails");
        }

        @Override
        public List<HeldEvents.Loaded> loadHeld(int lane, long now, int most) {
            return List.of();
        }

        @Override
        public int heldCount(int most) {
            return 0;
        }

        @Override
        public Optional<Held> tryingHeld(int lane, long epoch, long position, Duration queued, String lost)
                throws SQLException {
            if (away) {
                throw new SQLException("the connection was refused", "08001");
            }
            return Optional.empty();
        }

        @Override
        public boolean attemptFailed(
                int lane, long epoch, long position, Fate fate, HeldEvent.Judged judged, @Nullable Failure failure) {
            throw new UnsupportedOperationException("nothing is held");
        }

        @Override
        public boolean reachable() {
            return !away;
        }

        @Override
        public Effect effect(boolean synchronousCommit) {
            return new Effect() {
                @Override
                public void holdBehind(int lane, List<LogEntry> entries, Set<Long> called) {
                    throw new UnsupportedOperationException("nothing is held");
                }

                @Override
                public boolean moveCursor(Claim claim, long cursor) {
                    synchronized (Tables.this) {
                        int lane = claim.lane();
                        if (!taken[lane] || !claim(lane).equals(claim)) {
                            return false;
                        }
                        cursors[lane] = cursor;
                        moves[lane]++;
                        return true;
                    }
                }

                @Override
                public boolean deleteHeld(long position) {
                    throw new UnsupportedOperationException("nothing is held");
                }

                @Override
                public boolean fence(Claim claim) {
                    throw new UnsupportedOperationException("nothing is held");
                }

                @Override
                public void close() {
                    // nothing to close
                }
            };
        }
    }

    private final class Memory implements EntrySource {
        @Override
        public Page read(TopicName topic, long after, long through, int rowsMax, long bytesMax) {
            List<LogEntry> entries = new ArrayList<>();
            for (long position = after + 1; position <= through && entries.size() < rowsMax; position++) {
                entries.add(entry(position));
            }
            return new Page(entries, mark);
        }

        @Override
        public Skim skim(TopicName topic, long after, long through, Instant time, int rowsMax) {
            throw new UnsupportedOperationException("it begins at no time");
        }

        @Override
        public List<LogEntry> readAt(TopicName topic, List<Long> positions) {
            throw new UnsupportedOperationException("nothing is held");
        }

        @Override
        public Map<Long, String> ids(TopicName topic, Collection<Long> positions) {
            throw new UnsupportedOperationException("nothing is held");
        }

        @Override
        public InboxMark mark(TopicName topic) {
            return new InboxMark(mark, 1);
        }

        @Override
        public Map<TopicName, Long> marks(Collection<TopicName> topics) {
            throw new UnsupportedOperationException("nobody asks");
        }

        @Override
        public List<Ahead> ahead(List<Place> places, long countedMax) {
            throw new UnsupportedOperationException("nobody asks");
        }
    }

    private final class Recording implements SubscriptionSpec.Handler {
        @Override
        public boolean wants(LogEntry event) {
            return true;
        }

        @Override
        public void handle(LogEntry event, int attempt, boolean again, boolean last) {
            handled.add(event.position());
        }
    }

    /** A transaction manager of which nothing is asked but that a thread knows whether it is in a transaction. */
    static UserTransaction transactions() {
        ThreadLocal<Integer> status = ThreadLocal.withInitial(() -> Status.STATUS_NO_TRANSACTION);
        return (UserTransaction) Proxy.newProxyInstance(
                LaneMoveTest.class.getClassLoader(), new Class<?>[] {UserTransaction.class}, (self, method, values) -> {
                    switch (method.getName()) {
                        case "getStatus" -> {
                            return status.get();
                        }
                        case "begin" -> status.set(Status.STATUS_ACTIVE);
                        default -> status.set(Status.STATUS_NO_TRANSACTION);
                    }
                    return null;
                });
    }

    static TransactionSynchronizationRegistry registry() {
        return (TransactionSynchronizationRegistry) Proxy.newProxyInstance(
                LaneMoveTest.class.getClassLoader(),
                new Class<?>[] {TransactionSynchronizationRegistry.class},
                (self, method, values) -> "the transaction");
    }

    /** What is done with a worker that runs. */
    private interface Course {
        void run(SubscriptionWorker worker, ExecutorService work) throws Exception;
    }

    private void withWorker(int workThreads, Course course) throws Exception {
        SubscriptionSpec spec = new SpecBuilder("moved", new Recording())
                .lanes(LANES)
                .concurrency(2)
                .giveUp(new GiveUp(5, null))
                .build();
        ExecutorService lanes = new Scarce(2);
        ExecutorService work = new Scarce(workThreads);
        ScheduledExecutorService timer = Executors.newScheduledThreadPool(1);
        try {
            SubscriptionWorker worker = new SubscriptionWorker(
                    spec,
                    new Lease(Duration.ofSeconds(10)),
                    new Ports(tables, new Memory(), topic -> mark, notice -> {}),
                    new Transactions(transactions(), registry()),
                    new Surroundings(lanes, work, timer, new NodeClock(System::nanoTime), new Random(1)));
            worker.start();
            course.run(worker, work);
            worker.stopWork();
        } finally {
            for (ExecutorService pool : List.of(timer, lanes, work)) {
                pool.shutdown();
                assertThat(pool.awaitTermination(60, TimeUnit.SECONDS)).isTrue();
            }
        }
    }

    /** A pool that now and then has no thread. */
    private final class Scarce extends ThreadPoolExecutor {
        private Scarce(int size) {
            super(size, size, 0, TimeUnit.SECONDS, new LinkedBlockingQueue<>());
        }

        @Override
        public void execute(Runnable task) {
            if (missing.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
                throw new OutOfMemoryError("unable to create native thread");
            }
            super.execute(task);
        }
    }

    @Test
    void whatFoundNoThreadIsDoneAfterALaterPoll() throws Exception {
        withWorker(3, (worker, work) -> {
            for (long position = 1; position <= 20; position++) {
                long handedOver = position;
                missing.set((int) (position % 4));
                mark = position;
                worker.released(position - 1, List.of(entry(position)), position);
                await().until(() -> {
                    worker.refresh();
                    return handled.contains(handedOver);
                });
            }
        });
    }

    @Test
    void aLaneThatLeavesWhileEventsComeInIsNotMovedOverAny() throws Exception {
        withWorker(3, (worker, work) -> {
            AtomicBoolean done = new AtomicBoolean();
            Thread mover = new Thread(() -> {
                while (!done.get()) {
                    others = 1 - others;
                    worker.refresh();
                    LockSupport.parkNanos(100_000);
                }
            });
            mover.start();
            for (long position = 1; position <= EVENTS && tables.passed.isEmpty(); position++) {
                mark = position;
                worker.released(position - 1, List.of(entry(position)), position);
                if (position % 8 == 0) {
                    LockSupport.parkNanos(20_000);
                }
            }
            done.set(true);
            mover.join();
        });
        assertThat(tables.passed).isEmpty();
        assertThat(tables.givenBack).isGreaterThan(100);
    }

    @Test
    void lanesThatBeginAgainAreToldTogetherHoweverLongOneIsRead() throws Exception {
        try (LogLines lines = new LogLines("dev.postevent.processor", Level.INFO)) {
            withWorker(1, (worker, work) -> {
                releaseTwenty(worker);
                await().until(() -> handled.size() == 20);
                LaneStore.Poll poll = tables.poll().orElseThrow();
                CountDownLatch ends = new CountDownLatch(1);
                tables.reading = ends;
                tables.setBack();
                handled.clear();
                worker.refresh();
                await().until(() -> !handled.isEmpty()); // the first lane is at work again
                worker.polled(worker.nextPoll(), poll);
                work.submit(() -> {}).get(30, TimeUnit.SECONDS);
                assertThat(lines.with("begin again")).isEmpty();
                ends.countDown();
                await().until(() -> {
                    worker.polled(worker.nextPoll(), poll);
                    return handled.size() == 20 && !lines.with("begin again").isEmpty();
                });
            });
            assertThat(lines.with("begin again")).singleElement().asString().contains("0 at 0", "1 at 0");
        }
    }

    private void releaseTwenty(SubscriptionWorker worker) {
        mark = 20;
        worker.released(
                0, LongStream.rangeClosed(1, 20).mapToObj(LaneMoveTest::entry).toList(), 20);
    }

    @Test
    void aDatabaseThatIsAwayIsOneLineWhicheverLaneMeetsIt() throws Exception {
        try (LogLines lines = new LogLines("dev.postevent.processor", Level.WARNING)) {
            withWorker(3, (worker, work) -> {
                tables.away = true;
                worker.refresh();
                await().until(() -> String.valueOf(worker.trouble()).contains("lane 0 does not get past position")
                        && String.valueOf(worker.trouble()).contains("lane 1 does not get past position"));
                assertThat(lines.with("")).singleElement().asString().contains("connection was refused");
                tables.away = false;
                await().until(() -> worker.trouble() == null);
            });
        }
    }

    /** What waits for a person is told, also where it comes of the restart before it. */
    @Test
    void aLockThatDoesNotEndIsToldRightAfterTheDatabaseWasAway() throws Exception {
        try (LogLines lines = new LogLines("dev.postevent.processor", Level.WARNING)) {
            withWorker(3, (worker, work) -> {
                for (String said : List.of("terminating connection", "connection refused", "it is starting up")) {
                    worker.pollFailed(new SQLException(said, "57P03"));
                }
                worker.pollFailed(new SQLException("lane 3 is locked", "55P03"));
                worker.pollFailed(new SQLException("connection refused", "08001"));
                worker.pollFailed(new SQLException("too many connections", "53300"));
            });
            assertThat(lines.with(""))
                    .hasSize(3)
                    .anySatisfy(line -> assertThat(line).contains("terminating connection"))
                    .anySatisfy(line -> assertThat(line).contains("lane 3 is locked"))
                    .anySatisfy(line -> assertThat(line).contains("too many connections"));
        }
    }

    @Test
    void aPollThatIsAnsweredLateDoesNotUndoAPause() throws Exception {
        withWorker(1, (worker, work) -> {
            long early = worker.nextPoll();
            LaneStore.Poll before = tables.poll().orElseThrow();
            paused = true;
            worker.refresh();
            worker.polled(early, before);
            work.submit(() -> {}).get(30, TimeUnit.SECONDS); // both are through
            assertThat(worker.isPaused()).isTrue();
            paused = false;
            worker.polled(worker.nextPoll(), before);
            work.submit(() -> {}).get(30, TimeUnit.SECONDS);
            assertThat(worker.isPaused()).isFalse();
        });
    }
}
