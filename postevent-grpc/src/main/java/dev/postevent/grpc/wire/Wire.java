package dev.postevent.grpc.wire;

import dev.postevent.PosteventException;
import dev.postevent.grpc.v1.Entry;
import dev.postevent.spi.LogEntry;
import java.util.ArrayList;
import java.util.List;

/** Log entries to messages and back; what comes out has the same columns as what went in. */
public final class Wire {
    /** The largest message that each client takes: one entry, be it as large as a topic's table lets it be ({@code topic-004.sql}). */
    public static final int MESSAGE_BYTES_LEAST = 16 << 20;

    private Wire() {}

    /**
     * The message for an entry.
     *
     * @throws PosteventException naming its position, if there is none
     */
    public static Entry encode(LogEntry entry) {
        try {
            return EntryEncoder.encode(entry);
        } catch (RuntimeException e) {
            throw new PosteventException(
                    "PSTEV35011",
                    "no message can be made of the entry at position " + entry.position() + " (" + e + ")",
                    e);
        }
    }

    /**
     * The entry of a message.
     *
     * @throws PosteventException if the message is not what the protocol says, or could not be stored
     */
    public static LogEntry decode(Entry message) {
        try {
            return EntryDecoder.decode(message);
        } catch (RuntimeException e) {
            throw new PosteventException(
                    "PSTEV35010",
                    "the entry that the source sent for position " + message.getPosition()
                            + " is not what the protocol says (" + e.getMessage()
                            + "). Are the versions of source and consumer far apart?",
                    e);
        }
    }

    /** The entries of messages. */
    public static List<LogEntry> decode(List<Entry> messages) {
        List<LogEntry> entries = new ArrayList<>(messages.size());
        for (Entry message : messages) {
            entries.add(decode(message));
        }
        return entries;
    }
}
