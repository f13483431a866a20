package dev.postevent.internal.processor;

import dev.postevent.spi.LogEntry;
import dev.postevent.spi.TopicName;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Where one node keeps leases, all of one length, cursors and held events of one subscription. Each method is a transaction of its own, but those of {@link Effect}.
 * An exception leaves open whether the transaction was committed.
 */
interface LaneStore {

    /** What stands in the table about a subscription. */
    record Registered(String topic, int lanes, boolean paused, Start start) {}

    /**
     * Makes the subscription and its lanes where they are not there; of several at once the first one says where it begins.
     *
     * @param start where it begins if it is not there; if that {@linkplain Start#isOpen is open}, it is not made
     * @return what is there; empty: nothing, and {@code start} is open
     */
    Optional<Registered> register(TopicName topic, int lanes, Start start) throws SQLException;

    /**
     * For which events of a lane above its cursor the observer was called, in vain.
     *
     * @param called for these
     * @param againThrough and for what is at or below this
     * @param careful of so many at or below {@code carefulThrough}, the next ones, nobody can tell
     */
    record Calls(Set<Long> called, long againThrough, int careful, long carefulThrough) {
        static final Calls NONE = new Calls(Set.of(), 0, 0, 0);

        public Calls {
            called = Set.copyOf(called);
        }
    }

    /**
     * A lane that is ours now.
     *
     * @param former its last owner, which did not give it back; null: nobody had it
     * @param calls of owners that gave it back
     * @param start where the subscription begins, as of when the lane was taken
     */
    record Acquired(Claim claim, @Nullable String former, Calls calls, Start start) {
        /** True if its last owner did not give it back. */
        boolean unclean() {
            return former != null;
        }
    }

    /**
     * What a node believes of a lane of its own. If anything else is stored, the lane went to another node, an answer to a commit
     * was lost, or the database lost commits; in each case nothing may be changed by who believes this.
     *
     * @param epoch how often the lane was taken
     * @param cursor everything of the lane at or below it is handled or held
     * @param moves how many transactions have changed that
     * @param serverStart of the database server: another one after each restart and fail-over
     */
    record Claim(int lane, long epoch, long cursor, long moves, long serverStart) {}

    /** What is stored of a lane that is ours. */
    record Stored(Claim claim, List<HeldEvents.Loaded> held) {}

    /** Takes at most {@code max} lanes that nobody has, beside those we have. */
    List<Acquired> acquire(Collection<Integer> ours, int max) throws SQLException;

    /** Takes all lanes a former life of this node left behind, beside those we have. */
    List<Acquired> acquireLeftovers(Collection<Integer> ours) throws SQLException;

    /**
     * Renews the leases of lanes, given with their epochs, and our membership; returns what is stored of those still ours. What a
     * transaction of an observer changes is not touched: at any isolation it can be committed after as before.
     */
    List<Claim> renew(Map<Integer, Long> ours) throws SQLException;

    /** True if some of these lanes, which are not ours any more, are owned under the name of this node. */
    boolean hasLanesBeside(Collection<Integer> lost) throws SQLException;

    /**
     * What operators and other nodes may change.
     *
     * @param others how many other nodes take part
     * @param before how many of them come before this one by name
     */
    record Poll(boolean paused, int others, int before) {
        /** How many of {@code lanes} are ours: the first nodes have the lanes that cannot be divided. */
        int share(int lanes) {
            int nodes = 1 + others;
            return lanes / nodes + (before < lanes % nodes ? 1 : 0);
        }
    }

    /** Empty: the subscription is not registered. */
    Optional<Poll> poll() throws SQLException;

    /** Takes part no longer. */
    void leave() throws SQLException;

    /**
     * Gives a lane back, if it is ours; nothing is under way in it. One that hangs in a transaction stays as it is.
     *
     * @param heldCalled held events for which the observer was called, among them all of which that is not stored
     */
    void release(int lane, long epoch, Calls calls, Set<Long> heldCalled) throws SQLException;

    /** Moves the cursors of lanes over positions that hold nothing for them; returns the lanes whose cursor moved. */
    List<Integer> advance(List<Claim> claims, long cursor) throws SQLException;

    /** What is stored of a lane, held events as in {@link #loadHeld}; empty if it is not ours. */
    Optional<Stored> stored(int lane, long epoch, long now, int most) throws SQLException;

    /**
     * Writes down that the observer is going to be called for the event after the cursor.
     *
     * @return in how many such calls the lane was lost with the owner it had
     * @throws LaneLostException if the lane is not ours
     */
    int trying(int lane, long epoch, long position) throws SQLException;

    /** Writes down that the call is over, though nothing came of it. */
    void notTrying(int lane, long epoch) throws SQLException;

    /** What becomes of an event that failed. */
    sealed interface Fate {}

    /**
     * It is tried again.
     *
     * @param delay until then
     * @param counts what counts of the time between the begin of the try and the next one, for how long the event has been failing:
     *     not what nobody can blame it for, nor what its observer asked for
     */
    record Again(Duration delay, Duration counts) implements Fate {}

    /** It is parked: nobody tries it before an operator says so. */
    record Parked() implements Fate {}

    /**
     * What an attempt failed of, as it is stored.
     *
     * @param cause class and message
     * @param stack see {@link StackText}; null: there is none
     * @param took from the call of the observer to the failure; zero: nobody knows
     */
    record Failure(String cause, @Nullable String stack, Duration took) {
        static Failure of(Failed failed) {
            return new Failure(Failures.describe(failed.cause()), StackText.of(failed.cause()), failed.took());
        }

        /** No observer was called by whoever says so. */
        static Failure said(String cause) {
            return new Failure(cause, null, Duration.ZERO);
        }

        /** For a database whose encoding does not have all of its characters. */
        Failure inAscii() {
            return new Failure(ascii(cause), stack == null ? null : ascii(stack), took);
        }

        private static String ascii(String text) {
            return text.replaceAll("[^\\x20-\\x7e\\n\\t]", "?");
        }
    }

    /**
     * Puts a failed event aside, keeps its attempt, and moves the cursor over it.
     *
     * @param attempts how many counted
     * @throws LaneLostException if the claim does not hold; nothing is changed then
     */
    void holdFailed(Claim claim, LogEntry entry, int attempts, Fate fate, Failure failure) throws SQLException;

    /** The first {@code most} of what is held of a lane; due times are milliseconds from {@code now}, at least 0. */
    List<HeldEvents.Loaded> loadHeld(int lane, long now, int most) throws SQLException;

    /** How many events the subscription holds, on all nodes; those beyond {@code most} are not counted. */
    int heldCount(int most) throws SQLException;

    /**
     * A held event that is going to be tried.
     *
     * @param attempts how many counted, among them those with which an owner of the lane was lost
     * @param lost how many were these
     * @param called true if the observer was called for it
     * @param failing for how long it has been failing, of what counts; zero if no attempt has
     */
    record Held(int attempts, int lost, boolean called, Duration failing) {}

    /**
     * Writes down that the observer is going to be called for a held event. If the last owner of the lane wrote that and nothing
     * after it, and the server was the same all the time, that was an attempt, which failed with the owner: {@code lost} says so, and
     * it is kept.
     * What has passed since the try was due, or since one that was lost began, is not of the time for which it has been failing, but
     * for {@code queued}: it was due for so long in a lane that was at work.
     *
     * @return empty if there is nothing to try here
     */
    Optional<Held> tryingHeld(int lane, long epoch, long position, Duration queued, String lost) throws SQLException;

    /**
     * Writes down how a try of a held event ended, and keeps the attempt where the observer was called.
     *
     * @param failure null: as it is stored
     * @return false, and nothing is changed, if the lane is not ours any more, the event not held, or it is written down already
     */
    boolean attemptFailed(
            int lane, long epoch, long position, Fate fate, HeldEvent.Judged judged, @Nullable Failure failure)
            throws SQLException;

    /** True if the database answers. */
    boolean reachable();

    /**
     * Takes part in the transaction of the calling thread.
     *
     * @param synchronousCommit false: that its commit may not have reached the disk when it returns
     */
    Effect effect(boolean synchronousCommit) throws SQLException;

    /** What is changed together with the effect of an event, or not at all. */
    interface Effect extends AutoCloseable {
        /** Puts events behind a held one; {@code called}: those of them for which the observer was called. */
        void holdBehind(int lane, List<LogEntry> entries, Set<Long> called) throws SQLException;

        /** Moves the cursor; false if the claim does not hold. */
        boolean moveCursor(Claim claim, long cursor) throws SQLException;

        /** Takes a handled event out of the held ones and lets the next of its key follow; false if it is not there any more. */
        boolean deleteHeld(long position) throws SQLException;

        /** Counts as a move that leaves the cursor where it is; false if the claim does not hold. */
        boolean fence(Claim claim) throws SQLException;

        @Override
        void close() throws SQLException;
    }
}
