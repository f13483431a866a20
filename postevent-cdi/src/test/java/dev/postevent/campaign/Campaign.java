package dev.postevent.campaign;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.postevent.testing.EffectChecker;
import dev.postevent.testing.EffectTable;
import dev.postevent.testing.PostgresFixture;
import dev.postevent.testing.ServerProcess;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Nodes of one application, each a JVM, on one real cluster; faults, one after the other, while they publish and observe; then
 * quiet, and the check of everything.
 */
final class Campaign implements AutoCloseable {
    private static final Duration LONG = Duration.ofMinutes(3);
    private static final int NODES = 3;

    private final Random random;
    private final Duration lease;
    private final Path directory;
    private final PostgresFixture cluster;
    private final ServerProcess server;
    private final PostgresFixture.Db db;
    private final List<NodeProcess> nodes = new ArrayList<>();
    private final Map<Fault, Integer> injected = new EnumMap<>(Fault.class);
    private final List<Long> takeovers = new ArrayList<>();
    private final Watch watch;

    Campaign(long seed, Duration lease, Path directory) throws IOException {
        this.random = new Random(seed);
        this.lease = lease;
        this.directory = Files.createDirectories(directory);
        try (var old = Files.list(directory)) {
            for (Path file : old.toList()) {
                Files.delete(file);
            }
        }
        // a crash of the cluster is part of it: commits must be durable, and recovery short
        this.cluster = PostgresFixture.own("fsync", "on", "checkpoint_timeout", "60s", "wal_sender_timeout", "10s");
        this.server = new ServerProcess(cluster);
        this.db = cluster.newDatabase();
        db.execute(EffectTable.DDL, "create table counter (subject text primary key, n bigint not null)");
        for (int i = 1; i <= NODES; i++) {
            nodes.add(new NodeProcess(db, cluster.port(), "node" + i, directory, lease));
        }
        this.watch = new Watch(db);
    }

    /** Starts the nodes, all at once: they create the tables in competition. */
    void begin() {
        nodes.forEach(NodeProcess::start);
        nodes.forEach(NodeProcess::awaitReady);
        watch.start();
    }

    /** Injects faults, each kind once in random order and over again, for at least this long. */
    void run(Duration length) throws Exception {
        long end = System.nanoTime() + length.toNanos();
        List<Fault> order = new ArrayList<>();
        do {
            if (order.isEmpty()) {
                order.addAll(List.of(Fault.values()));
                Collections.shuffle(order, random);
            }
            Fault fault = order.remove(order.size() - 1);
            fault.inject(this);
            injected.merge(fault, 1, Integer::sum);
            // some work between two faults, so that each meets another state
            pause(Duration.ofMillis(random.nextInt(1_500)));
        } while (System.nanoTime() < end || injected.size() < Fault.values().length);
    }

    /** Ends publishing, waits until everything is handled, and checks; throws where a promise is broken. */
    void settleAndCheck() throws InterruptedException {
        nodes.forEach(NodeProcess::quiet);
        EffectChecker checker = new EffectChecker(db, "orders", "effect");
        for (String subscription : List.of("good", "moody")) {
            await("I8: everything handled by " + subscription)
                    .atMost(LONG)
                    .until(() -> checker.effects(subscription)
                                    >= db.number("select count(*) from postevent.orders where kind = 'e'")
                            && db.number("select count(*) from postevent_inbox.held_event where subscription = '"
                                            + subscription + "'")
                                    == 0);
        }
        long head = db.number("select max(idn) from postevent.orders");
        await("I8: the mark reaches the head")
                .atMost(LONG)
                .until(() ->
                        db.number("select mark from postevent_inbox.high_water_mark where topic = 'orders'") == head);
        watch.end();
        assertThat(watch.violations()).isEmpty();
        assertThat(watch.looks()).isPositive();
        checker.assertExactlyOnceInOrder("good");
        checker.assertExactlyOnceInOrder("moody");
        checker.assertPositionsAreInCommitOrder("source <> '" + CampaignNode.UNCOUNTED + "'");
        assertThat(db.number("select count(*) from postevent.orders o full join postevent_inbox.messages m"
                        + " on m.topic = 'orders' and m.idn = o.idn"
                        + " where o.id is distinct from m.id or o.kind is distinct from m.kind"))
                .as("I6: positions that are something else in the inbox than at the source")
                .isZero();
        nodes.forEach(NodeProcess::quit);
        assertThat(db.number("select count(*) from postevent_inbox.lane where owner is not null"))
                .as("lanes that were not given back")
                .isZero();
    }

    Random random() {
        return random;
    }

    Duration lease() {
        return lease;
    }

    PostgresFixture.Db db() {
        return db;
    }

    ServerProcess server() {
        return server;
    }

    NodeProcess anyNode() {
        return nodes.get(random.nextInt(nodes.size()));
    }

    String slot() {
        return db.text("select slot_name from pg_replication_slots where database = current_database()");
    }

    void pause(Duration length) {
        LockSupport.parkNanos(length.toNanos());
    }

    /** Waits until the lanes of a node that died have living owners, and notes how long it took. */
    void awaitTakeover(NodeProcess dead) {
        long began = System.nanoTime();
        await("takeover from " + dead.name())
                .pollInterval(Duration.ofMillis(50))
                .atMost(LONG)
                .until(() -> db.number("select count(*) from postevent_inbox.lane where owner is null or owner = '"
                                + dead.name() + "' or expires < clock_timestamp()")
                        == 0);
        takeovers.add(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began));
    }

    /** What was done and seen, as a table for a person. */
    String report(Duration length) {
        Collections.sort(takeovers);
        StringBuilder text = new StringBuilder();
        text.append("| | |\n|---|---|\n");
        line(text, "nodes, lease", NODES + " JVMs, " + lease.toSeconds() + " s");
        line(text, "length", length.toSeconds() + " s");
        line(
                text,
                "faults injected",
                injected.values().stream().mapToInt(Integer::intValue).sum());
        injected.forEach((fault, count) -> line(text, "&nbsp;&nbsp;" + fault.description(), count));
        line(text, "events committed", db.number("select count(*) from postevent.orders where kind = 'e'"));
        line(text, "positions sealed as void", db.number("select count(*) from postevent.orders where kind = 'v'"));
        line(text, "effects of two subscriptions", db.number("select count(*) from effect"));
        line(text, "looks at mark and settled", watch.looks());
        line(text, "violations", watch.violations().size());
        if (!takeovers.isEmpty()) {
            line(text, "takeovers measured", takeovers.size());
            line(text, "takeover, median", takeovers.get(takeovers.size() / 2) + " ms");
            line(text, "takeover, p99", takeovers.get((takeovers.size() * 99 - 1) / 100) + " ms");
            line(text, "takeover, worst", takeovers.get(takeovers.size() - 1) + " ms");
        }
        return text.toString();
    }

    private static void line(StringBuilder text, String name, Object value) {
        text.append("| ").append(name).append(" | ").append(value).append(" |\n");
    }

    void write(String report) throws IOException {
        Files.writeString(directory.resolve("report.md"), report, StandardCharsets.UTF_8);
    }

    @Override
    public void close() throws InterruptedException {
        watch.end();
        nodes.forEach(NodeProcess::end);
        cluster.close();
    }
}
