package dev.postevent.benchmarks;

import dev.postevent.testing.PostgresFixture;
import java.util.List;
import java.util.Map;

/**
 * P9: what it costs that one transaction in ten draws a number and rolls back. The limit is what the publishers alone lose by doing
 * that, with nobody who would have to deal with the gaps.
 */
final class Rollbacks implements Scenario {
    private static final int PUBLISHERS = 16;
    private static final int DATA_BYTES = 1_024;
    private static final int NEVER = Integer.MAX_VALUE;
    private static final int ONE_IN_TEN = 9; // after so many commits
    private static final String ALONE = "publishers alone, no rollbacks";
    private static final String ALONE_WITH = "publishers alone, 10 % rollbacks";
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
        long limits = Math.max(1_000, millis / 2);
        Contest contest = ring.contest()
                .contender(ALONE, () -> published(ring.arena(), limits, NEVER))
                .contender(ALONE_WITH, () -> published(ring.arena(), limits, ONE_IN_TEN))
                .contender(WITHOUT, () -> handled(ring.arena(), millis, NEVER))
                .contender(WITH, () -> handled(ring.arena(), millis, ONE_IN_TEN))
                .run(ring.size().warmUps(1), ring.size().runs());
        return Outcome.of(
                        contest,
                        Verdict.atLeast(
                                "P9",
                                "with 10 % rollbacks / without",
                                contest.median(WITH) / contest.median(WITHOUT),
                                0.95))
                .with(Map.of(
                        "publishers alone, with 10 % rollbacks / without",
                        "%.2f".formatted(contest.median(ALONE_WITH) / contest.median(ALONE))));
    }

    private static Sample published(Arena arena, long millis, int every) throws Exception {
        PostgresFixture.Db db = arena.database();
        try (Node node = Node.publisher(db, Map.of())) {
            Publishing publishing = new Publishing(DATA_BYTES);
            Meter meter = arena.meter();
            return meter.rate(Publishers.fullSpeed(PUBLISHERS, millis, publishing.withRollbacks(node, every)));
        } finally {
            arena.drop(db);
        }
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
