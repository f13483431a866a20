package dev.postevent.internal.processor;

import dev.postevent.Subscriptions.Awaited;
import dev.postevent.spi.LogEntry;
import java.sql.SQLException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Lets threads wait until one subscription has come to a position. However many wait, one of them at a time asks the database, and the
 * answer is for all that waited when it was asked for.
 */
final class ProgressWait {
    /** A batch takes about as long. */
    private static final long PAUSE_LEAST_MILLIS = 10;
    /** Pauses grow by half up to this. */
    private static final long PAUSE_MOST_MILLIS = 100;

    private final Source source;

    // all below under the monitor
    /** How many questions were begun. */
    private long asked;
    /** The number of the last one that was answered, and the answer. */
    private long answered;

    private long[] cursors = {};
    private boolean asking;
    private boolean stopped;

    /** Where the subscription is. */
    interface Source {
        /** The cursors of all its lanes; none if it is not registered. */
        long[] cursors() throws SQLException;

        /** Of a goal that all cursors have passed, of {@code laneCount} lanes: what it is held by. */
        HeldEventStore.Change held(Goal goal, int laneCount) throws SQLException;
    }

    /**
     * What is waited for: everything through a position, of one subject or of all.
     *
     * @param position at least 1
     * @param subject null: all subjects
     */
    record Goal(long position, @Nullable String subject) {
        int lane(int laneCount) {
            return LogEntry.slot(position, subject) % laneCount;
        }

        private boolean isPassed(long[] cursors) {
            if (cursors.length == 0) {
                return false;
            }
            if (subject != null) {
                return cursors[lane(cursors.length)] >= position;
            }
            for (long cursor : cursors) {
                if (cursor < position) {
                    return false;
                }
            }
            return true;
        }
    }

    /** Postevent stops on this node. */
    static final class StoppedException extends Exception {
        private static final long serialVersionUID = 1L;
    }

    ProgressWait(Source source) {
        this.source = source;
    }

    /** Asks at least once, then until {@code timeoutNanos} have passed. */
    Awaited await(Goal goal, long timeoutNanos) throws SQLException, InterruptedException, StoppedException {
        long began = System.nanoTime();
        long pause = PAUSE_LEAST_MILLIS;
        while (true) {
            long[] now = latest();
            if (goal.isPassed(now)) {
                HeldEventStore.Change held = source.held(goal, now.length);
                if (held == HeldEventStore.Change.NOT_HELD) {
                    return Awaited.HANDLED;
                }
                if (held == HeldEventStore.Change.PARKED) {
                    return Awaited.PARKED;
                }
            }
            long left = TimeUnit.NANOSECONDS.toMillis(timeoutNanos - (System.nanoTime() - began));
            if (left <= 0) {
                return Awaited.TIMED_OUT;
            }
            pause(Math.min(pause, left));
            pause = Math.min(pause + pause / 2, PAUSE_MOST_MILLIS);
        }
    }

    private synchronized void pause(long millis) throws InterruptedException, StoppedException {
        long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        long left = millis;
        while (!stopped && left > 0) {
            wait(left);
            left = TimeUnit.NANOSECONDS.toMillis(until - System.nanoTime());
        }
        if (stopped) {
            throw new StoppedException();
        }
    }

    /** Cursors that were asked for after this was called: what was answered before may be of before a replay. */
    private long[] latest() throws SQLException, InterruptedException, StoppedException {
        if (!isMyTurn()) {
            synchronized (this) {
                return cursors;
            }
        }
        long[] now = null;
        try {
            now = source.cursors();
        } finally {
            answer(now);
        }
        return now;
    }

    /** Waits for an answer that another thread asks for; true if this one has to. */
    private synchronized boolean isMyTurn() throws InterruptedException, StoppedException {
        long wanted = asked + 1;
        while (asking && answered < wanted) {
            if (stopped) {
                throw new StoppedException();
            }
            wait();
        }
        if (answered >= wanted) {
            return false;
        }
        asking = true;
        asked++;
        return true;
    }

    /** {@code now}: null if there was none, then another thread asks. */
    private synchronized void answer(long @Nullable [] now) {
        asking = false;
        if (now != null) {
            cursors = now;
            answered = asked;
        }
        notifyAll();
    }

    /** Whoever waits stops waiting. */
    synchronized void stop() {
        stopped = true;
        notifyAll();
    }
}
