package dev.postevent.internal.processor;

/** When something is due, by the clock of the node. */
sealed interface Due {
    /**
     * At a time.
     *
     * @param millis of any clock that does not go back
     */
    record At(long millis) implements Due {}

    /** It is not due, whatever the time is. */
    record Never() implements Due {}

    static At at(long millis) {
        return new At(millis);
    }

    static Due never() {
        return new Never();
    }

    /** Then, or earlier if this is. */
    default At noLaterThan(long millis) {
        return this instanceof At at && at.millis < millis ? at : at(millis);
    }
}
