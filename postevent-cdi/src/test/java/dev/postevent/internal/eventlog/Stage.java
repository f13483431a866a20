package dev.postevent.internal.eventlog;

import static dev.postevent.internal.eventlog.Events.ORDERS;
import static dev.postevent.internal.eventlog.Events.event;
import static org.awaitility.Awaitility.await;

import dev.postevent.PosteventException;
import dev.postevent.internal.outbox.Inserts;
import dev.postevent.internal.schema.Schema;
import dev.postevent.spi.LogEntry;
import dev.postevent.testing.PostgresFixture;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import javax.sql.DataSource;

/**
 * Two publishers on one topic, moved by hand, and the check of whoever follows the topic meanwhile.
 *
 * <p>A run plays a script against one read of a follower: each step at a chosen point between two of the follower's statements.
 * Then the rest of the script, then further reads until the follower has arrived. Lost is an event at or below the follower's
 * mark that it has not seen; harmed is a publisher that failed; stuck is a follower that does not arrive.
 */
final class Stage implements AutoCloseable {
    private static final int READS_MAX = 20;

    private final PostgresFixture.Db db;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final List<String> harmed = new ArrayList<>();
    private final Connection gate;
    private final Connection observer;
    private Connection first;
    private final Connection second;
    private Future<?> slow;
    /** How many statements the read had during which the last script was played. */
    private int statementsOfRead;

    Stage(PostgresFixture.Db db) throws SQLException {
        this.db = db;
        new Schema(db.dataSource(), Schema.Mode.CREATE).prepareOutbox(List.of(ORDERS));
        db.execute("""
                create function wait_at_gate() returns trigger language plpgsql as
                'begin perform pg_advisory_xact_lock(4711); return new; end'
                """, """
                create trigger wait_at_gate before insert on postevent.orders
                for each row when (new.id = 'slow') execute function wait_at_gate()
                """);
        this.gate = db.dataSource().getConnection();
        this.observer = db.dataSource().getConnection();
        this.first = publisher();
        this.second = publisher();
    }

    /** Follows the topic: what a consumer's catch-up does with an event log. */
    @FunctionalInterface
    interface Follower {
        /** Reads once what is above {@code mark}, over connections of {@code db}. */
        Read read(DataSource db, long mark) throws Exception;
    }

    /** Everything above the mark and at or below {@code settledThrough} is an event seen, or void for ever. */
    record Read(long settledThrough, List<Long> events) {}

    /** How a run ended. */
    record Verdict(String schedule, List<Long> lost, List<String> harmed, boolean stuck, int voids) {
        boolean isClean() {
            return lost.isEmpty() && harmed.isEmpty() && !stuck;
        }
    }

    /** Something a publisher does. */
    @FunctionalInterface
    interface Step {
        void take(Stage stage) throws Exception;
    }

    /** What the publishers do. Position 1 is the first publisher's unless said otherwise. */
    enum Script {
        LATE_COMMIT(
                stage -> {
                    stage.begin();
                    stage.insert(stage.first, "a");
                    stage.insert(stage.second, "b");
                },
                stage -> stage.execute(stage.first, "commit")),

        LATE_ROLLBACK(
                stage -> {
                    stage.begin();
                    stage.insert(stage.first, "a");
                    stage.insert(stage.second, "b");
                },
                stage -> stage.insert(stage.second, "c"),
                stage -> stage.execute(stage.first, "rollback")),

        LATE_COMMIT_OF_A_PREPARED_TRANSACTION(
                stage -> {
                    stage.begin();
                    stage.insert(stage.first, "a");
                    stage.insert(stage.second, "b");
                },
                stage -> stage.execute(stage.first, "prepare transaction 'stage'"),
                stage -> stage.execute(stage.first, "commit prepared 'stage'")),

        /** A transaction that has drawn its number and not yet inserted the row, nor got a transaction id. */
        NUMBER_WITHOUT_ROW(
                stage -> {
                    stage.insert(stage.second, "opener"); // the first number of a sequence logs, and assigns an id
                    stage.insertAtGate();
                    stage.insert(stage.second, "b");
                },
                Stage::openGate),

        /** For who keeps what an earlier read has listed: position 1 is burned before, position 2 is of who comes after. */
        NEWCOMER_AFTER_A_GAP(
                stage -> {
                    stage.begin();
                    stage.insert(stage.first, "burned");
                    stage.execute(stage.first, "rollback");
                    stage.insert(stage.second, "a");
                },
                stage -> {
                    stage.begin();
                    stage.insert(stage.first, "late");
                    stage.insert(stage.second, "b");
                },
                stage -> stage.execute(stage.first, "commit")),

        /** Condition C1 broken: the first publisher's session keeps numbers for later. */
        CACHED_NUMBERS(
                stage -> {
                    stage.execute(stage.second, "alter sequence postevent.orders_idn_seq cache 5");
                    stage.insert(stage.first, "a");
                    stage.forgetNumbersOfSecond();
                    stage.insert(stage.second, "b");
                },
                stage -> stage.insert(stage.first, "late"),
                stage -> {
                    stage.first.close(); // takes the rest of its numbers along
                    stage.first = stage.publisher();
                    stage.execute(stage.second, "alter sequence postevent.orders_idn_seq cache 1");
                }),

        /** Condition C2 broken: a number drawn apart from the insert. */
        NUMBER_DRAWN_APART(
                stage -> {
                    stage.execute(stage.first, "select nextval('postevent.orders_idn_seq')");
                    stage.insert(stage.second, "b");
                },
                stage -> stage.attempt(() -> stage.execute(
                        stage.first,
                        "insert into postevent.orders(idn, id, source, type) overriding system value"
                                + " values (1, 'apart', 's', 't')")));

        private final List<Step> steps;

        Script(Step... steps) {
            this.steps = List.of(steps);
        }
    }

    /** Runs {@code script} at every choice of points among the first {@code statements} statements of a read. */
    List<Verdict> runAll(Script script, int statements, Follower follower) throws Exception {
        List<Verdict> verdicts = new ArrayList<>();
        int[] points = new int[script.steps.size()];
        do {
            verdicts.add(run(script, points, follower));
        } while (next(points, statements));
        return verdicts;
    }

    /** As {@link #runAll}, with the first step before anything else and the others from statement {@code from} on. */
    List<Verdict> runAllFrom(int from, Script script, int statements, Follower follower) throws Exception {
        List<Verdict> verdicts = new ArrayList<>();
        int[] points = new int[script.steps.size()];
        Arrays.fill(points, 1, points.length, from);
        do {
            verdicts.add(run(script, points, follower));
        } while (next(points, statements) && points[0] == 0);
        return verdicts;
    }

    /**
     * Rows and burned positions in turn, {@code gaps} times, while one transaction is open the whole time; then it ends, but
     * not before the next one has begun. Returns how many reads it took to arrive at what was there before that one began.
     */
    int readsPastARelay(int gaps, Follower follower) throws Exception {
        reset();
        begin();
        insert(first, "open");
        insert(second, "row0");
        for (int gap = 1; gap <= gaps; gap++) {
            execute(second, "begin");
            insert(second, "burned" + gap);
            execute(second, "rollback");
            insert(second, "row" + gap);
        }
        long drawn = 2 + 2L * gaps;
        List<Long> seen = new ArrayList<>();
        long mark = follow(follower, db.dataSource(), 0, seen);
        execute(second, "begin");
        insert(second, "newcomer");
        execute(first, "commit");
        int reads = 0;
        for (; mark < drawn && reads < READS_MAX; reads++) {
            mark = follow(follower, db.dataSource(), mark, seen);
        }
        execute(second, "rollback");
        return reads;
    }

    /** As {@link #runAll}, until a run ends in a way that {@code wanted} describes. */
    Optional<Verdict> runUntil(Predicate<Verdict> wanted, Script script, int statements, Follower follower)
            throws Exception {
        int[] points = new int[script.steps.size()];
        do {
            Verdict verdict = run(script, points, follower);
            if (wanted.test(verdict)) {
                return Optional.of(verdict);
            }
        } while (next(points, statements));
        return Optional.empty();
    }

    /**
     * The next ascending choice; false after the last. A step that came after the read, because that had fewer statements, is not moved
     * further: it would be the same run again.
     */
    private boolean next(int[] points, int max) {
        for (int i = points.length - 1; i >= 0; i--) {
            if (points[i] < Math.min(max, statementsOfRead)) {
                Arrays.fill(points, i, points.length, points[i] + 1);
                return true;
            }
        }
        return false;
    }

    private Verdict run(Script script, int[] points, Follower follower) throws Exception {
        reset();
        int[] statement = {0};
        int[] step = {0};
        try (Connection followers = db.dataSource().getConnection()) {
            DataSource source = HookedDataSource.single(followers);
            DataSource interrupted = HookedDataSource.of(source, sql -> {
                for (; step[0] < points.length && points[step[0]] <= statement[0]; step[0]++) {
                    take(script.steps.get(step[0]));
                }
                statement[0]++;
            });
            List<Long> seen = new ArrayList<>();
            long mark = follow(follower, interrupted, 0, seen);
            statementsOfRead = statement[0];
            for (; step[0] < points.length; step[0]++) {
                take(script.steps.get(step[0]));
            }
            return judge(script + " at " + Arrays.toString(points), follower, source, mark, seen);
        }
    }

    /** Runs {@code script} with all steps but the first within one statement of the follower, which waits for lock 4712. */
    Verdict runWithinOneStatement(Script script, Follower follower) throws Exception {
        reset();
        take(script.steps.get(0));
        List<Long> seen = new ArrayList<>();
        execute(gate, "select pg_advisory_lock(4712)");
        Future<Long> read = threads.submit(() -> follow(follower, db.dataSource(), 0, seen));
        awaitOneWaiterAtGate();
        for (Step step : script.steps.subList(1, script.steps.size())) {
            take(step);
        }
        execute(gate, "select pg_advisory_unlock(4712)");
        return judge(script + " within one statement", follower, db.dataSource(), read.get(30, TimeUnit.SECONDS), seen);
    }

    /**
     * A position rolled back, and publishers so busy that somebody is always at it: before each listing of the locks the next one
     * begins, and the one before commits.
     */
    Verdict runWithoutAQuietInstant(int readsMax, Follower follower) throws Exception {
        reset();
        begin();
        insert(first, "a");
        execute(first, "rollback");
        begin();
        insert(first, "b");
        insert(second, "c");
        int[] reads = {0};
        DataSource busy = HookedDataSource.of(db.dataSource(), sql -> {
            if (sql.contains("pg_locks")) {
                take(stage -> stage.relay(reads[0]++));
            }
        });
        List<Long> seen = new ArrayList<>();
        long mark = 0;
        for (int read = 0; mark < 3 && read < readsMax; read++) {
            mark = follow(follower, busy, mark, seen);
        }
        execute(first, "rollback");
        execute(second, "rollback");
        return new Verdict("without a quiet instant", List.of(), List.copyOf(harmed), mark < 3, 0);
    }

    private void relay(int round) throws SQLException {
        Connection next = round % 2 == 0 ? second : first;
        execute(next, "begin");
        insert(next, "busy" + round);
        execute(round % 2 == 0 ? first : second, "commit");
    }

    private Verdict judge(String schedule, Follower follower, DataSource source, long reached, List<Long> seen)
            throws Exception {
        long mark = reached;
        long head = number("select coalesce(max(idn), 0) from postevent.orders");
        for (int reads = 1; mark < head && reads < READS_MAX; reads++) {
            mark = follow(follower, source, mark, seen);
        }
        String lost = text("select string_agg(idn::text, ' ') from postevent.orders where kind = 'e' and idn <= " + mark
                + " and idn <> all ('{"
                + String.join(",", seen.stream().map(String::valueOf).toList()) + "}')");
        return new Verdict(
                schedule,
                lost == null
                        ? List.of()
                        : Arrays.stream(lost.split(" ")).map(Long::valueOf).toList(),
                List.copyOf(harmed),
                mark < head,
                (int) number("select count(*) from postevent.orders where kind = 'v'"));
    }

    private static long follow(Follower follower, DataSource source, long mark, List<Long> seen) throws Exception {
        Read read = follower.read(source, mark);
        seen.addAll(read.events());
        return Math.max(mark, read.settledThrough());
    }

    private void take(Step step) {
        try {
            step.take(this);
        } catch (Exception e) {
            throw new IllegalStateException("a step of the script failed", e);
        }
    }

    private void reset() throws SQLException {
        execute(first, "rollback");
        execute(second, "rollback");
        harmed.clear();
        // rows are deleted one by one: a table of a few rows that is truncated takes ten times as long
        execute(
                observer,
                "delete from postevent.orders; select setval('postevent.orders_idn_seq', 1, false);"
                        + " delete from postevent_internal.settled");
    }

    /** A publisher that has to wait for a table lock is harmed; our own statement sets its timeout only when it runs. */
    private Connection publisher() throws SQLException {
        Connection connection = db.dataSource().getConnection();
        execute(connection, "set lock_timeout = '200ms'");
        return connection;
    }

    private void begin() throws SQLException {
        execute(first, "begin");
    }

    private void insert(Connection connection, String id) {
        attempt(() -> Inserts.insert(connection, ORDERS, List.of(LogEntry.of(0, event(id, null)))));
    }

    private void insertAtGate() throws SQLException {
        execute(gate, "select pg_advisory_lock(4711)");
        slow = threads.submit(() -> insert(first, "slow"));
        awaitOneWaiterAtGate();
    }

    private void awaitOneWaiterAtGate() {
        await().atMost(Duration.ofMinutes(4))
                .pollInterval(Duration.ofMillis(2))
                .until(() -> number("select count(*) from pg_locks where locktype = 'advisory' and not granted"
                                + " and database = (select oid from pg_database where datname = current_database())")
                        == 1);
    }

    private void openGate() throws Exception {
        execute(gate, "select pg_advisory_unlock(4711)");
        slow.get(30, TimeUnit.SECONDS);
    }

    /** A session keeps the cache setting it has seen for as long as its numbers last. */
    private void forgetNumbersOfSecond() throws SQLException {
        execute(second, "discard sequences");
    }

    private void attempt(Publishing publishing) {
        try {
            publishing.run();
        } catch (SQLException | PosteventException e) {
            harmed.add(String.valueOf(e));
        }
    }

    private void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private String text(String sql) throws SQLException {
        try (Statement statement = observer.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getString(1);
        }
    }

    private long number(String sql) throws SQLException {
        return Long.parseLong(text(sql));
    }

    @Override
    public void close() throws SQLException {
        threads.shutdownNow();
        gate.close();
        observer.close();
        first.close();
        second.close();
    }

    /** An attempt to publish. */
    @FunctionalInterface
    private interface Publishing {
        void run() throws SQLException;
    }
}
