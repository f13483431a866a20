package dev.postevent.internal.processor;

/** Another node owns the lane now: what was done for it must be rolled back. */
final class LaneLostException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    LaneLostException() {
        super("another node owns the lane", null, false, false);
    }
}
