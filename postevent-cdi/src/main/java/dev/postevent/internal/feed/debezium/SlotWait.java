package dev.postevent.internal.feed.debezium;

import dev.postevent.internal.feed.FeedFault;
import dev.postevent.internal.feed.TopicTableStore;
import dev.postevent.internal.feed.debezium.SlotState.Holder;
import dev.postevent.spi.Feed.State;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import org.jspecify.annotations.Nullable;

/** Stands by for as long as another node has the slot, and ends what is left over from this one. */
final class SlotWait {
    private static final Logger LOG = System.getLogger("dev.postevent.feed");

    private final FeedSetup setup;
    private final SlotStore slots;
    private final FeedReport report;
    private final StopSignal stop;

    SlotWait(FeedSetup setup, SlotStore slots, FeedReport report, StopSignal stop) {
        this.setup = setup;
        this.slots = slots;
        this.report = report;
        this.stop = stop;
    }

    /**
     * The slot, unused; null if there is none, or if told to stop.
     *
     * @param born when this feed first saw the server, by the server's clock
     */
    @Nullable
    SlotState awaitFree(Connection connection, OffsetDateTime born) throws SQLException, InterruptedException {
        StandbyWatch watch = new StandbyWatch(setup.timing(), setup.name());
        TopicTableStore tables = TopicTableStore.seenBy(connection, setup.topics());
        while (!stop.isStopping()) {
            SlotState slot = slots.read(connection);
            if (slot == null) {
                return null;
            }
            mustBeOurs(slot);
            report.slot(slot);
            Holder holder = slot.holder();
            if (holder == null) {
                if (report.isIn(State.STANDBY)) {
                    report.in(State.STARTING, null);
                    LOG.log(Level.INFO, setup.slot() + ": the slot is free, this node streams from now on");
                    report.doubt("the slot became free");
                }
                return slot;
            }
            String doubt = watch.look(slot, holder, System.nanoTime());
            report.in(State.STANDBY, "the slot " + setup.slot() + " is used by " + holder);
            if (doubt != null) {
                report.doubt(doubt);
            }
            if (watch.stale(holder, born, System.nanoTime()) && slots.terminate(connection, holder)) {
                LOG.log(Level.INFO, setup.slot() + ": ended " + holder + ", left over from this node");
            }
            stop.await(setup.timing().watch());
            // also where another node streams: this one reads the tables, too
            tables.mustBeAt(connection);
        }
        return null;
    }

    private void mustBeOurs(SlotState slot) {
        if (!slot.ours()) {
            throw new FeedFault(
                    FeedFault.SLOT_FOREIGN,
                    "there is a " + slot.description() + " under the name " + setup.slot()
                            + ", which is not ours and stays untouched. Have the slot's owner drop it, or give this"
                            + " application another postevent.application; what it has handled goes by that name,"
                            + " see \"Renaming an application\" in docs/operations.md");
        }
    }
}
