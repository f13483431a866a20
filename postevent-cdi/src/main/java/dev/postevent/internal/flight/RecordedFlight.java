package dev.postevent.internal.flight;

import java.util.List;
import java.util.Map;
import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Threshold;

/**
 * The events. None has a stack: it would be that of our own threads, the same each time. An event that is not recorded costs an object
 * that the compiler takes away again; what is over in less than a millisecond is recorded only for who asks for it.
 */
final class RecordedFlight extends Flight {

    /** Meets what is missing here and now, and not where work is done. */
    RecordedFlight() {
        boolean unused = new BatchEvent().isEnabled();
    }

    @Override
    Batch newBatch() {
        BatchEvent event = new BatchEvent();
        event.begin();
        return event;
    }

    @Override
    Settle newSettle() {
        SettleEvent event = new SettleEvent();
        event.begin();
        return event;
    }

    @Override
    HandOver newHandOver() {
        HandOverEvent event = new HandOverEvent();
        event.begin();
        return event;
    }

    @Override
    LaneTurn newLaneTurn() {
        LaneTurnEvent event = new LaneTurnEvent();
        event.begin();
        return event;
    }

    @Name("dev.postevent.Batch")
    @Label("Batch")
    @Category({"postevent", "Processor"})
    @Description("One transaction in which an observer is called, from its begin to its end")
    @StackTrace(false)
    @Threshold("1 ms")
    static final class BatchEvent extends Event implements Batch {
        @Label("Subscription")
        String subscription = "";

        @Label("Lane")
        int lane;

        @Label("Events")
        @Description("How many were handed to the observer")
        int events;

        @Label("Through")
        @Description("Position of the last event that was meant to be handled")
        long through;

        @Label("Outcome")
        @Description("committed, or what kept it from that")
        String outcome = "";

        @Override
        public void ended(String subscription, int lane, int events, long through, String outcome) {
            end();
            if (shouldCommit()) {
                this.subscription = subscription;
                this.lane = lane;
                this.events = events;
                this.through = through;
                this.outcome = outcome;
                commit();
            }
        }
    }

    @Name("dev.postevent.Settle")
    @Label("Settle")
    @Category({"postevent", "Event Log"})
    @Description("Finds out of missing positions whether they are filled, void or undecided, and waits for that")
    @StackTrace(false)
    @Threshold("1 ms")
    static final class SettleEvent extends Event implements Settle {
        @Label("Topic")
        String topic = "";

        @Label("After")
        @Description("Exclusive start of the stretch of positions")
        long after;

        @Label("Through")
        @Description("Inclusive end of the stretch of positions")
        long through;

        @Label("Decided")
        @Description("False: a transaction may still fill one of them")
        boolean decided;

        @Override
        public void ended(String topic, long after, long through, boolean decided) {
            end();
            if (shouldCommit()) {
                this.topic = topic;
                this.after = after;
                this.through = through;
                this.decided = decided;
                commit();
            }
        }
    }

    @Name("dev.postevent.HandOver")
    @Label("Hand-over")
    @Category({"postevent", "Feed"})
    @Description("What a feed brought is stored in the inbox, and given to live observers and remote consumers")
    @StackTrace(false)
    @Threshold("1 ms")
    static final class HandOverEvent extends Event implements HandOver {
        @Label("Feed")
        String feed = "";

        @Label("Topics")
        int topics;

        @Label("Entries")
        @Description("Events and voids")
        int entries;

        @Override
        public void ended(String feed, Map<?, ? extends List<?>> batch) {
            end();
            if (shouldCommit()) {
                this.feed = feed;
                topics = batch.size();
                entries = batch.values().stream().mapToInt(List::size).sum();
                commit();
            }
        }
    }

    @Name("dev.postevent.LaneTurn")
    @Label("Lane Turn")
    @Category({"postevent", "Processor"})
    @Description("A lane has a thread, until it has nothing to do or others are waiting")
    @StackTrace(false)
    @Threshold("1 ms")
    static final class LaneTurnEvent extends Event implements LaneTurn {
        @Label("Subscription")
        String subscription = "";

        @Label("Lane")
        int lane;

        @Label("Steps")
        @Description("Batches, retries and reads of what is stored")
        int steps;

        @Override
        public void ended(String subscription, int lane, int steps) {
            end();
            if (shouldCommit()) {
                this.subscription = subscription;
                this.lane = lane;
                this.steps = steps;
                commit();
            }
        }
    }
}
