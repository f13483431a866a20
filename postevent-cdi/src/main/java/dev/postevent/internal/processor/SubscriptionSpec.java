package dev.postevent.internal.processor;

import dev.postevent.internal.worker.Backoff;
import dev.postevent.spi.LogEntry;
import dev.postevent.spi.TopicName;
import java.time.Duration;
import java.util.List;

/**
 * One durable subscription and how it works.
 *
 * @param name unique in the application
 * @param topic what it reads
 * @param lanes lanes of a new subscription, 1 to 1024; one that has progress keeps its number
 * @param concurrency most lanes that run at the same time on this node, at least 1
 * @param batchMax most events of one transaction, at least 1
 * @param giveUp when an event that fails is parked
 * @param backoff waits between tries
 * @param blockOnFailure true: a failing event stops its lane and is tried for ever; false: it holds its subject only
 * @param synchronousCommit false: the commits of batches do not wait for the disk; true: as the data source has it
 * @param heldMax most held events; at the limit the lanes stop
 * @param bufferMaxBytes most bytes of events in memory
 * @param transactionTimeout of one batch, whole seconds
 * @param start where a new subscription begins; one that is there keeps its own
 * @param handler what is called
 */
public record SubscriptionSpec(
        String name,
        TopicName topic,
        int lanes,
        int concurrency,
        int batchMax,
        GiveUp giveUp,
        Backoff backoff,
        boolean blockOnFailure,
        boolean synchronousCommit,
        int heldMax,
        long bufferMaxBytes,
        Duration transactionTimeout,
        Start start,
        Handler handler) {

    /** The user's observer, as the processor sees it. */
    public interface Handler {
        /** False for an event that is passed over and counts as handled. */
        boolean wants(LogEntry event);

        /**
         * Handles an event in the transaction of the calling thread.
         *
         * @param attempt 1 for the first try
         * @param again true if the event may have been handed over before
         * @param last true if it is parked where this try fails
         */
        void handle(LogEntry event, int attempt, boolean again, boolean last) throws Exception;

        /** The package of the user's class; empty: it is not known. */
        default String home() {
            return "";
        }

        /** True if it takes what one transaction has in one call. */
        default boolean takesLists() {
            return false;
        }

        /** Handles events, at least one, in the transaction of the calling thread; called only if it takes lists. */
        default void handleAll(List<LogEntry> events) throws Exception {
            for (LogEntry event : events) {
                handle(event, 1, false, false);
            }
        }
    }
}
