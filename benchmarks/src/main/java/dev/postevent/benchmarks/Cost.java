package dev.postevent.benchmarks;

import dev.postevent.testing.PostgresFixture;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * What publishing and handling ask of the database: statements, transactions and WAL for each event, counted by PostgreSQL itself
 * ({@code pg_stat_statements}), against a bare insert of the same row.
 */
final class Cost implements Scenario {
    private static final int DATA_BYTES = 1_024;
    private static final String STATEMENTS = "statements per event";
    private static final String TRANSACTIONS = "transactions per event";
    private static final String BARE = "bare insert, WAL bytes per event";
    private static final String PUBLISH_1 = "publish, 1 per transaction, WAL bytes per event";
    private static final String PUBLISH_10 = "publish, 10 per transaction, WAL bytes per event";
    private static final String HANDLE_SLOW = "publish and handle at 100/s, WAL bytes per event";
    private static final String HANDLE_FAST = "publish and handle, bursts of 100 per transaction, WAL bytes per event";

    @Override
    public List<String> ids() {
        return List.of("cost");
    }

    @Override
    public String title() {
        return "statements, transactions and WAL per event of 1 KiB";
    }

    @Override
    public Outcome run(Ring ring) throws Exception {
        Size size = ring.size();
        int events = size.events(5_000);
        Arena arena = ring.arena();
        Contest contest = ring.contest()
                .contender(BARE, () -> published(arena, size, events, 0))
                .contender(PUBLISH_1, () -> published(arena, size, events, 1))
                .contender(PUBLISH_10, () -> published(arena, size, events, 10))
                .contender(HANDLE_SLOW, () -> handled(arena, size, events / 5, true))
                .contender(HANDLE_FAST, () -> handled(arena, size, events, false))
                .run(0, 1);
        Map<String, String> facts = new LinkedHashMap<>();
        for (String name : List.of(BARE, PUBLISH_1, PUBLISH_10, HANDLE_SLOW, HANDLE_FAST)) {
            facts.put(
                    name,
                    String.format(
                            Locale.ROOT,
                            "%.0f (%.2f of a bare insert), %.2f statements, %.2f transactions per event",
                            contest.median(name),
                            contest.median(name) / contest.median(BARE),
                            contest.median(name, STATEMENTS),
                            contest.median(name, TRANSACTIONS)));
        }
        return Outcome.of(contest).with(facts);
    }

    private static Sample published(Arena arena, Size size, int events, int per) throws Exception {
        PostgresFixture.Db db = arena.database();
        db.execute(Arena.BARE_TABLE, "create extension pg_stat_statements");
        try (Node node = Node.publisher(db, Map.of())) {
            Publishing publishing = new Publishing(DATA_BYTES);
            var work = (per == 0 ? publishing.byHand(node, "public.bare", 1) : publishing.throughUs(node, per)).of(0);
            work.call();
            Counted before = Counted.now(db, size);
            Meter meter = arena.meter();
            int done = 0;
            while (done < events) {
                done += work.call();
            }
            return before.since(db, size, meter, done);
        } finally {
            arena.drop(db);
        }
    }

    private static Sample handled(Arena arena, Size size, int events, boolean slow) throws Exception {
        PostgresFixture.Db db = arena.database();
        db.execute("create extension pg_stat_statements");
        try (Node node = Node.observer(db, Map.of()).awaitStreaming()) {
            Tally tally = node.anew();
            Counted before = Counted.now(db, size);
            Meter meter = arena.meter();
            if (slow) {
                Publishing publishing = new Publishing(DATA_BYTES);
                Publishers.paced(1, 100, events, publishing.throughUs(node, 1));
            } else {
                arena.fill(db, 1, events, 100, DATA_BYTES, Arena.SUBJECTS, true);
            }
            while (tally.count() < events) {
                TimeUnit.MILLISECONDS.sleep(2); // until they are handled
            }
            Sample sample = before.since(db, size, meter, events);
            node.checkDone();
            tally.check(events);
            return sample;
        } finally {
            arena.drop(db);
        }
    }

    /** Counters of a database. */
    private record Counted(long calls, long commits, long walBytes) {

        static Counted now(PostgresFixture.Db db, Size size) throws SQLException, InterruptedException {
            if (size != Size.SMOKE) {
                // an idle backend reports its last transactions after ten seconds
                TimeUnit.SECONDS.sleep(11);
            }
            try (Connection connection = db.dataSource().getConnection();
                    Statement statement = connection.createStatement();
                    ResultSet row = statement.executeQuery(
                            "select sum(s.calls) filter (where s.query !~* '^(begin|commit|set|show|deallocate)'),"
                                    + " (select xact_commit from pg_stat_database where datname = current_database()),"
                                    + " sum(s.wal_bytes)"
                                    + " from pg_stat_statements s where s.toplevel and s.dbid = (select oid from pg_database where"
                                    + " datname = current_database())")) {
                row.next();
                return new Counted(row.getLong(1), row.getLong(2), row.getLong(3));
            }
        }

        Sample since(PostgresFixture.Db db, Size size, Meter meter, int events)
                throws SQLException, InterruptedException {
            Counted after = now(db, size);
            return meter.sample((double) (after.walBytes - walBytes) / events)
                    .with(STATEMENTS, (double) (after.calls - calls) / events)
                    .with(TRANSACTIONS, (double) (after.commits - commits) / events);
        }
    }
}
