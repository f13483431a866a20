package dev.postevent.internal.processor;

import dev.postevent.PosteventException;
import java.lang.System.Logger.Level;
import java.sql.SQLException;
import java.util.Optional;

/**
 * Makes the rows of one subscription where they are not there, and knows where it begins. Any thread may call it; no lock is held while
 * databases are asked.
 */
final class Registration {
    private static final System.Logger LOG = System.getLogger("dev.postevent.processor");

    private final SubscriptionSpec spec;
    private final LaneStore store;
    private final Present present;

    // both under the monitor
    /** As it is stored, or, until it is registered, as it is asked for. */
    private Start start;

    private boolean done;

    Registration(SubscriptionSpec spec, LaneStore store, Present present) {
        this.spec = spec;
        this.store = store;
        this.present = present;
        this.start = spec.start();
    }

    /** The source does not say where now is. */
    static final class NotBegunException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private NotBegunException(String message, PosteventException cause) {
            super(message, cause);
        }
    }

    /** Where the subscription begins. */
    synchronized Start start() {
        return start;
    }

    /**
     * Registers it, also a second time: what it was then, if the database has lost that. May take its time: a source has to be asked
     * where now is, and its topic may have much to settle.
     *
     * @throws NotBegunException if it is not there and begins now, and the source does not say where that is
     * @throws PosteventException if it is another topic's
     */
    LaneStore.Registered register() throws SQLException {
        Optional<LaneStore.Registered> there = registerUnasked();
        if (there.isPresent()) {
            return there.get();
        }
        return taken(store.register(spec.topic(), spec.lanes(), Start.nowAfter(now()))
                .orElseThrow(() -> new IllegalStateException("subscription " + spec.name() + " was not made")));
    }

    /**
     * As {@link #register}, and asks no source.
     *
     * @return empty, and it is not registered: it is not there and begins now
     */
    Optional<LaneStore.Registered> registerUnasked() throws SQLException {
        return store.register(spec.topic(), spec.lanes(), start()).map(this::taken);
    }

    private LaneStore.Registered taken(LaneStore.Registered registered) {
        if (!registered.topic().equals(spec.topic().value())) {
            throw new PosteventException(
                    "PSTEV34001",
                    "subscription " + spec.name() + " reads topic " + spec.topic()
                            + ", but what is stored about it, for this application, is of topic " + registered.topic()
                            + "; give the observer another subscription name, or the application, if it is another one,"
                            + " a postevent.application of its own");
        }
        if (registered.lanes() != spec.lanes()) {
            LOG.log(
                    Level.WARNING,
                    "subscription " + spec.name() + " is configured with " + spec.lanes()
                            + " lanes (partitions of its subjects), but has progress in "
                            + registered.lanes() + ", which stays");
        }
        if (isFirst(registered.start())) {
            tellOtherStart(registered.start());
        }
        return registered;
    }

    private synchronized boolean isFirst(Start stored) {
        start = stored;
        boolean first = !done;
        done = true;
        return first;
    }

    private long now() {
        try {
            return present.settled(spec.topic());
        } catch (PosteventException e) {
            throw new NotBegunException(
                    "it is new and begins now, but where topic " + spec.topic() + " is now could not be found out, so"
                            + " it has not begun, and what is published until it has is not for it: " + e.getMessage(),
                    e);
        }
    }

    /** Says so once; whoever did not know would wait for a history that does not come, or be surprised by one. */
    private void tellOtherStart(Start stored) {
        if (!spec.start().isAskedAs(stored)) {
            LOG.log(
                    Level.INFO,
                    "subscription " + spec.name() + " is there already, and its start was: " + stored.text()
                            + "; that stays, though it is said to be: "
                            + spec.start().text() + ". To begin anew, give it another name");
        }
    }
}
