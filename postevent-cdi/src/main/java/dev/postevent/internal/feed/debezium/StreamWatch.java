package dev.postevent.internal.feed.debezium;

import dev.postevent.internal.feed.FeedFault;
import dev.postevent.internal.feed.HeadStore;
import dev.postevent.internal.feed.TopicTableStore;
import dev.postevent.internal.feed.VisibleFirst;
import dev.postevent.internal.jdbc.LostConnection;
import dev.postevent.spi.Feed.State;
import dev.postevent.spi.TopicName;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Looks at engine, slot, tables and publication while a stream runs, until one of them is not as it must be. */
final class StreamWatch {
    private static final Logger LOG = System.getLogger("dev.postevent.feed");
    private static final Duration FIRST_LOOKS = Duration.ofMillis(50);

    private final FeedSetup setup;
    private final SlotStore slots;
    private final PublicationStore publication;
    private final HeadStore heads;
    private final StreamBacklog backlog;
    private final FeedReport report;
    private final StopSignal stop;

    StreamWatch(
            FeedSetup setup,
            SlotStore slots,
            PublicationStore publication,
            HeadStore heads,
            StreamBacklog backlog,
            FeedReport report,
            StopSignal stop) {
        this.setup = setup;
        this.slots = slots;
        this.publication = publication;
        this.heads = heads;
        this.backlog = backlog;
        this.report = report;
        this.stop = stop;
    }

    /**
     * A stream whose engine was started.
     *
     * @param began when, at the earliest, by the server's clock
     * @param seam what was committed right before it began may not be visible yet when the tables are read first
     */
    record Running(
            EngineRun engine, VisibleFirst visible, TopicTableStore tables, OffsetDateTime began, boolean seam) {}

    /** Returns if told to stop, or if the stream is to begin again at the end of the WAL; throws whatever else ends it. */
    void watch(Connection connection, Running stream, Attempt attempt) throws SQLException, InterruptedException {
        FeedTiming timing = setup.timing();
        SlotPulse pulse = new SlotPulse(setup.settings().heartbeat());
        long lastSeen = System.nanoTime();
        long lastDoubt = System.nanoTime();
        boolean active = false;
        boolean seam = stream.seam();
        while (!stop.isStopping()) {
            if (stream.engine().awaitEnd(active ? timing.watch() : FIRST_LOOKS)) {
                throw stream.engine().fault();
            }
            stream.tables().mustBeAt(connection);
            publication.mustBeWhole(connection);
            SlotState slot = slots.read(connection);
            long now = System.nanoTime();
            boolean creating = stream.engine().creatingSlot();
            if (!active && now - lastDoubt >= timing.watch().toNanos()) {
                lastDoubt = now;
                // nothing streams meanwhile, so events come by range reads, as by polling
                if (creating) {
                    waitsForTransactions(connection);
                } else {
                    report.doubt("the engine is starting");
                }
            }
            if (creating) {
                lastSeen = now;
                continue;
            }
            if (slot == null || slot.lost()) {
                if (active || slot != null) {
                    throw gone(slot);
                }
            } else {
                report.slot(slot);
                report.notVisible(connection, stream.visible().waiting());
            }
            if (slot != null && setup.name().isStream(slot.holder(), stream.began())) {
                lastSeen = now;
                if (!active) {
                    active = true;
                    streaming(attempt);
                } else if (seam && attempt.hasStreamedFor(timing.watch(), now)) {
                    seam = false;
                    report.doubt("the stream began in the middle of the WAL");
                }
                pulse.look(slots, connection, slot, now);
                if (isBehind(slot)) {
                    return;
                }
            } else if (now - lastSeen >= timing.inactiveMax().toNanos()) {
                throw inactive();
            }
        }
    }

    private boolean isBehind(SlotState slot) {
        long events;
        Map<TopicName, Long> overdue;
        try {
            Map<TopicName, Long> now = heads.heads();
            events = backlog.events(now);
            overdue = backlog.overdue(now);
        } catch (SQLException e) {
            // whether the stream is behind is asked again; that the data source fails, others say
            LostConnection.retireThread(e);
            LOG.log(Level.DEBUG, setup.slot() + ": could not ask for the heads of topics", e);
            return false;
        }
        if (!overdue.isEmpty()) {
            report.doubt("the stream has not brought " + overdue + ", which the tables have");
        }
        if (events <= setup.settings().behindMax()
                || slot.lagBytes() <= setup.settings().behindMaxBytes()) {
            return false;
        }
        LOG.log(
                Level.INFO,
                setup.slot() + ": the stream is " + events + " events behind; it begins again at the end of the WAL");
        report.doubt("the stream is " + events + " events behind");
        return true;
    }

    private void streaming(Attempt attempt) {
        attempt.streams();
        report.in(State.STREAMING, null);
        LOG.log(Level.INFO, setup.slot() + ": streaming " + setup.topics());
        report.doubt("connected to the slot " + setup.slot());
    }

    private void waitsForTransactions(Connection connection) throws SQLException {
        String blockers = slots.blockers(connection);
        String detail = "the slot " + setup.slot() + " is being made and waits for open transactions"
                + (blockers == null ? "" : ": " + blockers);
        report.in(State.STARTING, detail);
        report.doubt(detail);
    }

    private FeedFault gone(@Nullable SlotState slot) {
        return new FeedFault(
                FeedFault.SLOT_GONE,
                slot == null
                        ? "somebody dropped the slot " + setup.slot() + "; it is made anew"
                        : "the server removed WAL the slot " + setup.slot()
                                + " still needed (max_slot_wal_keep_size); it is made anew");
    }

    private FeedFault inactive() {
        return new FeedFault(
                FeedFault.SLOT_INACTIVE,
                "the slot " + setup.slot() + " has not been in use by this node for "
                        + setup.timing().inactiveMax().toSeconds()
                        + " s although the engine runs; it is restarted");
    }
}
