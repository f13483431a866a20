package dev.postevent.internal.catchup;

import dev.postevent.DivergedSourceException;
import dev.postevent.PosteventException;
import dev.postevent.internal.flow.AnchoredRange;
import dev.postevent.internal.flow.InboxWriter;
import dev.postevent.internal.flow.Kept;
import dev.postevent.spi.EventLog;
import dev.postevent.spi.LogEntry;
import dev.postevent.spi.Origin;
import dev.postevent.spi.Range;
import dev.postevent.spi.TopicName;
import java.lang.System.Logger.Level;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Whether a topic's source is the one that was read so far.
 *
 * <p>A changed origin is no fault by itself: a fail-over raises the timeline, an upgrade makes a new system identifier. What counts is
 * whether the source has what was received from it. Where nothing can be compared that is not known, and cursors that are taken for
 * the new source's would pass its events; so only where nothing was received, or the table itself is the same, it goes on then.
 */
final class OriginCheck {
    private static final System.Logger LOG = System.getLogger("dev.postevent.catchup");

    private final TopicName topic;
    private final EventLog log;
    private final InboxWriter inbox;
    private final CatchUpSettings settings;
    private final LongSupplier refreshedMark;

    /** {@code refreshedMark} is the mark as it is stored now. */
    OriginCheck(
            TopicName topic, EventLog log, InboxWriter inbox, CatchUpSettings settings, LongSupplier refreshedMark) {
        this.topic = topic;
        this.log = log;
        this.inbox = inbox;
        this.settings = settings;
        this.refreshedMark = refreshedMark;
    }

    /**
     * Compares the source with what is kept here, and remembers its origin.
     *
     * @param reached the mark
     * @throws DivergedSourceException if it is another one, or nobody can tell
     */
    void check(long reached) {
        Kept kept = inbox.kept(topic, reached);
        try {
            check(reached, kept);
        } catch (DivergedSourceException e) {
            // if both are in one database, and it lost commits meanwhile, the source was looked at after that
            if (refreshedMark.getAsLong() < reached
                    || isOther(kept.last(), inbox.kept(topic, reached).last())) {
                throw lostMeanwhile(reached, e);
            }
            throw e;
        }
    }

    private PosteventException lostMeanwhile(long reached, DivergedSourceException e) {
        return new PosteventException(
                "PSTEV33004",
                "topic " + topic + ": the inbox database lost commits while it was compared with the source"
                        + " through position " + reached,
                e);
    }

    /**
     * What was read above the mark is of this source only if that has at the mark what was received. All voids of a position are
     * alike: where it is void, the last event is looked at, after the range was read.
     *
     * @param reached the mark
     * @param here what is stored there; null: nothing
     * @throws DivergedSourceException if the source has something else there
     */
    void mustFollow(long reached, AnchoredRange read, @Nullable LogEntry here) {
        if (read.isGone(reached) || here == null) {
            return;
        }
        LogEntry there = read.anchor();
        if (there == null) {
            throw new PosteventException(
                    "PSTEV33003",
                    "topic " + topic + ": the source shows nothing at position " + reached + ", which was received"
                            + " from there. If it is not visible yet (a synchronous standby is away), this passes by"
                            + " itself");
        }
        LogEntry last = here.isVoid() ? inbox.kept(topic, reached).last() : null;
        try {
            compare(topic, there, here);
            LogEntry lastThere = last == null ? null : log.identity(topic, last.position());
            if (last != null && lastThere != null) {
                compare(topic, lastThere, last);
            }
        } catch (DivergedSourceException e) {
            // if both are in one database, and it lost commits meanwhile, the source was looked at after that
            if (refreshedMark.getAsLong() < reached
                    || isOther(here, inbox.at(topic, reached))
                    || (last != null && isOther(last, inbox.kept(topic, reached).last()))) {
                throw lostMeanwhile(reached, e);
            }
            throw e;
        }
    }

    private void check(long reached, Kept kept) {
        Origin now = log.origin(topic);
        Origin before = inbox.origin(topic);
        mustReachBegun(reached, kept);
        long same = reached > 0 ? compareThrough(reached, kept) : 0;
        if (now.equals(before)) {
            return;
        }
        if (before == null) {
            mustHaveMark(now, reached, kept);
        } else {
            String how = whyStillTheSame(now, before, kept, reached, same);
            LOG.log(
                    Level.WARNING,
                    "topic " + topic + ": the source is now " + now + ", was " + before + "; " + how + ", going on");
        }
        inbox.saveOrigin(topic, now);
    }

    /** A cursor belongs to an origin: at another one it means something only if all that was handled is there, too. */
    private String whyStillTheSame(Origin now, Origin before, Kept kept, long reached, long same) {
        long known = Math.max(reached, kept.handled());
        if (known == 0 && kept.begun() == 0) {
            return "nothing was received from there";
        }
        if (same >= Math.max(known, kept.begun())) {
            return "both have the same through position " + same;
        }
        boolean sameTable = now.table() == before.table();
        if (sameTable && !kept.copied()) {
            return "it is the same table of the database of the inbox";
        }
        if (kept.begun() > known) {
            throw begunElsewhere(now, before, kept.begun(), reached);
        }
        if (sameTable
                && now.system().equals(before.system())
                && known == reached
                && isGone(kept.last() == null ? reached : kept.last().position())) {
            return "it is the same table, which has nothing any more of what was received";
        }
        throw new DivergedSourceException("topic " + topic + ": the source is now " + now + ", was " + before
                + "; subscriptions here have come through position " + known + " of the former, of which "
                + (same == 0 ? "nothing" : "no more than through position " + same)
                + " is here to be compared. Give the topic another name here and its observers subscriptions of their"
                + " own, point it to the source it had, or begin anew (docs/operations.md). If both have the same"
                + " events at the same positions, say so: delete from postevent_inbox.origin where topic = '" + topic
                + "', and start this application anew");
    }

    /**
     * A subscription that began now passes over what was settled at the source then, be it received or not. A source that ends below that
     * is not the one that was asked, and whatever comes there until it reaches that place would be passed over, though it is new.
     */
    private void mustReachBegun(long reached, Kept kept) {
        if (kept.begun() <= reached) {
            return;
        }
        long head = log.head(topic);
        if (head < kept.begun() && !isGone(kept.begun())) {
            throw new DivergedSourceException("topic " + topic + ": the source ends at position " + head
                    + ", but a subscription here began now when that was position " + kept.begun()
                    + ", and would pass over all that comes until then. The source was restored to the past or is another"
                    + " one. " + beginAgain(reached));
        }
    }

    /** Of what is above the mark nothing is here to be compared. */
    private DivergedSourceException begunElsewhere(Origin now, Origin before, long begun, long reached) {
        return new DivergedSourceException("topic " + topic + ": the source is now " + now + ", was " + before
                + "; a subscription here began now when that was position " + begun + " of the former, of which no more"
                + " than through position " + reached + " was received to be compared: it may pass over what is new. "
                + beginAgain(reached) + " If both have the same events at the same positions, say so: delete from"
                + " postevent_inbox.origin where topic = '" + topic + "', and start this application anew");
    }

    private String beginAgain(long reached) {
        return "Point the topic to the source it had; or let the subscription, which has handled nothing yet, begin where"
                + " the topic is now: delete from postevent_inbox.subscription where topic = '" + topic
                + "' and begins = 'now' and begins_after > " + reached
                + ", while the applications that have it are stopped (docs/operations.md).";
    }

    /** Nobody has handled more than was received, and whoever deletes what was received has to say what that means. */
    private void mustHaveMark(Origin now, long reached, Kept kept) {
        // a node that is at work stores, and handles, while this one looks
        if (kept.handled() <= reached || kept.handled() <= refreshedMark.getAsLong()) {
            return;
        }
        throw new DivergedSourceException("topic " + topic + ": subscriptions here have come through position "
                + kept.handled() + ", but by its mark no more was received than through " + reached
                + ", and its origin is not known: rows of the inbox were deleted. To begin anew, run all that stands in"
                + " docs/operations.md under \"To begin anew\". If the source has the same events at the same positions, and"
                + " none is to be handled again, start this application anew after this statement: insert into"
                + " postevent_inbox.origin (topic, system, timeline, source_table) values ('" + topic + "', '"
                + now.system().replace("'", "''") + "', " + now.timeline() + ", " + now.table() + ")");
    }

    boolean isGone(long position) {
        return log.read(topic, 0, 1, 1, 1).goneThrough() >= position;
    }

    /**
     * Holds the source against what was copied: the last event, because all voids of a position are alike, and that what is void
     * here is void there.
     *
     * @return through which position both have the same, as far as there is anything to compare
     */
    private long compareThrough(long reached, Kept kept) {
        LogEntry last = kept.last();
        long after = last == null ? 0 : last.position() - 1;
        // all is void that was copied above the last event
        long through = kept.copied() ? reached : after + (last == null ? 0 : 1);
        long same = 0;
        while (after < through) {
            Range there = log.read(topic, after, through, settings.rowsMax(), settings.bytesMax());
            for (LogEntry entry : there.entries()) {
                if (last != null && entry.position() == last.position()) {
                    compare(topic, entry, last);
                } else if (!entry.isVoid()) {
                    throw diverged(topic, entry, "void");
                } else if (last != null && same == 0) {
                    // the last event is not there any more, and voids alone tell nothing
                    return 0;
                }
                same = entry.position();
            }
            after = there.entries().isEmpty() ? through : same;
        }
        return same;
    }

    private static boolean isOther(@Nullable LogEntry one, @Nullable LogEntry other) {
        if (one == null || other == null) {
            return one != other;
        }
        return one.position() != other.position() || !one.sameIdentity(other);
    }

    /**
     * Compares what stands at one position.
     *
     * @throws DivergedSourceException if the source has another entry there
     */
    static void compare(TopicName topic, LogEntry there, LogEntry here) {
        if (!there.sameIdentity(here)) {
            throw diverged(topic, there, here.toString());
        }
    }

    private static DivergedSourceException diverged(TopicName topic, LogEntry there, String here) {
        return new DivergedSourceException("topic " + topic + ": at position " + there.position() + " the source has "
                + there + ", but this application has received " + here
                + " from there. The source was restored to the past or is another one");
    }
}
