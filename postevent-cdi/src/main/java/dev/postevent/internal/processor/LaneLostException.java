package dev.postevent.internal.processor;

/** What is stored of the lane is not what is believed here: what was done for it must be rolled back, and it is read anew. */
final class LaneLostException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    LaneLostException() {
        super("something else is stored of the lane", null, false, false);
    }
}
