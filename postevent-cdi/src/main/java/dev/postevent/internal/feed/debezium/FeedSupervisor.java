package dev.postevent.internal.feed.debezium;

import dev.postevent.internal.feed.Causes;
import dev.postevent.internal.feed.DatabaseStore;
import dev.postevent.internal.feed.FeedFault;
import dev.postevent.internal.feed.FeedState;
import dev.postevent.internal.feed.HeadStore;
import dev.postevent.internal.feed.SnapshotStore;
import dev.postevent.internal.feed.TopicTableStore;
import dev.postevent.internal.feed.VisibleFirst;
import dev.postevent.internal.feed.debezium.SlotState.Holder;
import dev.postevent.internal.jdbc.LostConnection;
import dev.postevent.internal.jdbc.Passing;
import dev.postevent.internal.threads.OwnThread;
import dev.postevent.internal.threads.Threads;
import dev.postevent.spi.Feed.Listener;
import dev.postevent.spi.Feed.State;
import dev.postevent.spi.TopicName;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
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
 *
 * <p>Longer than most, because one attempt is one story of connection, slot, publication and engine with a single way out, and all
 * of it shares the stop signal.
 */
final class FeedSupervisor {
    private static final Logger LOG = System.getLogger("dev.postevent.feed");
    private static final Duration FIRST_LOOKS = Duration.ofMillis(50);

    private final DebeziumFeedSettings settings;
    private final FeedTiming timing;
    private final Collection<TopicName> topics;
    private final PublicationStore publication;
    private final HeadStore heads;
    private final DataSource dataSource;
    private final SlotStore slots;
    private final Threads threads;
    private final RandomGenerator random;
    private final FeedState state;
    private final Listener listener;
    private final BatchHandler handler;
    private final BackendName name;
    private final ExecutorService pool;
    private final CountDownLatch stop = new CountDownLatch(1);

    private volatile Duration stopLimit = Duration.ZERO;
    private volatile @Nullable Connection control;
    // by the server's clock; null until a server was seen
    private @Nullable OffsetDateTime born;
    private int failures;
    private long restarts;
    private long engines;
    private boolean tolerant;
    private final DecodingFailures decoding = new DecodingFailures();
    private final SlotSkip skip = new SlotSkip();
    /** What the server cannot decode; null: nothing. A new slot begins behind that. */
    private @Nullable Undecodable undecodable;

    private @Nullable String logged;
    /** What broke the last attempt was that the server was. */
    private boolean away;
    // what the last stream brought before it was visible
    private List<VisibleFirst.Waiting> left = List.of();

    FeedSupervisor(
            DebeziumFeedSettings settings,
            FeedTiming timing,
            Collection<TopicName> topics,
            PublicationStore publication,
            DataSource dataSource,
            Threads threads,
            RandomGenerator random,
            FeedState state,
            Listener listener) {
        this.settings = settings;
        this.timing = timing;
        this.topics = List.copyOf(topics);
        this.publication = publication;
        this.heads = new HeadStore(dataSource, topics);
        this.dataSource = dataSource;
        this.slots = new SlotStore(settings.slot());
        this.threads = threads;
        this.random = random;
        this.state = state;
        this.listener = listener;
        this.handler = new BatchHandler(new RowDecoder(topics));
        this.name = new BackendName(settings.application(), settings.node(), random.nextInt());
        this.pool = threads.pool(1);
    }

    /** Tells the loop to end and to spend at most {@code limit} on it; returns at once. */
    void stop(Duration limit) {
        stopLimit = limit;
        stop.countDown();
    }

    /** Breaks off whatever statement the loop waits for. */
    void abort() {
        Connection open = control;
        if (open != null) {
            try {
                open.abort(Runnable::run);
            } catch (SQLException e) {
                LOG.log(Level.DEBUG, "the feed's own connection could not be aborted; the server ends it", e);
            }
        }
    }

    /**
     * The loop; returns when it was told to stop, when its thread is to be replaced, or when the server that owns the thread ended it, which
     * then is the status.
     */
    void run() {
        loop();
        if (stop.getCount() > 0
                && (!OwnThread.isSpent() || Thread.currentThread().isInterrupted())) {
            state.set(State.STOPPED, "the feed's thread was interrupted from outside");
            LOG.log(Level.WARNING, settings.slot() + ": the feed's thread was interrupted from outside; it has ended");
        }
    }

    private void loop() {
        while (!stopping() && !OwnThread.isSpent()) {
            Attempt attempt = null;
            try {
                attempt = new Attempt(settings.target().get());
                attempt.run();
            } catch (InterruptedException e) {
                // the flag is for whoever owns the thread
                Thread.currentThread().interrupt();
                return;
            } catch (Throwable t) {
                // an Error, too: whatever it was, the feed has to be there again afterwards
                if (Causes.isLostRace(t) && !stopping()) {
                    lostRace(t);
                } else if (!stopping()) {
                    failures = attempt != null && attempt.streamedFor(timing.healthyAfter()) ? 1 : failures + 1;
                    failed(t, failures, attempt);
                }
            }
        }
    }

    private void failed(Throwable fault, int failures, @Nullable Attempt attempt) {
        LostConnection.retireThread(fault);
        boolean streamed = attempt != null && attempt.streamed;
        restarts++;
        tolerant = Causes.mentions(fault, "Error while processing event at offset");
        undecodable = undecodable(fault, attempt);
        Duration wait = settings.backoff().waitAfter(failures, random);
        String detail = fault instanceof FeedFault ? fault.getMessage() : Causes.describe(fault);
        state.set(State.RETRYING, detail);
        state.facts(Map.of("restarts", Long.toString(restarts)));
        // the same fault again and again is one line, and so is a server that is away, in ever other words; the story
        // is in
        // the status
        boolean wasAway = away;
        away = Passing.isAway(fault);
        boolean followsOn = failures > 1 && wasAway && away;
        if (streamed || !(followsOn || Objects.equals(detail, logged))) {
            logged = detail;
            LOG.log(
                    Level.WARNING,
                    settings.slot() + ": the feed broke and restarts in " + wait.toMillis() + " ms: " + detail);
        } else {
            LOG.log(Level.DEBUG, settings.slot() + ": try " + failures + " failed", fault);
        }
        doubt("the feed is not streaming: " + detail);
        try {
            await(wait);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private @Nullable Undecodable undecodable(Throwable fault, @Nullable Attempt attempt) {
        String error = Causes.decodingError(fault);
        boolean again = decoding.ended(error, attempt == null ? null : attempt.from);
        String place = attempt == null ? null : attempt.stoodAt;
        if (place == null) {
            return null;
        }
        if (Causes.isUndefinedObject(fault)) {
            // slot and publication are there, but not at the place in the WAL where the slot is
            return new Undecodable(place, "the publication is newer than what it has to decode");
        }
        return again
                ? new Undecodable(
                        place,
                        "the server could not decode what it needed, " + DecodingFailures.MOST + " times: " + error)
                : null;
    }

    /**
     * Why the server cannot decode what is behind a place in the WAL.
     *
     * @param confirmed where the slot stood that is no use any more: one that stands elsewhere has got past it, or is another
     */
    private record Undecodable(String confirmed, String reason) {}

    /** Another node was faster to make or take the slot: no fault, the next look finds it there. */
    private void lostRace(Throwable fault) {
        LOG.log(Level.DEBUG, settings.slot() + ": another node was faster", fault);
        try {
            await(settings.backoff().waitAfter(1, random));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void doubt(String reason) {
        try {
            listener.onDoubt(reason);
        } catch (RuntimeException e) {
            LOG.log(Level.WARNING, settings.slot() + ": the listener refused a doubt; the next one follows", e);
        }
    }

    private void later(Duration wait, Runnable task) {
        try {
            ScheduledFuture<?> unused =
                    threads.timer().schedule(() -> inPool(task), wait.toNanos(), TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException e) {
            LOG.log(Level.DEBUG, "what is not visible yet is looked at no more: this node is being stopped");
        }
    }

    private void inPool(Runnable task) {
        try {
            pool.execute(task);
        } catch (RejectedExecutionException e) {
            LOG.log(Level.DEBUG, "what is not visible yet is looked at no more: this node is being stopped");
        } catch (RuntimeException | Error e) {
            LOG.log(Level.WARNING, "what is not visible yet cannot be looked at, will be tried again", e);
            later(settings.backoff().waitAfter(1, random), task);
        }
    }

    private boolean stopping() {
        return stop.getCount() == 0 || Thread.currentThread().isInterrupted();
    }

    /** Waits; true if it was told to stop. */
    private boolean await(Duration limit) throws InterruptedException {
        return stop.await(limit.toNanos(), TimeUnit.NANOSECONDS);
    }

    /** From one connect to the fault that ends it. */
    private final class Attempt {
        private final FeedTarget target;
        private long streamingSince;
        private boolean streamed;
        // where the slot stood; null if it was made
        private @Nullable String from;
        // where the slot stands now that the engine has ended; null if that is not known
        private @Nullable String stoodAt;
        // what was committed right before the stream began may not be visible yet when the tables are read first
        private boolean seam;

        Attempt(FeedTarget target) {
            this.target = target;
        }

        /** Returns if told to stop, or to begin again without a fault. */
        void run() throws SQLException, InterruptedException {
            if (state.get().state() != State.RETRYING) {
                state.set(State.STARTING, null);
            }
            try (Connection connection = connect()) {
                control = connection;
                DirectConnections.hideDriver();
                SlotStore.Server server = check(connection);
                SlotState slot = awaitFreeSlot(connection, born == null ? server.now() : born);
                if (stopping()) {
                    return;
                }
                if (!DatabaseStore.isShared(connection, dataSource)) {
                    throw new FeedFault(
                            FeedFault.SERVER,
                            "the feed's URL " + target
                                    + " leads to another database than the data source, or to another server. Set"
                                    + " postevent.feed.url to the data source's database");
                }
                boolean made = publication.ensure();
                String useless = slot == null ? null : useless(slot, made);
                if (slot != null && useless == null && slot.lagBytes() > settings.behindMaxBytes()) {
                    useless = skip(connection, slot);
                    slot = slots.read(connection);
                }
                if (useless != null) {
                    LOG.log(
                            Level.INFO,
                            settings.slot() + ": the slot is dropped and made anew because " + useless
                                    + "; what it would have brought is read from the tables");
                    slots.drop(connection);
                    undecodable = null;
                    slot = null;
                }
                from = slot == null ? null : slot.confirmed();
                stream(connection, server, slot == null);
            } finally {
                control = null;
            }
        }

        /** Why the slot can only be dropped; null: it can be used. */
        private @Nullable String useless(SlotState slot, boolean made) {
            if (made) {
                return "the publication is new";
            }
            if (slot.lost()) {
                return "the server removed WAL it needed";
            }
            Undecodable known = undecodable;
            return known != null && known.confirmed().equals(slot.confirmed()) ? known.reason() : null;
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
                    settings.slot() + ": the stream is " + behind.lagBytes()
                            + " bytes of WAL behind and skips them; what is in them is read from the tables");
            SlotStore.waitWithoutLimit(connection);
            seam = true;
            String error = skip.skip(
                    new SlotSkip.Slot() {
                        @Override
                        public @Nullable SlotState read() throws SQLException {
                            return slots.read(connection);
                        }

                        @Override
                        public void advance(long bytesMax) throws SQLException {
                            doubt("the stream skips what it is behind");
                            slots.advance(connection, bytesMax);
                        }
                    },
                    behind,
                    () -> !stopping());
            return error == null ? null : "the server could not decode what was to be skipped: " + error;
        }

        boolean streamedFor(Duration time) {
            return streamed && System.nanoTime() - streamingSince >= time.toNanos();
        }

        private Connection connect() {
            try {
                return DirectConnections.open(target, name.control(), Map.of());
            } catch (SQLException e) {
                throw new FeedFault(
                        FeedFault.CONNECT,
                        "the feed cannot connect to " + target + ": " + Causes.describe(e)
                                + ("28P01".equals(e.getSQLState()) || "28000".equals(e.getSQLState())
                                        ? ". Check postevent.feed.user and postevent.feed.password; they are asked for at each try"
                                        : ""),
                        e);
            }
        }

        private SlotStore.Server check(Connection connection) throws SQLException {
            SlotStore.Server server = slots.server(connection);
            if (born == null) {
                born = server.now();
            }
            if (server.standby()) {
                throw new FeedFault(
                        FeedFault.SERVER,
                        "the feed's URL " + target + " leads to a standby; it has to lead to the primary");
            }
            if (!server.decodes()) {
                throw new FeedFault(
                        FeedFault.SERVER,
                        "the server has wal_level=" + server.walLevel()
                                + ", streaming needs 'logical': set it and restart PostgreSQL, or set postevent.feed.kind=polling");
            }
            return server;
        }

        /** The slot, unused; null if there is none, or if told to stop. */
        private @Nullable SlotState awaitFreeSlot(Connection connection, OffsetDateTime born)
                throws SQLException, InterruptedException {
            StandbyWatch watch = new StandbyWatch(timing, name);
            TopicTableStore tables = TopicTableStore.seenBy(connection, topics);
            while (!stopping()) {
                SlotState slot = slots.read(connection);
                if (slot == null) {
                    return null;
                }
                if (!slot.ours()) {
                    throw new FeedFault(
                            FeedFault.SLOT_FOREIGN,
                            "there is a " + slot.description() + " under the name " + settings.slot()
                                    + ", which is not ours and stays untouched. Have the slot's owner drop it, or give this"
                                    + " application another postevent.application; what it has handled goes by that name,"
                                    + " see \"Renaming an application\" in docs/operations.md");
                }
                show(slot);
                Holder holder = slot.holder();
                if (holder == null) {
                    if (state.get().state() == State.STANDBY) {
                        state.set(State.STARTING, null);
                        LOG.log(Level.INFO, settings.slot() + ": the slot is free, this node streams from now on");
                        doubt("the slot became free");
                    }
                    return slot;
                }
                String doubt = watch.look(slot, holder, System.nanoTime());
                state.set(State.STANDBY, "the slot " + settings.slot() + " is used by " + holder);
                if (doubt != null) {
                    doubt(doubt);
                }
                if (watch.stale(holder, born, System.nanoTime()) && slots.terminate(connection, holder)) {
                    LOG.log(Level.INFO, settings.slot() + ": ended " + holder + ", left over from this node");
                }
                await(timing.watch());
                // also where another node streams: this one reads the tables, too
                tables.mustBeAt(connection);
            }
            return null;
        }

        private void stream(Connection connection, SlotStore.Server server, boolean missing)
                throws SQLException, InterruptedException {
            OffsetDateTime began = slots.server(connection).now();
            String stream = prefix();
            Properties config =
                    EngineConfig.of(settings, topics, target, server.database(), name.stream(), stream, tolerant);
            seam |= missing;
            handler.backlog().begin();
            TopicTableStore tables = TopicTableStore.seenBy(connection, topics);
            // after the look: whoever takes what comes has looked at these tables, or looks first
            doubt("the stream begins");
            try (SnapshotStore snapshots = new SnapshotStore(
                    stream, () -> DirectConnections.open(target, name.control(), Map.of()), tables, dataSource)) {
                VisibleFirst visible = new VisibleFirst(
                        listener,
                        snapshots,
                        FeedSupervisor.this::later,
                        LockSupport::parkNanos,
                        System::nanoTime,
                        settings.queueMax(),
                        settings.queueMaxBytes(),
                        left);
                EngineRun engine = new EngineRun(threads, config, handler, visible, tables.walEnd());
                visible.begin();
                engine.start(target, name.control(), missing ? slots : null);
                try {
                    watch(connection, engine, visible, tables, began);
                } finally {
                    end(connection, engine, began);
                    left = visible.waiting();
                }
            }
        }

        private String prefix() {
            engines++;
            String node = settings.node().replaceAll("[^A-Za-z0-9_-]", "_");
            return "postevent." + settings.application() + "." + node + "." + Long.toHexString(random.nextLong()) + "-"
                    + engines;
        }

        private void watch(
                Connection connection,
                EngineRun engine,
                VisibleFirst visible,
                TopicTableStore tables,
                OffsetDateTime began)
                throws SQLException, InterruptedException {
            SlotPulse pulse = new SlotPulse(settings.heartbeat());
            long lastSeen = System.nanoTime();
            long lastDoubt = System.nanoTime();
            boolean active = false;
            while (!stopping()) {
                if (engine.awaitEnd(active ? timing.watch() : FIRST_LOOKS)) {
                    throw engine.fault();
                }
                tables.mustBeAt(connection);
                publication.mustBeWhole(connection);
                SlotState slot = slots.read(connection);
                long now = System.nanoTime();
                boolean creating = engine.creatingSlot();
                if (!active && now - lastDoubt >= timing.watch().toNanos()) {
                    lastDoubt = now;
                    // nothing streams meanwhile, so events come by range reads, as by polling
                    if (creating) {
                        waitsForTransactions(connection);
                    } else {
                        doubt("the engine is starting");
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
                    show(slot);
                    showNotVisible(connection, visible.waiting());
                }
                if (slot != null && heldByUs(slot.holder(), began)) {
                    lastSeen = now;
                    if (!active) {
                        active = true;
                        streaming();
                    } else if (seam && now - streamingSince >= timing.watch().toNanos()) {
                        seam = false;
                        doubt("the stream began in the middle of the WAL");
                    }
                    pulse.look(slots, connection, slot, now);
                    if (isBehind(slot)) {
                        return;
                    }
                } else if (now - lastSeen >= timing.inactiveMax().toNanos()) {
                    throw new FeedFault(
                            FeedFault.SLOT_INACTIVE,
                            "the slot " + settings.slot() + " has not been in use by this node for "
                                    + timing.inactiveMax().toSeconds()
                                    + " s although the engine runs; it is restarted");
                }
            }
        }

        private boolean isBehind(SlotState slot) {
            long events;
            Map<TopicName, Long> overdue;
            try {
                Map<TopicName, Long> now = heads.heads();
                events = handler.backlog().events(now);
                overdue = handler.backlog().overdue(now);
            } catch (SQLException e) {
                // whether the stream is behind is asked again; that the data source fails, others say
                LostConnection.retireThread(e);
                LOG.log(Level.DEBUG, settings.slot() + ": could not ask for the heads of topics", e);
                return false;
            }
            if (!overdue.isEmpty()) {
                doubt("the stream has not brought " + overdue + ", which the tables have");
            }
            if (events <= settings.behindMax() || slot.lagBytes() <= settings.behindMaxBytes()) {
                return false;
            }
            LOG.log(
                    Level.INFO,
                    settings.slot() + ": the stream is " + events
                            + " events behind; it begins again at the end of the WAL");
            doubt("the stream is " + events + " events behind");
            return true;
        }

        private boolean heldByUs(@Nullable Holder holder, OffsetDateTime began) {
            return holder != null
                    && holder.walsender()
                    && name.isOwn(holder.name())
                    && holder.started() != null
                    && !holder.started().isBefore(began);
        }

        private void streaming() {
            streamingSince = System.nanoTime();
            streamed = true;
            state.set(State.STREAMING, null);
            LOG.log(Level.INFO, settings.slot() + ": streaming " + topics);
            doubt("connected to the slot " + settings.slot());
        }

        private void waitsForTransactions(Connection connection) throws SQLException {
            String blockers = slots.blockers(connection);
            String detail = "the slot " + settings.slot() + " is being made and waits for open transactions"
                    + (blockers == null ? "" : ": " + blockers);
            state.set(State.STARTING, detail);
            doubt(detail);
        }

        private FeedFault gone(@Nullable SlotState slot) {
            return new FeedFault(
                    FeedFault.SLOT_GONE,
                    slot == null
                            ? "somebody dropped the slot " + settings.slot() + "; it is made anew"
                            : "the server removed WAL the slot " + settings.slot()
                                    + " still needed (max_slot_wal_keep_size); it is made anew");
        }

        /** Whatever the engine does about it, its backend does not keep the slot. */
        private void end(Connection connection, EngineRun engine, OffsetDateTime began) throws InterruptedException {
            boolean interrupted = Thread.interrupted();
            Duration limit = stop.getCount() == 0 ? stopLimit : timing.engineStop();
            try {
                boolean ended = engine.stop(limit);
                if (!ended) {
                    LOG.log(
                            Level.WARNING,
                            settings.slot() + ": the Debezium engine did not end within " + limit.toMillis() + " ms");
                }
                release(connection, began);
            } finally {
                if (interrupted) {
                    Thread.currentThread().interrupt();
                }
            }
        }

        private void release(Connection connection, OffsetDateTime began) throws InterruptedException {
            try (Connection fresh = connection.isClosed() || !connection.isValid(2) ? connect() : null) {
                Connection usable = fresh == null ? connection : fresh;
                long deadline = System.nanoTime() + timing.engineStop().toNanos();
                SlotState slot = slots.read(usable);
                while (slot != null && heldByUs(slot.holder(), began) && System.nanoTime() < deadline) {
                    Holder holder = slot.holder();
                    if (holder != null) {
                        slots.terminate(usable, holder);
                    }
                    TimeUnit.MILLISECONDS.sleep(FIRST_LOOKS.toMillis());
                    slot = slots.read(usable);
                }
                stoodAt = slot == null ? null : slot.confirmed();
            } catch (SQLException | FeedFault e) {
                // the server is away; where it comes back it has ended the backend, or the next attempt finds it
                LOG.log(Level.DEBUG, settings.slot() + ": could not see whether the slot is free", e);
            }
        }

        /** What has come and waits for longer than a commit takes, by topic, and whose it is. */
        private void showNotVisible(Connection connection, List<VisibleFirst.Waiting> waiting) throws SQLException {
            long now = System.nanoTime();
            Map<TopicName, VisibleFirst.Waiting> oldest = new TreeMap<>();
            for (VisibleFirst.Waiting one : waiting) {
                if (now - one.sinceNanos() >= timing.watch().toNanos()) {
                    oldest.putIfAbsent(one.topic(), one);
                }
            }
            Map<Long, String> holders = oldest.isEmpty()
                    ? Map.of()
                    : SnapshotStore.holders(
                            connection,
                            oldest.values().stream()
                                    .map(VisibleFirst.Waiting::transaction)
                                    .toList());
            Map<String, String> facts = new HashMap<>();
            for (TopicName topic : topics) {
                VisibleFirst.Waiting one = oldest.get(topic);
                facts.put(
                        VisibleFirst.fact(topic),
                        one == null
                                ? ""
                                : "position " + one.position() + " is committed, and came through the stream "
                                        + TimeUnit.NANOSECONDS.toSeconds(now - one.sinceNanos())
                                        + " s ago, but nobody can see it yet: transaction " + one.transaction()
                                        + " has not ended: "
                                        + holders.getOrDefault(one.transaction(), "it ends right now")
                                        + ". Is a synchronous standby away?");
            }
            state.facts(facts);
        }

        private void show(SlotState slot) {
            state.facts(Map.of(
                    "slot", settings.slot(),
                    "publication", settings.publication(),
                    "wal_status", slot.walStatus() == null ? "" : slot.walStatus(),
                    "lag_bytes", Long.toString(slot.lagBytes()),
                    "retained_bytes", Long.toString(slot.retainedBytes()),
                    "holder", slot.holder() == null ? "" : slot.holder().toString(),
                    "restarts", Long.toString(restarts),
                    "entries", Long.toString(handler.entries()),
                    "unreadable", Long.toString(handler.unreadable())));
        }
    }
}
