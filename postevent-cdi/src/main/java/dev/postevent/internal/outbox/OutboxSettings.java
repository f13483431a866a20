package dev.postevent.internal.outbox;

import dev.postevent.spi.LogEntry;

/**
 * How publishing is done.
 *
 * @param sizeMaxBytes greatest size of one event, data and attributes in UTF-8, 1 to {@link LogEntry#SIZE_MAX_BYTES}
 * @param lockTimeoutMillis how long a publisher waits for another transaction that publishes to the same subject, 1 to 600,000 ms
 * @param when an event is written
 * @param withoutTransaction what is done where there is no transaction
 * @param pendingMaxBytes most bytes of events that wait for the commit of one transaction, at least 1
 */
public record OutboxSettings(
        int sizeMaxBytes,
        long lockTimeoutMillis,
        When when,
        WithoutTransaction withoutTransaction,
        long pendingMaxBytes) {

    /** When an event is written; the names are what the configuration says. */
    public enum When {
        /** Right before the commit. */
        BEFORE_COMMIT,
        /** At {@code publish}. */
        NOW
    }

    /** What is done where there is no transaction; the names are what the configuration says. */
    public enum WithoutTransaction {
        /** It is refused. */
        REJECT,
        /** Each call has one of its own. */
        OWN
    }

    /** Checks the bounds. */
    public OutboxSettings {
        if (sizeMaxBytes < 1 || sizeMaxBytes > LogEntry.SIZE_MAX_BYTES) {
            throw new IllegalArgumentException(
                    "sizeMaxBytes must be 1 to " + LogEntry.SIZE_MAX_BYTES + ", got " + sizeMaxBytes);
        }
        if (lockTimeoutMillis < 1 || lockTimeoutMillis > 600_000) {
            throw new IllegalArgumentException("lockTimeoutMillis must be 1 to 600000, got " + lockTimeoutMillis);
        }
        if (pendingMaxBytes < 1) {
            throw new IllegalArgumentException("pendingMaxBytes must be at least 1, got " + pendingMaxBytes);
        }
    }
}
