package dev.postevent.benchmarks;

import static org.awaitility.Awaitility.await;

import dev.postevent.testing.PostgresFixture;
import java.util.List;
import java.util.Map;

/** P4: sixteen publishers at full speed, one event each transaction, while the same application handles them. */
final class Live implements Scenario {
    private static final int PUBLISHERS = 16;
    private static final int DATA_BYTES = 1_024;
    private static final String BARE = "bare inserts";
    private static final String BY_HAND = "by hand in JTA transactions";
    private static final String OURS = "published and handled";
    static final String HANDLED = "handled / published";

    @Override
    public List<String> ids() {
        return List.of("P4", "P6");
    }

    @Override
    public String title() {
        return "live, " + PUBLISHERS + " publishers of single 1 KiB events at full speed";
    }

    @Override
    public Outcome run(Ring ring) throws Exception {
        long millis = ring.size().millis(42_000);
        long limits = Math.max(1_000, millis / 6);
        Contest contest = ring.contest()
                .contender(BARE, () -> bare(ring.arena(), limits))
                .contender(BY_HAND, () -> byHand(ring.arena(), limits))
                .contender(OURS, () -> ours(ring.arena(), millis, Map.of()))
                .run(0, ring.size().runs());
        return Outcome.of(
                        contest,
                        Verdict.atLeast(
                                "P4", "handled / published when publishing ends", contest.median(OURS, HANDLED), 0.95),
                        Verdict.atLeast(
                                "P4",
                                "published / bare insert commits with nothing else running",
                                contest.median(OURS) / contest.median(BARE),
                                0.6),
                        Verdict.atLeast(
                                "P6",
                                "live events/s / 500, the most that was recorded of the original (not in this run)",
                                contest.median(OURS) * contest.median(OURS, HANDLED) / 500,
                                10))
                .with(Map.of(
                        "seconds",
                        Long.toString(millis / 1_000),
                        "published / the same insert by hand in JTA transactions with nothing else running",
                        "%.2f".formatted(contest.median(OURS) / contest.median(BY_HAND)),
                        "by hand in JTA transactions / bare insert commits",
                        "%.2f".formatted(contest.median(BY_HAND) / contest.median(BARE))));
    }

    static Sample bare(Arena arena, long millis) throws Exception {
        PostgresFixture.Db db = arena.database();
        db.execute(Arena.BARE_TABLE);
        try {
            Publishing publishing = new Publishing(DATA_BYTES);
            Meter meter = arena.meter();
            return meter.rate(Publishers.fullSpeed(PUBLISHERS, millis, publishing.bare(db, "public.bare")));
        } finally {
            arena.drop(db);
        }
    }

    private static Sample byHand(Arena arena, long millis) throws Exception {
        PostgresFixture.Db db = arena.database();
        db.execute(Arena.BARE_TABLE);
        try (Node node = Node.publisher(db, Map.of())) {
            Publishing publishing = new Publishing(DATA_BYTES);
            Meter meter = arena.meter();
            return meter.rate(Publishers.fullSpeed(PUBLISHERS, millis, publishing.byHand(node, "public.bare", 1)));
        } finally {
            arena.drop(db);
        }
    }

    static Sample ours(Arena arena, long millis, Map<String, String> config) throws Exception {
        PostgresFixture.Db db = arena.database();
        try (Node node = Node.observer(db, config).awaitStreaming()) {
            Publishing publishing = new Publishing(DATA_BYTES);
            Tally tally = node.anew();
            Meter meter = arena.meter();
            long published = Publishers.fullSpeed(PUBLISHERS, millis, publishing.throughUs(node, 1));
            double handled = (double) tally.count() / published;
            Sample sample = meter.rate(published).with(HANDLED, handled);
            // the lag of a subscription counts what is in the inbox, which here may be far behind
            await().atMost(Node.LIMIT).until(() -> tally.count() >= published);
            node.checkDone();
            tally.check(published);
            return sample;
        } finally {
            arena.drop(db);
        }
    }
}
