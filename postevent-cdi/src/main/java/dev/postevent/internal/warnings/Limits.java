package dev.postevent.internal.warnings;

import java.time.Duration;

/**
 * From when on something is worth a warning.
 *
 * @param prepared age of a prepared transaction; one that is being committed lives for milliseconds
 * @param open age of a transaction that keeps what was deleted since from being removed
 * @param transactions the same of one whose age this login may not see, in transactions of the server since
 * @param unread how long nobody has read from the slot; other nodes need their time to take it
 * @param kept bytes of WAL that are kept for the slot where the server has no limit
 */
record Limits(Duration prepared, Duration open, long transactions, Duration unread, long kept) {
    /** Hundredths of the connections that may be taken. */
    static final int CONNECTIONS_PERCENT = 90;
    /** Hundredths of the WAL that may be kept: worth a look, and urgent. */
    static final int WAL_PERCENT = 70;

    static final int WAL_URGENT_PERCENT = 90;

    static final Limits USUAL =
            new Limits(Duration.ofMinutes(5), Duration.ofMinutes(15), 1_000_000, Duration.ofMinutes(1), 16L << 30);
}
