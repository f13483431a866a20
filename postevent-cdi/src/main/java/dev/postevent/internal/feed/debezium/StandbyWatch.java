package dev.postevent.internal.feed.debezium;

import dev.postevent.internal.feed.debezium.SlotState.Holder;
import java.time.OffsetDateTime;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a node that waits for the slot makes of the backend that holds it. Pure: the caller brings the time.
 *
 * <p>A sister node that streams needs no attention. One that does not move although WAL is written may be frozen, and a stranger
 * who reads our slot takes our events away: in both cases the tables are looked into now and then. A backend that bears this node's
 * own name and is older than this feed is a leftover of a former life (the JVM died, the network went), and nobody will miss it. One
 * that bears our name and is younger is a second node of the same name: that is left alone, or the two would end each other for ever.
 */
final class StandbyWatch {
    private final FeedTiming timing;
    private final BackendName name;
    // all below of the feed's thread
    private int pid;
    private @Nullable String confirmed;
    private long heldSince;
    private long movedAt;

    StandbyWatch(FeedTiming timing, BackendName name) {
        this.timing = timing;
        this.name = name;
    }

    /** Notes what is seen; the reason for a doubt, or null. */
    @Nullable
    String look(SlotState slot, Holder holder, long nanos) {
        boolean first = pid == 0;
        if (pid != holder.pid()) {
            pid = holder.pid();
            heldSince = nanos;
            movedAt = nanos;
        }
        boolean sister = name.isSister(holder.name());
        boolean moved = !Objects.equals(confirmed, slot.confirmed()) || slot.lagBytes() == 0;
        confirmed = slot.confirmed();
        if (sister && moved) {
            movedAt = nanos;
            return null;
        }
        if (first && !sister) {
            return "the slot is used by " + holder + ", which is no node of this application";
        }
        if (nanos - movedAt < timing.stuckAfter().toNanos()) {
            return null;
        }
        movedAt = nanos;
        return sister
                ? "the slot, used by " + holder + ", does not move"
                : "the slot is used by " + holder + ", which is no node of this application";
    }

    /**
     * True if the holder is a leftover of this node's and may be ended: of this life at once (the caller has no engine now), of a
     * former one when the grace is over.
     *
     * @param born when this feed first saw the server, by the server's clock
     */
    boolean stale(Holder holder, OffsetDateTime born, long nanos) {
        if (name.isOwn(holder.name())) {
            return true;
        }
        return name.isSameNode(holder.name())
                && holder.started() != null
                && holder.started().isBefore(born)
                && holder.pid() == pid
                && nanos - heldSince >= timing.staleGrace().toNanos();
    }
}
