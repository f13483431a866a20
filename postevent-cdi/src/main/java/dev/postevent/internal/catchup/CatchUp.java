package dev.postevent.internal.catchup;

import dev.postevent.DivergedSourceException;
import dev.postevent.PosteventException;
import dev.postevent.internal.flow.InboxWriter;
import dev.postevent.internal.flow.Released;
import dev.postevent.internal.flow.VisibilityCondition;
import dev.postevent.spi.EventLog;
import dev.postevent.spi.LogEntry;
import dev.postevent.spi.TopicName;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Keeps one topic's inbox complete: takes what the feed brings, moves the mark, finds gaps and closes them from the event log.
 *
 * <p>{@link InboxProgress} has the lock under which entries are stored and the mark moves. {@link Passes} says when a {@link Pass} reads
 * the event log, and {@link SourceCheck} whether that still is the one that was read before.
 */
public final class CatchUp {
    private static final System.Logger LOG = System.getLogger("dev.postevent.catchup");

    private final TopicName topic;
    private final CatchUpSettings settings;
    private final Surroundings surroundings;
    private final Standstill standstill = new Standstill();
    private final HeldGap held;
    private final Passes passes;
    private final InboxProgress progress;
    private final SourceCheck source;
    private final Pass pass;
    /** True while another node's mark is being taken over. */
    private final AtomicBoolean following = new AtomicBoolean();

    /**
     * How the topic is doing.
     *
     * @param mark everything at or below it is in the inbox
     * @param complete true if the last pass over the event log found nothing missing
     * @param blocker who holds the next position open at the source; null: nobody
     * @param fault why the topic stands still until a person acts; null: it does not
     * @param trouble the last failure that is being retried; null: none
     * @param reads ranges that were asked of the event log since this was made
     */
    public record Status(
            long mark,
            boolean complete,
            @Nullable String blocker,
            @Nullable String fault,
            @Nullable String trouble,
            long reads) {}

    /** Wires it; {@link #start} begins. */
    public CatchUp(
            TopicName topic,
            EventLog log,
            InboxWriter inbox,
            Released released,
            CatchUpSettings settings,
            Surroundings surroundings) {
        this.topic = topic;
        this.settings = settings;
        this.surroundings = surroundings;
        this.held = new HeldGap(topic, settings.gapLimit(), surroundings.notices());
        this.passes = new Passes(topic, this::makePass, standstill, surroundings);
        this.progress = new InboxProgress(topic, inbox, released, passes, settings.grace(), surroundings);
        this.source = new SourceCheck(topic, log, inbox, progress, passes, standstill, settings, surroundings);
        this.pass = new Pass(topic, log, source, progress, passes, held, settings, surroundings);
    }

    /** Begins, once: history if this is the first connect, whatever was missed otherwise, then regular passes. */
    public void start() {
        passes.start(settings.interval());
    }

    /** Ends: no pass begins any more. What is under way finishes by itself; whoever ends the log waits for its reads. */
    public void stop() {
        passes.stop();
    }

    /** How it is doing. Does not block. */
    public Status status() {
        long mark = progress.markSeen();
        String fault = standstill.fault();
        return new Status(
                mark,
                pass.complete(),
                pass.blocker(),
                fault == null ? held.fault(mark, surroundings.now()) : fault,
                passes.trouble(),
                pass.reads());
    }

    /** Something may have been missed, and the source may be another one: makes a pass. */
    public void doubt() {
        passes.doubt();
    }

    /** Takes over how far other nodes have come, which receive what this one does not. Returns at once. */
    public void follow() {
        if (standstill.isForGood() || !following.compareAndSet(false, true)) {
            return;
        }
        try {
            surroundings.pool().execute(() -> {
                try {
                    long unused = progress.refreshed();
                } catch (RuntimeException | Error e) {
                    // a pass says what it is, and goes on trying at the pace of its back-off
                    if (passes.trouble() == null) {
                        passes.request();
                    }
                } finally {
                    following.set(false);
                }
            });
        } catch (RejectedExecutionException e) {
            // the pool takes nothing more because we are being stopped
            following.set(false);
        } catch (RuntimeException | Error e) {
            following.set(false);
            LOG.log(Level.WARNING, "topic " + topic + ": no other node can be followed, will be tried again", e);
        }
    }

    /**
     * Takes entries the feed brought; returns once they are stored.
     *
     * <p>A topic that stands still because its source diverged takes nothing: the event log has it all when a person has decided.
     * Nor does one whose source has ended below the mark for long: to refuse would stop the feed, and all its other topics.
     */
    public void arrived(List<LogEntry> entries) {
        if (standstill.isNow()) {
            return;
        }
        try {
            if (passes.unanswered().isPresent() && !isSourceWell()) {
                return;
            }
            progress.arrived(entries);
        } catch (DivergedSourceException e) {
            standstill.diverged(e);
        }
    }

    /** False if nothing is taken because the topic stands still; throws where nobody can tell, and the feed is to bring it again. */
    private boolean isSourceWell() {
        try {
            source.check();
            return true;
        } catch (PosteventException e) {
            if (standstill.isNow()) {
                // ends by a pass that finds the source well; those go on until one does
                passes.request();
                return false;
            }
            throw e;
        }
    }

    /**
     * As {@link #arrived} in the common case, that entries follow on what is there, and if {@code condition} holds, which is asked by
     * what stores them.
     *
     * @return false, and the entries have to arrive otherwise, if it does not hold, or this is not that case, or storing failed
     */
    public boolean arrivedNext(List<LogEntry> entries, VisibilityCondition condition) {
        if (standstill.isNow() || passes.unanswered().isPresent()) {
            return false;
        }
        try {
            return progress.arrivedNext(entries, condition);
        } catch (DivergedSourceException e) {
            standstill.diverged(e);
            return false;
        }
    }

    private OptionalLong makePass() {
        long began = surroundings.now();
        boolean open = pass.run();
        progress.passEnded(began);
        return open ? OptionalLong.of(progress.untilAskedAgain()) : OptionalLong.empty();
    }
}
