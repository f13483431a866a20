package dev.postevent.spi;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The readable topic: the truth about every position, wherever it is kept.
 *
 * <p>All methods may block for as long as their time limits say and throw {@link dev.postevent.PosteventException} where the
 * source cannot be asked or refuses; the caller tries again later. Safe for use by many threads.
 *
 * @since 0.1.0
 */
public interface EventLog {

    /** Who the source is. */
    Origin origin(TopicName topic);

    /** Greatest committed position, 0 for an empty topic. */
    long head(TopicName topic);

    /** Everything at or below this position is known to be settled, by whomever; 0 if nothing is known. */
    long settled(TopicName topic);

    /**
     * Reads the positions above {@code after} and at or below {@code through}, settling gaps on the way as far as that can be
     * done without harm to publishers.
     *
     * @param after exclusive lower bound, at least 0
     * @param through inclusive upper bound, {@code Long.MAX_VALUE} for "as far as there is"
     * @param rowsMax at most so many entries, at least 1
     * @param bytesMax stop after the entry that passes so many bytes of data and attributes, at least 1
     */
    Range read(TopicName topic, long after, long through, int rowsMax, long bytesMax);

    /**
     * Settles what is above {@code after}, without harm to publishers, and does not read what stands there: for who wants to know how far a
     * topic has come and nothing of its history. Does a part where there is much to do, and may be called again with what it returned.
     * A log that has no such way returns {@code after}.
     *
     * @param after everything at or below it is settled, as the caller knows
     * @return everything at or below it is settled, at least {@code after}; other than the answer of {@link #read}, a crash of the source
     *     may take some of it back, until a {@code read} of it or from there has answered
     */
    default long settle(TopicName topic, long after) {
        return after;
    }

    /**
     * What stands at {@code position}, as far as it takes to know it again ({@link LogEntry#sameIdentity}): all else may be left out. For
     * who looks again and again, so a log that can do so does not read what may be large.
     *
     * @return null: nothing is there, or the position is 0
     */
    default @Nullable LogEntry identity(TopicName topic, long position) {
        if (position == 0) {
            return null;
        }
        List<LogEntry> found = read(topic, position - 1, position, 1, 1).entries();
        return found.isEmpty() ? null : found.get(0);
    }
}
