package dev.postevent.benchmarks;

import dev.postevent.Operator;
import dev.postevent.benchmarks.Scenario.WrongException;
import dev.postevent.testing.PostgresFixture;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * P1, P2, P3: a backlog, one row per transaction, through the feed into the inbox, through the feed to an observer, and through
 * catch-up to an observer; against Debezium that does nothing, and against a bare SELECT and insert of the same rows.
 *
 * <p>For the feed the stream is held up (its walsender is stopped) while the backlog is written, so that nothing but the feed brings
 * it; for catch-up the rows are there before the application has ever started.
 */
final class Backlog implements Scenario {
    private static final int DATA_BYTES = 1_024;
    private static final String DEBEZIUM = "Debezium, no-op";
    private static final String INBOX = "feed to inbox";
    private static final String OBSERVER = "feed to observer";
    private static final String DEFAULT = "feed far behind to observer, default settings";
    private static final String BARE = "bare SELECT and inbox insert";
    private static final String CATCH_UP = "catch-up to observer";
    private static final String NOT_DECODED = "the same without logical decoding, feed=polling";
    /** The feed shall bring it, however much it is, and nobody else. */
    private static final Map<String, String> BY_FEED_ALONE =
            Map.of("postevent.catchup.interval", "1h", "postevent.feed.behind-max", "1000000000");

    @Override
    public List<String> ids() {
        return List.of("P1", "P2", "P3", "P6");
    }

    @Override
    public String title() {
        return "backlog of 1 KiB events, one per transaction, drained";
    }

    @Override
    public Outcome run(Ring ring) throws Exception {
        int events = ring.size().events(60_000);
        Arena arena = ring.arena();
        Contest contest = ring.contest()
                .contender(DEBEZIUM, () -> debezium(arena, events))
                .contender(INBOX, () -> inbox(arena, events))
                .contender(OBSERVER, () -> observer(arena, events))
                .contender(DEFAULT, () -> behind(arena, events))
                .contender(BARE, () -> bare(arena, events))
                .contender(CATCH_UP, () -> catchUp(arena, events, Map.of()))
                .contender(NOT_DECODED, () -> catchUp(arena, events, Map.of("postevent.feed.kind", "polling")))
                // so many contenders that a look, which takes a minute at most, is one run of each
                .run(
                        ring.size().warmUps(1),
                        ring.size() == Size.FULL ? ring.size().runs() : 1);
        double observer = contest.median(OBSERVER);
        return Outcome.of(
                        contest,
                        Verdict.atLeast(
                                "P1",
                                "feed → inbox / Debezium no-op",
                                contest.median(INBOX) / contest.median(DEBEZIUM),
                                0.9),
                        Verdict.atLeast(
                                "P2", "feed → observer / Debezium no-op", observer / contest.median(DEBEZIUM), 0.8),
                        Verdict.atLeast(
                                "P3",
                                "catch-up → observer / bare SELECT + inbox insert",
                                contest.median(CATCH_UP) / contest.median(BARE),
                                0.7),
                        Verdict.atLeast(
                                "P3",
                                "catch-up → observer / feed → observer",
                                contest.median(CATCH_UP) / observer,
                                1.3),
                        Verdict.atLeast(
                                "P6",
                                "backlog events/s / 27, recorded of the original with 100,000 handled (not in this run)",
                                contest.median(DEFAULT) / 27,
                                20))
                .with(Map.of(
                        "events",
                        Integer.toString(events),
                        "data bytes",
                        Integer.toString(DATA_BYTES),
                        "catch-up without logical decoding / bare SELECT + inbox insert",
                        "%.2f".formatted(contest.median(NOT_DECODED) / contest.median(BARE))));
    }

    private static void fill(Arena arena, PostgresFixture.Db db, int events) {
        arena.fill(db, 1, events, 1, DATA_BYTES, Arena.SUBJECTS, false);
    }

    static Sample debezium(Arena arena, int events) throws Exception {
        PostgresFixture.Db db = arena.database();
        AtomicLong seen = new AtomicLong();
        AtomicLong first = new AtomicLong();
        AtomicLong inFirst = new AtomicLong();
        AtomicLong last = new AtomicLong();
        CountDownLatch all = new CountDownLatch(1);
        try (DebeziumDrain drain = new DebeziumDrain(db, 5, rows -> {
            if (rows.isEmpty()) {
                return;
            }
            long now = System.nanoTime();
            if (first.compareAndSet(0, now)) {
                inFirst.set(rows.size());
            }
            if (seen.addAndGet(rows.size()) >= events) {
                last.set(now);
                all.countDown();
            }
        })) {
            fill(arena, db, events);
            Meter meter = arena.meter();
            drain.start();
            if (!all.await(10, TimeUnit.MINUTES) || seen.get() != events) {
                throw new WrongException("Debezium brought " + seen + " of " + events + " rows");
            }
            return meter.rate(events - inFirst.get(), first.get(), last.get());
        } finally {
            arena.drop(db);
        }
    }

    private static Sample inbox(Arena arena, int events) throws Exception {
        PostgresFixture.Db db = arena.database();
        try (Node node = Node.observer(db, BY_FEED_ALONE).awaitStreaming()) {
            node.subscriptions().pause(Observers.COUNTING, Operator.of("benchmark", "its inbox fills first"));
            Arena.Stopped stream = heldUp(arena, db, node, events);
            Meter meter = arena.meter();
            stream.release();
            long before = 0;
            long began = 0;
            try (Connection connection = db.dataSource().getConnection();
                    PreparedStatement mark = connection.prepareStatement(
                            "select mark from postevent_inbox.high_water_mark where topic = 'orders'")) {
                while (true) {
                    long now = number(mark);
                    if (before == 0 && now > 0) {
                        before = now;
                        began = System.nanoTime();
                    }
                    if (now >= events) {
                        break;
                    }
                    TimeUnit.MILLISECONDS.sleep(5); // between two looks
                }
            }
            Sample sample = meter.rate(events - before, began, System.nanoTime());
            if (db.number("select count(*) from postevent_inbox.messages where topic = 'orders'") != events) {
                throw new WrongException("the inbox has not " + events + " rows");
            }
            return sample;
        } finally {
            arena.drop(db);
        }
    }

    /** A backlog of a stream that was flowing for a while: right after its start the tables are read, too. */
    private static Arena.Stopped heldUp(Arena arena, PostgresFixture.Db db, Node node, int events)
            throws InterruptedException {
        TimeUnit.SECONDS.sleep(3); // that while
        Arena.Stopped stream = arena.stopStream(db, node.slot());
        fill(arena, db, events);
        if (db.number("select coalesce(max(mark), 0) from postevent_inbox.high_water_mark") != 0) {
            stream.release();
            throw new WrongException("the backlog did not wait for the stream");
        }
        return stream;
    }

    private static long number(PreparedStatement select) throws SQLException {
        try (ResultSet row = select.executeQuery()) {
            return row.next() ? row.getLong(1) : 0;
        }
    }

    private static Sample observer(Arena arena, int events) throws Exception {
        PostgresFixture.Db db = arena.database();
        try (Node node = Node.observer(db, BY_FEED_ALONE).awaitStreaming()) {
            Tally tally = node.anew();
            tally.expect(events);
            Arena.Stopped stream = heldUp(arena, db, node, events);
            Meter meter = arena.meter();
            stream.release();
            long reached = tally.await(Node.LIMIT);
            Sample sample = meter.rate(events, tally.firstNanos(), reached);
            node.checkDone();
            tally.check(events);
            return sample;
        } finally {
            arena.drop(db);
        }
    }

    /** An application that was away meanwhile, and whose slot has all of it. */
    private static Sample behind(Arena arena, int events) throws Exception {
        PostgresFixture.Db db = arena.database();
        try {
            Node.observer(db, Map.of()).awaitStreaming().close();
            return catchUp(arena, db, events, Map.of());
        } finally {
            arena.drop(db);
        }
    }

    static Sample catchUp(Arena arena, int events, Map<String, String> config) throws Exception {
        PostgresFixture.Db db = arena.database();
        try {
            return catchUp(arena, db, events, config);
        } finally {
            arena.drop(db);
        }
    }

    private static Sample catchUp(Arena arena, PostgresFixture.Db db, int events, Map<String, String> config)
            throws Exception {
        fill(arena, db, events);
        db.execute("vacuum analyze postevent.orders");
        Meter meter = arena.meter();
        try (Node node = Node.observer(db, config)) {
            Tally tally = node.tally();
            while (tally.count() < events) {
                TimeUnit.MILLISECONDS.sleep(2); // between two looks
            }
            Sample sample = meter.rate(events, tally.firstNanos(), System.nanoTime());
            node.checkDone();
            tally.check(events);
            return sample;
        }
    }

    /** What nobody can avoid: read a thousand rows, insert a thousand rows, commit. */
    private static Sample bare(Arena arena, int events) throws SQLException {
        PostgresFixture.Db db = arena.database();
        fill(arena, db, events);
        db.execute(
                "vacuum analyze postevent.orders",
                "create table public.inbox (topic text, idn bigint, id text, source text, type text, datacontenttype text, subject text,"
                        + " data bytea, time timestamptz, stored_at timestamptz default now(), primary key (topic, idn))");
        Meter meter = arena.meter();
        try (Connection connection = db.dataSource().getConnection();
                PreparedStatement select = connection.prepareStatement(
                        "select idn, id, source, type, datacontenttype, subject, data, time from postevent.orders where idn > ?"
                                + " order by idn limit 1000");
                PreparedStatement insert = connection.prepareStatement(
                        "insert into public.inbox (topic, idn, id, source, type, datacontenttype, subject, data, time) select 'orders', *"
                                + " from unnest(?::bigint[], ?::text[], ?::text[], ?::text[], ?::text[], ?::text[], ?::bytea[],"
                                + " ?::timestamptz[]) on conflict do nothing")) {
            connection.setAutoCommit(false);
            long after = 0;
            int done = 0;
            while (done < events) {
                List<Object[]> rows = new ArrayList<>();
                select.setLong(1, after);
                try (ResultSet row = select.executeQuery()) {
                    while (row.next()) {
                        rows.add(new Object[] {
                            row.getLong(1),
                            row.getString(2),
                            row.getString(3),
                            row.getString(4),
                            row.getString(5),
                            row.getString(6),
                            row.getBytes(7),
                            row.getObject(8, OffsetDateTime.class).toString()
                        });
                    }
                }
                String[] types = {"int8", "text", "text", "text", "text", "text", "bytea", "text"};
                for (int column = 0; column < types.length; column++) {
                    int at = column;
                    Object[] values = types[column].equals("bytea")
                            ? rows.stream().map(row -> (byte[]) row[at]).toArray(byte[][]::new)
                            : rows.stream().map(row -> row[at]).toArray();
                    Array array = connection.createArrayOf(types[column], values);
                    insert.setArray(column + 1, array);
                }
                done += insert.executeUpdate();
                connection.commit();
                after = (Long) rows.get(rows.size() - 1)[0];
            }
            return meter.rate(done);
        } finally {
            arena.drop(db);
        }
    }
}
