package dev.postevent.internal.feed.debezium;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.sql.Connection;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/** Before a stream: sees that the publication is as it must be, drops a slot that is no use, and moves one that is far behind. */
final class SlotRepair {
    private static final Logger LOG = System.getLogger("dev.postevent.feed");

    private final FeedSetup setup;
    private final SlotStore slots;
    private final PublicationStore publication;
    private final UndecodableWal undecodable;
    private final FeedReport report;
    private final StopSignal stop;
    private final SlotSkip skip = new SlotSkip();

    SlotRepair(
            FeedSetup setup,
            SlotStore slots,
            PublicationStore publication,
            UndecodableWal undecodable,
            FeedReport report,
            StopSignal stop) {
        this.setup = setup;
        this.slots = slots;
        this.publication = publication;
        this.undecodable = undecodable;
        this.report = report;
        this.stop = stop;
    }

    /**
     * What the stream has.
     *
     * @param slot null: it has to be made
     * @param moved past what is read from the tables instead
     */
    record Usable(@Nullable SlotState slot, boolean moved) {}

    /**
     * Makes the publication, or makes it whole, and the slot usable.
     *
     * @param found unused; null: there is none
     */
    Usable makeUsable(Connection connection, @Nullable SlotState found) throws SQLException {
        boolean made = publication.ensure();
        if (found == null) {
            return new Usable(null, false);
        }
        SlotState slot = found;
        boolean moved = false;
        String useless = useless(slot, made);
        if (useless == null && slot.lagBytes() > setup.settings().behindMaxBytes()) {
            moved = true;
            useless = skip(connection, slot);
            slot = slots.read(connection);
        }
        if (useless == null) {
            return new Usable(slot, moved);
        }
        LOG.log(
                Level.INFO,
                setup.slot() + ": the slot is dropped and made anew because " + useless
                        + "; what it would have brought is read from the tables");
        slots.drop(connection);
        undecodable.forget();
        return new Usable(null, moved);
    }

    /** Why the slot can only be dropped; null: it can be used. */
    private @Nullable String useless(SlotState slot, boolean publicationMade) {
        if (publicationMade) {
            return "the publication is new";
        }
        if (slot.lost()) {
            return "the server removed WAL it needed";
        }
        return undecodable.reasonAt(slot.confirmed());
    }

    /**
     * The engine decodes slower than tables are read, and what it has to decode would hold up what comes next. Skipped is only what
     * was committed before: a transaction that is under way commits after the place the slot is moved to, and comes whole.
     *
     * @return why the slot cannot be moved, and can only be dropped; null: it was moved
     */
    private @Nullable String skip(Connection connection, SlotState behind) throws SQLException {
        LOG.log(
                Level.INFO,
                setup.slot() + ": the stream is " + behind.lagBytes()
                        + " bytes of WAL behind and skips them; what is in them is read from the tables");
        SlotStore.waitWithoutLimit(connection);
        String error = skip.skip(
                new SlotSkip.Slot() {
                    @Override
                    public @Nullable SlotState read() throws SQLException {
                        return slots.read(connection);
                    }

                    @Override
                    public void advance(long bytesMax) throws SQLException {
                        report.doubt("the stream skips what it is behind");
                        slots.advance(connection, bytesMax);
                    }
                },
                behind,
                () -> !stop.isStopping());
        return error == null ? null : "the server could not decode what was to be skipped: " + error;
    }
}
