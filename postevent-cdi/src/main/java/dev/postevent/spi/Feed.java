package dev.postevent.spi;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Live flow of committed entries, in commit order where the source can, with duplicates and losses allowed: what it loses the
 * high-water mark shows and the event log gives. A feed runs until it is stopped and recovers from every fault by itself.
 *
 * <p>What it hands to its listener is visible: every query of the source that begins from then on shows the entry, and what its
 * transaction wrote beside it. A commit that is only in the WAL, or waits for a synchronous standby, is not.
 *
 * @since 0.1.0
 */
public interface Feed {

    /** Begins to hand entries to {@code listener}; returns at once. Called once. */
    void start(Listener listener);

    /** Ends the flow; waits no longer than {@code limit}. May be called twice, or without a start. */
    void stop(Duration limit);

    /** How it is doing. Does not block. */
    Status status();

    /** Where entries go. */
    interface Listener {

        /**
         * Takes one batch, per topic in the order of arrival, and returns once it is stored: only then may the feed acknowledge
         * it at the source. An exception means nothing was promised; the feed delivers again after a back-off.
         */
        void onBatch(Map<TopicName, List<LogEntry>> batch);

        /** Something may have been missed (connected anew, slot lost): whoever needs every event has to catch up. */
        void onDoubt(String reason);
    }

    /** The states of a feed. */
    enum State {
        STOPPED,
        STARTING,
        STREAMING,
        /** Not streaming, will try again; {@code detail} says why. */
        RETRYING,
        /** Another node of this application streams. */
        STANDBY
    }

    /**
     * How a feed is doing.
     *
     * @param kind how it notices events: {@code stream} or {@code polling}
     * @param engine what does so: {@code debezium}, {@code jdbc}, {@code grpc}
     * @param state what it does now
     * @param detail for a person: the last fault, who holds the slot
     * @param since when the state began
     * @param facts more for reports, e.g. {@code slot}, {@code wal_status}, {@code lag_bytes}; health tells those that are in its list
     */
    record Status(
            String kind,
            String engine,
            State state,
            @Nullable String detail,
            Instant since,
            Map<String, String> facts) {
        /** Copies the facts. */
        public Status {
            facts = Map.copyOf(facts);
        }
    }
}
