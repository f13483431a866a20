package dev.postevent.benchmarks;

import dev.postevent.testing.PostgresFixture;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** P15: what an application with ten topics and ten subscriptions costs while nothing happens. */
final class Idle implements Scenario {
    /** Where little happens, the compiler takes its time: so many times what is measured, before it. */
    private static final int WARM_UP = 12;

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
        long millis = ring.size().millis(20_000);
        Arena arena = ring.arena();
        PostgresFixture.Db db = arena.emptyDatabase();
        try (Child node = Child.start(db, "node", Observers.Idle.class, "256m", Map.of())) {
            TimeUnit.MILLISECONDS.sleep(WARM_UP * millis); // starting is over, and the compiler has done its work
            Contest contest = ring.contest()
                    .contender(NODE, () -> idle(arena, node, millis))
                    .run(0, ring.size().runs());
            node.end();
            return Outcome.of(
                            contest,
                            Verdict.atMost("P15", "CPU of the application", contest.median(NODE), 1, "% of a core"))
                    .with(Map.of(
                            "the database meanwhile",
                            "%.2f %% of a core".formatted(contest.median(NODE, "database %")),
                            "seconds after the start",
                            Long.toString(WARM_UP * millis / 1_000)));
        } finally {
            arena.drop(db);
        }
    }

    private static Sample idle(Arena arena, Child node, long millis) throws Exception {
        Meter meter = arena.meter();
        double node0 = Meter.tree(node.pid());
        double database0 = Meter.tree(arena.pid());
        long began = System.nanoTime();
        TimeUnit.MILLISECONDS.sleep(millis); // what is measured
        double seconds = (System.nanoTime() - began) / 1e9;
        double used = (Meter.tree(node.pid()) - node0) / seconds * 100;
        double database = (Meter.tree(arena.pid()) - database0) / seconds * 100;
        return meter.sample(used).with("database %", database);
    }
}
