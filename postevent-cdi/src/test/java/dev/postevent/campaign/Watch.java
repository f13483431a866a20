package dev.postevent.campaign;

import dev.postevent.testing.PostgresFixture;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Looks at mark and settled again and again: monotone, and nothing missing at or below them (I5, I6, I7). */
final class Watch {
    private static final String LOOK = """
            select (select mark from postevent_inbox.high_water_mark where topic = 'orders') as mark,
                   (select count(*) from postevent_inbox.messages m, postevent_inbox.high_water_mark h
                     where m.topic = 'orders' and h.topic = 'orders' and m.idn <= h.mark) as below_mark,
                   (select settled from postevent_internal.settled where topic = 'orders') as settled,
                   (select count(*) from postevent.orders o, postevent_internal.settled s
                     where s.topic = 'orders' and o.idn <= s.settled) as below_settled
            """;

    private final PostgresFixture.Db db;
    private final List<String> violations = new CopyOnWriteArrayList<>();
    private final CountDownLatch ended = new CountDownLatch(1);
    private final Thread thread = new Thread(this::run, "watch");
    private volatile long looks;
    private long mark;
    private long settled;

    Watch(PostgresFixture.Db db) {
        this.db = db;
    }

    void start() {
        thread.setDaemon(true);
        thread.start();
    }

    private void run() {
        try {
            while (!ended.await(500, TimeUnit.MILLISECONDS)) {
                look();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // one thread counts
    private void look() {
        try (Connection connection = db.dataSource().getConnection();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(LOOK)) {
            row.next();
            long markNow = row.getLong(1);
            long settledNow = row.getLong(3);
            if (markNow < mark) {
                violations.add("I5: the mark went back from " + mark + " to " + markNow);
            }
            if (row.getLong(2) != markNow) {
                violations.add("I6: at mark " + markNow + " the inbox has " + row.getLong(2) + " positions");
            }
            if (settledNow < settled) {
                violations.add("I7: settled went back from " + settled + " to " + settledNow);
            }
            if (row.getLong(4) != settledNow) {
                violations.add("I7: at settled " + settledNow + " the topic has " + row.getLong(4) + " positions");
            }
            mark = markNow;
            settled = settledNow;
            looks++;
        } catch (SQLException e) {
            // the cluster is down as part of a fault: the next look sees what it came back with
        }
    }

    void end() throws InterruptedException {
        ended.countDown();
        thread.join();
    }

    long looks() {
        return looks;
    }

    List<String> violations() {
        return violations;
    }
}
