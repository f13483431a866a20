package dev.postevent.benchmarks;

import dev.postevent.EventPublisher;
import io.cloudevents.CloudEvent;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.concurrent.atomic.AtomicLong;

/** What publishers do, through us and by hand. */
final class Publishing {
    /** As a hand writes it; the table has the columns of a topic. */
    private static final String INSERT =
            "insert into %s (id, source, type, subject, datacontenttype, data) values (?, 'urn:benchmark', 'order.placed', ?,"
                    + " 'application/octet-stream', ?)";

    private static final int SUBJECTS_PER_THREAD = 64;

    private final Events events;
    private final AtomicLong ids = new AtomicLong();

    Publishing(int dataBytes) {
        this.events = new Events(dataBytes);
    }

    /** Committed and rolled back. */
    long ids() {
        return ids.get();
    }

    long nextId() {
        return ids.incrementAndGet();
    }

    CloudEvent event(long id, String subject) {
        return events.event(id, subject);
    }

    /** The subject of a thread's event: threads share none, so that ids rise within each. */
    static String subject(int thread, long id) {
        return "s" + thread + "-" + id % SUBJECTS_PER_THREAD;
    }

    /** Each call one JTA transaction that publishes {@code per} events. */
    Publishers.Work throughUs(Node node, int per) {
        EventPublisher orders = node.orders();
        return thread -> () -> {
            node.app().jta().transaction(() -> {
                for (int i = 0; i < per; i++) {
                    long id = nextId();
                    orders.publish(event(id, subject(thread, id)));
                }
            });
            return per;
        };
    }

    /** As {@link #throughUs}, one event, and beside it in one of {@code every} calls a transaction that draws a number and rolls back. */
    Publishers.Work withRollbacks(Node node, int every) {
        EventPublisher orders = node.orders();
        Publishers.Work commits = throughUs(node, 1);
        return thread -> {
            var commit = commits.of(thread);
            long[] calls = {0};
            return () -> {
                if (++calls[0] % every == 0) {
                    long id = nextId();
                    node.app().jta().rolledBack(() -> orders.publishNow(event(id, subject(thread, id))));
                }
                return commit.call();
            };
        };
    }

    /** Each call one JTA transaction with {@code per} hand-written inserts into {@code table}, and nothing else. */
    Publishers.Work byHand(Node node, String table, int per) {
        return thread -> () -> {
            node.app().jta().transaction(() -> {
                try (Connection connection = node.app().jta().local().getConnection();
                        PreparedStatement insert = connection.prepareStatement(String.format(INSERT, table))) {
                    for (int i = 0; i < per; i++) {
                        long id = nextId();
                        set(insert, id, subject(thread, id));
                        insert.executeUpdate();
                    }
                }
            });
            return per;
        };
    }

    /** Each call one insert and commit on a connection of the thread's own, without JTA: what the database gives. */
    Publishers.Work bare(dev.postevent.testing.PostgresFixture.Db db, String table) {
        return thread -> {
            Connection connection = db.dataSource().getConnection();
            PreparedStatement insert = connection.prepareStatement(String.format(INSERT, table));
            return () -> {
                long id = nextId();
                set(insert, id, subject(thread, id));
                return insert.executeUpdate();
            };
        };
    }

    private void set(PreparedStatement insert, long id, String subject) throws SQLException {
        insert.setString(1, Long.toString(id));
        insert.setString(2, subject);
        insert.setBytes(3, events.data());
    }
}
