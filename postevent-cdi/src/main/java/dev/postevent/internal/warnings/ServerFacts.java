package dev.postevent.internal.warnings;

import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What a database says of itself and of its server, at one moment.
 *
 * @param database its name
 * @param start of the server, which tells one from another
 * @param walLevel its {@code wal_level}
 * @param decodes whether it has logical decoding, or turns it on for a slot
 * @param connections of clients
 * @param slots for replication
 * @param senders to standbys and streams
 * @param found what is there of the rest
 */
record ServerFacts(
        String database,
        long start,
        String walLevel,
        boolean decodes,
        Use connections,
        Use slots,
        Use senders,
        Found found) {

    /** How much of something is taken, and how much there may be. */
    record Use(long taken, long most) {

        boolean isPercent(int percent) {
            return most > 0 && taken * 100 >= most * percent;
        }
    }

    /**
     * What is there.
     *
     * @param slot that of the application
     * @param prepared the oldest prepared transaction that is old
     * @param holder of old transactions the one that keeps most from being removed
     * @param versions of our tables; empty: this login may not read them, or there are none
     */
    record Found(
            Optional<Slot> slot,
            Optional<Prepared> prepared,
            Optional<Holder> holder,
            Optional<Map<String, Integer>> versions) {
        Found {
            versions = versions.map(Map::copyOf);
        }
    }

    /**
     * A replication slot.
     *
     * @param active whether somebody reads from it
     * @param walStatus as PostgreSQL calls it
     * @param retained bytes of WAL that are kept for it
     * @param safe bytes that may come before it is given up; empty: there is no limit
     * @param unreadSeconds for how long nobody has read from it; empty: the server does not say
     */
    record Slot(boolean active, String walStatus, long retained, OptionalLong safe, OptionalLong unreadSeconds) {}

    /**
     * A prepared transaction.
     *
     * @param gid its name, in quotes as for a statement
     * @param many how many are as old or older than is worth a warning
     */
    record Prepared(String gid, String database, String owner, long seconds, long many) {}

    /**
     * A session with an old transaction.
     *
     * @param who its login and application; of a standby that says what it needs, that
     * @param state as PostgreSQL calls it; empty: this login may not see it
     * @param seconds age of its transaction; empty: this login may not see it
     * @param transactions of the server since then
     */
    record Holder(int pid, String who, String state, OptionalLong seconds, long transactions) {}
}
