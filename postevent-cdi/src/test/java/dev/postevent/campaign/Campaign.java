package dev.postevent.campaign;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.postevent.testing.EffectChecker;
import dev.postevent.testing.EffectTable;
import dev.postevent.testing.LeastPrivilege;
import dev.postevent.testing.PostgresFixture;
import dev.postevent.testing.ServerProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/**
 * Nodes of one application, each a JVM, and a shop beside them that only publishes, on one real cluster; faults, one after the other,
 * while they publish and observe; then quiet, and the check of everything.
 */
final class Campaign implements AutoCloseable {
    private static final Duration LONG = Duration.ofMinutes(4);
    private static final List<String> SUBSCRIPTIONS = List.of("good", "moody", "picky");
    private static final int NODES = 3;

    private final Random random;
    private final Duration lease;
    private final PostgresFixture cluster;
    private final ServerProcess server;
    private final PostgresFixture.Db db;
    private final List<NodeProcess> nodes = new ArrayList<>();
    private final NodeProcess shop;
    private final PublishLatency latency;
    private final Map<Fault, Integer> injected = new EnumMap<>(Fault.class);
    private final Set<String> notPossible = new LinkedHashSet<>();
    private final Takeovers lanes = new Takeovers("takeover of lanes");
    private final Takeovers streams = new Takeovers("takeover of the stream");
    private final Watch watch;
    private int named;
    private Duration longHold;

    /** The properties say how nodes and the shop publish. */
    Campaign(long seed, Duration lease, Path directory, List<String> nodeProperties, List<String> shopProperties)
            throws IOException {
        this.random = new Random(seed);
        this.lease = lease;
        Files.createDirectories(directory);
        try (var old = Files.list(directory)) {
            for (Path file : old.toList()) {
                Files.delete(file);
            }
        }
        // a crash of the cluster is part of it: commits must be durable, and recovery short
        this.cluster = PostgresFixture.own("fsync", "on", "checkpoint_timeout", "60s", "wal_sender_timeout", "10s");
        this.server = new ServerProcess(cluster);
        this.db = cluster.newDatabase();
        db.execute(
                EffectTable.DDL,
                "create index on effect (subscription, position)",
                "create table counter (subject text primary key, n bigint not null)",
                "create table cured (event text primary key)");
        if (LeastPrivilege.isAskedFor()) {
            LeastPrivilege roles = new LeastPrivilege(db);
            roles.prepare("campaign_" + db.name());
            roles.prepare("shop_" + db.name());
        }
        for (int i = 1; i <= NODES; i++) {
            List<String> properties = new ArrayList<>(nodeProperties);
            properties.add("xa=" + (i == NODES));
            nodes.add(new NodeProcess(db, cluster.port(), "node" + i, directory, lease, properties, random.nextLong()));
        }
        Path latencies = directory.resolve("shop.latencies").toAbsolutePath();
        this.latency = new PublishLatency(latencies);
        this.shop = new NodeProcess(
                db,
                cluster.port(),
                "shop",
                directory,
                lease,
                Stream.concat(Stream.of("shop=true", "prefix=p"), shopProperties.stream())
                        .map(property -> property.replace("${latencies}", latencies.toString()))
                        .toList(),
                random.nextLong());
        this.watch = new Watch(db);
    }

    /** Starts all processes at once: they create the tables in competition. */
    void begin() {
        processes().forEach(NodeProcess::start);
        processes().forEach(NodeProcess::awaitReady);
        watch.start();
    }

    private List<NodeProcess> processes() {
        return Stream.concat(nodes.stream(), Stream.of(shop)).toList();
    }

    /** Injects faults, each kind at least once in random order and over again, for at least this long. */
    void run(Duration length, Set<Fault> faults) throws Exception {
        boolean isLong = !length.isZero();
        pause(Duration.ofSeconds(isLong ? 30 : 3)); // what publishers feel with nothing wrong, to compare with
        longHold = isLong ? Duration.ofSeconds(60) : null;
        long end = System.nanoTime() + length.toNanos();
        List<Fault> order = new ArrayList<>();
        do {
            if (order.isEmpty()) {
                for (Fault fault : faults) {
                    order.addAll(Collections.nCopies(isLong ? fault.weight() : 1, fault));
                }
                Collections.shuffle(order, random);
            }
            inject(order.remove(order.size() - 1));
            // some work between two faults, so that each meets another state
            pause(Duration.ofMillis(random.nextInt(1_500)));
        } while (System.nanoTime() < end || !injected.keySet().containsAll(faults));
    }

    private void inject(Fault fault) throws Exception {
        long from = System.currentTimeMillis();
        System.out.println("campaign: " + fault);
        fault.inject(this);
        injected.merge(fault, 1, Integer::sum);
        latency.fault(new PublishLatency.Span(
                from, System.currentTimeMillis(), fault.isAboutConsumersOnly(), fault.endsConnections()));
    }

    /** Ends publishing, waits until everything is handled, and checks; throws where a promise is broken. */
    void settleAndCheck() throws InterruptedException {
        processes().forEach(NodeProcess::quiet);
        EffectChecker checker = new EffectChecker(db, "orders", "effect");
        for (String subscription : SUBSCRIPTIONS) {
            await("I8: everything handled by " + subscription)
                    .pollInterval(Duration.ofMillis(500))
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
        try {
            watch.endWell();
        } catch (SQLException e) {
            throw new AssertionError("the watch cannot check any more", e);
        }
        assertThat(watch.violations()).isEmpty();
        assertThat(watch.checks()).isPositive();
        SUBSCRIPTIONS.forEach(checker::assertExactlyOnceInOrder);
        checker.assertPositionsAreInCommitOrder("source <> '" + CampaignNode.UNCOUNTED + "'");
        assertThat(db.number("select count(*) from postevent.orders o full join"
                        + " (select * from postevent_inbox.messages where topic = 'orders') m on m.idn = o.idn"
                        + " where o.id is distinct from m.id or o.kind is distinct from m.kind"))
                .as("I6: positions that are something else in the inbox than at the source")
                .isZero();
        processes().forEach(NodeProcess::quit);
        assertThat(db.number("select count(*) from postevent_inbox.lane where owner is not null"))
                .as("lanes that were not given back")
                .isZero();
        assertThat(prepared()).as("transactions left prepared").isEmpty();
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

    List<NodeProcess> nodes() {
        return nodes;
    }

    /** The process that publishes only. */
    NodeProcess shop() {
        return shop;
    }

    NodeProcess anyNode() {
        return nodes.get(random.nextInt(nodes.size()));
    }

    /** The one whose data source is two-phase. */
    NodeProcess xaNode() {
        return nodes.get(NODES - 1);
    }

    /** Waits until there is one: a node may be making it anew. */
    String slot() {
        return await("there is a slot")
                .atMost(LONG)
                .until(
                        () -> db.text("select slot_name from pg_replication_slots where database = current_database()"),
                        Objects::nonNull);
    }

    boolean isStreamer(NodeProcess node) {
        return db.number("select count(*) from pg_replication_slots s join pg_stat_activity a on a.pid = s.active_pid"
                        + " where s.database = current_database() and a.application_name like '%/" + node.name()
                        + " %'")
                == 1;
    }

    /** Waits until a node streams. */
    NodeProcess streamer() {
        await("a node streams").atMost(LONG).until(() -> nodes.stream().anyMatch(this::isStreamer));
        return nodes.stream().filter(this::isStreamer).findFirst().orElseGet(this::streamer);
    }

    /** Waits until there is a publication again, and a node has streamed for two seconds on end. */
    void awaitStreamAgain() {
        await("a node streams again")
                .atMost(LONG)
                .during(Duration.ofSeconds(2))
                .ignoreExceptions()
                .until(() -> db.text("select pubname from pg_publication") != null
                        && nodes.stream().anyMatch(this::isStreamer));
    }

    List<String> prepared() {
        String gids = db.text(
                "select string_agg(gid, ' ' order by gid) from pg_prepared_xacts where database = current_database()");
        return gids == null ? List.of() : List.of(gids.split(" "));
    }

    void pause(Duration length) {
        LockSupport.parkNanos(length.toNanos());
    }

    /** How long a transaction is to be held open now. */
    Duration holdOpen() {
        Duration length = longHold == null ? Duration.ofMillis(500 + random.nextInt(3_000)) : longHold;
        longHold = null;
        return length;
    }

    void notPossible(String what) {
        notPossible.add(what);
    }

    /** I11: waits until what a living node reports contains one of {@code texts}. */
    void awaitNamed(String... texts) {
        NodeProcess node = anyNode();
        await("I11: " + node.name() + " names one of " + List.of(texts))
                .pollInterval(Duration.ofMillis(200))
                .atMost(LONG)
                .until(() -> Stream.of(texts).anyMatch(node.report()::contains));
        named++;
    }

    /** Waits until all lanes have living owners but those of prepared transactions, which nobody can take. */
    void awaitTakeoverButForPrepared(NodeProcess dead) {
        await("takeover from " + dead.name() + " but for what is prepared")
                .pollInterval(Duration.ofMillis(200))
                .atMost(LONG)
                .until(() -> lanesWithoutOwner(dead) <= prepared().size());
    }

    private long lanesWithoutOwner(NodeProcess dead) {
        return db.number("select count(*) from postevent_inbox.lane l"
                + " left join postevent_inbox.lease e using (subscription, lane, epoch)"
                + " where l.owner is null or l.owner = '" + dead.name()
                + "' or greatest(l.expires, e.expires) < clock_timestamp()");
    }

    /** Waits until the lanes, and the stream if it had it, of a node that died have living owners, and notes how long each took. */
    void awaitTakeover(NodeProcess dead, boolean streamed) {
        long began = System.nanoTime();
        AtomicLong lanesTook = new AtomicLong();
        AtomicLong streamTook = new AtomicLong();
        await("takeover from " + dead.name())
                .pollInterval(Duration.ofMillis(50))
                .atMost(LONG)
                .until(() -> {
                    if (lanesTook.get() == 0 && lanesWithoutOwner(dead) == 0) {
                        lanesTook.set(System.nanoTime() - began);
                    }
                    if (streamed && streamTook.get() == 0 && isStreamedByAnother(dead)) {
                        streamTook.set(System.nanoTime() - began);
                    }
                    return lanesTook.get() > 0 && (!streamed || streamTook.get() > 0);
                });
        lanes.note(lanesTook.get());
        if (streamed) {
            streams.note(streamTook.get());
        }
    }

    private boolean isStreamedByAnother(NodeProcess dead) {
        return nodes.stream().anyMatch(node -> node != dead && isStreamer(node));
    }

    /** What was done and seen. */
    void report(Report report, Duration length) {
        report.line("nodes, lease", NODES + " JVMs, " + lease.toSeconds() + " s; one more JVM that only publishes");
        report.line("length", length.toSeconds() + " s");
        if (!injected.isEmpty()) {
            report.line(
                    "faults injected",
                    injected.values().stream().mapToInt(Integer::intValue).sum());
            injected.forEach((fault, count) -> report.line("&nbsp;&nbsp;" + fault.description(), count));
            notPossible.forEach(what -> report.line("not possible here", what));
            report.line("faults that a node's report had to name, and did (I11)", named);
        }
        report.line("events committed", db.number("select count(*) from postevent.orders where kind = 'e'"));
        report.line("positions sealed as void", db.number("select count(*) from postevent.orders where kind = 'v'"));
        report.line("effects of " + SUBSCRIPTIONS.size() + " subscriptions", db.number("select count(*) from effect"));
        report.line("checks of mark and settled", watch.checks());
        Duration bound = lease.plusSeconds(2);
        lanes.report(report, bound);
        streams.report(report, bound);
    }

    PublishLatency latency() {
        return latency;
    }

    @Override
    public void close() throws InterruptedException {
        watch.end();
        processes().forEach(NodeProcess::end);
        cluster.close();
    }
}
