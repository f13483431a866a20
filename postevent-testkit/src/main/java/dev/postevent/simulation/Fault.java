package dev.postevent.simulation;

import java.util.EnumSet;
import java.util.List;

/** What may go wrong in a world; each can be left out. */
public enum Fault {
    /** A node dies between two statements. */
    CRASH,
    /** A node stands still for up to three leases and goes on as if nothing had been. */
    FREEZE,
    /** A node is stopped in order and started again. */
    RESTART,
    /** A statement fails before it does anything. */
    STATEMENT,
    /** A connection is lost at the commit, and nobody knows on which side of it. */
    COMMIT_UNKNOWN,
    /** The inbox database is away for a while, and what was open there is rolled back. */
    INBOX_DOWN,
    /** The inbox database commits before it is durable, and dies: it has less than it had, and who lives knows more. */
    INBOX_LOSES,
    /** The source database dies and comes back: open transactions are gone, prepared ones have other names. */
    SOURCE_RESTART,
    /** Nodes' clocks run fast or slow, and stand still or go on while the node is frozen. */
    NODE_CLOCK,
    /** The clock of the inbox database jumps ahead. */
    DATABASE_CLOCK,
    /** Entries come twice. */
    FEED_TWICE,
    /** Entries do not come. */
    FEED_LOSS,
    /** Entries come in another order. */
    FEED_ORDER,
    /** The stream breaks, on this node or in favour of another; or its slot is lost. */
    FEED_BREAK,
    /** Publishers roll back, burn numbers, stay open for long, prepare. */
    PUBLISHERS,
    /** The WAL shows a commit long before a query does, not only a moment: a synchronous standby is away. */
    SHOWN_LATE,
    /** Commits return before they are durable: a restart takes them back and gives their numbers to others. */
    NOT_FLUSHED,
    /** Two nodes bear one name. */
    TWINS,
    /** Observers fail: once, some times, for good, by an error, by their transaction, with their node. */
    OBSERVERS,
    /** Somebody pauses, resumes, retries, skips. */
    OPERATORS,
    /** The inbox database has REPEATABLE READ as its default: transactions of observers may not change what changed since they began. */
    REPEATABLE_READ,
    /**
     * While no node runs, the topic's table is dropped and made anew, and with it all that was received of it; the slot stays. Once in
     * a world at most.
     */
    TABLE_REMADE;

    /** Those that come again and again, as chance will have it. */
    static final List<Fault> AT_ANY_TIME = List.copyOf(EnumSet.complementOf(EnumSet.of(TABLE_REMADE)));
}
