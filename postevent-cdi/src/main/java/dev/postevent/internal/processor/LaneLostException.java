package dev.postevent.internal.processor;

/** What is stored of the lane is not what is believed here: what was done for it must be rolled back, and it is read anew. */
final class LaneLostException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    LaneLostException() {
        super("something else is stored of the lane", null, false, false);
    }

    /** Who has the rows of a lane that is ours is a transaction in doubt: no fault of an event, nor worth another call before its end. */
    static Throwable unlessLocked(Throwable failure) {
        if (Failures.isLocked(failure)) {
            throw new LaneLostException();
        }
        return failure;
    }
}
