package dev.postevent.internal.eventlog;

import java.sql.SQLException;
import java.util.Map;
import java.util.Optional;

/**
 * One topic's table, on one uninterrupted connection. Each method is one statement with a snapshot of its own once {@link
 * #readCommitted} was called, but for {@link #seal} and {@link #touch}, which are one transaction.
 */
interface LogTable {
    /** From here on each statement sees what was committed before it began. */
    void readCommitted() throws SQLException;

    /** One reading of the positions above {@code after} and at or below {@code through}. */
    RangeStore.Page page(long after, long through, int rowsMax, long bytesMax) throws SQLException;

    /** Why positions of this table may not be settled here; empty if they may. */
    Optional<String> guard() throws SQLException;

    /** Through which position every number is drawn now: a row is seen there. */
    SettleStore.Bound bound() throws SQLException;

    /** Who holds the topic now. */
    SettleStore.Holders holders() throws SQLException;

    /** Positions above {@code after} and at or below {@code through} that have neither a row nor been removed by retention. */
    long[] missing(long after, long through) throws SQLException;

    /** Inserts voids where the primary key lets it; returns how many. Fails with 55P03 where an insert is under way. */
    int seal(long[] positions) throws SQLException;

    /** Holders as text for a person, by virtual transaction id, the oldest first. */
    Map<String, String> blockers() throws SQLException;

    /**
     * Records that everything at or below {@code settled} is settled, if what is known reaches up to {@code after}.
     *
     * @return false if it is not recorded by this: somebody else is at it, or has done it
     */
    boolean raise(long after, long settled) throws SQLException;

    /** End of the WAL where it is not yet flushed to there; empty if everything visible is durable. */
    Optional<String> notFlushed() throws SQLException;

    /** True if the WAL is flushed up to {@code lsn}. */
    boolean isFlushed(String lsn) throws SQLException;

    /** Makes the server flush its WAL. */
    void touch() throws SQLException;
}
