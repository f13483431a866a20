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

    /**
     * Begins to hand entries to {@code listener}; returns at once. Called once; after a {@link #stop}, which may overtake it, it begins
     * nothing.
     *
     * @throws IllegalStateException if it was started before
     */
    void start(Listener listener);

    /**
     * Ends the flow; waits no longer than {@code limit}. No call of the listener begins after it, one that is under way may last. May be
     * called twice, or without a start.
     */
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

    /** How a feed notices events. May gain constants: a {@code switch} over them needs a {@code default}. */
    enum Kind {
        /** The source tells. */
        STREAM,
        /** It looks from time to time. */
        POLLING
    }

    /** The states of a feed. May gain constants: a {@code switch} over them needs a {@code default}. */
    enum State {
        /** Not begun, or ended. */
        STOPPED,
        /** Begun, brings nothing yet. */
        STARTING,
        /** Brings what is committed. */
        STREAMING,
        /** Not streaming, will try again; {@code detail} says why. */
        RETRYING,
        /** Another node of this application streams. */
        STANDBY
    }

    /**
     * How a feed is doing. Immutable.
     *
     * <pre>{@code
     * private volatile Status status = Status.of(Kind.STREAM, "pigeon", clock.instant());
     * ...
     * status = status.in(State.RETRYING, "the loft does not answer", clock.instant());
     * }</pre>
     */
    final class Status {
        private final Kind kind;
        private final String engine;
        private final State state;
        private final @Nullable String detail;
        private final Instant since;
        private final Map<String, String> facts;

        private Status(
                Kind kind,
                String engine,
                State state,
                @Nullable String detail,
                Instant since,
                Map<String, String> facts) {
            this.kind = kind;
            this.engine = engine;
            this.state = state;
            this.detail = detail;
            this.since = since;
            this.facts = Map.copyOf(facts);
        }

        /**
         * A feed that was not started.
         *
         * @param kind how it notices events
         * @param engine what does so: {@code debezium}, {@code jdbc}, {@code grpc}
         * @param now the time
         */
        public static Status of(Kind kind, String engine, Instant now) {
            return new Status(kind, engine, State.STOPPED, null, now, Map.of());
        }

        /**
         * The same feed in this state.
         *
         * @param why for a person: the last fault, who holds the slot; null: nothing
         * @param now the time; {@link #since} if it is another state
         */
        public Status in(State other, @Nullable String why, Instant now) {
            return new Status(kind, engine, other, why, other == state ? since : now, facts);
        }

        /** The same feed with these facts and no others. */
        public Status withFacts(Map<String, String> others) {
            return new Status(kind, engine, state, detail, since, others);
        }

        /** How it notices events. */
        public Kind kind() {
            return kind;
        }

        /** What does so. */
        public String engine() {
            return engine;
        }

        /** What it does now. */
        public State state() {
            return state;
        }

        /** For a person: the last fault, who holds the slot; null: nothing. */
        public @Nullable String detail() {
            return detail;
        }

        /** When the state began. */
        public Instant since() {
            return since;
        }

        /** More for reports, e.g. {@code slot}, {@code wal_status}, {@code lag_bytes}; health tells those that are in its list. */
        public Map<String, String> facts() {
            return facts;
        }

        @Override
        public String toString() {
            return "Status[kind=" + kind + ", engine=" + engine + ", state=" + state + ", detail=" + detail + ", since="
                    + since + ", facts=" + facts + "]";
        }
    }
}
