package dev.postevent.internal.feed.debezium;

import dev.postevent.internal.feed.Causes;
import dev.postevent.internal.feed.FeedFault;
import dev.postevent.internal.feed.FeedState;
import dev.postevent.internal.feed.HeadStore;
import dev.postevent.internal.jdbc.LostConnection;
import dev.postevent.internal.jdbc.Transient;
import dev.postevent.internal.threads.OwnThread;
import dev.postevent.spi.Feed.Listener;
import dev.postevent.spi.Feed.State;
import dev.postevent.spi.TopicName;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.random.RandomGenerator;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Keeps one engine streaming, for ever: connect, see that slot and publication are as they must be, start the engine, watch both,
 * and after any fault begin again. Runs on one thread; {@link #stop} may come from any other.
 *
 * <p>What it relies on: only one backend can use a slot, so whoever holds it is the streaming node and nobody needs a lease. Which
 * backend is ours it tells by {@code application_name} and by the server's clock. And nothing that goes wrong here can lose an
 * event, because every connect, and every failure to connect, tells the listener to look into the tables.
 *
 * <pre>
 *   connect ─▶ slot held by another? ─ yes ─▶ STANDBY, look again
 *                     │ no
 *              publication as it must be (a new one makes the old slot useless: drop it)
 *                     │
 *              slot far behind ─ yes ─▶ move it to the end of the WAL: range reads are faster than decoding
 *                     │
 *              engine: make the slot if missing, stream ─▶ watch: slot active by us ─▶ STREAMING, doubt (range read begins
 *                     │                                                                after the stream: no seam)
 *              stream far behind ─▶ end the engine ─▶ connect
 *              any fault ─▶ end the engine and its backend ─▶ RETRYING, doubt, back-off ─▶ connect
 * </pre>
 */
final class FeedSupervisor {
    private static final Logger LOG = System.getLogger("dev.postevent.feed");

    private final FeedSetup setup;
    private final RandomGenerator random;
    private final StopSignal stop = new StopSignal();
    private final ControlConnection control;
    private final FeedReport report;
    private final ServerCheck server;
    private final SlotWait standby;
    private final SlotRepair repair;
    private final UndecodableWal undecodable = new UndecodableWal();
    private final StreamRunner streams;

    // all below of the feed's thread
    private int failures;
    private boolean tolerant;
    private @Nullable String logged;
    /** What broke the last attempt was that the server was. */
    private boolean away;

    FeedSupervisor(
            DebeziumFeedSettings settings,
            FeedTiming timing,
            Collection<TopicName> topics,
            Surroundings surroundings,
            FeedState state,
            Listener listener) {
        DataSource dataSource = surroundings.dataSource();
        this.random = surroundings.random();
        BackendName name = new BackendName(settings.application(), settings.node(), random.nextInt());
        this.setup = new FeedSetup(settings, timing, List.copyOf(topics), name);
        SlotStore slots = new SlotStore(settings.slot());
        PublicationStore publication = new PublicationStore(settings.publication(), topics, dataSource);
        BatchHandler handler = new BatchHandler(new RowDecoder(topics));
        this.report = new FeedReport(setup, state, listener, handler);
        this.control = new ControlConnection(name);
        this.server = new ServerCheck(slots, dataSource);
        this.standby = new SlotWait(setup, slots, report, stop);
        this.repair = new SlotRepair(setup, slots, publication, undecodable, report, stop);
        HeadStore heads = new HeadStore(dataSource, topics);
        StreamWatch watch = new StreamWatch(setup, slots, publication, heads, handler.backlog(), report, stop);
        EngineEnd end = new EngineEnd(setup, slots, control, stop);
        this.streams = new StreamRunner(setup, surroundings, slots, listener, handler, report, watch, end);
    }

    /** Tells the loop to end and to spend at most {@code limit} on it; returns at once. */
    void stop(Duration limit) {
        stop.tell(limit);
    }

    /** Breaks off whatever statement the loop waits for. */
    void abort() {
        control.abort();
    }

    /**
     * The loop; returns when it was told to stop, when its thread is to be replaced, or when the server that owns the thread ended it, which
     * then is the status.
     */
    void run() {
        loop();
        if (!stop.isTold() && (!OwnThread.isSpent() || Thread.currentThread().isInterrupted())) {
            report.in(State.STOPPED, "the feed's thread was interrupted from outside");
            LOG.log(Level.WARNING, setup.slot() + ": the feed's thread was interrupted from outside; it has ended");
        }
    }

    private void loop() {
        while (!stop.isStopping() && !OwnThread.isSpent()) {
            Attempt attempt = null;
            try {
                attempt = new Attempt(setup.settings().target().get(), tolerant);
                run(attempt);
            } catch (InterruptedException e) {
                // the flag is for whoever owns the thread
                Thread.currentThread().interrupt();
                return;
            } catch (Throwable t) {
                // an Error, too: whatever it was, the feed has to be there again afterwards
                if (Causes.isLostRace(t) && !stop.isStopping()) {
                    lostRace(t);
                } else if (!stop.isStopping()) {
                    boolean healthy = attempt != null
                            && attempt.hasStreamedFor(setup.timing().healthyAfter(), System.nanoTime());
                    failures = healthy ? 1 : failures + 1;
                    failed(t, attempt);
                }
            }
        }
    }

    /** Returns if told to stop, or to begin again without a fault. */
    private void run(Attempt attempt) throws SQLException, InterruptedException {
        if (!report.isIn(State.RETRYING)) {
            report.in(State.STARTING, null);
        }
        FeedTarget target = attempt.target();
        control.use(target, connection -> {
            ServerCheck.Seen seen = server.mustDecode(connection, target);
            SlotState free = standby.awaitFree(connection, seen.firstSeen());
            if (stop.isStopping()) {
                return;
            }
            server.mustBeShared(connection, target);
            SlotRepair.Usable usable = repair.makeUsable(connection, free);
            SlotState slot = usable.slot();
            attempt.beginsAt(slot == null ? null : slot.confirmed());
            streams.stream(connection, seen.database(), usable, attempt);
        });
    }

    private void failed(Throwable fault, @Nullable Attempt attempt) {
        LostConnection.retireThread(fault);
        boolean streamed = attempt != null && attempt.hasStreamed();
        tolerant = Causes.mentions(fault, "Error while processing event at offset");
        undecodable.ended(fault, attempt == null ? null : attempt.from(), attempt == null ? null : attempt.stoodAt());
        Duration wait = setup.settings().backoff().waitAfter(failures, random);
        String detail = fault instanceof FeedFault ? fault.getMessage() : Causes.describe(fault);
        report.restarts(detail);
        // the same fault again and again is one line, and so is a server that is away, in ever other words; the story
        // is in the status
        boolean wasAway = away;
        away = Transient.isAway(fault);
        boolean followsOn = failures > 1 && wasAway && away;
        if (streamed || !(followsOn || Objects.equals(detail, logged))) {
            logged = detail;
            LOG.log(
                    Level.WARNING,
                    setup.slot() + ": the feed broke and restarts in " + wait.toMillis() + " ms: " + detail);
        } else {
            LOG.log(Level.DEBUG, setup.slot() + ": try " + failures + " failed", fault);
        }
        report.doubt("the feed is not streaming: " + detail);
        await(wait);
    }

    /** Another node was faster to make or take the slot: no fault, the next look finds it there. */
    private void lostRace(Throwable fault) {
        LOG.log(Level.DEBUG, setup.slot() + ": another node was faster", fault);
        await(setup.settings().backoff().waitAfter(1, random));
    }

    private void await(Duration wait) {
        try {
            stop.await(wait);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
