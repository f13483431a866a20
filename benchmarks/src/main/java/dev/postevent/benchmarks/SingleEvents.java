package dev.postevent.benchmarks;

import dev.postevent.benchmarks.Scenario.WrongException;
import dev.postevent.testing.PostgresFixture;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * P5: one event per transaction, ordered, against the poller that everybody writes by hand: {@code SKIP LOCKED}, one event per
 * transaction, no order. Both have four threads, and get the same bursts while they run. The limit is what any of them has to do at
 * least: four connections that each change a row and commit.
 */
final class SingleEvents implements Scenario {
    private static final int THREADS = 4;
    private static final int DATA_BYTES = 1_024;
    private static final int PER_TRANSACTION = 100;
    private static final int WARM_UPS = 2;
    private static final String LIMIT = "one row changed and committed";
    private static final String POLLER = "hand-written poller, unordered";
    private static final String OURS = "ours, ordered, batch-max 1";
    private static final String DIRECT = "the same, inbox=direct";
    private static final String NO_WAIT = "the same, synchronous-commit=off";
    private static final Map<String, String> SINGLE = Map.of("postevent.subscriptions.defaults.batch-max", "1");

    @Override
    public List<String> ids() {
        return List.of("P5");
    }

    @Override
    public String title() {
        return "one event per transaction, " + THREADS + " threads";
    }

    @Override
    public Outcome run(Ring ring) throws Exception {
        int events = ring.size().events(10_000);
        Contest contest = ring.contest()
                .contender(LIMIT, () -> limit(ring.arena(), events))
                .contender(POLLER, () -> poller(ring.arena(), events))
                .contender(OURS, () -> ours(ring.arena(), events, SINGLE))
                .contender(DIRECT, () -> ours(ring.arena(), events, and("postevent.inbox.mode", "direct")))
                .contender(
                        NO_WAIT,
                        () -> ours(
                                ring.arena(),
                                events,
                                and("postevent.subscriptions.defaults.synchronous-commit", "false")))
                .run(ring.size().warmUps(WARM_UPS), ring.size().runs());
        double poller = contest.median(POLLER);
        return Outcome.of(
                        contest,
                        Verdict.atLeast("P5", "ours / hand-written poller", contest.median(OURS) / poller, 2),
                        Verdict.atLeast(
                                "P5", "ours, inbox=direct / hand-written poller", contest.median(DIRECT) / poller, 2),
                        Verdict.atLeast(
                                "P5",
                                "ours, synchronous-commit=off / hand-written poller",
                                contest.median(NO_WAIT) / poller,
                                2))
                .with(Map.of("the limit / hand-written poller", "%.2f".formatted(contest.median(LIMIT) / poller)));
    }

    private static Map<String, String> and(String key, String value) {
        Map<String, String> config = new HashMap<>(SINGLE);
        config.put(key, value);
        return config;
    }

    private static Sample limit(Arena arena, int events) throws Exception {
        PostgresFixture.Db db = arena.database();
        db.execute(
                "create table public.cursors (lane int primary key, cursor bigint not null)",
                "insert into public.cursors select n, 0 from generate_series(0, " + (THREADS - 1) + ") n");
        AtomicLong left = new AtomicLong(events);
        ExecutorService pool = Executors.newFixedThreadPool(THREADS);
        try {
            Meter meter = arena.meter();
            long began = System.nanoTime();
            List<Future<?>> threads = new ArrayList<>();
            for (int thread = 0; thread < THREADS; thread++) {
                int lane = thread;
                threads.add(pool.submit(() -> {
                    move(db, lane, left);
                    return null;
                }));
            }
            for (Future<?> thread : threads) {
                thread.get();
            }
            return meter.rate(events, began, System.nanoTime());
        } finally {
            pool.shutdownNow();
            arena.drop(db);
        }
    }

    private static void move(PostgresFixture.Db db, int lane, AtomicLong left) throws SQLException {
        try (Connection connection = db.dataSource().getConnection();
                PreparedStatement update =
                        connection.prepareStatement("update public.cursors set cursor = cursor + 1 where lane = ?")) {
            connection.setAutoCommit(false);
            update.setInt(1, lane);
            while (left.decrementAndGet() >= 0) {
                update.executeUpdate();
                connection.commit();
            }
        }
    }

    private static Sample ours(Arena arena, int events, Map<String, String> config) throws Exception {
        PostgresFixture.Db db = arena.database();
        try (Node node = Node.observer(db, config).awaitStreaming()) {
            Tally tally = node.anew();
            tally.expect(events);
            Meter meter = arena.meter();
            long began = System.nanoTime();
            arena.fill(db, 1, events, PER_TRANSACTION, DATA_BYTES, Arena.SUBJECTS, true);
            Sample sample = meter.rate(events, began, tally.await(Node.LIMIT));
            node.checkDone();
            tally.check(events);
            return sample;
        } finally {
            arena.drop(db);
        }
    }

    private static Sample poller(Arena arena, int events) throws Exception {
        PostgresFixture.Db db = arena.database();
        AtomicLong handled = new AtomicLong();
        ExecutorService pool = Executors.newFixedThreadPool(THREADS);
        try {
            Meter meter = arena.meter();
            long began = System.nanoTime();
            for (int thread = 0; thread < THREADS; thread++) {
                pool.submit(() -> {
                    poll(db, handled, events);
                    return null;
                });
            }
            arena.fill(db, 1, events, PER_TRANSACTION, DATA_BYTES, Arena.SUBJECTS, true);
            pool.shutdown();
            if (!pool.awaitTermination(10, TimeUnit.MINUTES) || handled.get() != events) {
                throw new WrongException("the poller handled " + handled + " of " + events);
            }
            return meter.rate(events, began, System.nanoTime());
        } finally {
            pool.shutdownNow();
            arena.drop(db);
        }
    }

    /** Take one, handle it, take it away: two round trips each. */
    private static void poll(PostgresFixture.Db db, AtomicLong handled, int events)
            throws SQLException, InterruptedException {
        try (Connection connection = db.dataSource().getConnection();
                PreparedStatement take = connection.prepareStatement(
                        "delete from postevent.orders where idn = (select idn from postevent.orders order by idn limit 1 for update"
                                + " skip locked) returning id, subject, data")) {
            connection.setAutoCommit(false);
            while (handled.get() < events) {
                boolean found;
                try (ResultSet row = take.executeQuery()) {
                    found = row.next();
                }
                connection.commit();
                if (found) {
                    handled.incrementAndGet();
                } else {
                    TimeUnit.MILLISECONDS.sleep(2); // its poll interval
                }
            }
        }
    }
}
