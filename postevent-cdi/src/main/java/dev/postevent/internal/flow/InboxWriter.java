package dev.postevent.internal.flow;

import dev.postevent.spi.LogEntry;
import dev.postevent.spi.Origin;
import dev.postevent.spi.TopicName;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The inbox, as catch-up fills it: where entries, mark and origin are kept. Methods throw where the database fails. */
public interface InboxWriter {
    /** The durable mark; at 0 for a topic never seen. */
    InboxMark mark(TopicName topic);

    /**
     * Stores {@code entries} and moves the mark up to {@code mark} if it is lower, all or nothing. Storing an entry twice is one
     * entry.
     *
     * @param known what the caller knows of the inbox, and goes on from
     * @return false, and nothing is changed, if the inbox has less than that, or not all through {@code mark}: it lost commits, or is
     *     another one
     * @throws dev.postevent.DivergedSourceException if another event stands at one of the positions already
     */
    boolean store(TopicName topic, List<LogEntry> entries, InboxMark known, long mark);

    /**
     * As {@link #store} through the last of {@code entries}, if they follow on the mark, and if {@code condition} holds, which what
     * stores them asks.
     *
     * @param entries at least one, in position order
     * @return false, and nothing is changed, if it does not hold or what stores them cannot tell: {@link #store} may store them all
     *     the same once they are visible
     */
    boolean storeNext(TopicName topic, List<LogEntry> entries, InboxMark known, VisibilityCondition condition);

    /** Moves the mark up to {@code through} if it is lower, over what the source has removed. */
    void passGone(TopicName topic, long through);

    /** The stored entry at a position; null if there is none. */
    @Nullable
    LogEntry at(TopicName topic, long position);

    /** What of the topic at or below {@code through} can tell whether its source is still the one it was. */
    Kept kept(TopicName topic, long through);

    /** Where the topic came from so far; null if never saved. */
    @Nullable
    Origin origin(TopicName topic);

    /** Remembers where the topic comes from. */
    void saveOrigin(TopicName topic, Origin origin);
}
