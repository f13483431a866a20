package dev.postevent.internal.flow;

/**
 * How much of a topic the inbox has.
 *
 * @param mark everything at or below it is there
 * @param serverStart tells one start of its database server from the next: another one after each restart and fail-over
 */
public record InboxMark(long mark, long serverStart) {
    /** True if whoever knows the inbox as {@code known} can go on from there: it still has all of that. */
    public boolean goesOnFrom(InboxMark known) {
        return serverStart == known.serverStart && mark >= known.mark;
    }
}
