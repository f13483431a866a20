package dev.postevent.internal.feed.debezium;

import org.jspecify.annotations.Nullable;

/**
 * Notices that the server fails at one place of the WAL again and again, which no restart helps: only a slot that begins behind it
 * does. Pure.
 *
 * <p>An error of the server alone tells nothing, and neither does one of its connections: only one that comes back in the same words,
 * while the slot has not moved.
 */
final class DecodingFailures {
    /** So many times in a row: a slot is made anew in a moment, but what it would have brought is read from the tables. */
    static final int MOST = 3;

    // all below of the feed's thread
    private @Nullable String error;
    private @Nullable String confirmed;
    private int times;

    /**
     * Notes the end of a stream.
     *
     * @param serverError what the server said of it; null if it ended otherwise
     * @param from where the slot stood when the stream began; null if it was only made
     * @return true if this was the last time that is borne
     */
    boolean ended(@Nullable String serverError, @Nullable String from) {
        if (serverError == null || from == null) {
            times = 0;
            return false;
        }
        times = serverError.equals(error) && from.equals(confirmed) ? times + 1 : 1;
        error = serverError;
        confirmed = from;
        if (times < MOST) {
            return false;
        }
        times = 0;
        return true;
    }
}
