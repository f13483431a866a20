package dev.postevent.simulation;

import dev.postevent.spi.LogEntry;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a user brings into a world: events, and what handles them. */
interface UserCode {

    /** The event to be published at a position. */
    LogEntry event(long position, int number, @Nullable String subject);

    /** True if every event has a subject. */
    boolean alwaysHasSubject();

    /** False for an event that is passed over and counts as handled. */
    boolean wants(int subscription, LogEntry event);

    /** True if it takes what a transaction has in one call. */
    boolean takesLists(int subscription);

    /** Handles an event in the transaction of the process. */
    void handle(
            World world, Process process, int subscription, LogEntry event, int attempt, boolean again, boolean last)
            throws Exception;

    /** Handles events at once in the transaction of the process. */
    void handleAll(World world, Process process, int subscription, List<LogEntry> events) throws Exception;

    /** True if the last call for it said that it is to be parked now. */
    boolean parksNow(int subscription, long position);

    /** How often it was called for this event, alone, and said that it is to be parked, or to come later. */
    int refusals(int subscription, long position);

    /** What was committed by now survives a crash of the inbox database, which holds what users write, too. */
    void flush();

    /** What was committed after the flush is gone. */
    void loseUnflushed();
}
