package dev.postevent.internal.feed.debezium;

import dev.postevent.internal.feed.Causes;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;

/**
 * Moves the slot past WAL that is not ours. Since PostgreSQL 15 a transaction without a row for us is not sent at all, so where only
 * others write nothing ever comes that could be acknowledged, and the server keeps WAL until its disk is full. A message of a few
 * bytes, sent only then, comes through the stream like a row.
 */
final class SlotPulse {
    private static final Logger LOG = System.getLogger("dev.postevent.feed");
    private static final long LAG_BYTES = 1 << 20;

    private final Duration interval;
    // both of the feed's thread
    private long last = System.nanoTime();
    private boolean refused;

    SlotPulse(Duration interval) {
        this.interval = interval;
    }

    void look(SlotStore slots, Connection connection, SlotState slot, long nanos) throws SQLException {
        if (refused || slot.lagBytes() < LAG_BYTES || nanos - last < interval.toNanos()) {
            return;
        }
        last = nanos;
        try {
            slots.pulse(connection);
        } catch (SQLException e) {
            if (!Causes.isRefused(e)) {
                throw e;
            }
            refused = true;
            LOG.log(
                    Level.WARNING,
                    "the feed's role may not call pg_logical_emit_message, so the slot keeps WAL for as long as only others"
                            + " write: grant execute on function pg_catalog.pg_logical_emit_message(boolean, text, text)",
                    e);
        }
    }
}
