package dev.postevent.internal.feed.debezium;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.postevent.internal.schema.Schema;
import dev.postevent.internal.threads.Backoff;
import dev.postevent.internal.threads.Threads;
import dev.postevent.spi.Feed;
import dev.postevent.spi.LogEntry;
import dev.postevent.spi.TopicName;
import dev.postevent.testing.PostgresFixture;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.postgresql.ds.PGSimpleDataSource;

/** A database with topics, and feeds on it, each a node of its own with its own threads. */
public final class FeedHarness implements AutoCloseable {
    public static final TopicName ORDERS = new TopicName("orders");
    public static final TopicName BILLS = new TopicName("bills");
    public static final Duration LONG = Duration.ofMinutes(4);
    static final Duration LEASE = Duration.ofSeconds(10);
    /** Events a stream of {@link #hasty} may be behind. */
    static final int BEHIND_MAX = 5_000;

    /** As the default, but quicker. */
    static final FeedTiming QUICK = new FeedTiming(
            Duration.ofMillis(100),
            Duration.ofSeconds(30),
            Duration.ofMillis(500),
            Duration.ofMinutes(1),
            Duration.ofSeconds(1),
            Duration.ofSeconds(5));

    private static final List<Logger> QUIET =
            List.of(Logger.getLogger("io.debezium"), Logger.getLogger("org.apache.kafka"));
    private static final AtomicInteger APPLICATIONS = new AtomicInteger();

    static {
        QUIET.forEach(logger -> logger.setLevel(Level.SEVERE));
    }

    final PostgresFixture cluster;
    public final PostgresFixture.Db db;
    /** Slots are the cluster's, so each test has an application of its own. */
    final String application = "t" + ProcessHandle.current().pid() + "_" + APPLICATIONS.incrementAndGet();

    final String slot = "postevent_" + application;
    private final List<Node> nodes = new ArrayList<>();

    public FeedHarness(PostgresFixture cluster) {
        this.cluster = cluster;
        this.db = cluster.newDatabase();
        new Schema(db.dataSource(), Schema.Mode.CREATE).prepareOutbox(List.of());
        topic(ORDERS);
        topic(BILLS);
    }

    /** Makes a topic's table as the release does. */
    void topic(TopicName topic) {
        db.execute(ddl("topic-001.sql", topic.value()));
    }

    private static String ddl(String file, String topic) {
        try (InputStream ddl = Feed.class.getResourceAsStream("/dev/postevent/internal/schema/" + file)) {
            return new String(ddl.readAllBytes(), StandardCharsets.UTF_8).replace("${topic}", topic);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Commits one event. */
    public void publish(TopicName topic, String id) {
        db.execute("insert into " + topic.table() + " (id, source, type, subject) values ('" + id
                + "', 'urn:test', 'order.placed', 's')");
    }

    Node node(String name) {
        return node(name, this::target);
    }

    Node node(String name, Supplier<FeedTarget> target) {
        return node(name, db.dataSource(), target);
    }

    Node node(String name, DataSource dataSource, Supplier<FeedTarget> target) {
        return add(new Node(name, dataSource, target, Set.of(ORDERS, BILLS), Integer.MAX_VALUE));
    }

    Node node(String name, Set<TopicName> topics) {
        return add(new Node(name, db.dataSource(), this::target, topics, Integer.MAX_VALUE));
    }

    /** A node whose stream skips what it is behind soon; all others bring everything, however far they are behind. */
    Node hasty(String name) {
        return add(new Node(name, db.dataSource(), this::target, Set.of(ORDERS, BILLS), BEHIND_MAX));
    }

    /** The feed of a node, not started, with threads of the caller's, who stops it. */
    public DebeziumFeed feed(String node, Threads threads) {
        return feed(node, db.dataSource(), this::target, Set.of(ORDERS, BILLS), Integer.MAX_VALUE, threads);
    }

    private DebeziumFeed feed(
            String node,
            DataSource dataSource,
            Supplier<FeedTarget> target,
            Set<TopicName> topics,
            int behindMax,
            Threads threads) {
        DebeziumFeedSettings settings = new DebeziumFeedSettings(
                application,
                node,
                target,
                Duration.ofMillis(500),
                new DebeziumFeedSettings.Queue(Duration.ofMillis(5), 2048, 8192, 64 << 20),
                behindMax,
                LEASE,
                new Backoff(Duration.ofMillis(50), 2, Duration.ofMillis(500)));
        return new DebeziumFeed(settings, QUICK, topics, dataSource, threads, new Random());
    }

    private Node add(Node node) {
        nodes.add(node);
        return node;
    }

    FeedTarget target() {
        return new FeedTarget(db.jdbcUrl(), db.user(), db.password());
    }

    /** An insert of so many events of some size. */
    static String many(int events) {
        return "insert into postevent.orders (id, source, type, data) select 'many ' || g || clock_timestamp(), 'urn:test',"
                + " 't', decode(repeat('ab', 200), 'hex') from generate_series(1, " + events + ") g";
    }

    /** Waits for it in a node's hook, which is the engine's thread. */
    static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** The data source of a role whose password is x. */
    DataSource as(String role) {
        PGSimpleDataSource source = db.dataSource();
        source.setUser(role);
        source.setPassword("x");
        return source;
    }

    /** Processes of the server that have this application's name, and use a slot or not. */
    long backends() {
        return db.number(
                "select count(*) from pg_stat_activity where application_name like 'postevent " + application + "/%'");
    }

    /** How many slots there are under this application's name; active ones only if asked. */
    long slots(boolean active) {
        return db.number("select count(*) from pg_replication_slots where slot_name = '" + slot + "'"
                + (active ? " and active" : ""));
    }

    @Override
    public void close() {
        nodes.forEach(Node::close);
        await().atMost(LONG).until(() -> slots(true) == 0);
        db.execute("select pg_drop_replication_slot(slot_name) from pg_replication_slots where slot_name = '" + slot
                + "'");
    }

    /** One node: a feed, its threads, and what it brought. */
    final class Node implements Feed.Listener, AutoCloseable {
        final Set<Thread> made = ConcurrentHashMap.newKeySet();
        final Threads threads = new Threads(task -> {
            Thread thread = new Thread(task);
            thread.setDaemon(true);
            made.add(thread);
            return thread;
        });
        final List<LogEntry> orders = new CopyOnWriteArrayList<>();
        final List<LogEntry> bills = new CopyOnWriteArrayList<>();
        final List<String> doubts = new CopyOnWriteArrayList<>();
        final List<RuntimeException> refusals = new CopyOnWriteArrayList<>();
        final Map<TopicName, List<LogEntry>> others = new ConcurrentHashMap<>();
        final DebeziumFeed feed;
        volatile Runnable hook = () -> {};

        private Node(
                String name, DataSource dataSource, Supplier<FeedTarget> target, Set<TopicName> topics, int behindMax) {
            feed = feed(name, dataSource, target, topics, behindMax, threads);
        }

        /** Threads that the feed has, or had: all but the one that makes them. */
        Stream<Thread> ofFeed() {
            return made.stream().filter(thread -> !thread.getName().equals("postevent-threads"));
        }

        Node start() {
            feed.start(this);
            return this;
        }

        /** Starts and waits until it streams and has said so. */
        Node stream() {
            start();
            awaitStreaming();
            return this;
        }

        void awaitStreaming() {
            await().atMost(LONG).until(() -> feed.status().state() == Feed.State.STREAMING);
        }

        void awaitState(Feed.State state, String detailPart) {
            await().atMost(LONG)
                    .until(
                            () -> feed.status(),
                            status -> status.state() == state
                                    && (status.detail() == null ? "" : status.detail()).contains(detailPart));
        }

        /** Waits for the doubt, after {@code seen} others, that says it is connected anew. */
        void awaitConnectedAgain(int seen) {
            await().atMost(LONG)
                    .until(() -> doubts.subList(seen, doubts.size()).stream().anyMatch(d -> d.startsWith("connected")));
        }

        /** Waits until a doubt says {@code part}: it may be told after the rows that the tables brought meanwhile. */
        void awaitDoubt(String part) {
            await().atMost(LONG).untilAsserted(() -> assertThat(doubts).anyMatch(doubt -> doubt.contains(part)));
        }

        /** All doubts but those that depend on how fast the machine is. */
        List<String> lastingDoubts() {
            return doubts.stream()
                    .filter(doubt -> !doubt.equals("the engine is starting")
                            && !doubt.contains("waits for open transactions")
                            && !doubt.startsWith("the stream has not brought "))
                    .toList();
        }

        Set<String> ids() {
            return orders.stream().map(LogEntry::id).collect(Collectors.toCollection(TreeSet::new));
        }

        void awaitOrder(String id) {
            await().atMost(LONG).until(() -> ids().contains(id));
        }

        long restarts() {
            return Long.parseLong(feed.status().facts().get("restarts"));
        }

        @Override
        public void onBatch(Map<TopicName, List<LogEntry>> batch) {
            hook.run();
            if (!refusals.isEmpty()) {
                throw refusals.remove(0);
            }
            batch.forEach((topic, entries) -> others.computeIfAbsent(topic, t -> new CopyOnWriteArrayList<>())
                    .addAll(entries));
            orders.addAll(batch.getOrDefault(ORDERS, List.of()));
            bills.addAll(batch.getOrDefault(BILLS, List.of()));
        }

        @Override
        public void onDoubt(String reason) {
            doubts.add(reason);
        }

        @Override
        public void close() {
            feed.stop(Duration.ofSeconds(15));
            threads.stop(Duration.ofSeconds(5));
        }
    }
}
