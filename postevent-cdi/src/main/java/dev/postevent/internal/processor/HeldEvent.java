package dev.postevent.internal.processor;

import org.jspecify.annotations.Nullable;

/** An event of a lane that is held: it failed, or is behind one of its key that did. Under the monitor that the lane is under. */
final class HeldEvent {
    /** Transient failures (deadlock, lost connection) in a row before they count like others. */
    static final int TRANSIENT_MAX = 5;

    final long position;
    /** Its subject; of an event that has none its position. */
    final Object key;
    /** {@link Due.Never}: it is parked, or behind another one. */
    private Due due;

    private int transients;
    private boolean called;
    private @Nullable End unwritten;
    private boolean told;
    private boolean parked;

    HeldEvent(long position, Object key, Due due) {
        this.position = position;
        this.key = key;
        this.due = due;
    }

    /** Whether a try was the observer's failure. */
    enum Judged {
        /** The observer was not called. */
        NOT_CALLED,
        /** It was, and the failure was transient. */
        CALLED,
        /** It was an attempt. */
        COUNTED;

        boolean isCounted() {
            return this == COUNTED;
        }

        boolean isCalled() {
            return this != NOT_CALLED;
        }
    }

    /**
     * How a try ended that did not succeed.
     *
     * @param failed null: as it is stored
     * @param id of the event; null: it was not read
     */
    record End(
            LaneStore.Fate fate,
            int attempts,
            Judged judged,
            @Nullable Failed failed,
            @Nullable String id) {}

    @Nullable
    String subject() {
        return key instanceof String subject ? subject : null;
    }

    Due due() {
        return due;
    }

    void dueIs(Due later) {
        due = later;
    }

    /** True if the observer was called for it by this node, or by one whose commits the database lost. */
    boolean wasCalled() {
        return called;
    }

    void isCalled() {
        called = true;
    }

    /** How its last try ended, if that could not be written down; nothing else may be done with it before. */
    @Nullable
    End unwritten() {
        return unwritten;
    }

    void endIs(@Nullable End end) {
        unwritten = end;
    }

    /** True once, at the first failed attempt this node knows of that somebody has to look at; again if they begin anew. */
    boolean isNews(int attempts) {
        boolean before = told;
        failed(attempts);
        return told && !before;
    }

    /** It failed so often, and that was told. */
    void failed(int attempts) {
        told = AttemptLog.isToBeLookedAt(attempts);
    }

    /** True if it is parked, or this node knows that it was. */
    boolean wasParked() {
        return parked;
    }

    void isParked() {
        parked = true;
    }

    /** Transient failures in a row, for the back-off. */
    int transients() {
        return transients;
    }

    /** Failed by something transient; true if that shall not count, false if it happened too often. */
    boolean transientFailure() {
        transients = transients < TRANSIENT_MAX ? transients + 1 : 0;
        return transients > 0;
    }

    /** True if this node knows of it what is not stored. */
    boolean isKnown() {
        return transients > 0 || called || told || parked || unwritten != null || due instanceof Due.At;
    }

    /** Takes over what this node knew of it before it was read from the database again. */
    void remember(HeldEvent before) {
        transients = before.transients;
        called = before.called;
        unwritten = before.unwritten;
        told = before.told;
        parked |= before.parked;
        // what is stored may go by a clock that went back, and would be put off by each reading; but where the answer
        // to
        // the end of a try was lost, only what is stored knows how long it waits
        if (unwritten == null && due instanceof Due.At && before.due instanceof Due.At earlier) {
            due = due.noLaterThan(earlier.millis());
        }
    }
}
