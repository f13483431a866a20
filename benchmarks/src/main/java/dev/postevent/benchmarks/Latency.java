package dev.postevent.benchmarks;

import dev.postevent.testing.PostgresFixture;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.connect.data.Struct;

/** P7: from the return of a commit to the observer, a hundred a second, against Debezium's callback at its quickest. */
final class Latency implements Scenario {
    private static final int PER_SECOND = 100;
    private static final int DATA_BYTES = 1_024;
    /** The least that Debezium takes. */
    private static final int POLL_MILLIS = 1;

    private static final String DEBEZIUM = "Debezium callback, p50 ms";
    private static final String OURS = "observer, p50 ms";
    static final String P99 = "p99 ms";

    @Override
    public List<String> ids() {
        return List.of("P7");
    }

    @Override
    public String title() {
        return "commit to observer at " + PER_SECOND + " events/s, default settings";
    }

    @Override
    public Outcome run(Ring ring) throws Exception {
        int events = ring.size().events(1_500);
        Contest contest = ring.contest()
                .contender(DEBEZIUM, () -> debezium(ring.arena(), events))
                .contender(OURS, () -> ours(ring.arena(), events, Map.of()))
                .run(ring.size() == Size.SMOKE ? 0 : 1, ring.size().runs());
        return Outcome.of(
                contest,
                Verdict.atMost("P7", "commit → observer, p50", contest.median(OURS), 3, "ms"),
                Verdict.atMost("P7", "commit → observer, p99", contest.median(OURS, P99), 15, "ms"),
                Verdict.atMost("P7", "p50 / Debezium callback's", contest.median(OURS) / contest.median(DEBEZIUM), 2));
    }

    private static Sample debezium(Arena arena, int events) throws Exception {
        PostgresFixture.Db db = arena.database();
        Map<Long, Long> seen = new ConcurrentHashMap<>();
        try (Node node = Node.publisher(db, Map.of());
                DebeziumDrain drain = new DebeziumDrain(db, POLL_MILLIS, rows -> {
                    long now = System.nanoTime();
                    for (Struct row : rows) {
                        seen.putIfAbsent(Long.parseLong(row.getString("id")), now);
                    }
                })) {
            drain.start();
            drain.awaitStreaming();
            Map<Long, Long> committed = new ConcurrentHashMap<>();
            Meter meter = arena.meter();
            publish(node, events, committed);
            long deadline = System.nanoTime() + 60_000_000_000L;
            while (seen.size() < events && System.nanoTime() < deadline) {
                Thread.onSpinWait();
            }
            if (seen.size() != events) {
                throw new WrongException("Debezium brought " + seen.size() + " of " + events);
            }
            return sample(meter, committed, seen);
        } finally {
            arena.drop(db);
        }
    }

    static Sample ours(Arena arena, int events, Map<String, String> config) throws Exception {
        PostgresFixture.Db db = arena.database();
        try (Node node = Node.observer(db, config).awaitStreaming()) {
            Tally tally = node.anew().timed();
            Map<Long, Long> committed = new ConcurrentHashMap<>();
            Meter meter = arena.meter();
            publish(node, events, committed);
            Map<Long, Long> seen = new ConcurrentHashMap<>();
            for (long id : committed.keySet()) {
                seen.put(id, tally.timeOf(id));
            }
            Sample sample = sample(meter, committed, seen);
            node.checkDone();
            tally.check(events);
            return sample;
        } finally {
            arena.drop(db);
        }
    }

    /** Publishes at the pace and notes when each commit returned. */
    static void publish(Node node, int events, Map<Long, Long> committed) throws Exception {
        Publishing publishing = new Publishing(DATA_BYTES);
        var orders = node.orders();
        Publishers.paced(1, PER_SECOND, events, thread -> () -> {
            long id = publishing.nextId();
            node.app().jta().transaction(() -> orders.publish(publishing.event(id, Publishing.subject(thread, id))));
            committed.put(id, System.nanoTime());
            return 1;
        });
    }

    private static Sample sample(Meter meter, Map<Long, Long> committed, Map<Long, Long> seen) {
        double[] millis = millis(committed, seen);
        return meter.sample(Contest.median(millis)).with(P99, Contest.quantile(0.99, millis));
    }

    private static double[] millis(Map<Long, Long> committed, Map<Long, Long> seen) {
        return committed.entrySet().stream()
                .mapToDouble(one -> (seen.getOrDefault(one.getKey(), Long.MAX_VALUE) - one.getValue()) / 1e6)
                .toArray();
    }
}
