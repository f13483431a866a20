package dev.postevent.simulation;

import dev.postevent.spi.LogEntry;
import org.jspecify.annotations.Nullable;

/** What a user brings into a world: events, and what handles them. */
interface UserCode {

    /** The event to be published at a position. */
    LogEntry event(long position, int number, @Nullable String subject);

    /** Handles an event in the transaction of the process. */
    void handle(
            World world, Process process, int subscription, LogEntry event, int attempt, boolean again, boolean last)
            throws Exception;

    /** What was committed by now survives a crash of the inbox database, which holds what users write, too. */
    void flush();

    /** What was committed after the flush is gone. */
    void loseUnflushed();
}
