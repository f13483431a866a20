package dev.postevent.internal.catchup;

/**
 * The hole that a pass has left open after it read what is above. Nothing above can be handed on before the hole is closed; so as long as
 * nobody doubts that all is here, the next passes ask for the hole alone. Used by the pass under way.
 */
final class OpenHole {
    private long after = -1;
    private long doubts;

    /** What is above {@code mark} was read, when there had been so many doubts, and the position after it is still open. */
    void leftOpen(long mark, long doubtsBefore) {
        after = mark;
        doubts = doubtsBefore;
    }

    void closed() {
        after = -1;
    }

    boolean isAt(long mark, long doubtsNow) {
        return after == mark && doubts == doubtsNow;
    }
}
