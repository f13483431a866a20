package dev.postevent.benchmarks;

import dev.postevent.testing.PostgresFixture;
import java.util.List;
import java.util.Map;

/** P9: what it costs that one transaction in ten draws a number and rolls back. */
final class Rollbacks implements Scenario {
    private static final int PUBLISHERS = 16;
    private static final int DATA_BYTES = 1_024;
    private static final String WITHOUT = "no rollbacks";
    private static final String WITH = "10 % rollbacks";

    @Override
    public List<String> ids() {
        return List.of("P9");
    }

    @Override
    public String title() {
        return "events published and handled, from the first publish to the last effect, with and without rollbacks";
    }

    @Override
    public Outcome run(Ring ring) throws Exception {
        long millis = ring.size().millis(10_000);
        Contest contest = ring.contest()
                .contender(WITHOUT, () -> handled(ring.arena(), millis, Integer.MAX_VALUE))
                .contender(WITH, () -> handled(ring.arena(), millis, 9))
                .run(ring.size() == Size.FULL ? 1 : 0, ring.size().runs());
        return Outcome.of(
                contest,
                Verdict.atLeast(
                        "P9", "with 10 % rollbacks / without", contest.median(WITH) / contest.median(WITHOUT), 0.95));
    }

    private static Sample handled(Arena arena, long millis, int every) throws Exception {
        PostgresFixture.Db db = arena.database();
        try (Node node = Node.observer(db, Map.of()).awaitStreaming()) {
            Publishing publishing = new Publishing(DATA_BYTES);
            Tally tally = node.anew();
            Meter meter = arena.meter();
            long published = Publishers.fullSpeed(PUBLISHERS, millis, publishing.withRollbacks(node, every));
            tally.expect(published);
            if (tally.count() < published) {
                tally.await(Node.LIMIT);
            }
            Sample sample = meter.rate(published);
            node.checkDone();
            tally.check(published);
            return sample;
        } finally {
            arena.drop(db);
        }
    }
}
