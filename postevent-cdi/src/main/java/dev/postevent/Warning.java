package dev.postevent;

/**
 * Something that will hinder this application, or does, and that its databases know of: a limit of the server that is nearly reached, a
 * replication slot that nobody reads from, a transaction that was forgotten. Made by postevent alone: it may gain methods. Immutable.
 *
 * <pre>{@code
 * for (Warning warning : subscriptions.warnings()) {
 *     page.show(warning.level(), warning.fact(), warning.next());
 * }
 * }</pre>
 *
 * @since 0.1.0
 */
@Experimental
public interface Warning {

    /** What it is about, for a program. */
    Kind kind();

    /** How soon somebody has to do something. */
    Level level();

    /** What was found, in a sentence that names it. */
    String fact();

    /** What to do, in a sentence. */
    String next();

    /** How soon somebody has to do something. May gain constants: a {@code switch} over them needs a {@code default}. */
    enum Level {
        /** Something stands still, or soon will. */
        URGENT,
        /** It goes on for now. */
        WATCH
    }

    /** The kinds of warnings. May gain constants: a {@code switch} over them needs a {@code default}. */
    enum Kind {
        /** Tables are of an older version than this JAR's. */
        SCHEMA_OLDER,
        /** Tables are of a newer version than this JAR's. */
        SCHEMA_NEWER,
        /** The server does not write what a stream needs ({@code wal_level}). */
        WAL_LEVEL,
        /** There is no replication slot of this application. */
        SLOT_MISSING,
        /** The server has given the replication slot up. */
        SLOT_LOST,
        /** Nobody reads from the replication slot. */
        SLOT_INACTIVE,
        /** The server keeps much WAL for the replication slot, or almost as much as it may. */
        WAL_KEPT,
        /** The server has almost as many connections as it may have. */
        CONNECTIONS,
        /** The server can make no further replication slot. */
        SLOTS,
        /** The server can serve no further stream or standby. */
        WAL_SENDERS,
        /** A prepared transaction is old. */
        PREPARED_TRANSACTION,
        /** A transaction is old, so that nothing that was deleted since can be removed. */
        LONG_TRANSACTION,
        /** A database could not be asked. */
        NOT_ASKED
    }
}
