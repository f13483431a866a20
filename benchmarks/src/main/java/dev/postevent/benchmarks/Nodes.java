package dev.postevent.benchmarks;

import dev.postevent.testing.PostgresFixture;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** P14: two nodes, each a JVM with one lane at a time, against one, with an observer that burns CPU. */
final class Nodes implements Scenario {
    private static final int DATA_BYTES = 200;
    private static final String ONE = "one node";
    private static final String TWO = "two nodes";
    private static final String NODES_CPU = "nodes CPU s";

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
                .with(Map.of(
                        "events",
                        Integer.toString(events),
                        "CPU seconds of the nodes",
                        "%.1f and %.1f".formatted(contest.median(ONE, NODES_CPU), contest.median(TWO, NODES_CPU))));
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
                        Map.of("postevent.subscriptions.defaults.concurrency", "1", "postevent.lease", "3s")));
            }
            String owners = "select count(distinct owner) from postevent_inbox.lane";
            while (db.number(owners) < nodes || !streaming(db)) {
                TimeUnit.MILLISECONDS.sleep(50); // until the lanes are shared
            }
            handle(arena, db, 0, events); // else it is the compiler of two JVMs that is measured
            Meter meter = arena.meter();
            double before = cpu(children);
            handle(arena, db, events, events);
            Sample sample = meter.rate(events).with(NODES_CPU, cpu(children) - before);
            if (db.number("select count(distinct id) from effect") != 2L * events
                    || db.number("select count(*) from effect") != 2L * events) {
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

    /** Over one connection: to make one for each look would cost the database more than the observers do. */
    private static void handle(Arena arena, PostgresFixture.Db db, int handled, int events) throws Exception {
        arena.fill(db, handled + 1L, events, 100, DATA_BYTES, Arena.SUBJECTS, false);
        try (Connection connection = db.dataSource().getConnection();
                PreparedStatement count = connection.prepareStatement("select count(*) from effect")) {
            for (long effects = 0; effects < handled + events; ) {
                TimeUnit.MILLISECONDS.sleep(100); // between two looks
                try (ResultSet row = count.executeQuery()) {
                    row.next();
                    effects = row.getLong(1);
                }
            }
        }
    }

    private static double cpu(List<Child> children) {
        return children.stream().mapToDouble(child -> Meter.tree(child.pid())).sum();
    }

    private static boolean streaming(PostgresFixture.Db db) {
        return db.number("select count(*) from pg_replication_slots where active and database = current_database()")
                > 0;
    }
}
