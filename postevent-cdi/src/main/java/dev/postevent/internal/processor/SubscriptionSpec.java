package dev.postevent.internal.processor;

import dev.postevent.internal.threads.Backoff;
import dev.postevent.spi.LogEntry;
import dev.postevent.spi.TopicName;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One durable subscription and how it works.
 *
 * @param name unique in the application
 * @param topic what it reads
 * @param start where a new subscription begins; one that is there keeps its own
 * @param lanes lanes of a new subscription, 1 to 1024; one that has progress keeps its number
 * @param retry what becomes of an event that fails
 * @param limits how much of anything there may be
 * @param synchronousCommit false: the commits of batches do not wait for the disk; true: as the data source has it
 * @param handler what is called
 */
public record SubscriptionSpec(
        String name,
        TopicName topic,
        Start start,
        int lanes,
        Retry retry,
        Limits limits,
        boolean synchronousCommit,
        Handler handler) {

    /** What an event that fails holds up. */
    public enum OnFailure {
        /** Its subject only; it is parked in the end. */
        HOLD,
        /** Its lane, and it is tried for ever. */
        BLOCK
    }

    /**
     * What becomes of an event that fails.
     *
     * @param giveUp when it is parked
     * @param backoff waits between tries
     * @param onFailure what it holds up meanwhile
     */
    public record Retry(GiveUp giveUp, Backoff backoff, OnFailure onFailure) {

        /** True if it stops its lane. */
        boolean blocks() {
            return onFailure == OnFailure.BLOCK;
        }

        /** For how long an event may fail; null: no bound. */
        @Nullable
        Duration giveUpAfter() {
            return blocks() ? null : giveUp.after();
        }

        /** Whether this attempt is the last that is allowed; never where a failing event stops its lane. */
        boolean isLast(int attempt, Duration failing) {
            return !blocks() && giveUp.isLast(attempt, failing);
        }

        /** Whether there is no further attempt after so many that were lost; never where a failing event stops its lane. */
        boolean isOver(int lost) {
            return !blocks() && giveUp.isOver(lost);
        }

        /** What the failure of an attempt comes to: it was the last that is allowed, or the observer has made it so. */
        boolean parks(boolean last, Throwable cause) {
            return last || (!blocks() && Failures.isForEver(cause));
        }
    }

    /**
     * How much of anything there may be.
     *
     * @param concurrency most lanes that run at the same time on this node, at least 1
     * @param batchMax most events of one transaction, at least 1
     * @param heldMax most held events; at the limit the lanes stop
     * @param bufferMaxBytes most bytes of events in memory
     * @param transactionTimeout of one batch, whole seconds
     */
    public record Limits(int concurrency, int batchMax, int heldMax, long bufferMaxBytes, Duration transactionTimeout) {

        /** How many held events of a lane are read: one more than are kept in memory, which tells that there are more. */
        int heldLoadedMax() {
            return heldMax + 1;
        }
    }

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

        /** The package of the user's class, if it is known. */
        default Optional<String> home() {
            return Optional.empty();
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
