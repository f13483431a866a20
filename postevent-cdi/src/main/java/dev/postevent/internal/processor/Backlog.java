package dev.postevent.internal.processor;

import dev.postevent.internal.flow.EntrySource;
import dev.postevent.spi.TopicName;

/**
 * How much lies before a subscription.
 *
 * @param handled everything at or below it is handled or held
 * @param events what is above it and at or below the mark, for lanes that have not passed it; positions, which is more, unless exact
 * @param exact whether the events were counted
 */
record Backlog(long handled, long events, boolean exact) {
    /** Counting is bounded; of more positions they are told instead. */
    private static final long COUNTED_MAX = 200_000;

    /** Of a subscription with these cursors, by lane. Asks the inbox only where there is something to count. */
    static Backlog of(EntrySource source, TopicName topic, long[] cursors, long mark) {
        long handled = mark;
        for (long cursor : cursors) {
            handled = Math.min(handled, cursor);
        }
        long positions = mark - handled;
        boolean exact = positions <= COUNTED_MAX;
        return new Backlog(handled, exact && positions > 0 ? source.backlog(topic, cursors, mark) : positions, exact);
    }
}
