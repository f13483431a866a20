package dev.postevent.internal.eventlog;

import static dev.postevent.internal.eventlog.Events.ORDERS;
import static dev.postevent.internal.eventlog.Events.event;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.postevent.internal.outbox.Inserts;
import dev.postevent.internal.schema.Schema;
import dev.postevent.spi.LogEntry;
import dev.postevent.spi.Range;
import dev.postevent.testing.PostgresFixture;
import dev.postevent.testing.build.Seed;
import dev.postevent.testing.build.Seeded;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * G2, G6, I7, I8, I10: many publishers that commit, roll back, prepare and dawdle; several followers that read and settle at the
 * same time. Nobody loses an event, nobody sees a void where one was committed, no publisher fails, and all arrive.
 */
@Seeded
final class SettleIT {
    private static final int PUBLISHERS = 16;
    private static final int FOLLOWERS = 3;
    private static final Duration LENGTH = Duration.ofSeconds(10);

    private final long seed = Seed.of(
            "SettleIT",
            "settle.seed",
            number -> "mvn -B -ntp -pl postevent-cdi verify -Dtest=None -Dsurefire.failIfNoSpecifiedTests=false"
                    + " -Dit.test=SettleIT -Dsettle.seed=" + number);
    private PostgresFixture.Db db;
    private ExecutorService threads;

    @BeforeEach
    void open() {
        db = PostgresFixture.shared().newDatabase();
        new Schema(db.dataSource(), Schema.Mode.CREATE).prepareOutbox(List.of(ORDERS));
        threads = Executors.newCachedThreadPool();
    }

    @AfterEach
    void close() {
        threads.shutdownNow();
    }

    @Test
    void followersOfBusyPublishersLoseNothingAndArrive() throws Exception {
        AtomicBoolean publishing = new AtomicBoolean(true);
        ConcurrentSkipListSet<String> committed = new ConcurrentSkipListSet<>();
        AtomicInteger rolledBack = new AtomicInteger();
        List<Future<Void>> publishers = new ArrayList<>();
        for (int i = 0; i < PUBLISHERS; i++) {
            int number = i;
            publishers.add(threads.submit(() -> publish(number, publishing, committed, rolledBack)));
        }
        List<Follower> reading = new ArrayList<>();
        List<Future<Follower>> followers = new ArrayList<>();
        AtomicBoolean following = new AtomicBoolean(true);
        for (int i = 0; i < FOLLOWERS; i++) {
            // one reads once, the others wait
            Duration settleWait = Duration.ofMillis(i * 100L);
            Follower follower = new Follower(settleWait);
            reading.add(follower);
            followers.add(threads.submit(() -> follower.follow(following)));
        }
        await().pollDelay(LENGTH).atMost(LENGTH.multipliedBy(2)).until(() -> true);
        await("marks move while publishers are busy")
                .atMost(Duration.ofMinutes(4))
                .until(() -> reading.stream().allMatch(follower -> follower.steps >= 5 || follower.ended));
        publishing.set(false);
        for (Future<Void> publisher : publishers) {
            publisher.get(60, TimeUnit.SECONDS); // throws if a publisher was harmed
        }
        following.set(false);
        long head = db.number("select max(idn) from postevent.orders");
        List<String> inTable =
                List.of(db.text("select string_agg(id, ' ' order by idn) from postevent.orders where kind = 'e'")
                        .split(" "));
        assertThat(inTable).as("seed " + seed).containsExactlyInAnyOrderElementsOf(committed);
        for (Future<Follower> follower : followers) {
            Follower result = follower.get(60, TimeUnit.SECONDS);
            assertThat(result.mark).as("seed " + seed).isEqualTo(head);
            assertThat(result.events).as("seed " + seed).isEqualTo(inTable);
        }
        assertThat(rolledBack.get()).isPositive();
        assertThat(db.number("select count(*) from postevent.orders where kind = 'v'"))
                .as("one void per position that was drawn and rolled back")
                .isEqualTo(head - inTable.size());
        assertThat(new JdbcEventLog(db.dataSource(), Duration.ZERO).settled(ORDERS))
                .isEqualTo(head);
    }

    private Void publish(
            int number, AtomicBoolean publishing, ConcurrentSkipListSet<String> committed, AtomicInteger rolledBack)
            throws Exception {
        Random random = new Random(seed + number);
        try (Connection connection = db.dataSource().getConnection();
                Statement statement = connection.createStatement()) {
            for (int round = 0; publishing.get(); round++) {
                List<String> ids = new ArrayList<>();
                List<LogEntry> entries = new ArrayList<>();
                for (int i = 0; i <= random.nextInt(3); i++) {
                    String id = number + "." + round + "." + i;
                    ids.add(id);
                    String subject = random.nextInt(4) == 0 ? null : "s" + random.nextInt(200);
                    entries.add(LogEntry.of(0, event(id, subject)));
                }
                statement.execute("begin");
                Inserts.insert(connection, ORDERS, entries, 30_000);
                int dice = random.nextInt(1000);
                if (dice < 5) {
                    statement.execute("select pg_sleep(" + (1 + random.nextInt(2)) + ")");
                }
                boolean commit = random.nextInt(5) != 0;
                if (dice % 10 == 0) {
                    String gid = "'" + db.name() + "." + number + "." + round + "'";
                    statement.execute("prepare transaction " + gid);
                    if (dice % 100 == 0) {
                        statement.execute("select pg_sleep(0.5)");
                    }
                    statement.execute((commit ? "commit" : "rollback") + " prepared " + gid);
                } else {
                    statement.execute(commit ? "commit" : "rollback");
                }
                if (commit) {
                    committed.addAll(ids);
                } else {
                    rolledBack.incrementAndGet();
                }
            }
        }
        return null;
    }

    /** Walks the topic as a consumer does: takes what is settled, remembers nothing else. */
    private final class Follower {
        private final JdbcEventLog log;
        private final List<String> events = new ArrayList<>();
        private long mark;
        private volatile int steps;
        private volatile boolean ended;

        private Follower(Duration settleWait) {
            this.log = new JdbcEventLog(db.dataSource(), settleWait);
        }

        private Follower follow(AtomicBoolean busy) {
            try {
                return followUntilNot(busy);
            } finally {
                ended = true;
            }
        }

        @SuppressWarnings("NonAtomicVolatileUpdate") // one thread counts
        private Follower followUntilNot(AtomicBoolean busy) {
            boolean last;
            do {
                last = !busy.get();
                Range range;
                do {
                    range = log.read(ORDERS, mark, Long.MAX_VALUE, 200, 1 << 20);
                    steps += range.settledThrough() > mark ? 1 : 0;
                    long expected = mark;
                    for (LogEntry entry : range.entries()) {
                        if (entry.position() > range.settledThrough()) {
                            break;
                        }
                        assertThat(entry.position()).isEqualTo(++expected);
                        if (!entry.isVoid()) {
                            events.add(entry.id());
                        }
                    }
                    assertThat(range.settledThrough()).isEqualTo(expected);
                    mark = expected;
                } while (range.more());
            } while (!last);
            return this;
        }
    }
}
