package dev.postevent.internal.telemetry;

/** Names of attributes: those of OpenTelemetry's conventions for messaging, and ours. */
public final class Label {
    public static final String SYSTEM = "messaging.system";
    /** The topic. */
    public static final String DESTINATION = "messaging.destination.name";

    public static final String SUBSCRIPTION = "messaging.destination.subscription.name";
    public static final String OPERATION = "messaging.operation.name";
    public static final String OPERATION_TYPE = "messaging.operation.type";
    public static final String BATCH_COUNT = "messaging.batch.message_count";
    /** The class of what an observer threw. */
    public static final String ERROR = "error.type";

    /** One server may have several. */
    public static final String APPLICATION = "postevent.application";
    /** {@code waiting}, {@code behind} or {@code parked}. */
    public static final String HELD_STATE = "postevent.held.state";
    /** {@code taken} or {@code left}. */
    public static final String LANE_MOVE = "postevent.lane.move";
    /** As in {@code StatusReport.FeedStatus}. */
    public static final String FEED = "postevent.feed.name";

    public static final String OBSERVER = "postevent.observer";
    public static final String POSITION = "postevent.position";
    public static final String ATTEMPT = "postevent.attempt";

    /** What {@link #SYSTEM} says. */
    static final String POSTEVENT = "postevent";

    private Label() {}
}
