package dev.postevent.internal.feed.debezium;

import dev.postevent.internal.feed.FeedFault;
import dev.postevent.internal.feed.debezium.SlotState.Holder;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Ends an engine: whatever it does about that, its backend does not keep the slot. */
final class EngineEnd {
    private static final Logger LOG = System.getLogger("dev.postevent.feed");
    private static final long LOOK_MILLIS = 50;

    private final FeedSetup setup;
    private final SlotStore slots;
    private final ControlConnection control;
    private final StopSignal stop;

    EngineEnd(FeedSetup setup, SlotStore slots, ControlConnection control, StopSignal stop) {
        this.setup = setup;
        this.slots = slots;
        this.control = control;
        this.stop = stop;
    }

    /**
     * Ends it, also where the calling thread is interrupted.
     *
     * @param began when it began at the earliest, by the server's clock
     * @return where the slot stands then; null if there is none, or that is not known
     */
    @Nullable
    String end(EngineRun engine, Connection connection, FeedTarget target, OffsetDateTime began)
            throws InterruptedException {
        boolean interrupted = Thread.interrupted();
        Duration limit = stop.limitOr(setup.timing().engineStop());
        try {
            boolean ended = engine.stop(limit);
            if (!ended) {
                LOG.log(
                        Level.WARNING,
                        setup.slot() + ": the Debezium engine did not end within " + limit.toMillis() + " ms");
            }
            return release(connection, target, began);
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private @Nullable String release(Connection connection, FeedTarget target, OffsetDateTime began)
            throws InterruptedException {
        try (Connection fresh = connection.isClosed() || !connection.isValid(2) ? control.connect(target) : null) {
            Connection usable = fresh == null ? connection : fresh;
            long deadline = System.nanoTime() + setup.timing().engineStop().toNanos();
            SlotState slot = slots.read(usable);
            while (slot != null && setup.name().isStream(slot.holder(), began) && System.nanoTime() < deadline) {
                Holder holder = slot.holder();
                if (holder != null) {
                    slots.terminate(usable, holder);
                }
                TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
                slot = slots.read(usable);
            }
            return slot == null ? null : slot.confirmed();
        } catch (SQLException | FeedFault e) {
            // the server is away; where it comes back it has ended the backend, or the next attempt finds it
            LOG.log(Level.DEBUG, setup.slot() + ": could not see whether the slot is free", e);
            return null;
        }
    }
}
