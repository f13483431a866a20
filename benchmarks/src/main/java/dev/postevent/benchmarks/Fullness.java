package dev.postevent.benchmarks;

import dev.postevent.testing.PostgresFixture;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** P10: bursts into an application that has handled nothing yet, a million events, or a hundred thousand of one subject. */
final class Fullness implements Scenario {
    private static final int DATA_BYTES = 200;
    private static final int PER_TRANSACTION = 100;
    private static final String EMPTY = "nothing handled before";
    private static final String FULL = "1 M handled before";
    private static final String EMPTY_SUBJECT = "one subject, nothing handled before";
    private static final String FULL_SUBJECT = "one subject, 100 k of it handled before";

    @Override
    public List<String> ids() {
        return List.of("P10");
    }

    @Override
    public String title() {
        return "live bursts, empty against full tables";
    }

    @Override
    public Outcome run(Ring ring) throws Exception {
        int burst = ring.size().events(20_000);
        int many = ring.size().events(1_000_000);
        int hot = ring.size().events(100_000);
        Arena arena = ring.arena();
        try (Prepared empty = new Prepared(arena, 0, Arena.SUBJECTS);
                Prepared full = new Prepared(arena, many, Arena.SUBJECTS);
                Prepared emptySubject = new Prepared(arena, 0, 1);
                Prepared fullSubject = new Prepared(arena, hot, 1)) {
            Contest contest = ring.contest()
                    .contender(EMPTY, () -> empty.burst(burst))
                    .contender(FULL, () -> full.burst(burst))
                    .contender(EMPTY_SUBJECT, () -> emptySubject.burst(burst))
                    .contender(FULL_SUBJECT, () -> fullSubject.burst(burst))
                    .run(1, 0);
            // after bursts into all of them, which load and compile what the next ones need, too
            double heapBefore = heap();
            contest.run(0, ring.size().runs());
            double heapAfter = heap();
            return Outcome.of(
                            contest,
                            Verdict.atLeast(
                                    "P10",
                                    many + " handled / empty",
                                    contest.median(FULL) / contest.median(EMPTY),
                                    0.95),
                            Verdict.atLeast(
                                    "P10",
                                    hot + " of one subject / empty",
                                    contest.median(FULL_SUBJECT) / contest.median(EMPTY_SUBJECT),
                                    0.95),
                            Verdict.atMost("P10", "heap after the bursts / before", heapAfter / heapBefore, 1.1))
                    .with(Map.of(
                            "heap before, MB",
                            "%.0f".formatted(heapBefore),
                            "heap after, MB",
                            "%.0f".formatted(heapAfter)));
        }
    }

    private static double heap() {
        System.gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed() / 1e6;
    }

    /** An application that has handled so many and waits for more. */
    private static final class Prepared implements AutoCloseable {
        private final Arena arena;
        private final PostgresFixture.Db db;
        private final Node node;
        private final int subjects;
        private long next;

        Prepared(Arena arena, int handled, int subjects) throws Exception {
            this.arena = arena;
            this.subjects = subjects;
            this.db = arena.database();
            if (handled > 0) {
                arena.fill(db, 1, handled, 1_000, DATA_BYTES, subjects, false);
            }
            this.next = handled + 1L;
            this.node = Node.observer(db, Map.of());
            try {
                Tally tally = node.tally();
                while (tally.count() < handled) {
                    TimeUnit.MILLISECONDS.sleep(20); // until they are handled
                }
                node.awaitStreaming();
                tally.check(handled);
            } catch (RuntimeException | InterruptedException e) {
                close();
                throw e;
            }
            db.execute("vacuum analyze");
        }

        Sample burst(int events) throws Exception {
            Tally tally = node.anew();
            tally.expect(events);
            Meter meter = arena.meter();
            long began = System.nanoTime();
            arena.fill(db, next, events, PER_TRANSACTION, DATA_BYTES, subjects, true);
            next += events;
            Sample sample = meter.rate(events, began, tally.await(Node.LIMIT));
            node.checkDone();
            tally.check(events);
            return sample;
        }

        @Override
        public void close() {
            node.close();
            arena.drop(db);
        }
    }
}
