package dev.postevent.simulation;

import dev.postevent.spi.LogEntry;

/**
 * What an observer threw by itself: no simulated fault was in it, and it is not what an observer may say of an event.
 *
 * @param calls so many calls of the world had ended like that, with this one
 */
record UserFailure(String subscription, String event, int attempt, Throwable thrown, int calls) {
    private static final int FRAMES_MAX = 12;

    static String describe(LogEntry event) {
        return "event " + event.id() + " (position " + event.position()
                + (event.subject() == null ? ", without subject)" : ", subject " + event.subject() + ")");
    }

    /** True for what a test's own objects say, which is so whatever comes of it. */
    boolean isAssertion() {
        return thrown instanceof AssertionError;
    }

    UserFailure again() {
        return new UserFailure(subscription, event, attempt, thrown, calls + 1);
    }

    /** What was thrown, and where in the user's code. */
    String text() {
        return "subscription " + subscription + " threw, at " + event + ", attempt " + attempt + ": " + trace(thrown);
    }

    /** What the observer threw, without what a container puts around an exception that is checked. */
    static Throwable unwrapped(Throwable thrown) {
        Throwable cause = thrown.getCause();
        return cause != null && thrown.getClass().getName().equals("jakarta.enterprise.event.ObserverException")
                ? cause
                : thrown;
    }

    static String trace(Throwable thrown) {
        StringBuilder text = new StringBuilder(String.valueOf(thrown));
        int frames = 0;
        for (StackTraceElement frame : thrown.getStackTrace()) {
            if (frames == FRAMES_MAX || isOurs(frame.getClassName())) {
                break;
            }
            text.append("\n    at ").append(frame);
            frames++;
        }
        return text.toString();
    }

    private static boolean isOurs(String type) {
        return type.startsWith("dev.postevent.simulation.")
                || type.startsWith("dev.postevent.internal.")
                || type.startsWith("dev.postevent.testkit.HandlerObserver")
                || type.contains("jdk.internal.reflect.");
    }
}
