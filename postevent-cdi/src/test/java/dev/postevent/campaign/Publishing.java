package dev.postevent.campaign;

import dev.postevent.EventPublisher;
import dev.postevent.Topic;
import dev.postevent.testing.App;
import dev.postevent.testing.JtaFixture;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * Publishers of one process. They go at their own irregular rhythm, with all that publishers may do wrong, or, once they were given
 * one, at a pace.
 */
final class Publishing {
    /** As fast as they can. */
    static final double FLAT_OUT = 0;

    /** Less than one in the longest campaign. */
    static final double NEXT_TO_NOTHING = 0.001;

    private static final double IRREGULAR = -1;
    /** Eight publishers with 120 leave two cores half idle: faults meet nodes at work, not nodes in a queue for a core. */
    private static final int IRREGULAR_REST_MILLIS_MAX = Integer.getInteger("campaign.rest-millis-max", 120);

    private static final int EVENTS_PER_TRANSACTION = 2; // one to three

    private final App app;
    private final EventPublisher orders;
    private final String prefix;
    private final int subjects;
    private final List<Thread> threads = new ArrayList<>();
    private final AtomicLong committed = new AtomicLong();
    private final BufferedWriter latencies;
    private volatile double perSecond = Double.parseDouble(System.getProperty("campaign.pace", "" + IRREGULAR));
    private volatile boolean ended;
    /** When the connection of a publisher's transaction was made, in milliseconds since the epoch. */
    private final ThreadLocal<Long> connectionSince = new ThreadLocal<>();

    /**
     * Begins to publish.
     *
     * @param prefix of the subjects; publishers of two processes share those of one prefix
     * @param latencies where a line is written for each transaction; none if empty
     * @param seed decides what each publisher does
     */
    Publishing(App app, String prefix, int subjects, int publishers, String latencies, long seed) throws IOException {
        this.app = app;
        this.orders = app.get(EventPublisher.class, Topic.Literal.of("orders"));
        this.prefix = prefix;
        this.subjects = subjects;
        this.latencies = latencies.isEmpty()
                ? null
                : Files.newBufferedWriter(
                        Path.of(latencies),
                        StandardCharsets.UTF_8,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.APPEND);
        for (int i = 0; i < publishers; i++) {
            Random random = new Random(seed + i);
            Thread thread = new Thread(() -> run(publishers, random), "publisher-" + i);
            thread.setDaemon(true);
            thread.start();
            threads.add(thread);
        }
    }

    /** Events a second of all publishers together. */
    void pace(double eventsPerSecond) {
        perSecond = eventsPerSecond;
    }

    /** Events of transactions that were committed. */
    long committed() {
        return committed.get();
    }

    private void run(int publishers, Random random) {
        String failure = "";
        long next = System.nanoTime();
        while (!ended) {
            long began = System.currentTimeMillis();
            long beganNanos = System.nanoTime();
            String outcome = "ok";
            connectionSince.set(PublishLatency.NO_CONNECTION);
            try {
                transaction(random);
                failure = "";
            } catch (Exception e) {
                outcome = "failed";
                // a database that is being killed; said once, so that the log stays readable
                if (!failure.equals(e.toString())) {
                    failure = e.toString();
                    System.out.println("publishing failed: " + failure + ", because of " + e.getCause());
                }
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(100));
            }
            note(began, System.nanoTime() - beganNanos, outcome);
            next = rest(random, publishers, next);
        }
    }

    private long rest(Random random, int publishers, long next) {
        double pace = perSecond;
        if (pace == IRREGULAR) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(random.nextInt(IRREGULAR_REST_MILLIS_MAX)));
            return System.nanoTime();
        } else if (pace == FLAT_OUT) {
            return System.nanoTime();
        }
        long interval = (long) (publishers * EVENTS_PER_TRANSACTION * 1e9 / pace);
        // who was held up catches up, but for a second's worth at most
        long due = Math.max(next + interval, System.nanoTime() - TimeUnit.SECONDS.toNanos(1));
        while (!ended && perSecond == pace && System.nanoTime() < due) {
            LockSupport.parkNanos(Math.min(due - System.nanoTime(), TimeUnit.MILLISECONDS.toNanos(50)));
        }
        return perSecond == pace ? due : System.nanoTime();
    }

    private void note(long began, long nanos, String outcome) {
        if (latencies == null) {
            return;
        }
        synchronized (latencies) {
            try {
                latencies.write(began + " " + nanos / 1_000 + " " + outcome + " " + connectionSince.get() + "\n");
                latencies.flush();
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        }
    }

    /**
     * One to three events of different subjects. Each counts its subject in a row of the same transaction, so that its data give the
     * commit order of the subject by another way than postevent's own locks.
     */
    private void transaction(Random random) throws Exception {
        boolean paced = perSecond != IRREGULAR;
        int first = random.nextInt(subjects);
        int count = Math.min(1 + random.nextInt(3), subjects - first);
        boolean dawdle = !paced && latencies == null && random.nextInt(100) == 0;
        boolean duplicate = !paced && latencies == null && random.nextInt(50) == 0;
        int size = 1 + (random.nextInt(100) == 0 ? random.nextInt(64 << 10) : random.nextInt(200));
        JtaFixture.Work work = () -> {
            for (int i = 0; i < count; i++) {
                String subject =
                        prefix + (first + i); // ascending: two transactions wait for each other in one direction
                byte[] data = new byte[size];
                data[0] = (byte) counted(subject);
                orders.publish("order.placed", subject, data);
            }
            if (duplicate) {
                // committed once; from then on the database refuses it, and the transaction with it
                orders.publish(CampaignNode.uncounted("always the same"));
            }
            if (dawdle) {
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(random.nextInt(1_500)));
            }
        };
        if (random.nextInt(paced ? 50 : 5) == 0) {
            app.jta().rolledBack(work);
        } else {
            app.jta().transaction(work);
            committed.addAndGet(count);
        }
    }

    private long counted(String subject) throws SQLException {
        try (Connection connection = noted(app.dataSource().getConnection());
                PreparedStatement count = connection.prepareStatement(
                        "insert into counter as c (subject, n) values (?, 1) on conflict (subject) do update set n = c.n + 1"
                                + " returning n")) {
            count.setString(1, subject);
            try (ResultSet row = count.executeQuery()) {
                row.next();
                return row.getLong(1);
            }
        }
    }

    private Connection noted(Connection connection) throws SQLException {
        connectionSince.set(JtaFixture.openedMillis(connection));
        return connection;
    }

    void end() throws InterruptedException {
        ended = true;
        for (Thread thread : threads) {
            thread.join();
        }
    }
}
