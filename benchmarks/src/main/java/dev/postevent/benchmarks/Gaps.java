package dev.postevent.benchmarks;

import dev.postevent.EventPublisher;
import dev.postevent.testing.PostgresFixture;
import java.sql.Connection;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * P8: how long an event waits behind a number that a rollback has burned or whose transaction commits late, when nothing comes after
 * it that would help.
 */
final class Gaps implements Scenario {
    private static final long SILENCE_MILLIS = 100;
    private static final long LATE_MILLIS = 30;
    private static final String NORMAL = "at 100/s, p50 ms";
    private static final String AFTER = "event after a rollback, p99 ms";
    private static final String ROLLBACK = "waiting event, after the rollback, p99 ms";
    private static final String COMMIT = "waiting event, after the late commit, p99 ms";

    @Override
    public List<String> ids() {
        return List.of("P8");
    }

    @Override
    public String title() {
        return "delay of the next event after a rollback or a late commit, then silence";
    }

    @Override
    public Outcome run(Ring ring) throws Exception {
        int times = ring.size().times(100);
        Contest contest = ring.contest()
                .contender(NORMAL, () -> Latency.ours(ring.arena(), ring.size().events(1_000), Map.of()))
                .contender(AFTER, () -> gaps(ring.arena(), times, false, "rollback"))
                .contender(ROLLBACK, () -> gaps(ring.arena(), times, true, "rollback"))
                .contender(COMMIT, () -> gaps(ring.arena(), times, true, "commit"))
                .run(ring.size().warmUps(1), ring.size().runs());
        double normal = contest.median(NORMAL, Latency.P99);
        return Outcome.of(
                contest,
                Verdict.atMost("P8", "event after a rollback / normal p99", contest.median(AFTER) / normal, 2),
                Verdict.atMost(
                        "P8", "event that waits for a rollback / normal p99", contest.median(ROLLBACK) / normal, 2),
                Verdict.atMost("P8", "event that waits for a commit / normal p99", contest.median(COMMIT) / normal, 2));
    }

    private static Sample gaps(Arena arena, int times, boolean waits, String end) throws Exception {
        PostgresFixture.Db db = arena.database();
        try (Node node = Node.observer(db, Map.of()).awaitStreaming();
                Connection other = db.dataSource().getConnection();
                Statement statement = other.createStatement()) {
            other.setAutoCommit(false);
            EventPublisher orders = node.orders();
            Events events = new Events(100);
            Tally tally = node.anew().timed();
            double[] millis = new double[times];
            Meter meter = arena.meter();
            long expected = 0;
            int warmUps = times / 5;
            for (int i = -warmUps; i < times; i++) {
                statement.execute("insert into postevent.orders (id, source, type) values ('" + (1_000_000 + i)
                        + "', 'urn:other', 't')");
                if (!waits) {
                    other.rollback();
                }
                long id = warmUps + i;
                node.app().jta().transaction(() -> orders.publish(events.event(id, "s")));
                expected++;
                long from = System.nanoTime();
                if (waits) {
                    TimeUnit.MILLISECONDS.sleep(LATE_MILLIS); // the other transaction is that late
                    from = System.nanoTime();
                    if (end.equals("commit")) {
                        other.commit();
                        expected++;
                    } else {
                        other.rollback();
                    }
                }
                double waited = (tally.timeOf(id) - from) / 1e6;
                if (i >= 0) {
                    millis[i] = waited;
                }
                TimeUnit.MILLISECONDS.sleep(SILENCE_MILLIS); // nothing comes that would help
            }
            Sample sample = sample(meter, millis);
            node.checkDone();
            tally.check(expected);
            return sample;
        } finally {
            arena.drop(db);
        }
    }

    private static Sample sample(Meter meter, double[] millis) {
        return meter.sample(Contest.quantile(0.99, millis)).with("p50 ms", Contest.median(millis));
    }
}
