package dev.postevent.internal.feed.debezium;

import java.time.OffsetDateTime;
import org.jspecify.annotations.Nullable;

/**
 * Our slot as the server shows it.
 *
 * @param ours a logical pgoutput slot of the database we are connected to; anything else under the name is never touched
 * @param description kind, plugin and database, for a person
 * @param walStatus {@code reserved}, {@code extended}, {@code unreserved} or {@code lost}
 * @param holder who uses it; null if nobody does
 * @param confirmed what was acknowledged, as an LSN; null while the slot is being made
 * @param lagBytes WAL written and not acknowledged
 * @param retainedBytes WAL the server keeps because of the slot
 */
record SlotState(
        boolean ours,
        String description,
        @Nullable String walStatus,
        @Nullable Holder holder,
        @Nullable String confirmed,
        long lagBytes,
        long retainedBytes) {

    /** True if the server has thrown away WAL that the slot needs: it can only be dropped. */
    boolean lost() {
        return "lost".equals(walStatus);
    }

    /**
     * The backend that uses the slot.
     *
     * @param walsender true if it streams, false if it makes or reads the slot with SQL
     * @param started when it connected, by the server's clock; null if we may not see that
     */
    record Holder(
            int pid,
            @Nullable String name,
            @Nullable String role,
            @Nullable String address,
            boolean walsender,
            @Nullable OffsetDateTime started) {

        @Override
        public String toString() {
            return "pid " + pid + " ('" + (name == null ? "" : name) + "', role " + role + ", from "
                    + (address == null ? "this host or not shown" : address) + ")";
        }
    }
}
