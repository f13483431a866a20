package dev.postevent.internal.processor;

import org.jspecify.annotations.Nullable;

/** An event of a lane that is held: it failed, or is behind one of its key that did. Under the monitor that the lane is under. */
final class HeldEvent {
    /** Failures that are nobody's fault (deadlock, lost connection) before they count like others. */
    static final int TRANSIENT_MAX = 5;

    final long position;
    /** Its subject; of an event that has none its position. */
    final Object key;
    /** {@link Lane#NEVER}: it is parked, or behind another one. */
    private long dueAt;

    private int transients;
    private boolean called;
    private @Nullable End unwritten;
    private boolean told;

    HeldEvent(long position, Object key, long dueAt) {
        this.position = position;
        this.key = key;
        this.dueAt = dueAt;
    }

    /** Whether a try was the observer's failure. */
    enum Judged {
        /** The observer was not called. */
        NOT_CALLED,
        /** It was, and what failed was nobody's fault. */
        CALLED,
        /** It was an attempt. */
        COUNTED
    }

    /**
     * How a try ended that did not succeed.
     *
     * @param again when it is tried again; null: parked
     * @param cause null: as it is stored
     */
    record End(
            LaneStore.@Nullable Again again,
            int attempts,
            Judged judged,
            @Nullable Throwable cause) {
        boolean isCounted() {
            return judged == Judged.COUNTED;
        }

        boolean isCalled() {
            return judged != Judged.NOT_CALLED;
        }
    }

    @Nullable
    String subject() {
        return key instanceof String subject ? subject : null;
    }

    long dueAt() {
        return dueAt;
    }

    void dueAt(long at) {
        dueAt = at;
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

    /** Failures in a row that were nobody's fault, for the back-off. */
    int transients() {
        return transients;
    }

    /** Failed by something that may pass; true if that shall not count, false if it happened too often. */
    boolean passing() {
        transients = transients < TRANSIENT_MAX ? transients + 1 : 0;
        return transients > 0;
    }

    /** True if this node knows of it what is not stored. */
    boolean isKnown() {
        return transients > 0 || called || told || unwritten != null || dueAt != Lane.NEVER;
    }

    /** Takes over what this node knew of it before it was read from the database again. */
    void remember(HeldEvent before) {
        transients = before.transients;
        called = before.called;
        unwritten = before.unwritten;
        told = before.told;
        // what is stored may go by a clock that went back, and would be put off by each look; but where the answer to
        // the end of a try was lost, only what is stored knows how long it waits
        if (unwritten == null && dueAt != Lane.NEVER && before.dueAt != Lane.NEVER) {
            dueAt = Math.min(dueAt, before.dueAt);
        }
    }
}
