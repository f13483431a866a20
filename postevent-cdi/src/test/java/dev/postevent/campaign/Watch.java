package dev.postevent.campaign;

import dev.postevent.testing.PostgresFixture;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Checks mark and settled again and again: monotone, and nothing missing at or below them (I5, I6, I7). It counts the last {@value
 * #WINDOW} positions each time, and all of them at every {@value #ALL_EVERY}th check.
 *
 * <p>Mark and settled are committed without waiting for the disk, so a server that is killed may take back the last moments of
 * them, with the rows. Each check therefore commits a row of its own, which waits for the disk: what a check that succeeded has seen
 * is on disk, and from there nothing may go back.
 */
final class Watch {
    private static final String CHECK = """
            with on_disk as (update checked set checks = checks + 1)
            select h.mark, s.settled,
                   (select count(*) from postevent_inbox.messages m
                     where m.topic = 'orders' and m.idn > h.mark - ? and m.idn <= h.mark) as to_mark,
                   (select count(*) from postevent.orders o where o.idn > s.settled - ? and o.idn <= s.settled) as to_settled
              from (select coalesce(max(mark), 0) as mark from postevent_inbox.high_water_mark where topic = 'orders') h,
                   (select coalesce(max(settled), 0) as settled from postevent_internal.settled where topic = 'orders') s
            """;
    private static final long WINDOW = 5_000;
    private static final long ALL_EVERY = 100;

    private final PostgresFixture.Db db;
    private final List<String> violations = new CopyOnWriteArrayList<>();
    private final CountDownLatch ended = new CountDownLatch(1);
    private final Thread thread = new Thread(this::run, "watch");
    private volatile long checks;
    private long mark;
    private long settled;

    Watch(PostgresFixture.Db db) {
        this.db = db;
    }

    void start() {
        db.execute("create table checked (checks bigint not null)", "insert into checked values (0)");
        thread.setDaemon(true);
        thread.start();
    }

    private void run() {
        try {
            while (!ended.await(500, TimeUnit.MILLISECONDS)) {
                check();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void check() {
        try {
            checkNow();
        } catch (SQLException e) {
            // the cluster is down as part of a fault: the next check sees what it came back with
        }
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // one thread counts
    private void checkNow() throws SQLException {
        long window = checks % ALL_EVERY == ALL_EVERY - 1 ? Long.MAX_VALUE / 2 : WINDOW;
        try (Connection connection = db.dataSource().getConnection();
                PreparedStatement check = connection.prepareStatement(CHECK)) {
            check.setLong(1, window);
            check.setLong(2, window);
            try (ResultSet row = check.executeQuery()) {
                row.next();
                judge(row.getLong(1), row.getLong(3), row.getLong(2), row.getLong(4), window);
            }
            checks++;
        }
    }

    private void judge(long markNow, long toMark, long settledNow, long toSettled, long window) {
        if (markNow < mark) {
            violations.add("I5: the mark went back from " + mark + " to " + markNow);
        }
        if (toMark != Math.min(markNow, window)) {
            violations.add("I6: at mark " + markNow + " the inbox has " + toMark + " of the last " + window);
        }
        if (settledNow < settled) {
            violations.add("I7: settled went back from " + settled + " to " + settledNow);
        }
        if (toSettled != Math.min(settledNow, window)) {
            violations.add("I7: at settled " + settledNow + " the topic has " + toSettled + " of the last " + window);
        }
        mark = markNow;
        settled = settledNow;
    }

    /** Ends, with a check that has to succeed. */
    void endWell() throws InterruptedException, SQLException {
        end();
        checkNow();
    }

    void end() throws InterruptedException {
        ended.countDown();
        thread.join();
    }

    long checks() {
        return checks;
    }

    List<String> violations() {
        return violations;
    }
}
