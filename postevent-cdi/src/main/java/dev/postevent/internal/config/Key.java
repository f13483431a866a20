package dev.postevent.internal.config;

import static java.time.Duration.ofDays;
import static java.time.Duration.ofHours;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;

import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Every configuration key, with its default, its bounds or values, and what it does. {@code docs/configuration.md} is checked against
 * this list by a test. Its {@link Bounds} stand here and nowhere else: whoever reads a value is held to them, and is told them.
 *
 * <p>Rules for their names, which tests hold: no key has another one below it, and no two are one environment variable. Times and sizes
 * have their unit in the value ({@link Quantity}), so that names have none; what is on or off is {@code true} or {@code false}.
 *
 * <p>Keys of the group {@link #SUBSCRIPTION_PREFIX} hold for all subscriptions; {@code postevent.subscriptions.<name>.<rest>}
 * overrides one of them for one subscription. One with {@link #SUBSCRIPTION} in its name has no value for all. A key that gets another name leaves the former one in {@link FormerKeys}.
 */
@SuppressWarnings("ImmutableEnumChecker") // bounds never change
public enum Key {
    APPLICATION(
            "postevent.application",
            "the name the server gives the application",
            "name",
            "Names the replication slot, the publication, and in the inbox what this application has handled. 1 to 40 of a-z, 0-9, _, beginning with a letter; the same on all nodes. It must be different for each application that publishes to one PostgreSQL server, in whatever database of it (slots are the whole server's), that shares an inbox database (subscriptions are an application's), or that reads a source as one client (marks over gRPC). Set it where the server's name for the application is that of a file with a version: under another name its subscriptions are new ones."),
    NODE(
            "postevent.node",
            "host name and a random part",
            "name",
            "Names this node in leases, among those of its application. Give each server a name of its own that survives restarts, and a restarted server takes its lanes back at once instead of after the lease time."),
    DATASOURCE(
            "postevent.datasource",
            "",
            "JNDI name",
            "The JTA data source that the application publishes through. Required."),
    INBOX_DATASOURCE(
            "postevent.inbox.datasource",
            "postevent.datasource",
            "JNDI name",
            "The JTA data source of the database that observers write to, if it is another one."),
    TOPICS(
            "postevent.topics.names",
            "",
            "names, with commas",
            "All topics of this application: one that the code has and this has not is then a fault at deployment, and one that the code has not is known all the same. Not set: those that observers and publishers name in the code. Topics of other applications need not be named."),
    TOPIC_REMOTE(
            "postevent.topics.<topic>.remote.uri",
            "",
            "URI",
            "The topic is another application's: where it is, e.g. grpcs://shop.example.com:7443, with /name at the end if it has another name there. Needs the JAR postevent-grpc."),
    INBOX(
            "postevent.inbox.mode",
            "copy",
            "copy, direct",
            "For topics whose tables are in the database that observers write to: copy their events into the inbox first, or read them where they are. Direct costs the database half; but events must then stay in the topic's table until all subscriptions have handled them. The same on all nodes, and for all applications that share an inbox database."),
    TOPIC_INBOX(
            "postevent.topics.<topic>.inbox.mode", "postevent.inbox.mode", "copy, direct", "The same for one topic."),
    SOURCE(
            "postevent.source",
            "urn:postevent:<application>",
            "URI",
            "CloudEvents source of events that are published without one."),
    SCHEMA(
            "postevent.schema",
            "create",
            "create, validate, none",
            "What to do about tables at start: make what is missing, check and refuse, or leave alone."),
    PUBLISH_WHEN(
            "postevent.publish.when",
            "before-commit",
            "before-commit, now",
            "When publish writes. Before the commit, gaps live for milliseconds and several events cost one round trip; now, an error of the database shows at the call."),
    PUBLISH_WITHOUT_TRANSACTION(
            "postevent.publish.without-transaction",
            "reject",
            "reject, own",
            "What publish does where there is no transaction: an exception, or one transaction of its own per call."),
    PUBLISH_SIZE_MAX(
            "postevent.publish.size-max",
            "1MiB",
            Bounds.size(1, 14 * Bounds.MIB),
            "Greatest size of one event: data and attributes. More than 14 MiB would not reach other applications."),
    PUBLISH_PENDING_BYTES(
            "postevent.publish.pending-size-max",
            "16MiB",
            Bounds.size(Bounds.KIB, Bounds.GIB),
            "Most bytes of events that wait for the commit of one transaction. Beyond, they are written at once, and hold their subjects and positions until the transaction ends."),
    PUBLISH_LOCK_TIMEOUT(
            "postevent.publish.lock-timeout",
            "5s",
            Bounds.duration(ofMillis(1), ofMinutes(10)),
            "How long a publisher waits for another transaction that publishes to the same subject, or to another one of its lock (1,024 for all subjects of a topic)."),
    FEED(
            "postevent.feed.kind",
            "stream",
            "stream, polling",
            "How committed events are noticed: from a stream of the database (logical decoding), or by reading the tables on a timer where the database has none. What implements a kind is no choice of the configuration; health tells it as the feed's engine."),
    FEED_URL(
            "postevent.feed.url",
            "the data source's",
            "jdbc:postgresql://host:port/database",
            "Where the replication connection goes: the primary, no pooler in between."),
    FEED_USER(
            "postevent.feed.user",
            "the data source's",
            "role",
            "Role of the replication connection; it needs REPLICATION."),
    FEED_PASSWORD("postevent.feed.password", "", "secret", "Password of that role."),
    FEED_POLL_INTERVAL(
            "postevent.feed.poll-interval",
            "5ms",
            Bounds.duration(ofMillis(1), ofMinutes(1)),
            "What comes within this time of a batch, or within 250 ms if that is less, goes into the next one together; after a pause it is handed over at once. For the polling feed, the wait while events come in."),
    FEED_POLL_IDLE(
            "postevent.feed.poll-idle",
            "200ms",
            Bounds.duration(ofMillis(1), ofMinutes(1)),
            "Greatest wait of the polling feed between two polls while nothing comes in."),
    FEED_HEARTBEAT(
            "postevent.feed.heartbeat",
            "5s",
            Bounds.duration(ofMillis(100), ofMinutes(10)),
            "How often an idle feed tells the server how far it is, so that WAL is not kept for nothing."),
    FEED_BATCH_MAX(
            "postevent.feed.batch-max",
            "2048",
            Bounds.number("rows", 1, 100_000),
            "Most rows in one batch of the feed, which is one transaction of the inbox."),
    FEED_QUEUE_MAX(
            "postevent.feed.queue-max",
            "8192",
            Bounds.number("rows", 2, 1_000_000),
            "Most rows read and not yet handed over; more than the batch. As many may wait beside them until their transaction is visible."),
    FEED_QUEUE_BYTES(
            "postevent.feed.queue-size-max",
            "64MiB",
            Bounds.size(Bounds.MIB, 2 * Bounds.GIB),
            "Most bytes read and not yet handed over. As many may wait beside them until their transaction is visible."),
    FEED_BEHIND_MAX(
            "postevent.feed.behind-max",
            "20000",
            Bounds.number("events", 100, 1_000_000_000),
            "A stream that is further behind skips what it has not brought: it is read from the tables, which is faster, and what comes next does not wait for it."),
    FEED_BACKOFF_FIRST(
            "postevent.feed.backoff-first",
            "250ms",
            Bounds.duration(ofMillis(1), ofMinutes(10)),
            "Wait before the first restart of a feed that broke; doubles each time."),
    FEED_BACKOFF_MAX(
            "postevent.feed.backoff-max",
            "15s",
            Bounds.duration(ofMillis(1), ofHours(1)),
            "Greatest wait before a restart of the feed."),
    CATCHUP_GRACE(
            "postevent.catchup.grace",
            "50ms",
            Bounds.duration(ofMillis(0), ofMinutes(1)),
            "How long a gap may stay open before the event log is asked, at most: events of concurrent transactions arrive out of order all the time. Less, down to 2 ms, unless gaps lately took longer to fill."),
    CATCHUP_ROWS_MAX(
            "postevent.catchup.rows-max", "1000", Bounds.number("rows", 1, 100_000), "Most rows of one range read."),
    CATCHUP_BYTES_MAX(
            "postevent.catchup.size-max",
            "4MiB",
            Bounds.size(Bounds.KIB, Bounds.GIB),
            "Bytes of data and attributes after which a range read stops."),
    CATCHUP_INTERVAL(
            "postevent.catchup.interval",
            "1m",
            Bounds.duration(ofMillis(100), ofDays(1)),
            "How often head and mark are compared although nothing seems to be missing."),
    CATCHUP_FOLLOW_INTERVAL(
            "postevent.catchup.follow-interval",
            "100ms",
            Bounds.duration(ofMillis(10), ofMinutes(1)),
            "How often a node whose feed does not stream, because another node's does, looks how far the inbox is."),
    SETTLE_WAIT(
            "postevent.catchup.settle-wait",
            "2s",
            Bounds.duration(ofMillis(1), ofMinutes(1)),
            "How long one range read waits for transactions that may still fill a gap before it answers 'undecided'."),
    CATCHUP_GAP_LIMIT(
            "postevent.catchup.gap-limit",
            "1m",
            Bounds.duration(ofMillis(100), ofDays(1)),
            "How long a transaction may hold a gap open at the source before that is a fault in health and log, which names it. Nothing is passed, then or later."),
    READY_WITH_FAULTS(
            "postevent.health.ready-with-faults",
            "auto",
            "auto, true, false",
            "Whether /health/ready is UP although there are faults, which are told either way. auto: true for an application with topics of its own, as long as it can publish; false for one that only receives."),
    HEALTH_DETAILS(
            "postevent.health.details",
            "faults",
            "all, faults, none",
            "What the health checks tell whoever asks, beside UP or DOWN and the application's name. all: also node, feeds, topics, subscriptions, servers and remote consumers; faults: what is wrong, with the culprit; none: nothing, what is wrong goes to the log."),
    HEALTH_CONSUMERS_MAX(
            "postevent.health.consumers-max",
            "20",
            Bounds.number("consumers", 0, 1_000),
            "With details=all: most remote consumers of one topic that are told of one by one, the furthest behind first. How many there are is told in any case."),
    HEALTH_PRINCIPALS(
            "postevent.health.principals",
            "hide",
            "hide, show",
            "With details=all: whether remote consumers go by their names, which is who they proved to be, or are numbered."),
    LIVE_QUEUE_MAX(
            "postevent.live.queue-max",
            "1000",
            Bounds.number("events", 1, 1_000_000),
            "Most events waiting for one live observer; beyond, the oldest are dropped and counted."),
    LIVE_QUEUE_BYTES(
            "postevent.live.queue-size-max",
            "16MiB",
            Bounds.size(Bounds.KIB, Bounds.GIB),
            "Most bytes of events waiting for one live observer; beyond, the oldest are dropped and counted."),
    LEASE(
            "postevent.lease",
            "10s",
            Bounds.duration(ofSeconds(1), ofMinutes(10)),
            "How long a lane, and the stream (at most 10 s), stays with a node that gives no sign of life. More than any transaction timeout is wasted; less than a long pause of the JVM moves lanes for nothing."),
    SUBSCRIPTION_LANES(
            "postevent.subscriptions.defaults.lanes",
            "16",
            Bounds.number(1, 1_024),
            "Lanes of a new subscription. Fixed once it has progress."),
    SUBSCRIPTION_CONCURRENCY(
            "postevent.subscriptions.defaults.concurrency",
            "4",
            Bounds.number(1, 256),
            "Most lanes of one subscription that run at the same time on one node; each takes a thread and a connection."),
    SUBSCRIPTION_BATCH_MAX(
            "postevent.subscriptions.defaults.batch-max",
            "100",
            Bounds.number("events", 1, 10_000),
            "Most events of a lane in one transaction. 1: each event has a transaction of its own."),
    SUBSCRIPTION_ATTEMPTS_MAX(
            "postevent.subscriptions.defaults.attempts-max",
            "unlimited",
            Bounds.number(1, 1_000_000).orUnlimited(),
            "Attempts of an event that fails, before it is parked. Whatever is set, one with which its node was lost ten times is parked."),
    SUBSCRIPTION_GIVE_UP_AFTER(
            "postevent.subscriptions.defaults.give-up-after",
            "1d",
            Bounds.duration(ofSeconds(1), ofDays(366)).orUnlimited(),
            "How long an event may fail before it is parked: by the first attempt that begins after this time and fails, or by attempts-max, whichever is first. It counts from the first attempt that failed; time in which nobody tried (the application down, paused), transient failures, and what RetryLaterException asks for beyond the back-off do not count."),
    SUBSCRIPTION_BACKOFF_FIRST(
            "postevent.subscriptions.defaults.backoff-first",
            "200ms",
            Bounds.duration(ofMillis(1), ofDays(1)),
            "Wait after the first failure."),
    SUBSCRIPTION_BACKOFF_FACTOR(
            "postevent.subscriptions.defaults.backoff-factor", "2", Bounds.factor(1, 100), "Growth of the wait."),
    SUBSCRIPTION_BACKOFF_MAX(
            "postevent.subscriptions.defaults.backoff-max",
            "1m",
            Bounds.duration(ofMillis(1), ofDays(7)),
            "Greatest wait: who mends the cause waits no longer until the event is tried."),
    SUBSCRIPTION_ON_FAILURE(
            "postevent.subscriptions.defaults.on-failure",
            "hold",
            "hold, block",
            "A failing event holds its subject only, or its whole lane, which then waits for it without end."),
    SUBSCRIPTION_SYNCHRONOUS_COMMIT(
            "postevent.subscriptions.defaults.synchronous-commit",
            "true",
            "true, false",
            "False: the commit of a batch does not wait for the disk, which makes small batches nearly twice as fast. A crash of the database server may then take back the last moments of what observers did, together with the cursor, and the events are handled again: in the database each still has its effect once, but who has seen the first one sees it vanish. True: as the data source has it."),
    SUBSCRIPTION_HELD_MAX(
            "postevent.subscriptions.defaults.held-max",
            "10000",
            Bounds.number("events", 1, 10_000_000),
            "Most held events of a subscription, those behind a failed one included; at the limit a lane whose next event would have"
                    + " to be held stops until there is room, and health names it. What other nodes hold is counted once a second."),
    SUBSCRIPTION_BUFFER_MAX(
            "postevent.subscriptions.defaults.buffer-size-max",
            "16MiB",
            Bounds.size(64 * Bounds.KIB, Bounds.GIB),
            "Most bytes of events in memory for one subscription."),
    SUBSCRIPTION_TRANSACTION_TIMEOUT(
            "postevent.subscriptions.defaults.transaction-timeout",
            "1m",
            Bounds.duration(ofSeconds(1), ofDays(1)).inWholeSeconds(),
            "JTA timeout of one batch."),
    SUBSCRIPTION_START(
            "postevent.subscriptions.<subscription>.start",
            "@Subscription(start)",
            "beginning, now, a position, a time",
            "Where the subscription begins when it is registered for the first time; one that is there goes on, whatever this says. beginning: with the whole history; now: with what comes, without history; a position, a whole number from 1: with that one; a time with its offset, such as 2026-01-31T00:00:00+01:00: with events of that time or later, by the time attribute that they have, and those without one. It counts before the annotation. Not for all subscriptions at once."),
    THREAD_FACTORY(
            "postevent.thread-factory",
            "java:comp/DefaultManagedThreadFactory",
            "JNDI name",
            "The ManagedThreadFactory all threads come from."),
    STOP_LIMIT(
            "postevent.stop-limit",
            "10s",
            Bounds.duration(ofMillis(100), ofMinutes(10)),
            "How long an undeploy waits for what is under way.");

    /** Prefix of the keys that hold for all subscriptions. */
    public static final String SUBSCRIPTION_PREFIX = "postevent.subscriptions.defaults.";
    /** Stands for a topic's name in a key's name. */
    public static final String TOPIC = "<topic>";
    /** Stands for a subscription's name in the name of a key that one subscription alone can have. */
    static final String SUBSCRIPTION = "<subscription>";
    /** Prefix of the keys of one topic. */
    static final String ONE_TOPIC_PREFIX = "postevent.topics.";
    /** Names below {@link #ONE_TOPIC_PREFIX} that are no topic's: no topic called so has keys of its own. */
    static final Set<String> RESERVED = Set.of("names", "defaults");
    /** Prefix of the keys of one subscription. */
    public static final String ONE_SUBSCRIPTION_PREFIX = "postevent.subscriptions.";

    private final String keyName;
    private final String defaultValue;
    private final String allowed;
    private final @Nullable Bounds bounds;
    private final String meaning;

    Key(String keyName, String defaultValue, String allowed, String meaning) {
        this(keyName, defaultValue, allowed, null, meaning);
    }

    Key(String keyName, String defaultValue, Bounds bounds, String meaning) {
        this(keyName, defaultValue, bounds.toString(), bounds, meaning);
    }

    Key(String keyName, String defaultValue, String allowed, @Nullable Bounds bounds, String meaning) {
        this.keyName = keyName;
        this.defaultValue = defaultValue;
        this.allowed = allowed;
        this.bounds = bounds;
        this.meaning = meaning;
    }

    /** The key as written in a configuration source. */
    public String keyName() {
        return keyName;
    }

    /** The default as text; for some keys a description of where it comes from; empty: none. */
    public String defaultValue() {
        return defaultValue;
    }

    /** Unit and bounds, or the values it may have. */
    public String allowed() {
        return allowed;
    }

    /** The least and the greatest, if it is a number, a time or a size. */
    public Optional<Bounds> bounds() {
        return Optional.ofNullable(bounds);
    }

    /** What it does. */
    public String meaning() {
        return meaning;
    }

    /** The key's name for one topic; only for keys with {@link #TOPIC} in their name. */
    public String keyNameFor(dev.postevent.spi.TopicName topic) {
        return keyName.replace(TOPIC, topic.value());
    }

    /** True if a subscription has this key under its name. */
    boolean isOfSubscriptions() {
        return keyName.startsWith(SUBSCRIPTION_PREFIX) || isOfOneSubscription();
    }

    /** True if it has no value for all subscriptions. */
    boolean isOfOneSubscription() {
        return keyName.contains(SUBSCRIPTION);
    }

    /** What follows a subscription's name; only for keys of subscriptions. */
    String afterSubscription() {
        int prefix = isOfOneSubscription()
                ? (ONE_SUBSCRIPTION_PREFIX + SUBSCRIPTION + ".").length()
                : SUBSCRIPTION_PREFIX.length();
        return keyName.substring(prefix);
    }

    /** The key's name for one subscription; only for keys of subscriptions. */
    public String keyNameFor(String subscription) {
        return ONE_SUBSCRIPTION_PREFIX + subscription + "." + afterSubscription();
    }
}
