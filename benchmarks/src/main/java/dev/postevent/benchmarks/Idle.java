package dev.postevent.benchmarks;

import dev.postevent.testing.PostgresFixture;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** P15: what an application with ten topics and ten subscriptions costs while nothing happens. */
final class Idle implements Scenario {
    /** Where little happens, the compiler takes its time. */
    private static final int WARM_UP = 12;
    /** Each takes minutes. */
    private static final int RUNS_MAX = 3;

    private static final String NODE = "% of a core, the application";

    @Override
    public List<String> ids() {
        return List.of("P15");
    }

    @Override
    public String title() {
        return "idle, ten topics and ten subscriptions";
    }

    @Override
    public Outcome run(Ring ring) throws Exception {
        long millis = ring.size().millis(10_000);
        Contest contest = ring.contest()
                .contender(NODE, () -> idle(ring.arena(), millis, Map.of()))
                .run(0, Math.min(RUNS_MAX, ring.size().runs()));
        return Outcome.of(
                        contest,
                        Verdict.atMost("P15", "CPU of the application", contest.median(NODE), 1, "% of a core"))
                .with(Map.of(
                        "the database meanwhile", "%.2f %% of a core".formatted(contest.median(NODE, "database %"))));
    }

    static Sample idle(Arena arena, long millis, Map<String, String> config) throws Exception {
        PostgresFixture.Db db = arena.emptyDatabase();
        try (Child node = Child.start(db, "node", Observers.Idle.class, "256m", config)) {
            TimeUnit.MILLISECONDS.sleep(WARM_UP * millis); // starting is over, and the compiler has done its work
            Meter meter = arena.meter();
            double node0 = Meter.tree(node.pid());
            double database0 = Meter.tree(arena.pid());
            long began = System.nanoTime();
            TimeUnit.MILLISECONDS.sleep(millis); // what is measured
            double seconds = (System.nanoTime() - began) / 1e9;
            double used = (Meter.tree(node.pid()) - node0) / seconds * 100;
            double database = (Meter.tree(arena.pid()) - database0) / seconds * 100;
            node.end();
            return meter.sample(used).with("database %", database);
        } finally {
            arena.drop(db);
        }
    }
}
