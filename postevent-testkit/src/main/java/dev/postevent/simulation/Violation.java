package dev.postevent.simulation;

/** A promise was broken. */
public final class Violation extends Error {
    private static final long serialVersionUID = 1L;

    public Violation(String message) {
        super(message);
    }
}
