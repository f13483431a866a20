package dev.postevent.internal.telemetry;

import java.util.List;

/**
 * Every metric there is: what it is called, its unit as UCUM writes it, and what it says. docs/telemetry.md has the same list, and names of
 * them are in the rules and the dashboard of server-config; tests hold both.
 */
public enum Metric {
    SENT(
            "messaging.client.sent.messages",
            "{message}",
            Kind.COUNTER,
            "Events that were published and committed",
            Label.DESTINATION,
            Label.OPERATION),
    CONSUMED(
            "messaging.client.consumed.messages",
            "{message}",
            Kind.COUNTER,
            "Events that were handed to an observer, each time that they were",
            Label.DESTINATION,
            Label.SUBSCRIPTION,
            Label.OPERATION),
    PROCESS_DURATION(
            "messaging.process.duration",
            "s",
            Kind.HISTOGRAM,
            "How long calls of an observer take",
            Label.DESTINATION,
            Label.SUBSCRIPTION,
            Label.OPERATION,
            Label.ERROR),

    SUBSCRIPTION_LAG(
            "postevent.subscription.lag",
            "{event}",
            Kind.GAUGE,
            "Stored events that a subscription has not handled",
            Label.DESTINATION,
            Label.SUBSCRIPTION),
    SUBSCRIPTION_LAG_TIME(
            "postevent.subscription.lag.time",
            "s",
            Kind.GAUGE,
            "For how long the oldest of these has been waiting",
            Label.DESTINATION,
            Label.SUBSCRIPTION),
    SUBSCRIPTION_HELD(
            "postevent.subscription.held",
            "{event}",
            Kind.GAUGE,
            "Events that a subscription holds, by state",
            Label.DESTINATION,
            Label.SUBSCRIPTION,
            Label.HELD_STATE),
    SUBSCRIPTION_FAILING_TIME(
            "postevent.subscription.failing.time",
            "s",
            Kind.GAUGE,
            "For how long one of the events that are tried again has been failing; 0: none is",
            Label.DESTINATION,
            Label.SUBSCRIPTION),
    SUBSCRIPTION_PAUSED(
            "postevent.subscription.paused",
            "{subscription}",
            Kind.GAUGE,
            "1 if an operator paused the subscription, else 0",
            Label.DESTINATION,
            Label.SUBSCRIPTION),
    SUBSCRIPTION_LANES(
            "postevent.lane.owned",
            "{lane}",
            Kind.GAUGE,
            "Lanes of a subscription that this node has",
            Label.DESTINATION,
            Label.SUBSCRIPTION),
    LANE_MOVES(
            "postevent.lane.moves",
            "{move}",
            Kind.TOTAL,
            "Lanes that came to this node or left it",
            Label.SUBSCRIPTION,
            Label.LANE_MOVE),

    TOPIC_HEAD(
            "postevent.topic.head",
            "{position}",
            Kind.GAUGE,
            "Greatest committed position of a topic",
            Label.DESTINATION),
    TOPIC_MARK(
            "postevent.topic.mark",
            "{position}",
            Kind.GAUGE,
            "Position through which everything of a topic is in the inbox",
            Label.DESTINATION),
    TOPIC_BLOCKED(
            "postevent.topic.blocked",
            "{topic}",
            Kind.GAUGE,
            "1 if a transaction holds the position after the mark open, or the topic stands still, else 0",
            Label.DESTINATION),
    CATCHUP_READS(
            "postevent.catchup.reads",
            "{read}",
            Kind.TOTAL,
            "Ranges that catch-up asked of the event log",
            Label.DESTINATION),
    GAP_VOIDS(
            "postevent.gap.voids",
            "{position}",
            Kind.TOTAL,
            "Positions that this node sealed as void",
            Label.DESTINATION),

    FEED_UP(
            "postevent.feed.up",
            "{feed}",
            Kind.GAUGE,
            "1 if the feed brings events here or on another node, else 0",
            Label.FEED),
    FEED_STREAMING(
            "postevent.feed.streaming",
            "{feed}",
            Kind.GAUGE,
            "1 if the feed brings events to this node, else 0",
            Label.FEED),
    FEED_WAL_RETAINED(
            "postevent.feed.wal.retained",
            "By",
            Kind.GAUGE,
            "WAL that the server keeps for the replication slot",
            Label.FEED),
    FEED_WAL_LAG("postevent.feed.wal.lag", "By", Kind.GAUGE, "WAL after what the feed has acknowledged", Label.FEED),

    OUTBOX_SIZE(
            "postevent.outbox.size",
            "By",
            Kind.GAUGE,
            "What a topic's table takes on disk, indexes and all",
            Label.DESTINATION),
    INBOX_SIZE(
            "postevent.inbox.size",
            "By",
            Kind.GAUGE,
            "What the inbox's table of events takes on disk, indexes and all"),

    LIVE_DROPPED(
            "postevent.live.dropped",
            "{event}",
            Kind.TOTAL,
            "Events that a live observer missed as its queue was full",
            Label.DESTINATION,
            Label.OBSERVER),
    FAULTS("postevent.faults", "{fault}", Kind.GAUGE, "Faults that health would name on this node"),
    SAMPLE_AGE("postevent.sample.age", "s", Kind.GAUGE, "How old the numbers are that are read from time to time");

    /** How it is made. */
    public enum Kind {
        /** Counted where it happens. */
        COUNTER,
        /** Measured where it happens. */
        HISTOGRAM,
        /** A number of now, of the last sample. */
        GAUGE,
        /** A sum since the start, of the last sample. */
        TOTAL
    }

    private final String title;
    private final String unit;
    private final Kind kind;
    private final String meaning;

    @SuppressWarnings("ImmutableEnumChecker") // made by List.of
    private final List<String> labels;

    Metric(String title, String unit, Kind kind, String meaning, String... labels) {
        this.title = title;
        this.unit = unit;
        this.kind = kind;
        this.meaning = meaning;
        this.labels = List.of(labels);
    }

    /** Its name. */
    public String title() {
        return title;
    }

    /** Its unit; what is in braces is for a person. */
    public String unit() {
        return unit;
    }

    public Kind kind() {
        return kind;
    }

    /** A sentence. */
    public String meaning() {
        return meaning;
    }

    /** Its attributes, beside {@link Label#SYSTEM} and {@link Label#APPLICATION}, which all have. */
    public List<String> labels() {
        return labels;
    }
}
