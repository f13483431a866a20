package dev.postevent.benchmarks;

import static org.awaitility.Awaitility.await;

import dev.postevent.testing.PostgresFixture;
import java.util.List;
import java.util.Map;

/** P12, P13: what publishing costs the publisher, against the same insert by hand in the same JTA transaction, and with consumers. */
final class Publish implements Scenario {
    private static final int DATA_BYTES = 1_024;
    private static final int THREADS = 4;
    private static final int PER_SECOND = 50;
    private static final String OURS_1 = "ours, 1 per transaction";
    private static final String HAND_1 = "by hand, 1 per transaction";
    private static final String OURS_10 = "ours, 10 per transaction";
    private static final String HAND_10 = "by hand, 10 per transaction";
    private static final String ALONE = "commit p50 ms, no consumers";
    private static final String WITH = "commit p50 ms, with a consumer";

    @Override
    public List<String> ids() {
        return List.of("P12", "P13");
    }

    @Override
    public String title() {
        return "publishing, 1 KiB events, " + THREADS + " threads";
    }

    @Override
    public Outcome run(Ring ring) throws Exception {
        Arena arena = ring.arena();
        long millis = ring.size().millis(5_000);
        int commits = ring.size().events(1_000);
        PostgresFixture.Db db = arena.database();
        db.execute(Arena.BARE_TABLE);
        try (Node node = Node.publisher(db, Map.of())) {
            Contest contest = ring.contest()
                    .contender(OURS_1, () -> published(arena, db, node, millis, 1))
                    .contender(HAND_1, () -> byHand(arena, node, millis, 1))
                    .contender(OURS_10, () -> published(arena, db, node, millis, 10))
                    .contender(HAND_10, () -> byHand(arena, node, millis, 10))
                    .contender(ALONE, () -> commitLatency(arena, commits, false))
                    .contender(WITH, () -> commitLatency(arena, commits, true))
                    .run(1, ring.size().runs());
            return Outcome.of(
                    contest,
                    Verdict.atMost(
                            "P12",
                            "commit latency with consumers / without (" + THREADS * PER_SECOND + " commits/s)",
                            contest.median(WITH) / contest.median(ALONE),
                            1.3),
                    Verdict.atLeast(
                            "P13",
                            "1 event per transaction, ours / by hand",
                            contest.median(OURS_1) / contest.median(HAND_1),
                            0.9),
                    Verdict.atLeast(
                            "P13",
                            "10 events per transaction, ours / by hand",
                            contest.median(OURS_10) / contest.median(HAND_10),
                            2));
        } finally {
            arena.drop(db);
        }
    }

    private static Sample published(Arena arena, PostgresFixture.Db db, Node node, long millis, int per)
            throws Exception {
        db.execute("truncate postevent.orders");
        Meter meter = arena.meter();
        long events = Publishers.fullSpeed(THREADS, millis, new Publishing(DATA_BYTES).throughUs(node, per));
        Sample sample = meter.rate(events);
        if (db.number("select count(*) from postevent.orders") != events) {
            throw new WrongException("not every published event is in the outbox");
        }
        return sample;
    }

    private static Sample byHand(Arena arena, Node node, long millis, int per) throws Exception {
        node.app().jta().db().execute("truncate public.bare");
        Meter meter = arena.meter();
        return meter.rate(
                Publishers.fullSpeed(THREADS, millis, new Publishing(DATA_BYTES).byHand(node, "public.bare", per)));
    }

    private static Sample commitLatency(Arena arena, int commits, boolean consumer) throws Exception {
        PostgresFixture.Db db = arena.database();
        try (Node node = consumer ? Node.observer(db, Map.of()).awaitStreaming() : Node.publisher(db, Map.of())) {
            Publishing publishing = new Publishing(DATA_BYTES);
            Meter meter = arena.meter();
            double[] millis =
                    Publishers.paced(THREADS, PER_SECOND, commits / THREADS, publishing.throughUs(node, 1)).stream()
                            .mapToDouble(nanos -> nanos / 1e6)
                            .toArray();
            Sample sample = meter.sample(Contest.median(millis)).with(Latency.P99, Contest.quantile(0.99, millis));
            if (consumer) {
                // the lag of a subscription counts what is in the inbox, where the last event may not be yet
                await().atMost(Node.LIMIT).until(() -> node.tally().count() >= millis.length);
                node.checkDone();
                node.tally().check(millis.length);
            }
            return sample;
        } finally {
            arena.drop(db);
        }
    }
}
