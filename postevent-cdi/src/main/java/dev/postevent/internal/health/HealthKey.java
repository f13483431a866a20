package dev.postevent.internal.health;

import java.util.Arrays;
import java.util.Optional;

/**
 * Every item of data that the health checks tell; nothing else is told. The names are API, {@code docs/operations.md} is checked against this
 * list by a test.
 *
 * <p>Rules: lower case, a dot before each part, an underscore between words; {@code <n>} and {@code <m>} count from 1, so that no name of a
 * topic, subscription, node or consumer is part of a key; what is a number is told as one.
 */
public enum HealthKey {
    APPLICATION(
            "application",
            Type.TEXT,
            Told.ALWAYS,
            "The application that the answer is of; all checks of a server have one name."),
    DEAD("dead", Type.TEXT, Told.FAULTS, "Liveness: what died and does not come back by itself."),
    FAULT("fault.<n>", Type.TEXT, Told.FAULTS, "Readiness: something that is wrong, with the culprit."),
    NODE("node", Type.TEXT, Told.ALL, "This node's name."),

    FEED_NAME("feed.<n>.name", Type.TEXT, Told.ALL, "The remote topic that the feed brings, or 'local topics'."),
    FEED_KIND("feed.<n>.kind", Type.TEXT, Told.ALL, "stream or polling."),
    FEED_ENGINE("feed.<n>.engine", Type.TEXT, Told.ALL, "What implements it: debezium, jdbc, grpc."),
    FEED_STATE("feed.<n>.state", Type.TEXT, Told.ALL, "STOPPED, STARTING, STREAMING, RETRYING or STANDBY."),
    FEED_DETAIL("feed.<n>.detail", Type.TEXT, Told.ALL, "The last fault, or who holds the slot; missing: nothing."),
    FEED_ENTRIES("feed.<n>.entries", Type.NUMBER, Told.ALL, "Events and voids handed over since the start."),
    FEED_SLOT("feed.<n>.slot", Type.TEXT, Told.ALL, "debezium: the replication slot."),
    FEED_PUBLICATION("feed.<n>.publication", Type.TEXT, Told.ALL, "debezium: the publication."),
    FEED_HOLDER("feed.<n>.holder", Type.TEXT, Told.ALL, "debezium: who has the slot, if somebody has."),
    FEED_WAL_STATUS(
            "feed.<n>.wal_status",
            Type.TEXT,
            Told.ALL,
            "debezium: wal_status of the slot, as pg_replication_slots has it."),
    FEED_LAG_BYTES(
            "feed.<n>.lag_bytes", Type.NUMBER, Told.ALL, "debezium: WAL between what was confirmed and its end."),
    FEED_RETAINED_BYTES(
            "feed.<n>.retained_bytes", Type.NUMBER, Told.ALL, "debezium: WAL that the server keeps for the slot."),
    FEED_RESTARTS("feed.<n>.restarts", Type.NUMBER, Told.ALL, "debezium: how often the stream was begun anew."),
    FEED_UNREADABLE(
            "feed.<n>.unreadable",
            Type.NUMBER,
            Told.ALL,
            "debezium: rows that were no events and were left to the event log."),
    FEED_TOPICS("feed.<n>.topics", Type.NUMBER, Told.ALL, "jdbc: topics it polls."),
    FEED_SOURCE("feed.<n>.source", Type.TEXT, Told.ALL, "grpc: where the topic is."),
    FEED_CONNECTS("feed.<n>.connects", Type.NUMBER, Told.ALL, "grpc: streams begun since the start."),
    FEED_SKIPS(
            "feed.<n>.skips",
            Type.NUMBER,
            Told.ALL,
            "grpc: how often the source skipped ahead because this side did not keep up."),

    TOPIC_NAME("topic.<n>.name", Type.TEXT, Told.ALL, "The topic's name in this application."),
    TOPIC_HEAD("topic.<n>.head", Type.NUMBER, Told.ALL, "Greatest committed position; -1: not known."),
    TOPIC_SETTLED(
            "topic.<n>.settled", Type.NUMBER, Told.ALL, "Everything at or below it is an event, or void for ever."),
    TOPIC_MARK(
            "topic.<n>.mark",
            Type.NUMBER,
            Told.ALL,
            "Everything at or below it is in the inbox; -1: nobody subscribes."),
    TOPIC_BLOCKER(
            "topic.<n>.blocker", Type.TEXT, Told.ALL, "Who holds the position after the mark open; missing: nobody."),
    TOPIC_NOT_VISIBLE(
            "topic.<n>.not_visible",
            Type.TEXT,
            Told.ALL,
            "A position that came through the stream and that nobody can see yet, with who it waits for; missing: none."),
    TOPIC_HELD(
            "topic.<n>.held",
            Type.TEXT,
            Told.ALL,
            "The position that remote consumers wait for, with who holds it open; missing: none within the last minute."),
    TOPIC_TOO_LARGE(
            "topic.<n>.too_large",
            Type.TEXT,
            Told.ALL,
            "A position whose entry is larger than a message that a remote consumer takes; missing: none within the last minute."),
    TOPIC_CONSUMERS("topic.<n>.consumers", Type.NUMBER, Told.ALL, "How many remote consumers it has; missing: none."),

    SUBSCRIPTION_NAME("subscription.<n>.name", Type.TEXT, Told.ALL, "The subscription's name."),
    SUBSCRIPTION_TOPIC("subscription.<n>.topic", Type.TEXT, Told.ALL, "Its topic."),
    SUBSCRIPTION_HANDLED(
            "subscription.<n>.handled",
            Type.NUMBER,
            Told.ALL,
            "Everything at or below this position is handled, held or parked."),
    SUBSCRIPTION_LAG("subscription.<n>.lag", Type.NUMBER, Told.ALL, "Events in the inbox that are not handled."),
    SUBSCRIPTION_LAG_MILLIS(
            "subscription.<n>.lag_millis", Type.NUMBER, Told.ALL, "Age of the oldest of them in ms; 0: there is none."),
    SUBSCRIPTION_HELD("subscription.<n>.held", Type.NUMBER, Told.ALL, "Held events: waiting, behind and parked."),
    SUBSCRIPTION_WAITING(
            "subscription.<n>.waiting", Type.NUMBER, Told.ALL, "Of these, events that failed and are tried again."),
    SUBSCRIPTION_FAILING_MILLIS(
            "subscription.<n>.failing_millis",
            Type.NUMBER,
            Told.ALL,
            "How long ago the first attempt of one of them failed, in ms, of several the earliest; 0: of none has one."),
    SUBSCRIPTION_PARKED(
            "subscription.<n>.parked", Type.NUMBER, Told.ALL, "Events that were given up and wait for a person."),
    SUBSCRIPTION_PAUSED("subscription.<n>.paused", Type.FLAG, Told.ALL, "Whether an operator paused it."),
    SUBSCRIPTION_START(
            "subscription.<n>.start",
            Type.TEXT,
            Told.ALL,
            "Where it began: beginning, now (after position 4711), position 4712, or a time."),
    SUBSCRIPTION_OWNER_NODE("subscription.<n>.owner.<m>.node", Type.TEXT, Told.ALL, "A node that has lanes of it."),
    SUBSCRIPTION_OWNER_LANES("subscription.<n>.owner.<m>.lanes", Type.NUMBER, Told.ALL, "How many."),

    SERVER_KIND("server.<n>.kind", Type.TEXT, Told.ALL, "grpc."),
    SERVER_LISTENING("server.<n>.listening", Type.FLAG, Told.ALL, "Whether others can connect."),
    SERVER_DETAIL("server.<n>.detail", Type.TEXT, Told.ALL, "Its address, or why it does not listen."),
    SERVER_PORT("server.<n>.port", Type.NUMBER, Told.ALL, "The port it listens on."),
    SERVER_CONNECTIONS("server.<n>.connections", Type.NUMBER, Told.ALL, "Connections that are open."),
    SERVER_STREAMS("server.<n>.streams", Type.NUMBER, Told.ALL, "Live streams that are open."),
    SERVER_UNTAKEN_BYTES("server.<n>.untaken_bytes", Type.NUMBER, Told.ALL, "Bytes that were sent and are not taken."),
    SERVER_READS_WAITING(
            "server.<n>.reads_waiting", Type.NUMBER, Told.ALL, "Range reads that wait for their turn, of all clients."),

    CONSUMER_TOPIC(
            "consumer.<n>.topic",
            Type.TEXT,
            Told.ALL,
            "A remote consumer's topic; of each topic the furthest behind come first."),
    CONSUMER_NAME(
            "consumer.<n>.name", Type.TEXT, Told.ALL, "Who it proved to be, with postevent.health.principals=show."),
    CONSUMER_MARK(
            "consumer.<n>.mark",
            Type.NUMBER,
            Told.ALL,
            "Everything at or below it was received there; -1: it never said."),
    CONSUMER_LAG("consumer.<n>.lag", Type.NUMBER, Told.ALL, "Positions between that and the head; -1: not known."),
    CONSUMER_CONNECTED("consumer.<n>.connected", Type.FLAG, Told.ALL, "Whether it has a live stream from this node.");

    /** What a value is. */
    enum Type {
        TEXT("text"),
        NUMBER("number"),
        FLAG("true, false");

        private final String written;

        Type(String written) {
            this.written = written;
        }

        String written() {
            return written;
        }
    }

    /** From which {@link Disclosure.Details} on. */
    enum Told {
        ALWAYS,
        FAULTS,
        ALL
    }

    private static final String FEED = "feed.<n>.";
    private static final String SERVER = "server.<n>.";
    private static final String TOPIC = "topic.<n>.";

    private final String keyName;
    private final Type type;
    private final Told told;
    private final String meaning;

    HealthKey(String keyName, Type type, Told told, String meaning) {
        this.keyName = keyName;
        this.type = type;
        this.told = told;
        this.meaning = meaning;
    }

    /** The key, with {@code <n>} and {@code <m>} for numbers. */
    public String keyName() {
        return keyName;
    }

    Type type() {
        return type;
    }

    Told told() {
        return told;
    }

    String meaning() {
        return meaning;
    }

    /** The key with its numbers, which count from 1. */
    String at(int... numbers) {
        String name = keyName;
        for (int number : numbers) {
            name = name.replaceFirst("<[nm]>", Integer.toString(number));
        }
        return name;
    }

    /** Where a fact of a feed is told, if it is told at all: facts of feeds that are not ours have no place here. */
    static Optional<HealthKey> ofFeed(String fact) {
        return of(FEED, fact).filter(key -> key.compareTo(FEED_DETAIL) > 0);
    }

    /** Where a fact of a server is told, if it is told at all. */
    static Optional<HealthKey> ofServer(String fact) {
        return of(SERVER, fact).filter(key -> key.compareTo(SERVER_DETAIL) > 0);
    }

    /** True for a fact of a feed that is told, be it with the feed or with the topic that it is of. */
    public static boolean tellsOfFeed(String fact) {
        return ofFeed(fact).isPresent() || fact.startsWith(TOPIC_NOT_VISIBLE.prefixOfFact());
    }

    /** True for a fact of a server that is told, be it with the server or with the topic that it is of. */
    public static boolean tellsOfServer(String fact) {
        return ofServer(fact).isPresent()
                || fact.startsWith(TOPIC_HELD.prefixOfFact())
                || fact.startsWith(TOPIC_TOO_LARGE.prefixOfFact());
    }

    /** What comes before the topic's name in the name of a fact that is told with the topic. */
    String prefixOfFact() {
        return keyName.substring(TOPIC.length()) + ".";
    }

    private static Optional<HealthKey> of(String prefix, String fact) {
        return Arrays.stream(values())
                .filter(key -> key.keyName.equals(prefix + fact))
                .findFirst();
    }
}
