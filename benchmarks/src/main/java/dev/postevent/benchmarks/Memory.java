package dev.postevent.benchmarks;

import dev.postevent.testing.PostgresFixture;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A backlog that is far larger than the heap, of small and of large events, handled with {@code -Xmx512m}. */
final class Memory implements Scenario {
    private static final String SMALL = "200 B events, events/s";
    private static final String LARGE = "1 MiB events, events/s";
    private static final String PEAK = "peak heap, MB";

    @Override
    public List<String> ids() {
        return List.of("memory");
    }

    @Override
    public String title() {
        return "a backlog handled within -Xmx512m";
    }

    @Override
    public Outcome run(Ring ring) throws Exception {
        int small = ring.size().events(1_000_000);
        int large = Math.max(100, ring.size().events(2_000));
        Contest contest = ring.contest()
                .contender(SMALL, () -> handled(ring.arena(), small, 1_000, 200))
                .contender(LARGE, () -> handled(ring.arena(), large, 1, 1_000_000))
                .run(0, 1);
        return Outcome.of(
                contest,
                Verdict.atMost("memory", small + " events of 200 B, peak heap", contest.median(SMALL, PEAK), 512, "MB"),
                Verdict.atMost("memory", large + " events of 1 MB, peak heap", contest.median(LARGE, PEAK), 512, "MB"));
    }

    private static Sample handled(Arena arena, int events, int per, int bytes) throws Exception {
        PostgresFixture.Db db = arena.database();
        arena.fill(db, 1, events, per, bytes, Arena.SUBJECTS, false);
        Meter meter = arena.meter();
        try (Child node = Child.start(db, "node", Observers.Touching.class, "512m", Map.of())) {
            // every lane has passed the last event
            while (!"t"
                    .equals(db.text("select min(cursor) >= " + events
                            + " and count(*) > 0 from postevent_inbox.lane where subscription = 'touching'"))) {
                TimeUnit.MILLISECONDS.sleep(100); // between two looks
            }
            Sample sample = meter.rate(events);
            if (db.number("select count(*) from postevent_inbox.held_event") != 0) {
                throw new WrongException("events are held");
            }
            return sample.with(PEAK, node.end() / 1e6);
        } finally {
            arena.drop(db);
        }
    }
}
