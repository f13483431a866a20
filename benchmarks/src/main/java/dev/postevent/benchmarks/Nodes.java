package dev.postevent.benchmarks;

import dev.postevent.testing.PostgresFixture;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** P14: two nodes, each a JVM with one lane at a time, against one, with an observer that burns CPU. */
final class Nodes implements Scenario {
    private static final int DATA_BYTES = 200;
    private static final String ONE = "one node";
    private static final String TWO = "two nodes";

    @Override
    public List<String> ids() {
        return List.of("P14");
    }

    @Override
    public String title() {
        return "two nodes share the lanes of an observer that takes 1 ms of CPU per event";
    }

    @Override
    public Outcome run(Ring ring) throws Exception {
        int events = ring.size().events(10_000);
        Contest contest = ring.contest()
                .contender(ONE, () -> handled(ring.arena(), events, 1))
                .contender(TWO, () -> handled(ring.arena(), events, 2))
                .run(0, ring.size().runs());
        int cores = Runtime.getRuntime().availableProcessors();
        return Outcome.of(
                        contest,
                        Verdict.atLeast(
                                "P14",
                                "two nodes / one, on " + cores + " cores that PostgreSQL shares",
                                contest.median(TWO) / contest.median(ONE),
                                Math.min(2, cores) * 0.8))
                .with(Map.of("events", Integer.toString(events)));
    }

    private static Sample handled(Arena arena, int events, int nodes) throws Exception {
        PostgresFixture.Db db = arena.database();
        db.execute(Observers.Heavy.TABLE);
        List<Child> children = new ArrayList<>();
        try {
            for (int node = 0; node < nodes; node++) {
                children.add(Child.start(
                        db,
                        "node" + node,
                        Observers.Heavy.class,
                        "256m",
                        Map.of("postevent.subscription.concurrency", "1", "postevent.lease-millis", "3000")));
            }
            String owners = "select count(distinct owner) from postevent_inbox.lane";
            while (db.number(owners) < nodes || !streaming(db)) {
                TimeUnit.MILLISECONDS.sleep(50); // until the lanes are shared
            }
            Meter meter = arena.meter();
            arena.fill(db, 1, events, 100, DATA_BYTES, Arena.SUBJECTS, false);
            while (db.number("select count(*) from effect") < events) {
                TimeUnit.MILLISECONDS.sleep(50); // between two looks
            }
            Sample sample = meter.rate(events);
            if (db.number("select count(distinct id) from effect") != events
                    || db.number("select count(*) from effect") != events) {
                throw new WrongException("effects are not one per event");
            }
            if (db.number(
                            "select count(*) from (select id < lag(id) over (partition by subject order by n) as back from"
                                    + " effect) e where back")
                    > 0) {
                throw new WrongException("effects are out of order");
            }
            for (Child child : children) {
                child.end();
            }
            return sample;
        } finally {
            children.forEach(Child::close);
            arena.drop(db);
        }
    }

    private static boolean streaming(PostgresFixture.Db db) {
        return db.number("select count(*) from pg_replication_slots where active and database = current_database()")
                > 0;
    }
}
