package dev.postevent.internal.catchup;

import org.jspecify.annotations.Nullable;

/**
 * The gap that a pass has left open after it read what is above. Nothing above can be handed on before the gap is closed; so as long as
 * nobody doubts that all is here, the next passes ask for the gap alone. Not safe for use by several threads.
 */
final class OpenGap {
    private @Nullable Left left;

    private record Left(long mark, long doubts) {}

    /** What is above {@code mark} was read, when there had been so many doubts, and the position after it is still open. */
    void leftOpen(long mark, long doubtsBefore) {
        left = new Left(mark, doubtsBefore);
    }

    void closed() {
        left = null;
    }

    boolean isAt(long mark, long doubtsNow) {
        Left known = left;
        return known != null && known.mark() == mark && known.doubts() == doubtsNow;
    }
}
