package dev.postevent.benchmarks;

import static org.awaitility.Awaitility.await;

import dev.postevent.testing.PostgresFixture;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * P20: how far the mark is behind the head while there is always a long transaction open, three of them one after the other, and
 * a quarter of all positions is rolled back.
 */
final class LongTransactions implements Scenario {
    private static final int WRITERS = 4;
    private static final int PER_TRANSACTION = 10;
    private static final int POSITIONS_PER_SECOND = 5_000;
    private static final int ONE_IN = 4;
    private static final int LONG_ONES = 3;
    private static final String BEHIND = "the mark behind the head, longest transaction included, s";
    private static final String INSERT = """
            insert into postevent.orders (id, source, type, subject, data)
            select (? + g)::text, 'urn:benchmark', 'order.placed', ?, ? from generate_series(1, ?) g
            """;

    @Override
    public List<String> ids() {
        return List.of("P20");
    }

    @Override
    public String title() {
        return "the mark under transactions that overlap, " + POSITIONS_PER_SECOND + " positions/s, 25 % rolled back";
    }

    @Override
    public Outcome run(Ring ring) throws Exception {
        long longest = ring.size() == Size.SMOKE ? 300 : 3_000;
        long millis = Math.max(ring.size().millis(30_000), 4 * longest);
        Contest contest = ring.contest()
                .contender(BEHIND, () -> behind(ring.arena(), millis, longest))
                .run(0, ring.size().runs());
        return Outcome.of(
                contest,
                Verdict.atMost(
                        "P20",
                        "the mark behind the head - the longest transaction",
                        contest.median(BEHIND) - longest / 1e3,
                        1,
                        "s"));
    }

    private static Sample behind(Arena arena, long millis, long longest) throws Exception {
        PostgresFixture.Db db = arena.database();
        ExecutorService pool = Executors.newCachedThreadPool();
        try (Node node = Node.observer(db, Map.of()).awaitStreaming();
                Connection looks = db.dataSource().getConnection()) {
            Tally tally = node.anew();
            AtomicLong ids = new AtomicLong();
            AtomicLong committed = new AtomicLong();
            AtomicBoolean publishing = new AtomicBoolean(true);
            Meter meter = arena.meter();
            List<Future<?>> jobs = new ArrayList<>();
            for (int i = 0; i < LONG_ONES; i++) {
                long first = longest * i / LONG_ONES;
                jobs.add(pool.submit(() -> holdOpen(db, publishing, first, longest, ids, committed)));
            }
            int times = (int) (millis * POSITIONS_PER_SECOND / PER_TRANSACTION / WRITERS / 1_000);
            Future<List<Long>> writers = pool.submit(() -> Publishers.paced(
                    WRITERS,
                    (double) POSITIONS_PER_SECOND / PER_TRANSACTION / WRITERS,
                    times,
                    thread -> writer(db, thread, ids, committed)));
            double behind = watch(looks, writers);
            writers.get();
            publishing.set(false);
            for (Future<?> job : jobs) {
                job.get();
            }
            await().atMost(Node.LIMIT).until(() -> tally.count() >= committed.get());
            Sample sample = meter.sample(behind).with("positions", ids.get());
            node.checkDone();
            tally.check(committed.get());
            return sample;
        } finally {
            pool.shutdownNow();
            arena.drop(db);
        }
    }

    /** One position, and then open for {@code longest} milliseconds, again and again. */
    private static Void holdOpen(
            PostgresFixture.Db db, AtomicBoolean on, long first, long longest, AtomicLong ids, AtomicLong committed)
            throws SQLException, InterruptedException {
        try (Connection connection = db.dataSource().getConnection()) {
            connection.setAutoCommit(false);
            TimeUnit.MILLISECONDS.sleep(first); // so that they overlap
            while (on.get()) {
                insert(connection, null, ids, 1);
                TimeUnit.MILLISECONDS.sleep(longest); // this is what a long transaction does
                connection.commit();
                committed.incrementAndGet();
            }
        }
        return null;
    }

    private static Callable<Integer> writer(PostgresFixture.Db db, int thread, AtomicLong ids, AtomicLong committed)
            throws SQLException {
        Connection connection = db.dataSource().getConnection();
        connection.setAutoCommit(false);
        long[] calls = {0};
        return () -> {
            insert(connection, "w" + thread, ids, PER_TRANSACTION);
            if (++calls[0] % ONE_IN == 0) {
                connection.rollback();
                return 0;
            }
            connection.commit();
            committed.addAndGet(PER_TRANSACTION);
            return PER_TRANSACTION;
        };
    }

    private static void insert(Connection connection, @Nullable String subject, AtomicLong ids, int events)
            throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement(INSERT)) {
            insert.setLong(1, ids.getAndAdd(events));
            insert.setString(2, subject);
            insert.setBytes(3, new byte[100]);
            insert.setInt(4, events);
            insert.executeUpdate();
        }
    }

    /** The longest that the mark was behind a position that the head had reached, until the writers are done; in seconds. */
    private static double watch(Connection connection, Future<?> writers) throws SQLException, InterruptedException {
        record Seen(long nanos, long head) {}
        Deque<Seen> above = new ArrayDeque<>();
        double most = 0;
        try (Statement statement = connection.createStatement()) {
            while (!writers.isDone()) {
                try (ResultSet row =
                        statement.executeQuery("select (select coalesce(max(idn), 0) from postevent.orders),"
                                + " (select coalesce(max(mark), 0) from postevent_inbox.high_water_mark"
                                + " where topic = 'orders')")) {
                    row.next();
                    long now = System.nanoTime();
                    above.addLast(new Seen(now, row.getLong(1)));
                    long mark = row.getLong(2);
                    while (!above.isEmpty() && above.getFirst().head() <= mark) {
                        above.removeFirst();
                    }
                    if (!above.isEmpty()) {
                        most = Math.max(most, (now - above.getFirst().nanos()) / 1e9);
                    }
                }
                TimeUnit.MILLISECONDS.sleep(50); // between two looks
            }
        }
        return most;
    }
}
